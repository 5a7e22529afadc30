//! One run of a copy: its state, its report, a file or a tree.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use storage_types::{
    CopiedFile, CopyOptions, CopyReport, Durability, EntryKind, Error, ErrorKind, FailedFile, Metadata,
    Operation, PatternSet, Progress, Result, SkipReason, SkippedFile, SymlinkPolicy, WalkOptions,
};

use super::decide::{Job, SkipWhen};
use super::plan::Plan;
use crate::dual::backend::CopyWatch;
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

/// The state of one run, shared by everything that works on it.
pub(super) struct Run<'a> {
    pub(super) options: &'a CopyOptions,
    pub(super) rule: Option<&'a dyn SkipWhen>,
    pub(super) patterns: PatternSet,
    pub(super) source: &'a StorageNode,
    pub(super) destination: &'a StorageNode,
    /// Whether a file is deleted at the source once it is copied.
    pub(super) moves: bool,
    /// Whether this is a tree, whose files are made durable together at the end.
    pub(super) tree: bool,
    report: Mutex<CopyReport>,
    counters: Arc<Counters>,
    started: Instant,
}

/// How far the run has come. Shared with copies that run inside a store.
#[derive(Default)]
struct Counters {
    files: AtomicU64,
    bytes: AtomicU64,
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
}

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
    rule: Option<&dyn SkipWhen>,
) -> Result<CopyReport> {
    let mut run = Run::new(source, destination, options, rule)?;
    if run.try_directly().await? {
        return Ok(run.into_report());
    }
    let metadata = run.look_at_source().await?;
    if metadata.is_dir() {
        run.tree = true;
        run.copy_tree(&metadata).await?;
    } else {
        run.copy_single(metadata).await?;
    }
    Ok(run.into_report())
}

impl<'a> Run<'a> {
    pub(super) fn new(
        source: &'a StorageNode,
        destination: &'a StorageNode,
        options: &'a CopyOptions,
        rule: Option<&'a dyn SkipWhen>,
    ) -> Result<Self> {
        let patterns = PatternSet::new(&options.include, &options.exclude);
        Ok(Self {
            options,
            rule,
            patterns: source.explain(Operation::Copy, patterns)?,
            source,
            destination,
            moves: false,
            tree: false,
            report: Mutex::default(),
            counters: Arc::default(),
            started: Instant::now(),
        })
    }

    pub(super) fn into_report(self) -> CopyReport {
        let mut report = self.report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.elapsed = self.started.elapsed();
        report
    }

