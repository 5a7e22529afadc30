//! `storage diff`.

use storage::types::DiffOptions;

use crate::args::DiffArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::output::Output;

pub(crate) fn run(args: &DiffArgs, context: &Context, out: &mut Output) -> Done {
    match compare(args, context, out) {
        Err(Stop::Error(error) | Stop::Fatal(error)) => Err(Stop::Told(trouble(context.tell(&error)))),
        outcome => outcome,
    }
}

fn compare(args: &DiffArgs, context: &Context, out: &mut Output) -> Done {
    let (old, new) = (context.place(&args.old)?.node, context.place(&args.new)?.node);
    let options = DiffOptions::new().context(args.unified).labels(context.show(&old), context.show(&new));
    let text = old.diff_with(&new, &options)?;
    if text.is_empty() {
        return Ok(());
    }
    out.bytes(text.as_bytes())?;
    Err(Stop::Told(Exit::Failed))
}

/// 1 says that there are differences, so trouble is more than that, as with every `diff` (POSIX).
fn trouble(exit: Exit) -> Exit {
    if exit == Exit::Failed { Exit::Usage } else { exit }
}
