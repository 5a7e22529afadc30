//! `storage diff`.

use storage::types::{DiffOptions, Version, VersionSelector};

use super::versions::History;
use crate::args::{DiffArgs, VersionsDiffArgs};
use crate::context::Context;
use crate::exit::{Done, Exit, Stop, usage};
use crate::output::Output;

pub(crate) fn run(args: &DiffArgs, context: &Context, out: &mut Output) -> Done {
    let compare = || {
        if args.old == "-" && args.new == "-" {
            return Err(usage("standard input can be read once only", "name a file beside `-`"));
        }
        let (old, new) = (context.file(&args.old)?, context.file(&args.new)?);
        let options = DiffOptions::new()
            .context(args.unified)
            .max_bytes(args.max_bytes)
            .labels(context.show(&old), context.show(&new));
        Ok(old.diff_with(&new, &options)?)
    };
    show(compare(), context, out)
}

/// `storage versions diff`.
pub(super) fn of_versions(args: &VersionsDiffArgs, context: &Context, out: &mut Output) -> Done {
    let compare = || {
        let history = History::of(context.place(&args.place)?.node, context)?;
        let (old, new) = (history.stored(&args.old, context)?, history.stored(&args.new, context)?);
        let label = |version: &Version| format!("{} (version {})", context.show(&history.node), version.id);
        let options = DiffOptions::new().context(args.unified).labels(label(old), label(new));
        let selector = |version: &Version| VersionSelector::Id(version.id.clone());
        Ok(history.node.diff_versions(&selector(old), &selector(new), &options)?)
    };
    show(compare(), context, out)
}

fn show(difference: Done<String>, context: &Context, out: &mut Output) -> Done {
    match difference.and_then(|text| print(&text, out)) {
        Err(Stop::Error(error) | Stop::Fatal(error)) => Err(Stop::Told(trouble(context.tell(&error)))),
        outcome => outcome,
    }
}

fn print(text: &str, out: &mut Output) -> Done {
    if text.is_empty() {
        return Ok(());
    }
    out.text(text)?;
    Err(Stop::Told(Exit::Failed))
}

/// 1 says that there are differences, so trouble is more than that, as with every `diff` (POSIX).
fn trouble(exit: Exit) -> Exit {
    if exit == Exit::Failed { Exit::Usage } else { exit }
}
