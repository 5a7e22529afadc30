//! What has happened in a transfer: its report, its counters and its events.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use storage_types::{
    Change, CopiedFile, CopyOptions, CopyReport, DeletedFile, EntryKind, Error, FailedFile, FileAttribute,
    Metadata, Progress, Result, SkipReason, SkippedFile, TransferEvent,
};

use super::carry::throttle::{Throttle, wait_here};
use super::job::Job;
use super::task::Task;
use crate::dual::backend::CopyWatch;
use crate::dual::node::StorageNode;

/// The account of one transfer, shared by everything that works on it.
pub(super) struct Ledger {
    options: Arc<CopyOptions>,
    dry_run: bool,
    tree: bool,
    report: Mutex<CopyReport>,
    counters: Arc<Counters>,
    started: Instant,
    /// By the clock of this machine.
    pub(super) started_at: SystemTime,
    /// The source has something that is wanted.
    found: AtomicBool,
    /// Something could not be listed, so what only the destination has is not known.
    incomplete: AtomicBool,
}

/// How far the transfer has come. Shared with copies that run inside a store.
#[derive(Default)]
struct Counters {
    files: AtomicU64,
    bytes: AtomicU64,
    /// Those of them that earlier runs moved.
    resumed: AtomicU64,
    /// All files and bytes, each plus one; 0 when not known.
    total_files: AtomicU64,
    total_bytes: AtomicU64,
    left_behind: Mutex<BTreeMap<FileAttribute, u64>>,
}

impl Counters {
    fn left_behind(&self, attribute: FileAttribute) {
        *self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).entry(attribute).or_default() += 1;
    }

    fn report(&self, options: &CopyOptions) {
        let Some(progress) = &options.progress else { return };
        let mut now = Progress::default();
        now.files = self.files.load(Ordering::Relaxed);
        now.bytes = self.bytes.load(Ordering::Relaxed);
        now.total_bytes = self.total_bytes.load(Ordering::Relaxed).checked_sub(1);
        now.total_files = self.total_files.load(Ordering::Relaxed).checked_sub(1);
        progress(&now);
    }

    /// `begun` bytes at the beginning of this file are there already, and so are `later` of those that follow.
    fn resumed(&self, moved: &Moved, begun: u64, later: u64, options: &CopyOptions) {
        let bytes = begun + later;
        if bytes == 0 {
            return;
        }
        self.resumed.fetch_add(bytes, Ordering::Relaxed);
        moved.resumed.fetch_add(bytes, Ordering::Relaxed);
        if let (Some(call), Some(source)) = (&options.on_event, &moved.source) {
            call(&TransferEvent::Resumed { source: source.address(), bytes });
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
        self.report(options);
        if let (Some(call), Some(source)) = (&options.on_event, &moved.source) {
            call(&TransferEvent::Progress { source: source.address(), bytes: so_far, total: moved.total });
        }
    }
}

/// How much of one file has moved.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// `None` without a listener.
    source: Option<StorageNode>,
    total: u64,
    bytes: AtomicU64,
    /// Those of them that an earlier run moved, or an earlier try of this one.
    resumed: AtomicU64,
}

impl Ledger {
    pub(super) fn new(task: &Task<'_>) -> Self {
        Self {
            options: task.options.clone(),
            dry_run: task.mode.dry_run,
            tree: task.is_tree(),
            report: Mutex::default(),
            counters: Arc::default(),
            started: Instant::now(),
            started_at: SystemTime::now(),
            found: AtomicBool::new(false),
            incomplete: AtomicBool::new(false),
        }
    }

    /// The report so far; called once, at the end.
    pub(super) fn take_report(&self) -> CopyReport {
        let mut report = self.with_report(std::mem::take);
        report.elapsed = self.started.elapsed();
        report.dry_run = self.dry_run;
        report.bytes_resumed = self.counters.resumed.load(Ordering::Relaxed);
        report.left_behind =
            std::mem::take(&mut *self.counters.left_behind.lock().unwrap_or_else(PoisonError::into_inner));
        report
    }

    fn with_report<T>(&self, change: impl FnOnce(&mut CopyReport) -> T) -> T {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// So much there is in all.
    pub(super) fn set_totals(&self, files: u64, bytes: u64) {
        self.counters.total_files.store(files.saturating_add(1), Ordering::Relaxed);
        self.counters.total_bytes.store(bytes.saturating_add(1), Ordering::Relaxed);
    }

    /// Counts the bytes of one file.
    pub(super) fn count(&self, job: &Job) -> Arc<Moved> {
        let source = self.options.on_event.is_some().then(|| job.source.clone());
        Arc::new(Moved { source, total: job.metadata.size, ..Moved::default() })
    }

    pub(super) fn advance(&self, moved: &Moved, bytes: u64) {
        self.counters.advance(moved, bytes, &self.options);
    }

    /// The same for a copy that runs inside a store, which also stops when the transfer is cancelled.
    pub(super) fn watch(
        &self,
        moved: &Arc<Moved>,
        destination: &StorageNode,
        throttle: Option<Arc<Throttle>>,
    ) -> CopyWatch {
        let (counters, options) = (self.counters.clone(), self.options.clone());
        // A store that copies by itself moves nothing over our line; local copies run on threads that may wait.
        let local = destination.capabilities().local_path;
        let (moved, throttle) = (moved.clone(), throttle.filter(|_| local));
        let resuming = (counters.clone(), moved.clone(), options.clone());
        let leaving = counters.clone();
        let watch = CopyWatch::new(move |bytes| {
            counters.advance(&moved, bytes, &options);
            match &throttle {
                Some(throttle) => wait_here(throttle.take(bytes), &options.cancel),
                None => options.cancel.check(),
            }
        });
        let watch = watch.on_left_behind(move |attribute| leaving.left_behind(attribute));
        watch.on_resumed(move |bytes| {
            let (counters, moved, options) = &resuming;
            counters.resumed(moved, bytes, 0, options);
        })
    }

    /// So many bytes of a file need not move: an earlier run moved those at its beginning, and some behind a gap.
    pub(super) fn resumed(&self, moved: &Moved, begun: u64, later: u64) {
        self.counters.resumed(moved, begun, later, &self.options);
    }

    fn file_done(&self) {
        self.counters.files.fetch_add(1, Ordering::Relaxed);
        self.counters.report(&self.options);
    }

    fn emit(&self, event: impl FnOnce() -> TransferEvent) {
        if let Some(call) = &self.options.on_event {
            call(&event());
        }
    }
}

/// What happened.
impl Ledger {
    pub(super) fn planned(&self, job: &Job, change: Change) {
        self.emit(|| TransferEvent::Planned {
            source: job.source.address(),
            destination: job.destination.address(),
            kind: job.metadata.kind,
            there: job.replaces.or(job.there.metadata().map(|there| there.kind)),
            bytes: job.bytes(),
            change,
        });
    }

