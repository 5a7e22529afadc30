//! `storage mv`.

use super::transfer::{self, Action};
use crate::args::MvArgs;
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &MvArgs, context: &Context, out: &mut Output) -> Done {
    let destination = context.place(&args.destination)?;
    transfer::run(Action::Move, &args.sources, &destination, &args.transfer, context, out)
}
