//! `storage sync`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use storage::types::{Change, CopyOptions, Error, ErrorKind, SkipReason, SyncOptions, TransferEvent};

use super::{ahead, select, summary};
use crate::args::SyncArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::names::Names;
use crate::output::{Output, human};
use crate::progress::Meter;

pub(crate) fn run(args: &SyncArgs, context: &Context, out: &mut Output) -> Done {
    let (source, destination) = (context.place(&args.source)?.node, context.place(&args.destination)?.node);
    let report_to = args.report.as_ref().map(|place| context.place(place)).transpose()?;
    let meter = Arc::new(Meter::new(&context.console, context.progress));
    let (lines, printed) = channel();
    let options = options(args, context, &meter, lines)?;
    let outcome = thread::scope(|scope| {
        if meter.is_shown() && !args.dry_run {
            let (source, meter) = (source.clone(), &meter);
            let mut copy = options.copy.clone();
            // It holds the sender, and the messages end when nobody does.
            copy.on_event = None;
            scope.spawn(move || ahead::count(&[source], &copy, meter));
        }
        let working = scope.spawn(move || source.sync_to_with(&destination, &options));
        // Standard output belongs to this thread.
        let written = printed.iter().try_for_each(|line: String| out.line(format_args!("{line}")));
        if written.is_err() {
            context.interrupt.token().cancel();
        }
        let report = working.join().unwrap_or_else(|_| Err(lost()));
        meter.stop();
        written.and(report.map_err(Stop::from))
    });
    drop(meter);
    if matches!(outcome, Err(Stop::Interrupted)) {
        context
            .console
            .note("interrupted; what was copied before stays, and the next run goes on from there");
        return Err(Stop::Told(context.interrupt.exit()));
    }
    let report = outcome?;
    if let Some(place) = report_to {
        let text = serde_json::to_vec_pretty(&report).map_err(|error| Error::invalid(error.to_string()))?;
        place.node.write(text)?;
    }
    if report.copied_count + report.skipped_count + report.deleted_count > 0 || report.failed_count != 1 {
        context.console.note(&summary::synced(&report));
    }
    if report.failed_count > 0 { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the transfer panicked")
}

fn options(
    args: &SyncArgs,
    context: &Context,
    meter: &Arc<Meter>,
    lines: Sender<String>,
) -> Done<SyncOptions> {
    let copy = select::options(&args.select, context)?
        .skip(args.skip.0.clone())
        .preserve(!args.no_preserve)
        .fail_fast(args.fail_fast)
        .retries(args.retries)
        .verify(args.verify);
    let copy = match args.bandwidth {
        Some(rate) => copy.bandwidth(rate),
        None => copy,
    };
    let shown = meter.clone();
    let copy = copy.progress(move |progress| shown.set(progress.files, progress.bytes));
    let copy = meter.follow(listening(copy, args, context, lines));
    let mut options =
        SyncOptions::new().copy(copy).delete_extra(args.delete).force(args.force).dry_run(args.dry_run);
    options.max_delete = args.max_delete;
    Ok(options)
}

fn listening(copy: CopyOptions, args: &SyncArgs, context: &Context, lines: Sender<String>) -> CopyOptions {
    let console = context.console.clone();
    let copy = copy.on_error(move |file| console.error(&file.error));
    let (console, names) = (context.console.clone(), context.names.clone());
    let (json, dry_run, verbose) = (args.json, args.dry_run, args.verbose);
    let told = AtomicU64::new(0);
    copy.on_event(move |event| {
        let line = if json {
            serde_json::to_string(event).ok()
        } else if dry_run {
            plan_line(event, &names)
        } else {
            None
        };
        // Nobody reads any more when the program is ending.
        let _ = line.map(|line| lines.send(line));
        if let Some(note) = note(event, &names, verbose && !dry_run, &told) {
            console.note(&note);
        }
    })
}

/// A line of the plan.
fn plan_line(event: &TransferEvent, names: &Names) -> Option<String> {
    match event {
        TransferEvent::Planned { source, destination, bytes, change } => {
            let why = if *change == Change::New { "new" } else { "changed" };
            let (source, destination) = (names.show_text(source), names.show_text(destination));
            Some(format!("copy {source} -> {destination} ({}, {why})", human(*bytes)))
        }
        TransferEvent::Deleted(file) => Some(format!("delete {}", names.show_text(&file.destination))),
        _ => None,
    }
}

/// What is said on standard error while it happens.
fn note(event: &TransferEvent, names: &Names, verbose: bool, told: &AtomicU64) -> Option<String> {
    match event {
        TransferEvent::Copied(file) if verbose => {
            Some(format!("{} -> {}", names.show_text(&file.source), names.show_text(&file.destination)))
        }
        TransferEvent::Deleted(file) if verbose => {
            Some(format!("deleted {}", names.show_text(&file.destination)))
        }
        TransferEvent::Skipped(file) => {
            let unasked = matches!(file.reason, SkipReason::Symlink | SkipReason::Special);
            // A few are named; the summary has the number of all.
            let named = verbose || (unasked && told.fetch_add(1, Ordering::Relaxed) < 10);
            named.then(|| format!("skipped `{}`: {}", names.show_text(&file.source), file.reason))
        }
        TransferEvent::Retrying { source, attempt, error } => {
            let source = names.show_text(source);
            Some(format!("trying `{source}` again (try {attempt}): {}", names.translate(&error.message)))
        }
        _ => None,
    }
}
