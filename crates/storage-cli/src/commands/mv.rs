//! `storage mv`.

use super::transfer::{self, Action};
use crate::args::MvArgs;
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &MvArgs, context: &Context, out: &mut Output) -> Done {
    let (sources, destination) = transfer::split(&args.places)?;
    let destination = context.place(destination)?;
    transfer::run(Action::Move, sources, &destination, &args.transfer, context, out)
}
