//! What `cp` and `mv` have in common: where things go, and what is said about it.

use std::ffi::{OsStr, OsString};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use storage::blocking::StorageNode;
use storage::types::{
    Address, CopyOptions, CopyReport, Error, ErrorKind, FailedFile, Metadata, Operation, SkipReason,
    SkippedFile, StoragePath, UnmatchedPattern,
};

use super::collisions::Destinations;
use super::report::{ReportJson, past};
use super::{ahead, resume, select, summary};
use crate::args::{HeaderArgs, Preserve, TransferArgs};
use crate::console::Console;
use crate::context::{Context, Place, link};
use crate::exit::{Done, Exit, Stop, Tally, usage};
use crate::names::{AS_TYPED, Names};
use crate::output::{Output, count, human};
use crate::progress::Meter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Copy { recursive: bool },
    Move,
}

/// What was typed.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) transfer: &'a TransferArgs,
    pub(crate) headers: Option<&'a HeaderArgs>,
}

pub(crate) fn run(
    action: Action,
    sources: &[OsString],
    destination: &Place,
    given: Given<'_>,
    context: &Context,
    out: &mut Output,
) -> Done {
    let several = sources.len() > 1;
    if several && !takes_files(destination)? {
        let message = format!("`{}` is no directory, and there are several sources", destination.typed);
        return Err(usage(message, "end it with `/`, or make the directory first"));
    }
    let mut transfer = Transfer::new(action, given, context)?;
    let meter = transfer.meter.clone();
    let outcome = thread::scope(|scope| {
        if meter.is_shown() {
            let places = sources.iter().filter_map(|source| context.place(source).ok());
            let nodes: Vec<StorageNode> = places.map(|place| place.node).collect();
            let (options, meter) = (transfer.options.clone(), &meter);
            scope.spawn(move || ahead::count(&nodes, &options, meter));
        }
        let outcome = transfer.all(sources, destination, several);
        meter.stop();
        outcome
    });
    drop(meter);
    transfer.finish(outcome, destination, out)
}

/// Whether files go into it under their own names. The store is asked only if the text does not say it.
fn takes_files(destination: &Place) -> Done<bool> {
    let node = &destination.node;
    Ok(destination.into || (!node.capabilities().opaque_paths && node.is_dir()?))
}

struct Transfer<'a> {
    action: Action,
    args: &'a TransferArgs,
    context: &'a Context,
    meter: Arc<Meter>,
    total: Arc<Total>,
    options: CopyOptions,
    report: CopyReport,
    /// The patterns that matched nothing in any source; none before the first.
    unmatched: Option<Vec<UnmatchedPattern>>,
    /// Where content went that is not where it was sent.
    locations: Vec<Address>,
    started: Instant,
}

/// One source and where it goes.
struct Errand {
    source: StorageNode,
    destination: StorageNode,
    known: Option<Metadata>,
}

/// What callbacks count, so that an interrupted run can say how far it came.
#[derive(Default)]
struct Total {
    /// Progress of the sources before the current one.
    before: Mutex<(u64, u64)>,
    copied: AtomicU64,
    /// Bytes of the files that arrived, and of all that moved.
    arrived: AtomicU64,
    moved: AtomicU64,
    links: AtomicU64,
}

impl<'a> Transfer<'a> {
    fn new(action: Action, given: Given<'a>, context: &'a Context) -> Done<Self> {
        let meter = Arc::new(Meter::new(&context.console, context.progress));
        let total = Arc::new(Total::default());
        let args = given.transfer;
        let options = options(args, context, &meter, &total)?;
        let options = match given.headers {
            Some(headers) => headers.copy(options),
            None => options,
        };
        Ok(Self {
            action,
            args,
            context,
            meter,
            total,
            options,
            report: CopyReport::default(),
            unmatched: None,
            locations: Vec::new(),
            started: Instant::now(),
        })
    }

    fn all(&mut self, sources: &[OsString], destination: &Place, several: bool) -> Done {
        let mut tally = Tally::default();
        for (typed, errand) in self.errands(sources, destination, several)? {
            let outcome = errand.and_then(|errand| self.one(&errand));
            self.meter.pause();
            let failed = outcome.is_err();
            if let Err(Stop::Error(error)) = outcome {
                tally.add(self.context.tell(&error));
                self.report.add_failed(FailedFile::new(failed_address(typed), error));
            } else {
                self.context.tally(&mut tally, outcome)?;
            }
            if failed && self.args.way.fail_fast {
                break;
            }
        }
        tally.end()
    }

