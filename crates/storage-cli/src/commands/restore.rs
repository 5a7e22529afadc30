//! `storage restore`.

use std::time::SystemTime;

use storage::types::VersionSelector;

use super::versions::{History, make_current};
use crate::args::{RestoreArgs, Selector};
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &RestoreArgs, context: &Context, out: &mut Output) -> Done {
    let history = History::of(context.place(&args.place)?.node, context)?;
    // One of the two is there; the command line sees to that.
    let selector = args.version.clone().unwrap_or_else(|| as_of(args.as_of));
    make_current(&history, &selector, args.json, context, out)
}

fn as_of(time: Option<SystemTime>) -> Selector {
    Selector::Plain(VersionSelector::AsOf(time.unwrap_or_else(SystemTime::now)))
}
