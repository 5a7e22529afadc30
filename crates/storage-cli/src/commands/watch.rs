//! `storage watch`: a sync that runs again whenever its source changes.

use std::time::Duration;

use storage::types::{CopyReport, Error, ErrorKind, SymlinkPolicy};

use super::summary;
use super::sync::Sync;
use crate::args::SyncArgs;
use crate::changes::Changes;
use crate::exit::{Done, Stop, usage};
use crate::output::Output;

/// How often a store is looked at that does not tell of changes.
const POLL: Duration = Duration::from_secs(10);

pub(super) fn run(sync: &Sync<'_>, out: &mut Output) -> Done {
    refuse(sync)?;
    // What was never there has been mistyped; what goes later may come again.
    sync.source.stat()?;
    let (args, context) = (sync.args, sync.context);
    // It listens before a round looks, so that nothing is missed in between.
    let follows = args.select.symlinks == Some(SymlinkPolicy::Follow);
    let mut changes =
        Changes::new(sync.source.clone(), follows, args.poll_interval, POLL, &context.interrupt);
    let (mut told, mut how) = (None, String::new());
    for further in std::iter::once(false).chain(std::iter::repeat(true)) {
        changes.listen();
        match sync.round(further, out) {
            Ok(report) => {
                told = None;
                if let Err(Stop::Error(error)) = tell(sync, &report, further) {
                    context.tell(&error);
                }
                if !further {
                    sync.warn_of_unmatched(&report, out)?;
                }
            }
            Err(Stop::Interrupted) => {
                sync.interrupted();
                return Ok(());
            }
            Err(Stop::Error(error)) if !ends(&error) => {
                let text = error.to_string();
                if told.as_ref() != Some(&text) {
                    context.tell(&error);
                }
                told = Some(text);
            }
            Err(other) => return Err(other),
        }
        let now = changes.how();
        if now != how {
            context.console.note(&format!("{now}; Ctrl-C ends it"));
            how = now;
        }
        if !changes.wait() {
            break;
        }
    }
    context.console.note("no longer watching");
    Ok(())
}

/// What means something with a watch only.
pub(super) fn refuse_its_flags(args: &SyncArgs) -> Done {
    if args.poll_interval.is_some() {
        return Err(usage("`--poll-interval` cannot be used without `--watch`", "add `--watch`"));
    }
    Ok(())
}

/// What would not end, or make no sense.
fn refuse(sync: &Sync<'_>) -> Done {
    if sync.args.dry_run {
        return Err(usage("a watch cannot be a dry run", "leave `--dry-run` out, or use `storage sync -n`"));
    }
    Ok(())
}

/// Whether going on makes no sense.
fn ends(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Config | ErrorKind::Unsupported)
}

/// A round in which nothing changed has nothing to say.
fn tell(sync: &Sync<'_>, report: &CopyReport, further: bool) -> Done {
    if further && report.copied_count + report.deleted_count == 0 && !sync.fails_anew() {
        return Ok(());
    }
    sync.keep(report)?;
    sync.context.console.note(&summary::synced(report));
    Ok(())
}
