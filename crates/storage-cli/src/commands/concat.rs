//! `storage concat`.

use storage::blocking::{StorageNode, Writer};
use storage::types::{Operation, ReadOptions, WriteOptions};

use super::{cat, put};
use crate::args::ConcatArgs;
use crate::context::{Context, Place, Source, Target, at};
use crate::exit::{Done, Stop, usage};
use crate::output::Output;

pub(crate) fn run(args: &ConcatArgs, context: &Context, out: &mut Output) -> Done {
    let parts: Vec<Source> = args.sources.iter().map(|source| context.source(source)).collect::<Done<_>>()?;
    match context.target(&args.destination)? {
        Target::Stdio if args.json => {
            Err(usage("`--json` cannot be used with standard output", "leave `--json` out"))
        }
        Target::Stdio => print(&parts, context, out),
        Target::Place(place) => store(&parts, &place, args.json, context, out),
    }
}

/// The parts as one node, if none of them is a stream.
fn whole(parts: &[Source]) -> Done<Option<StorageNode>> {
    let node = |part: &Source| match part {
        Source::Place(place) => Some(place.node.clone()),
        Source::Stream(_) => None,
    };
    let nodes: Option<Vec<StorageNode>> = parts.iter().map(node).collect();
    Ok(nodes.map(StorageNode::concat).transpose()?)
}

fn print(parts: &[Source], context: &Context, out: &mut Output) -> Done {
    if let Some(whole) = whole(parts)? {
        return cat::from_node(&whole, &ReadOptions::new(), out);
    }
    parts.iter().try_for_each(|part| match part {
        Source::Place(place) => cat::from_node(&place.node, &ReadOptions::new(), out),
        Source::Stream(stream) => cat::from_stream(stream, context, out),
    })
}

fn store(parts: &[Source], place: &Place, json: bool, context: &Context, out: &mut Output) -> Done {
    if place.into && !place.node.capabilities().opaque_paths {
        let message = format!("`{}` is a directory, and the content needs a name", place.typed);
        return Err(usage(message, "add a name"));
    }
    let metadata = match whole(parts)? {
        Some(node) => put::store(&Source::of(node, ""), &place.node, &WriteOptions::new(), context)?,
        None => {
            context.interrupt.token();
            let mut writer = place.node.writer()?;
            let outcome = parts.iter().try_for_each(|part| pour(part, &mut writer, &place.node, context));
            put::end(&place.node, writer, outcome, context).map_err(|stop| match stop {
                Stop::Interrupted => put::interrupted(context),
                stop => stop,
            })?
        }
    };
    put::report(&place.node, &metadata, json, context, out)
}

/// One part, behind those before it.
fn pour(part: &Source, writer: &mut Writer, node: &StorageNode, context: &Context) -> Done {
    match part {
        Source::Stream(stream) => {
            let input = stream.open();
            while let Some(chunk) = input.next(&context.interrupt)? {
                at(node, Operation::Write, writer.write(chunk))?;
            }
        }
        Source::Place(from) => {
            let mut reader = from.node.reader()?;
            while let Some(chunk) = at(&from.node, Operation::Read, reader.next())? {
                context.interrupt.check()?;
                at(node, Operation::Write, writer.write(chunk))?;
            }
        }
    }
    Ok(())
}
