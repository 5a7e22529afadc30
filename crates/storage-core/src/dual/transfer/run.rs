//! The state of one run, its report and its events.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use storage_types::{
    Change, CopiedFile, CopyOptions, CopyReport, DeletedFile, Error, FailedFile, Metadata, Operation,
    Progress, Result, SkipReason, SkippedFile, StoragePath, TransferEvent,
};

use super::decide::{Job, SkipWhen};
use super::extras::Extras;
use super::select::Selection;
use super::throttle::Throttle;
use crate::dual::backend::CopyWatch;
use crate::dual::node::StorageNode;
use crate::rt;

/// What is done beyond copying.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mode {
    /// A file is deleted at the source once it is copied.
    pub(super) moves: bool,
    /// What only the destination has is looked for.
    pub(super) deletes: bool,
    /// Nothing is deleted when there is more than this.
    pub(super) max_delete: Option<u64>,
    /// It is deleted although the source is empty or something failed.
    pub(super) force: bool,
    /// Nothing is changed.
    pub(super) dry_run: bool,
}

/// The state of one run, shared by everything that works on it.
pub(super) struct Run<'a> {
    pub(super) options: Arc<CopyOptions>,
    pub(super) rule: Option<&'a dyn SkipWhen>,
    pub(super) selection: Selection,
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    pub(super) mode: Mode,
    /// Whether this is a tree, whose files are made durable together at the end.
    pub(super) tree: bool,
    pub(super) extras: Extras,
    pub(super) throttle: Option<Arc<Throttle>>,
    report: Mutex<CopyReport>,
    counters: Arc<Counters>,
    started: Instant,
    /// Whether the source has anything at all.
    found: AtomicBool,
    /// Whether something could not be listed, so that nobody knows what only the destination has.
    unsure: AtomicBool,
}

/// How far the run has come. Shared with copies that run inside a store.
#[derive(Default)]
struct Counters {
    files: AtomicU64,
    bytes: AtomicU64,
    /// Those of them that earlier runs moved.
    resumed: AtomicU64,
    /// Bytes of a single file, plus one; 0 when not known.
    total: AtomicU64,
}

impl Counters {
    fn tell(&self, options: &CopyOptions) {
        let Some(progress) = &options.progress else { return };
        let mut now = Progress::default();
        now.files = self.files.load(Ordering::Relaxed);
        now.bytes = self.bytes.load(Ordering::Relaxed);
        now.total_bytes = self.total.load(Ordering::Relaxed).checked_sub(1);
        now.total_files = now.total_bytes.map(|_| 1);
        progress(&now);
    }

    /// `begun` bytes at the beginning of this file are there already, and so are `spared` of those that follow.
    fn resumed(&self, moved: &Moved, begun: u64, spared: u64, options: &CopyOptions) {
        let bytes = begun + spared;
        if bytes == 0 {
            return;
        }
        self.resumed.fetch_add(bytes, Ordering::Relaxed);
        moved.resumed.fetch_add(bytes, Ordering::Relaxed);
        if let Some(call) = &options.on_event {
            call(&TransferEvent::Resumed { source: moved.source.clone(), bytes });
        }
        self.advance(moved, begun, options);
    }

    /// `bytes` more of this file were written.
    fn advance(&self, moved: &Moved, bytes: u64, options: &CopyOptions) {
        if bytes == 0 {
            return;
        }
        let so_far = moved.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.tell(options);
        if let Some(call) = &options.on_event {
            call(&TransferEvent::Progress {
                source: moved.source.clone(),
                bytes: so_far,
                total: moved.total,
            });
        }
    }
}

/// How much of one file has moved.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Empty when nobody listens.
    source: String,
    total: u64,
    bytes: AtomicU64,
    /// Those of them that an earlier run moved, or an earlier try of this one.
    resumed: AtomicU64,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        source: &StorageNode,
        destination: &StorageNode,
        options: &CopyOptions,
        rule: Option<&'a dyn SkipWhen>,
        mode: Mode,
    ) -> Result<Self> {
        let selection = Selection::new(options);
        Ok(Self {
            options: Arc::new(options.clone()),
            rule,
            selection: source.explain(Operation::Copy, selection)?,
            source: source.clone(),
            destination: destination.clone(),
            mode,
            tree: false,
            extras: Extras::default(),
            throttle: options.bandwidth.map(|rate| Arc::new(Throttle::new(rate))),
            report: Mutex::default(),
            counters: Arc::default(),
            started: Instant::now(),
            found: AtomicBool::new(false),
            unsure: AtomicBool::new(false),
        })
    }

    /// The report so far; called once, at the end.
    pub(super) fn take_report(&self) -> CopyReport {
        let mut report = self.with_report(std::mem::take);
        report.elapsed = self.started.elapsed();
        report.dry_run = self.mode.dry_run;
        report.bytes_resumed = self.counters.resumed.load(Ordering::Relaxed);
        report.unmatched_patterns = self.selection.patterns.unmatched();
        report
    }

    pub(super) fn with_report<T>(&self, change: impl FnOnce(&mut CopyReport) -> T) -> T {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_total(&self, bytes: u64) {
        self.counters.total.store(bytes.saturating_add(1), Ordering::Relaxed);
    }

    /// Counts the bytes of one file.
    pub(super) fn moved(&self, job: &Job) -> Arc<Moved> {
        let source = if self.options.on_event.is_some() { job.source.to_string() } else { String::new() };
        Arc::new(Moved { source, total: job.metadata.size, ..Moved::default() })
    }

    pub(super) fn advance(&self, moved: &Moved, bytes: u64) {
        self.counters.advance(moved, bytes, &self.options);
    }

    /// The same for a copy that runs inside a store, which also stops when the run is cancelled.
    pub(super) fn watch(&self, moved: &Arc<Moved>, destination: &StorageNode) -> CopyWatch {
        let (counters, options) = (self.counters.clone(), self.options.clone());
        // A store that copies by itself moves nothing over our line; local copies run on threads that may wait.
        let local = destination.capabilities().local_path;
        let (moved, throttle) = (moved.clone(), self.throttle.clone().filter(|_| local));
        let resuming = (counters.clone(), moved.clone(), options.clone());
        let watch = CopyWatch::new(move |bytes| {
            counters.advance(&moved, bytes, &options);
            if let Some(throttle) = &throttle {
                rt::pause(throttle.take(bytes));
            }
            options.cancel.check()
        });
        watch.on_resumed(move |bytes| {
            let (counters, moved, options) = &resuming;
            counters.resumed(moved, bytes, 0, options);
        })
    }

    /// So many bytes of a file need not move: an earlier run moved those at its beginning, and some behind a gap.
    pub(super) fn resumed(&self, moved: &Moved, begun: u64, spared: u64) {
        self.counters.resumed(moved, begun, spared, &self.options);
    }

    fn file_done(&self) {
        self.counters.files.fetch_add(1, Ordering::Relaxed);
        self.counters.tell(&self.options);
    }

    fn tell(&self, event: impl FnOnce() -> TransferEvent) {
        if let Some(call) = &self.options.on_event {
            call(&event());
        }
    }
}