    pub(super) fn begun(&self, job: &Job) {
        self.emit(|| TransferEvent::Started { source: job.source.address(), bytes: job.metadata.size });
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
        self.emit(|| TransferEvent::Retrying { source: job.source.address(), attempt, error: error.into() });
    }

    pub(super) fn copied(&self, job: &Job, written: &Metadata) {
        let file = CopiedFile::new(job.source.address(), job.destination.address(), job.bytes())
            .of_kind(job.metadata.kind)
            .hard_link(job.is_further_name)
            .checksum(written.checksum.filter(|_| self.was_verified(job)));
        if let Some(call) = &self.options.on_file {
            call(&file);
        }
        if !self.dry_run {
            self.emit(|| TransferEvent::Copied(file.clone()));
        }
        self.with_report(|report| {
            report.add_copied(file);
            if !self.tree {
                report.location.clone_from(&written.location);
            }
        });
        self.file_done();
    }

    fn was_verified(&self, job: &Job) -> bool {
        let is_copied = job.metadata.is_file() && !job.is_further_name;
        self.options.verify && !self.dry_run && is_copied
    }

    /// A directory was seen at the source.
    pub(super) fn directory_seen(&self) {
        self.with_report(|report| report.directories += 1);
    }

    /// A directory was made, or its mode and time were set; in a dry run it would be.
    pub(super) fn directory_done(&self, destination: &StorageNode, change: Change) {
        if change == Change::Attributes {
            return self.attributes_set(destination, EntryKind::Directory);
        }
        if !self.dry_run {
            self.emit(|| TransferEvent::DirectoryMade { destination: destination.address() });
        }
        self.with_report(|report| report.directories_made += 1);
    }

    /// Mode and time of something that was there were set; in a dry run they would be.
    pub(super) fn attributes_set(&self, destination: &StorageNode, kind: EntryKind) {
        if !self.dry_run {
            self.emit(|| TransferEvent::AttributesSet { destination: destination.address(), kind });
        }
        self.with_report(|report| report.attributes_set += 1);
        if kind == EntryKind::File {
            self.file_done();
        }
    }

    /// A whole tree was renamed in one step.
    pub(super) fn tree_renamed(&self, source: &StorageNode, destination: &StorageNode) {
        self.emit(|| TransferEvent::RenamedTree {
            source: source.address(),
            destination: destination.address(),
        });
        self.with_report(|report| report.trees_renamed += 1);
    }

    pub(super) fn skipped(&self, source: &StorageNode, reason: SkipReason) {
        let file = SkippedFile::new(source.address(), reason);
        if let Some(call) = &self.options.on_skip {
            call(&file);
        }
        self.emit(|| TransferEvent::Skipped(file.clone()));
        self.with_report(|report| report.add_skipped(file));
        self.file_done();
    }

    pub(super) fn deleted(&self, file: DeletedFile) {
        self.emit(|| TransferEvent::Deleted(file.clone()));
        self.with_report(|report| report.add_deleted(file));
    }

    /// Notes a failure of one file of a tree, or gives it back when it is to stop everything.
    pub(super) fn failed(&self, node: &StorageNode, error: Error) -> Result<()> {
        self.options.cancel.check()?;
        if self.options.fail_fast {
            return Err(error);
        }
        self.emit(|| TransferEvent::Failed { source: node.address(), error: (&error).into() });
        let file = FailedFile::new(node.address(), error);
        if let Some(call) = &self.options.on_error {
            call(&file);
        }
        self.with_report(|report| report.add_failed(file));
        self.file_done();
        Ok(())
    }

    pub(super) fn failures(&self) -> u64 {
        self.with_report(|report| report.failed_count)
    }

    /// The source has something that is wanted.
    pub(super) fn found_source(&self) {
        self.found.store(true, Ordering::Relaxed);
    }

    pub(super) fn source_is_empty(&self) -> bool {
        !self.found.load(Ordering::Relaxed)
    }

    /// Something could not be listed, so what only the destination has is not known.
    pub(super) fn set_incomplete(&self) {
        self.incomplete.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_incomplete(&self) -> bool {
        self.incomplete.load(Ordering::Relaxed)
    }
}
