//! `storage mkdir`.

use storage::types::CreateDirOptions;

use crate::args::MkdirArgs;
use crate::context::Context;
use crate::exit::Done;

pub(crate) fn run(args: &MkdirArgs, context: &Context) -> Done {
    let options = CreateDirOptions::new().parents(args.parents).exist_ok(args.parents);
    context.each(&args.places, |place| Ok(context.place(place)?.node.create_dir_with(&options)?))
}
