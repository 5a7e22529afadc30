//! `storage put`, and `storage cp` from standard input.

use storage::blocking::{StorageNode, Writer};
use storage::types::{Metadata, Operation, WriteOptions};

use super::stat;
use crate::args::PutArgs;
use crate::context::{Context, Source, at};
use crate::exit::{Done, Stop, usage};
use crate::input::Stream;
use crate::output::{Output, human};
use crate::progress::Meter;

pub(crate) fn run(args: &PutArgs, context: &Context, out: &mut Output) -> Done {
    let place = context.place(&args.place)?;
    if place.into && !place.node.capabilities().opaque_paths {
        return Err(usage(
            format!("`{}` is a directory, and the content needs a name", place.typed),
            "add a name",
        ));
    }
    let source = match &args.from {
        Some(from) => context.source(from)?,
        None => Source::Stream(Stream::stdin()),
    };
    let metadata = store(&source, &place.node, &options(args), context)?;
    report(&place.node, &metadata, args.json, context, out)
}

fn options(args: &PutArgs) -> WriteOptions {
    let mut options = args.headers.write();
    if args.create_only {
        options = options.create_only();
    }
    if let Some(etag) = &args.if_match {
        options = options.if_match(etag);
    }
    args.meta.iter().fold(options, |options, (key, value)| options.user(key, value))
}

/// Streams content into `node`. Interrupted or failed, it leaves what was there.
pub(crate) fn store(
    source: &Source,
    node: &StorageNode,
    options: &WriteOptions,
    context: &Context,
) -> Done<Metadata> {
    let meter = Meter::new(&context.console, context.progress);
    let outcome = match source {
        Source::Stream(stream) => from_stream(stream, node, options, &meter, context),
        Source::Place(from) => from_node(&from.node, node, options, &meter, context),
    };
    drop(meter);
    if matches!(outcome, Err(Stop::Interrupted)) {
        return Err(interrupted(context));
    }
    outcome
}

/// Says that Ctrl-C came in time.
pub(super) fn interrupted(context: &Context) -> Stop {
    context.console.note("interrupted; nothing was stored");
    Stop::Told(context.interrupt.exit())
}

fn from_stream(
    stream: &Stream,
    node: &StorageNode,
    options: &WriteOptions,
    meter: &Meter,
    context: &Context,
) -> Done<Metadata> {
    context.interrupt.token();
    let input = stream.open();
    let mut writer = node.writer_with(options)?;
    let mut pour = || {
        while let Some(chunk) = input.next(&context.interrupt)? {
            at(node, Operation::Write, writer.write(chunk))?;
            meter.set(0, writer.written());
        }
        Ok(())
    };
    let outcome = pour();
    end(node, writer, outcome, context)
}

fn from_node(
    from: &StorageNode,
    node: &StorageNode,
    options: &WriteOptions,
    meter: &Meter,
    context: &Context,
) -> Done<Metadata> {
    let token = context.interrupt.token();
    let mut reader = from.reader()?;
    meter.total(1, reader.len());
    let mut writer = node.writer_with(options)?;
    let mut pour = || {
        while let Some(chunk) = at(from, Operation::Read, reader.next())? {
            token.check()?;
            at(node, Operation::Write, writer.write(chunk))?;
            meter.set(0, writer.written());
        }
        Ok(())
    };
    let outcome = pour();
    end(node, writer, outcome, context)
}

/// Publishes what was written, or has the store throw it away before the program ends.
pub(super) fn end(node: &StorageNode, writer: Writer, outcome: Done, context: &Context) -> Done<Metadata> {
    let Err(stop) = outcome else { return at(node, Operation::Write, writer.finish()) };
    if let Err(error) = writer.abort() {
        let (what, _) = context.console.describe(&error);
        context.console.note(&format!("the store may keep parts of the upload: {what}"));
    }
    Err(stop)
}

/// Says what was stored. Where the place itself has changed, as on a data URI mount, it is the result.
pub(crate) fn report(
    node: &StorageNode,
    metadata: &Metadata,
    json: bool,
    context: &Context,
    out: &mut Output,
) -> Done {
    let moved = metadata.location.as_ref().map(|path| format!("{}:{path}", node.mount_name()));
    let stored = match &moved {
        Some(address) => &context.manager().node(address)?,
        None => node,
    };
    if json {
        stat::json(stored, metadata, context, out)?;
    } else if let Some(address) = &moved {
        out.line(format_args!("{address}"))?;
    }
    let size = human(metadata.size);
    if moved.is_none() {
        context.console.note(&format!("{size} stored at `{}`", context.show(stored)));
    }
    Ok(())
}
