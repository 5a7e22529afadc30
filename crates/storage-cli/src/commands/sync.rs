//! `storage sync` and `storage watch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{
    Change, CopyOptions, CopyReport, EntryKind, Error, SkipReason, SyncOptions, TransferEvent,
    UnmatchedPattern,
};

use super::collisions::is_one;
use super::failures::Failures;
use super::{ahead, beside, select, summary, watch};
use crate::args::{Preserve, SyncArgs};
use crate::context::{Context, Place};
use crate::exit::{Done, Exit, Stop, usage};
use crate::names::Names;
use crate::output::{Output, human};
use crate::progress::Meter;

pub(crate) fn run(args: &SyncArgs, context: &Context, out: &mut Output) -> Done {
    if args.watch {
        return watch(args, context, out);
    }
    watch::refuse_its_flags(args)?;
    let sync = Sync::new(args, context)?;
    let report = match sync.round(false, out) {
        Err(Stop::Interrupted) => {
            sync.interrupted();
            return Err(Stop::Told(context.interrupt.exit()));
        }
        outcome => outcome?,
    };
    sync.keep(&report)?;
    if summary::changes(&report) + report.skipped_count > 0 || report.failed_count != 1 {
        context.console.note(&summary::synced(&report));
    }
    summary::tell_left_behind(&report, &context.console);
    sync.warn_of_unmatched(&report, out)?;
    if report.failed_count > 0 { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
}

pub(crate) fn watch(args: &SyncArgs, context: &Context, out: &mut Output) -> Done {
    watch::run(&Sync::new(args, context)?, out)
}

/// The last line of JSON for a pattern that did nothing; documented in `help/sync.txt`.
#[derive(Serialize)]
struct Unmatched<'a> {
    event: &'static str,
    #[serde(flatten)]
    pattern: &'a UnmatchedPattern,
}

impl<'a> From<&'a UnmatchedPattern> for Unmatched<'a> {
    fn from(pattern: &'a UnmatchedPattern) -> Self {
        Self { event: "unmatched", pattern }
    }
}

/// What is made like what, and how.
pub(super) struct Sync<'a> {
    pub(super) args: &'a SyncArgs,
    pub(super) context: &'a Context,
    pub(super) source: StorageNode,
    destination: StorageNode,
    pub(super) report_to: Option<Place>,
    /// Links and the like that were named.
    named: Arc<AtomicU64>,
    failures: Arc<Failures>,
}

impl<'a> Sync<'a> {
    fn new(args: &'a SyncArgs, context: &'a Context) -> Done<Self> {
        let (source, destination) =
            (context.place(&args.source)?.node, context.place(&args.destination)?.node);
        let report_to = args.report.as_ref().map(|place| context.place(place)).transpose()?;
        if let Some(report) = &report_to {
            refuse_report(&report.node, [&source, &destination])?;
        }
        Ok(Self {
            args,
            context,
            source,
            destination,
            report_to,
            named: Arc::default(),
            failures: Arc::default(),
        })
    }

    /// One run. A further one is silent about what it leaves as it is, and about what failed in the same way before.
    pub(super) fn round(&self, further: bool, out: &mut Output) -> Done<CopyReport> {
        let new = if further { Meter::shy } else { Meter::new };
        let meter = Arc::new(new(&self.context.console, self.context.progress));
        let (lines, printed) = channel();
        let options = self.options(further, &meter, lines)?;
        self.failures.begin();
        thread::scope(|scope| {
            if meter.is_shown() && !self.args.dry_run {
                let (source, meter) = (self.source.clone(), &meter);
                let mut copy = options.copy.clone();
                // It holds the sender, and the messages end when nobody does.
                copy.on_event = None;
                scope.spawn(move || ahead::count(&[source], &copy, meter));
            }
            let work = move || self.source.sync_to_with(&self.destination, &options);
            let print = |line: String, out: &mut Output| out.line(format_args!("{line}"));
            let outcome = beside::run("transfer", work, &printed, self.context, out, print);
            meter.stop();
            outcome
        })
    }

    /// Stores the report where it was asked for.
    pub(super) fn keep(&self, report: &CopyReport) -> Done {
        if let Some(place) = &self.report_to {
            let report = super::report::shown(report, &self.context.names)
                .map_err(|error| Error::invalid(error.to_string()))?;
            let text =
                serde_json::to_vec_pretty(&report).map_err(|error| Error::invalid(error.to_string()))?;
            place.node.write(text)?;
        }
        Ok(())
    }

    /// Patterns that did nothing, to people and to programs.
    pub(super) fn warn_of_unmatched(&self, report: &CopyReport, out: &mut Output) -> Done {
        let patterns = &report.unmatched_patterns;
        select::warn_of_unmatched(patterns, &self.context.console);
        let lines = patterns.iter().filter(|_| self.args.json);
        lines.map(Unmatched::from).try_for_each(|line| out.json(&line))
    }

    pub(super) fn interrupted(&self) {
        let note = "interrupted; what was copied before stays, and the next run goes on from there";
        self.context.console.note(note);
    }

    /// Whether something failed that did not fail in the same way in the round before.
    pub(super) fn fails_anew(&self) -> bool {
        self.failures.are_new()
    }

