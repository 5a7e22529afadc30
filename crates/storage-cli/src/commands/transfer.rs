//! What `cp` and `mv` have in common: where things go, and what is said about it.

use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{
    CopyOptions, CopyReport, Error, ErrorKind, FailedFile, Metadata, Operation, PatternSet, SkipReason,
    SkippedFile, WalkOptions,
};

use crate::args::TransferArgs;
use crate::console::Console;
use crate::context::{Context, Place, link};
use crate::exit::{Done, Exit, Stop, Tally, usage};
use crate::names::Names;
use crate::output::{Output, count, human};
use crate::progress::Meter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Copy { recursive: bool },
    Move,
}

pub(crate) fn run(
    action: Action,
    sources: &[OsString],
    destination: &Place,
    args: &TransferArgs,
    context: &Context,
    out: &mut Output,
) -> Done {
    let folder = destination.into || is_dir(&destination.node)?;
    if sources.len() > 1 && !folder {
        let message = format!("`{}` is no folder, and there are several sources", destination.typed);
        return Err(usage(message, "end it with `/`, or make the folder first"));
    }
    let several = sources.len() > 1;
    let mut transfer = Transfer::new(action, args, context);
    let outcome = transfer.all(sources, destination, folder, several);
    transfer.finish(outcome, out)
}

fn is_dir(node: &StorageNode) -> Done<bool> {
    Ok(!node.capabilities().opaque_paths && node.is_dir()?)
}

struct Transfer<'a> {
    action: Action,
    args: &'a TransferArgs,
    context: &'a Context,
    meter: Arc<Meter>,
    total: Arc<Total>,
    options: CopyOptions,
    report: CopyReport,
    /// Folders that were renamed in one step; the library reports each as one file.
    renamed: u64,
    started: Instant,
}

/// What callbacks count, so that an interrupted run can say how far it came.
#[derive(Default)]
struct Total {
    /// Progress of the sources before the current one.
    before: Mutex<(u64, u64)>,
    copied: AtomicU64,
    links: AtomicU64,
}

impl<'a> Transfer<'a> {
    fn new(action: Action, args: &'a TransferArgs, context: &'a Context) -> Self {
        let meter = Arc::new(Meter::new(&context.console, context.progress));
        let total = Arc::new(Total::default());
        let options = options(args, context, &meter, &total);
        Self {
            action,
            args,
            context,
            meter,
            total,
            options,
            report: CopyReport::default(),
            renamed: 0,
            started: Instant::now(),
        }
    }

    fn all(&mut self, sources: &[OsString], destination: &Place, folder: bool, several: bool) -> Done {
        let mut tally = Tally::default();
        for source in sources {
            let outcome = self.context.place(source).and_then(|source| {
                let (to, is_folder) = self.place_for(&source, destination, folder, several)?;
                self.one(&source.node, &to, is_folder)
            });
            let failed = outcome.is_err();
            if let Err(Stop::Error(error)) = outcome {
                tally.add(self.context.tell(&error));
                self.report.add_failed(FailedFile::new(source.to_string_lossy().into_owned(), error));
            } else {
                self.context.tally(&mut tally, outcome)?;
            }
            if failed && self.args.fail_fast {
                break;
            }
        }
        tally.end()
    }

    /// Where one source goes, and whether it is a folder; documented in `help/cp.txt`.
    fn place_for(
        &self,
        source: &Place,
        destination: &Place,
        folder: bool,
        several: bool,
    ) -> Done<(StorageNode, bool)> {
        let is_folder = self.stat(&source.node)?.is_some_and(|metadata| metadata.is_dir());
        let below = if is_folder {
            self.allow_folder(source)?;
            (destination.into || several) && source.named
        } else {
            folder
        };
        if !below || destination.node.capabilities().opaque_paths {
            return Ok((destination.node.clone(), is_folder));
        }
        let name = source.node.name();
        if name.is_empty() || source.node.capabilities().opaque_paths {
            return Err(usage(
                format!("`{}` has no name of its own", source.typed),
                "name the destination in full",
            ));
        }
        Ok((destination.node.child(name)?, is_folder))
    }

