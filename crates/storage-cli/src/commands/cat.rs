//! `storage cat`.

use storage::blocking::StorageNode;
use storage::types::{Operation, ReadOptions};

use crate::args::CatArgs;
use crate::context::{Context, Source, at};
use crate::exit::{Done, usage};
use crate::input::Stream;
use crate::output::Output;

pub(crate) fn run(args: &CatArgs, context: &Context, out: &mut Output) -> Done {
    let mut options = ReadOptions::new();
    options.range = args.range;
    context.each(&args.places, |place| match context.source(place)? {
        Source::Stream(stream) if args.range.is_some() => Err(usage(
            format!("`--range` cannot be used with {}", stream.name()),
            "cut a pipe with `head -c` and `tail -c`",
        )),
        Source::Stream(stream) => from_stream(&stream, context, out),
        Source::Place(place) => from_node(&place.node, &options, out),
    })
}

/// Content of `node` to standard output.
pub(crate) fn from_node(node: &StorageNode, options: &ReadOptions, out: &mut Output) -> Done {
    let mut reader = node.reader_with(options)?;
    while let Some(chunk) = at(node, Operation::Read, reader.next())? {
        out.bytes(&chunk)?;
    }
    out.flush()
}

pub(crate) fn from_stream(stream: &Stream, context: &Context, out: &mut Output) -> Done {
    let input = stream.open();
    while let Some(chunk) = input.next(&context.interrupt)? {
        out.bytes(&chunk)?;
        out.flush()?;
    }
    Ok(())
}
