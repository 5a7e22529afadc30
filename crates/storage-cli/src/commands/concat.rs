//! `storage concat`.

use storage::blocking::StorageNode;
use storage::types::{ReadOptions, WriteOptions};

use super::{cat, put};
use crate::args::ConcatArgs;
use crate::context::{Context, Place, Target};
use crate::exit::{Done, usage};
use crate::output::Output;

pub(crate) fn run(args: &ConcatArgs, context: &Context, out: &mut Output) -> Done {
    let parts: Vec<StorageNode> =
        args.sources.iter().map(|source| Ok(context.place(source)?.node)).collect::<Done<_>>()?;
    let whole = StorageNode::concat(parts)?;
    match context.target(&args.destination)? {
        Target::Stdio if args.json => {
            Err(usage("`--json` cannot be used with standard output", "leave `--json` out"))
        }
        Target::Stdio => cat::from_node(&whole, &ReadOptions::new(), out),
        Target::Place(place) => store(whole, &place, args.json, context, out),
    }
}

fn store(whole: StorageNode, place: &Place, json: bool, context: &Context, out: &mut Output) -> Done {
    if place.into && !place.node.capabilities().opaque_paths {
        let message = format!("`{}` is a directory, and the content needs a name", place.typed);
        return Err(usage(message, "add a name"));
    }
    let source = Target::Place(Place { node: whole, typed: String::new(), into: false, named: false });
    let metadata = put::store(&source, &place.node, &WriteOptions::new(), context)?;
    put::report(&place.node, &metadata, json, context, out)
}
