//! Carrying what was found: directories, files and links, one at a time. Lists nothing.

pub(super) mod attributes;
pub(super) mod budget;
pub(super) mod departures;
mod directory;
pub(super) mod durable;
mod file;
pub(super) mod hard_links;
pub(super) mod journal;
mod link;
mod orphans;
pub(super) mod route;
pub(super) mod source_time;
pub(super) mod throttle;

use std::sync::{Arc, OnceLock};

use storage_types::{CopyReport, EntryKind, Error, ErrorKind, Operation, Result, SkipReason, SymlinkPolicy};

pub(crate) use self::journal::identity_of;

use self::departures::Departures;
use self::durable::FileSystems;
use self::hard_links::HardLinks;
use super::job::{Directory, Job};
use super::ledger::Ledger;
use super::task::Task;
use crate::dual::node::StorageNode;
use crate::dual::work::Work;
use crate::maybe_async;

/// What carries the entries of one transfer.
pub(super) struct Carrier<'a> {
    pub(super) task: Arc<Task<'a>>,
    pub(super) ledger: Ledger,
    pub(super) file_systems: FileSystems,
    /// Sources of a move that go once their copies are durable.
    pub(super) departures: Departures,
    pub(super) hard_links: HardLinks,
    /// The root of the destination, as it was when the transfer began (POSIX `st_dev`, `st_ino`).
    pub(super) destination_id: OnceLock<Option<(u64, u64)>>,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(task: Task<'a>) -> Self {
        Self {
            ledger: Ledger::new(&task),
            task: Arc::new(task),
            file_systems: FileSystems::default(),
            departures: Departures::default(),
            hard_links: HardLinks::default(),
            destination_id: OnceLock::new(),
        }
    }

    /// What was done; called once, at the end.
    pub(super) fn take_report(&self) -> CopyReport {
        let mut report = self.ledger.take_report();
        report.unmatched_patterns = self.task.selection.patterns.unmatched();
        report
    }
}

#[maybe_async]
impl Work<Job> for Carrier<'_> {
    async fn run(&self, job: Job) -> Result<()> {
        self.task.options.cancel.check()?;
        if let Some(id) = job.shared {
            return self.carry_name(job, id).await;
        }
        let (source, parent) = (job.source.clone(), job.parent.clone());
        let carried = self.carry(job).await;
        self.end(&source, parent, carried).await
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// An entry is done, or failed. With the last one of a directory, the directory is done.
    async fn end(
        &self,
        source: &StorageNode,
        parent: Option<Arc<Directory>>,
        carried: Result<()>,
    ) -> Result<()> {
        if let Err(error) = carried {
            self.ledger.failed(source, error)?;
        }
        match parent {
            Some(parent) if parent.end() => self.finish_directory(&parent).await,
            _ => Ok(()),
        }
    }
}

#[maybe_async]
impl Carrier<'_> {
    async fn carry(&self, job: Job) -> Result<()> {
        match job.metadata.kind {
            EntryKind::Symlink => self.copy_link(&job).await,
            EntryKind::File => self.copy_file(job).await.map(drop),
            _ => self.leave(&job.source, SkipReason::Special),
        }
    }

    /// The single source of a transfer. A link that is not to stay one is what it points to.
    pub(super) async fn carry_single(&self, mut job: Job) -> Result<()> {
        let keeps_links = self.task.options.symlinks.is_some() || job.destination.capabilities().symlinks;
        if job.is_link() && (self.task.symlinks() != SymlinkPolicy::Preserve || !keeps_links) {
            job.metadata = job.source.stat().await?;
        }
        match job.metadata.kind {
            EntryKind::Directory => {
                let error = Error::is_a_directory()
                    .with_hint("copy the directory that the link points to, by its own path");
                Err(job.source.described(Operation::Copy, error))
            }
            _ => self.carry(job).await,
        }
    }
}

impl Carrier<'_> {
    /// Leaves an entry out. A move reports it unless it was asked for, since a move is to leave nothing.
    pub(super) fn leave(&self, source: &StorageNode, reason: SkipReason) -> Result<()> {
        if !self.task.mode.moves || reason != SkipReason::Special {
            self.ledger.skipped(source, reason);
            return Ok(());
        }
        let error =
            Error::new(ErrorKind::Unsupported, "it is neither file nor directory, and stays where it is")
                .with_hint("make it anew at the destination with `mknod` or `mkfifo`");
        self.ledger.failed(source, source.described(Operation::Move, error))
    }
}