    /// What the source is; nothing for a link that leads nowhere, which can be moved all the same.
    fn stat(&self, node: &StorageNode) -> Done<Option<Metadata>> {
        match node.stat() {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound && link(node).is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn allow_folder(&self, source: &Place) -> Done {
        if self.action == (Action::Copy { recursive: false }) {
            let error =
                Error::new(ErrorKind::IsADirectory, "it is a folder").with_hint("copy folders with `-r`");
            let node = &source.node;
            let error = error.with_operation(Operation::Copy).with_mount(node.mount_name());
            return Err(Stop::Error(error.with_path(node.path().as_str())));
        }
        Ok(())
    }

    fn one(&mut self, source: &StorageNode, destination: &StorageNode, is_folder: bool) -> Done {
        let report = thread::scope(|scope| {
            if self.meter.is_shown() {
                let (meter, args) = (&self.meter, self.args);
                scope.spawn(move || count_ahead(source, args, meter));
            }
            let report = match self.action {
                Action::Copy { .. } => source.copy_to_with(destination, &self.options),
                Action::Move => source.move_to_with(destination, &self.options),
            };
            self.meter.stop();
            report
        })?;
        let location = report.location.clone();
        let failed = report.failed_count > 0;
        if is_folder && report.copied.first().is_some_and(|file| file.source == source.to_string()) {
            self.renamed += 1;
        }
        self.add(report);
        if let Some(path) = location {
            self.context.console.note(&format!("stored at `{}:{path}`", destination.mount_name()));
        }
        if failed { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
    }

    fn add(&mut self, report: CopyReport) {
        let all = &mut self.report;
        extend(&mut all.copied, report.copied);
        extend(&mut all.skipped, report.skipped);
        extend(&mut all.failed, report.failed);
        all.copied_count += report.copied_count;
        all.skipped_count += report.skipped_count;
        all.failed_count += report.failed_count;
        all.directories += report.directories;
        all.bytes += report.bytes;
        let files = all.copied_count + all.skipped_count + all.failed_count;
        *self.total.before.lock().unwrap_or_else(PoisonError::into_inner) = (files, all.bytes);
    }

    fn finish(mut self, outcome: Done, out: &mut Output) -> Done {
        self.report.elapsed = self.started.elapsed();
        let Self { action, args, context, meter, total, report, renamed, options, .. } = self;
        // The bar goes before the last lines come.
        drop((meter, options));
        if matches!(outcome, Err(Stop::Interrupted)) {
            let copied = count(total.copied.load(Ordering::Relaxed), "file", "files");
            context.console.note(&format!("interrupted; {copied} {} before", past(action)));
            return Err(Stop::Told(context.interrupt.exit()));
        }
        if args.json {
            out.json_pretty(&ReportJson::new(&report, context))?;
        }
        if report.copied_count + report.skipped_count > 0 || report.failed_count > 1 || outcome.is_ok() {
            context.console.note(&summary(&report, renamed, action));
        }
        if total.links.load(Ordering::Relaxed) > 0 {
            context.console.hint(
                "`--symlinks follow` takes what links point at, `--symlinks preserve` the links themselves",
            );
        }
        outcome
    }
}

fn extend<T>(list: &mut Vec<T>, more: Vec<T>) {
    let room = CopyReport::LISTED.saturating_sub(list.len());
    list.extend(more.into_iter().take(room));
}

fn options(args: &TransferArgs, context: &Context, meter: &Arc<Meter>, total: &Arc<Total>) -> CopyOptions {
    let mut options = CopyOptions::new()
        .skip(args.skip.0.clone())
        .preserve(args.preserve)
        .symlinks(args.symlinks)
        .fail_fast(args.fail_fast)
        .concurrency(args.jobs.into())
        .verify(args.verify)
        .cancel(context.interrupt.token().clone());
    options.include.clone_from(&args.include);
    options.exclude.clone_from(&args.exclude);
    let (console, names, verbose) = (context.console.clone(), context.names.clone(), args.verbose);
    let counters = total.clone();
    options = options.on_file(move |file| {
        counters.copied.fetch_add(1, Ordering::Relaxed);
        if verbose {
            console.note(&format!(
                "{} -> {}",
                names.show_text(&file.source),
                names.show_text(&file.destination)
            ));
        }
    });
    let (console, names, counters) = (context.console.clone(), context.names.clone(), total.clone());
    options = options.on_skip(move |file| tell_skipped(file, verbose, &console, &names, &counters));
    let console = context.console.clone();
    options = options.on_error(move |file| console.error(&file.error));
    let (meter, counters) = (meter.clone(), total.clone());
    options.progress(move |progress| {
        let (files, bytes) = *counters.before.lock().unwrap_or_else(PoisonError::into_inner);
        meter.set(files + progress.files, bytes + progress.bytes);
    })
}

/// What was asked for is left out silently; what is left out otherwise is named.
fn tell_skipped(file: &SkippedFile, verbose: bool, console: &Console, names: &Names, total: &Total) {
    if file.reason == SkipReason::Symlink {
        total.links.fetch_add(1, Ordering::Relaxed);
    }
    let unasked = matches!(file.reason, SkipReason::Symlink | SkipReason::Special | SkipReason::SameFile);
    if unasked || verbose {
        console.note(&format!("skipped `{}`: {}", names.show_text(&file.source), file.reason));
    }
}

/// Walks the source beside the copy, so that the bar knows how much there is.
fn count_ahead(source: &StorageNode, args: &TransferArgs, meter: &Meter) {
    let (Ok(metadata), Ok(patterns)) = (source.stat(), PatternSet::new(&args.include, &args.exclude)) else {
        return;
    };
    if !metadata.is_dir() {
        meter.total(1, metadata.size);
        return;
    }
    let Ok(mut walk) = source.walk(&WalkOptions::new()) else { return };
    let (mut files, mut bytes) = (0, 0);
    while !meter.is_stopped() {
        // What cannot be listed is told by the copy itself.
        let Ok(entry) = walk.next() else { continue };
        let Some(entry) = entry else {
            meter.total(files, bytes);
            return;
        };
        let relative =
            entry.node.path().strip_prefix(source.path()).unwrap_or_else(storage::types::StoragePath::root);
        if entry.metadata.is_dir() {
            if patterns.excludes(relative.as_str()) {
                walk.skip_directory();
            }
            continue;
        }
        files += 1;
        if entry.metadata.is_file() && patterns.allows(relative.as_str()) {
            bytes += entry.metadata.size;
        }
    }
}

/// `68 files, 214.5 KiB copied, 1 skipped in 0.12s`.
fn summary(report: &CopyReport, renamed: u64, action: Action) -> String {
    let files = report.copied_count.saturating_sub(renamed);
    let mut parts = Vec::new();
    if renamed > 0 {
        parts.push(count(renamed, "folder", "folders"));
    }
    if files > 0 || renamed == 0 {
        parts.push(format!("{}, {}", count(files, "file", "files"), human(report.bytes)));
    }
    let mut text = format!("{} {}", parts.join(", "), past(action));
    if report.skipped_count > 0 {
        text += &format!(", {} skipped", report.skipped_count);
    }
    if report.failed_count > 0 {
        text += &format!(", {} failed", report.failed_count);
    }
    format!("{text} in {:.2}s", report.elapsed.as_secs_f64())
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Copy { .. } => "copied",
        Action::Move => "moved",
    }
}

/// The report in JSON; documented in `help/cp.txt`.
#[derive(Serialize)]
struct ReportJson {
    copied: Vec<CopiedJson>,
    skipped: Vec<SkippedJson>,
    failed: Vec<FailedJson>,
    copied_count: u64,
    skipped_count: u64,
    failed_count: u64,
    directories: u64,
    bytes: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct CopiedJson {
    source: String,
    destination: String,
    bytes: u64,
}

#[derive(Serialize)]
struct SkippedJson {
    source: String,
    reason: String,
}

#[derive(Serialize)]
struct FailedJson {
    source: String,
    kind: String,
    error: String,
}

impl ReportJson {
    fn new(report: &CopyReport, context: &Context) -> Self {
        let names = &context.names;
        Self {
            copied: report
                .copied
                .iter()
                .map(|file| CopiedJson {
                    source: names.show_text(&file.source),
                    destination: names.show_text(&file.destination),
                    bytes: file.bytes,
                })
                .collect(),
            skipped: report
                .skipped
                .iter()
                .map(|file| SkippedJson {
                    source: names.show_text(&file.source),
                    reason: snake_case(&format!("{:?}", file.reason)),
                })
                .collect(),
            failed: report
                .failed
                .iter()
                .map(|file| FailedJson {
                    source: names.show_text(&file.source),
                    kind: snake_case(&format!("{:?}", file.error.kind())),
                    error: context.console.describe(&file.error).0,
                })
                .collect(),
            copied_count: report.copied_count,
            skipped_count: report.skipped_count,
            failed_count: report.failed_count,
            directories: report.directories,
            bytes: report.bytes,
            seconds: report.elapsed.as_secs_f64(),
        }
    }
}

/// `SameSize` becomes `same_size`: the names of the library's own types, as JSON has them.
fn snake_case(name: &str) -> String {
    name.char_indices().fold(String::with_capacity(name.len() + 4), |mut text, (at, char)| {
        if char.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(char.to_ascii_lowercase());
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_in_json() {
        assert_eq!(snake_case(&format!("{:?}", ErrorKind::NotADirectory)), "not_a_directory");
        assert_eq!(snake_case(&format!("{:?}", SkipReason::SameSize)), "same_size");
    }
}