    pub(super) fn with_report<T>(&self, change: impl FnOnce(&mut CopyReport) -> T) -> T {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_total(&self, bytes: u64) {
        self.counters.total.store(bytes.saturating_add(1), Ordering::Relaxed);
    }

    /// `bytes` more were written.
    pub(super) fn advance(&self, bytes: u64) {
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counters.tell(self.options);
    }

    /// The same for a copy that runs inside a store, which also stops when the run is cancelled.
    pub(super) fn watch(&self) -> CopyWatch {
        let (counters, options) = (self.counters.clone(), self.options.clone());
        CopyWatch::new(move |bytes| {
            counters.bytes.fetch_add(bytes, Ordering::Relaxed);
            counters.tell(&options);
            options.cancel.check()
        })
    }

    fn file_done(&self) {
        self.counters.files.fetch_add(1, Ordering::Relaxed);
        self.counters.tell(self.options);
    }

    pub(super) fn copied(&self, job: &Job, written: &Metadata) {
        let file = CopiedFile::new(job.source.to_string(), job.destination.to_string(), job.metadata.size);
        if let Some(call) = &self.options.on_file {
            call(&file);
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
        self.with_report(|report| report.add_skipped(file));
        self.file_done();
    }

    /// Notes a failure of one file of a tree, or gives it back when it is to stop everything.
    pub(super) fn failed(&self, source: &StorageNode, error: Error) -> Result<()> {
        self.options.cancel.check()?;
        if self.options.fail_fast {
            return Err(error);
        }
        let file = FailedFile::new(source.to_string(), error);
        if let Some(call) = &self.options.on_error {
            call(&file);
        }
        self.with_report(|report| report.add_failed(file));
        self.file_done();
        Ok(())
    }
}

#[maybe_async]
impl Run<'_> {
    /// What the source is. A link counts as such where it is to stay one: it may point nowhere.
    pub(super) async fn look_at_source(&self) -> Result<Metadata> {
        let keeps_links = self.moves || self.options.symlinks == SymlinkPolicy::Preserve;
        if keeps_links && self.source.capabilities().symlinks {
            let target = self.source.backend().read_link(self.source.path()).await;
            if target.is_ok() {
                return Ok(Metadata::of(EntryKind::Symlink, 0));
            }
        }
        self.source.stat().await
    }

    pub(super) async fn copy_single(&self, metadata: Metadata) -> Result<()> {
        self.set_total(metadata.size);
        let job = Job {
            source: self.source.clone(),
            destination: self.destination.clone(),
            relative: self.source.name().to_owned(),
            metadata,
        };
        self.options.cancel.check()?;
        self.copy_one(job).await
    }

    /// Copies a whole tree, then makes it durable at once.
    pub(super) async fn copy_tree(&self, root: &Metadata) -> Result<()> {
        self.refuse_into_itself(root).await?;
        if self.is_same_place() {
            self.skipped(self.source, SkipReason::SameFile);
            return Ok(());
        }
        self.prepare_destination().await?;
        let walk = self.source.walk(&WalkOptions::new()).await?;
        let mut plan = Plan::new(walk, self, root);
        rt::for_each(self.options.concurrency, &mut plan, self).await?;
        if self.destination.backend().durability() != Durability::None {
            self.destination.explain(Operation::Sync, self.destination.backend().sync().await)?;
        }
        Ok(())
    }

    async fn prepare_destination(&self) -> Result<()> {
        let can = self.destination.capabilities();
        if !can.write {
            let error = Error::new(ErrorKind::PermissionDenied, "the mount does not allow to write")
                .with_hint("copy to another mount, or configure this one with `permissions: readwrite`");
            return Err(self.destination.described(Operation::Copy, error));
        }
        let directories = can.directories;
        if self.patterns.has_includes() || self.destination.is_root() || !directories {
            return Ok(());
        }
        self.destination.create_dir_all().await
    }

    pub(super) async fn refuse_into_itself(&self, root: &Metadata) -> Result<()> {
        if !self.is_same_place() && (self.lies_inside() || self.is_inside_by_id(root).await?) {
            let error = Error::invalid("a directory cannot be copied into itself")
                .with_hint("choose a destination outside of it");
            return Err(self.source.described(Operation::Copy, error));
        }
        Ok(())
    }

    /// Whether the destination or a directory above it *is* the source, under whatever name.
    async fn is_inside_by_id(&self, root: &Metadata) -> Result<bool> {
        let Some(id) = root.file_id else { return Ok(false) };
        if !self.may_share_files() {
            return Ok(false);
        }
        let mut node = self.destination.parent();
        loop {
            let found = node.stat_if_exists().await?;
            if found.is_some_and(|metadata| metadata.file_id == Some(id)) {
                return Ok(true);
            }
            if node.is_root() {
                return Ok(false);
            }
            node = node.parent();
        }
    }
}

impl Run<'_> {
    /// Whether both sides are one place of one store.
    pub(super) fn is_same_place(&self) -> bool {
        super::route::same_place(self.source, self.destination)
    }

    /// Whether a file could be reached by both sides, under two names: they are stores of one kind, or the destination is
    /// on this machine.
    fn may_share_files(&self) -> bool {
        let ((from, _), (to, _)) =
            (super::route::physical(self.source), super::route::physical(self.destination));
        from.kind() == to.kind() || to.capabilities().local_path
    }

    fn lies_inside(&self) -> bool {
        let (from, source) = super::route::physical(self.source);
        let (to, destination) = super::route::physical(self.destination);
        let by_name = match (from.identity(&source), to.identity(&destination)) {
            (Some(source), Some(destination)) => {
                destination.strip_prefix(&source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            _ => false,
        };
        (Arc::ptr_eq(&from, &to) && destination.starts_with(&source)) || by_name
    }
}
