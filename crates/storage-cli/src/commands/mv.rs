//! `storage mv`.

use super::transfer::{self, Action};
use crate::args::MvArgs;
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &MvArgs, context: &Context, out: &mut Output) -> Done {
    let destination = context.place(&args.destination)?;
    let given = transfer::Given { transfer: &args.transfer, headers: None };
    transfer::run(Action::Move, &args.sources, &destination, given, context, out)
}
