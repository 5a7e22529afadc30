//! `storage cat`.

use storage::blocking::StorageNode;
use storage::types::{Operation, ReadOptions};

use crate::args::CatArgs;
use crate::context::{Context, Target, at};
use crate::exit::{Done, usage};
use crate::input::Input;
use crate::output::Output;

pub(crate) fn run(args: &CatArgs, context: &Context, out: &mut Output) -> Done {
    let mut options = ReadOptions::new();
    options.range = args.range;
    context.each(&args.places, |place| match context.target(place)? {
        Target::Stdio if args.range.is_some() => Err(usage(
            "`--range` cannot be used with standard input",
            "cut a pipe with `head -c` and `tail -c`",
        )),
        Target::Stdio => from_stdin(context, out),
        Target::Place(place) => from_node(&place.node, &options, out),
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

pub(crate) fn from_stdin(context: &Context, out: &mut Output) -> Done {
    let input = Input::stdin();
    while let Some(chunk) = input.next(&context.interrupt)? {
        out.bytes(&chunk)?;
        out.flush()?;
    }
    Ok(())
}
