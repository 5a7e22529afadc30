//! `storage mkdir`.

use storage::types::{CreateDirOptions, ErrorKind};

use crate::args::MkdirArgs;
use crate::context::Context;
use crate::exit::Done;

pub(crate) fn run(args: &MkdirArgs, context: &Context) -> Done {
    let options = CreateDirOptions::new().parents(args.parents).exist_ok(args.parents);
    context.each(&args.places, |place| {
        let made = context.place(place)?.node.create_dir_with(&options);
        made.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_hint("make its parents too with `-p`").into(),
            _ => error.into(),
        })
    })
}