    /// Where each source goes. That two of them would be one is found out before anything happens.
    fn errands<'s>(
        &self,
        sources: &'s [OsString],
        destination: &Place,
        several: bool,
    ) -> Done<Vec<(&'s OsString, Done<Errand>)>> {
        let mut errands = Vec::new();
        let mut destinations = Destinations::default();
        for typed in sources {
            let errand = self.errand(typed, destination, several);
            if let (Ok(errand), true) = (&errand, several && !destination.node.capabilities().opaque_paths)
                && !destinations.add(&errand.source, &errand.destination, self.context)?
            {
                self.context.console.note(&format!("`{}` was named more than once", typed.display()));
                continue;
            }
            errands.push((typed, errand));
        }
        Ok(errands)
    }

    fn errand(&self, typed: &OsString, destination: &Place, several: bool) -> Done<Errand> {
        let source = self.context.place(typed)?;
        let known = self.stat(&source.node)?;
        let is_directory = known.as_ref().is_some_and(Metadata::is_dir);
        let destination = self.place_for(&source, is_directory, destination, several)?;
        Ok(Errand { source: source.node, destination, known })
    }

    /// Where one source goes; documented in `help/cp.txt`.
    fn place_for(
        &self,
        source: &Place,
        is_directory: bool,
        destination: &Place,
        several: bool,
    ) -> Done<StorageNode> {
        let below = if is_directory {
            self.allow_directory(source)?;
            (destination.into || several) && source.named
        } else {
            several || takes_files(destination)?
        };
        if !below || destination.node.capabilities().opaque_paths {
            return Ok(destination.node.clone());
        }
        let name = source.node.name();
        if name.is_empty() || source.node.capabilities().opaque_paths {
            return Err(usage(
                format!("`{}` has no name of its own", source.typed),
                "name the destination in full",
            ));
        }
        Ok(destination.node.child(name)?)
    }

    /// What the source is; nothing for a link that leads nowhere, which can be moved all the same.
    fn stat(&self, node: &StorageNode) -> Done<Option<Metadata>> {
        match node.stat() {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound && link(node).is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn allow_directory(&self, source: &Place) -> Done {
        if self.action == (Action::Copy { recursive: false }) {
            let error = Error::new(ErrorKind::IsADirectory, "it is a directory")
                .with_hint("copy directories with `-r`");
            let node = &source.node;
            let error = error.with_operation(Operation::Copy).with_mount(node.mount_name());
            return Err(Stop::Error(error.with_path(node.path().as_str())));
        }
        Ok(())
    }

    fn one(&mut self, errand: &Errand) -> Done {
        let Errand { source, destination, known } = errand;
        let known = known.as_ref();
        let file = known.filter(|metadata| metadata.is_file() && link(source).is_none());
        let mut report = match self.action {
            Action::Copy { .. } => source.copy_to_with(destination, &self.options),
            Action::Move => source.move_to_with(destination, &self.options),
        }?;
        let location =
            report.location.as_ref().map(|path| Address::new(destination.mount_name(), path.clone()));
        let failed = report.failed_count > 0;
        if let (Some(metadata), 1, 0) = (file, report.copied_count, report.bytes) {
            // A store that copies by itself need not tell how much that was.
            report.bytes = metadata.size;
            report.copied.iter_mut().for_each(|file| file.bytes = metadata.size);
        }
        self.add(report);
        if let (Some(location), Some(file)) = (location, self.report.copied.last_mut()) {
            // On a data URI mount the content is a place of its own, and nobody could find it without its address.
            file.destination.clone_from(&location);
            self.locations.push(location);
        }
        if failed { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
    }

    fn add(&mut self, report: CopyReport) {
        let all = &mut self.report;
        extend(&mut all.copied, report.copied);
        extend(&mut all.skipped, report.skipped);
        extend(&mut all.failed, report.failed);
        all.copied_count += report.copied_count;
        report.skipped_by_reason.iter().for_each(|(reason, files)| all.count_skipped(*reason, *files));
        all.retries += report.retries;
        all.bytes_resumed += report.bytes_resumed;
        all.failed_count += report.failed_count;
        all.directories += report.directories;
        all.directories_made += report.directories_made;
        all.attributes_set += report.attributes_set;
        all.trees_renamed += report.trees_renamed;
        all.links += report.links;
        all.hard_links += report.hard_links;
        for (attribute, files) in report.left_behind {
            *all.left_behind.entry(attribute).or_default() += files;
        }
        all.bytes += report.bytes;
        let files = all.copied_count + all.skipped_count + all.failed_count;
        match &mut self.unmatched {
            Some(unmatched) => unmatched.retain(|pattern| report.unmatched_patterns.contains(pattern)),
            None => self.unmatched = Some(report.unmatched_patterns),
        }
        *self.total.before.lock().unwrap_or_else(PoisonError::into_inner) = (files, all.bytes);
    }

    fn finish(mut self, outcome: Done, destination: &Place, out: &mut Output) -> Done {
        self.report.elapsed = self.started.elapsed();
        self.report.unmatched_patterns = self.unmatched.take().unwrap_or_default();
        let Self { action, args, context, meter, total, report, locations, options, .. } = self;
        // The bar goes before the last lines come.
        drop((meter, options));
        if matches!(outcome, Err(Stop::Interrupted)) {
            let copied = count(total.copied.load(Ordering::Relaxed), "file", "files");
            let left =
                total.moved.load(Ordering::Relaxed).saturating_sub(total.arrived.load(Ordering::Relaxed));
            let waiting = if left > 0 && resume::waits(&args.way.resume, &destination.node) {
                format!(
                    ", and {} of what was under way are kept: the same command goes on there",
                    human(left)
                )
            } else {
                String::new()
            };
            context.console.note(&format!("interrupted; {copied} {} before{waiting}", past(action)));
            return Err(Stop::Told(context.interrupt.exit()));
        }
        if args.json {
            out.json_pretty(&ReportJson::new(&report, context))?;
        } else {
            locations.iter().try_for_each(|location| out.line(format_args!("{location}")))?;
        }
        if report.copied_count + report.skipped_count > 0 || report.failed_count > 1 || outcome.is_ok() {
            context.console.note(&summary::copied(&report, action));
        }
        summary::tell_left_behind(&report, &context.console);
        select::warn_of_unmatched(&report.unmatched_patterns, &context.console);
        if total.links.load(Ordering::Relaxed) > 0 {
            context.console.hint(
                "`--symlinks follow` takes what links point at, `--symlinks preserve` the links themselves",
            );
        }
        outcome
    }
}

/// A source that could not be looked at, as it was typed.
fn failed_address(typed: &OsStr) -> Address {
    let path = StoragePath::opaque(&typed.to_string_lossy()).unwrap_or_else(|_| StoragePath::root());
    Address::new(AS_TYPED, path)
}

fn extend<T>(list: &mut Vec<T>, more: Vec<T>) {
    let room = CopyReport::LISTED.saturating_sub(list.len());
    list.extend(more.into_iter().take(room));
}

fn options(
    args: &TransferArgs,
    context: &Context,
    meter: &Arc<Meter>,
    total: &Arc<Total>,
) -> Done<CopyOptions> {
    let options = select::options(&args.select, context)?
        .skip(args.skip.0.clone())
        .preserve(args.preserve.is_some())
        .preserve_all(args.preserve == Some(Preserve::All));
    let options = select::way(&args.way, options);
    let (console, names, verbose) = (context.console.clone(), context.names.clone(), args.verbose);
    let counters = total.clone();
    let options = options.on_file(move |file| {
        counters.copied.fetch_add(1, Ordering::Relaxed);
        counters.arrived.fetch_add(file.bytes, Ordering::Relaxed);
        if verbose {
            console.note(&format!(
                "{} -> {}",
                names.show_address(&file.source),
                names.show_address(&file.destination)
            ));
        }
    });
    let (console, names, counters) = (context.console.clone(), context.names.clone(), total.clone());
    let options = options.on_skip(move |file| tell_skipped(file, verbose, &console, &names, &counters));
    let console = context.console.clone();
    let options = options.on_error(move |file| console.error(&file.error));
    let (shown, counters) = (meter.clone(), total.clone());
    let options = options.progress(move |progress| {
        let (files, bytes) = *counters.before.lock().unwrap_or_else(PoisonError::into_inner);
        counters.moved.store(bytes + progress.bytes, Ordering::Relaxed);
        shown.set(files + progress.files, bytes + progress.bytes);
    });
    Ok(meter.follow(options))
}

/// What was asked for is left out silently; what is left out otherwise is named.
fn tell_skipped(file: &SkippedFile, verbose: bool, console: &Console, names: &Names, total: &Total) {
    if file.reason == SkipReason::Symlink {
        total.links.fetch_add(1, Ordering::Relaxed);
    }
    let unasked = matches!(file.reason, SkipReason::Symlink | SkipReason::Special | SkipReason::SameFile);
    if unasked || verbose {
        console.note(&format!("skipped `{}`: {}", names.show_address(&file.source), file.reason));
    }
}