/// What happened.
impl Run<'_> {
    pub(super) fn planned(&self, job: &Job, change: Change) {
        self.tell(|| TransferEvent::Planned {
            source: job.source.to_string(),
            destination: job.destination.to_string(),
            bytes: job.metadata.size,
            change,
        });
    }

    pub(super) fn begun(&self, job: &Job) {
        self.tell(|| TransferEvent::Started { source: job.source.to_string(), bytes: job.metadata.size });
    }

    /// What had moved of a file does not count.
    pub(super) fn nothing_moved(&self, moved: &Moved) {
        let (bytes, resumed) = (&moved.bytes, &moved.resumed);
        self.counters.bytes.fetch_sub(bytes.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        self.counters.resumed.fetch_sub(resumed.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// It failed and is tried again: what had moved did not count.
    pub(super) fn retrying(&self, job: &Job, moved: &Moved, attempt: u32, error: &Error) {
        self.nothing_moved(moved);
        self.with_report(|report| report.retries += 1);
        self.tell(|| TransferEvent::Retrying {
            source: job.source.to_string(),
            attempt,
            error: error.into(),
        });
    }

    pub(super) fn copied(&self, job: &Job, written: &Metadata) {
        let file = CopiedFile::new(job.source.to_string(), job.destination.to_string(), job.metadata.size);
        if let Some(call) = &self.options.on_file {
            call(&file);
        }
        if !self.mode.dry_run {
            self.tell(|| TransferEvent::Copied(file.clone()));
        }
        self.with_report(|report| {
            report.add_copied(file);
            if !self.tree {
                report.location.clone_from(&written.location);
            }
        });
        self.file_done();
    }

    pub(super) fn skipped(&self, source: &StorageNode, reason: SkipReason) {
        let file = SkippedFile::new(source.to_string(), reason);
        if let Some(call) = &self.options.on_skip {
            call(&file);
        }
        self.tell(|| TransferEvent::Skipped(file.clone()));
        self.with_report(|report| report.add_skipped(file));
        self.file_done();
    }

    pub(super) fn deleted(&self, destination: &StorageNode, bytes: u64) {
        let file = DeletedFile::new(destination.to_string(), bytes);
        self.tell(|| TransferEvent::Deleted(file.clone()));
        self.with_report(|report| report.add_deleted(file));
    }

    /// Notes a failure of one file of a tree, or gives it back when it is to stop everything.
    pub(super) fn failed(&self, place: &StorageNode, error: Error) -> Result<()> {
        self.options.cancel.check()?;
        if self.options.fail_fast {
            return Err(error);
        }
        self.tell(|| TransferEvent::Failed { source: place.to_string(), error: (&error).into() });
        let file = FailedFile::new(place.to_string(), error);
        if let Some(call) = &self.options.on_error {
            call(&file);
        }
        self.with_report(|report| report.add_failed(file));
        self.file_done();
        Ok(())
    }

    pub(super) fn found_source(&self) {
        self.found.store(true, Ordering::Relaxed);
    }

    pub(super) fn source_is_empty(&self) -> bool {
        !self.found.load(Ordering::Relaxed)
    }

    /// Something could not be listed.
    pub(super) fn unsure(&self) {
        self.unsure.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_unsure(&self) -> bool {
        self.unsure.load(Ordering::Relaxed)
    }
}

/// Where things are.
impl Run<'_> {
    /// The path of a node of the source, from where the run begins.
    pub(super) fn below_source(&self, source: &StorageNode) -> StoragePath {
        below(source, &self.source)
    }

    /// The place of a node of the source at the destination.
    pub(super) fn counterpart(&self, source: &StorageNode) -> StorageNode {
        self.destination.at(self.destination.path().join(&self.below_source(source)))
    }

    pub(super) fn relative_there(&self, destination: &StorageNode) -> String {
        below(destination, &self.destination).as_str().to_owned()
    }

    /// Whether the destination is listed beside the source.
    pub(super) fn looks_beside(&self) -> bool {
        self.compares() || self.mode.deletes || self.mode.dry_run
    }
}

fn below(node: &StorageNode, root: &StorageNode) -> StoragePath {
    node.path().strip_prefix(root.path()).unwrap_or_else(StoragePath::root)
}