    fn options(&self, further: bool, meter: &Arc<Meter>, lines: Sender<String>) -> Done<SyncOptions> {
        let (args, context) = (self.args, self.context);
        let copy = select::options(&args.select, context)?
            .skip(args.skip.0.clone())
            .preserve(!args.no_preserve)
            .preserve_all(args.preserve == Some(Preserve::All));
        let shown = meter.clone();
        let copy =
            select::way(&args.way, copy).progress(move |progress| shown.set(progress.files, progress.bytes));
        let copy = meter.follow(self.listening(copy, further, lines));
        let mut options =
            SyncOptions::new().copy(copy).delete_extra(args.delete).force(args.force).dry_run(args.dry_run);
        options.max_delete = args.max_delete;
        Ok(options)
    }

    fn listening(&self, copy: CopyOptions, further: bool, lines: Sender<String>) -> CopyOptions {
        let (console, failures) = (self.context.console.clone(), self.failures.clone());
        let copy = copy.on_error(move |file| {
            if failures.is_new(&file.source.to_string(), &file.error.to_string()) {
                console.error(&file.error);
            }
        });
        let (console, names) = (self.context.console.clone(), self.context.names.clone());
        let (failures, named) = (self.failures.clone(), self.named.clone());
        let (json, dry_run, verbose) = (self.args.json, self.args.dry_run, self.args.verbose);
        copy.on_event(move |event| {
            if is_old_news(event, further, &failures) {
                return;
            }
            let line = if json {
                serde_json::to_string(&shown(event, &names)).ok()
            } else if dry_run {
                plan_line(event, &names)
            } else {
                None
            };
            // Nobody reads any more when the program is ending.
            let _ = line.map(|line| lines.send(line));
            if let Some(note) = note(event, &names, verbose && !dry_run, &named) {
                console.note(&note);
            }
        })
    }
}

/// A report in one of the two trees would replace a file there, be copied along, or be deleted by the next run.
fn refuse_report(report: &StorageNode, trees: [&StorageNode; 2]) -> Done {
    let inside = |tree: &&StorageNode| {
        tree.mount_name() == report.mount_name() && report.path().starts_with(tree.path())
    };
    if trees.iter().any(|tree| inside(tree) || is_one(tree, report)) {
        return Err(usage("the report would lie in what is synced", "store it elsewhere"));
    }
    Ok(())
}

/// An event with places as the user knows them.
fn shown(event: &TransferEvent, names: &Names) -> TransferEvent<String> {
    let mut shown = event.map(|address| names.show_address(address));
    if let TransferEvent::Failed { error, .. } | TransferEvent::Retrying { error, .. } = &mut shown {
        error.message = names.translate(&error.message);
    }
    shown
}

/// Whether a watch has told it before.
fn is_old_news(event: &TransferEvent, further: bool, failures: &Failures) -> bool {
    match event {
        TransferEvent::Skipped(_) => further,
        TransferEvent::Failed { source, error } => !failures.add(&source.to_string(), &error.message),
        _ => false,
    }
}

/// A line of the plan.
fn plan_line(event: &TransferEvent, names: &Names) -> Option<String> {
    match event {
        TransferEvent::Planned { source, destination, kind, bytes, change, .. } => {
            let (source, destination) = (names.show_address(source), names.show_address(destination));
            Some(step_line(&source, &destination, *kind, *bytes, *change))
        }
        TransferEvent::Deleted(file) => {
            let slash = if file.kind == EntryKind::Directory { "/" } else { "" };
            Some(format!("delete {}{slash}", names.show_address(&file.destination)))
        }
        _ => None,
    }
}

fn step_line(source: &str, destination: &str, kind: EntryKind, bytes: u64, change: Change) -> String {
    let why = if change == Change::New { "new" } else { "changed" };
    match (kind, change) {
        (_, Change::Attributes) => format!("set mode and time of {destination}"),
        (EntryKind::Directory, _) => format!("make directory {destination}"),
        (EntryKind::Symlink, _) => format!("copy link {source} -> {destination} ({why})"),
        _ => format!("copy {source} -> {destination} ({}, {why})", human(bytes)),
    }
}

/// What is said on standard error while it happens.
fn note(event: &TransferEvent, names: &Names, verbose: bool, named: &AtomicU64) -> Option<String> {
    match event {
        TransferEvent::Copied(file) if verbose => {
            Some(format!("{} -> {}", names.show_address(&file.source), names.show_address(&file.destination)))
        }
        TransferEvent::Deleted(file) if verbose => {
            Some(format!("deleted {}", names.show_address(&file.destination)))
        }
        TransferEvent::Skipped(file) => {
            let unasked = matches!(file.reason, SkipReason::Symlink | SkipReason::Special);
            // A few are named; the summary has the number of all.
            let is_named = verbose || (unasked && named.fetch_add(1, Ordering::Relaxed) < 10);
            is_named.then(|| format!("skipped `{}`: {}", names.show_address(&file.source), file.reason))
        }
        TransferEvent::Retrying { source, attempt, error } => {
            let source = names.show_address(source);
            Some(format!("trying `{source}` again (try {attempt}): {}", names.translate(&error.message)))
        }
        TransferEvent::Resumed { source, bytes } => Some(format!(
            "going on with `{}`, of which {} are there",
            names.show_address(source),
            human(*bytes)
        )),
        _ => None,
    }
}
