//! What was written reaches the disk, on each file system that was written to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use storage_types::{Attributes, Durability, Error, ErrorKind, Operation, Result};

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::sync_handle::SyncHandle;
use crate::dual::transfer::find::finder::{Finder, Found};
use crate::dual::transfer::job::Job;
use crate::maybe_async;

/// The file systems of the destination, each opened before the first write to it: a write that fails later is reported to
/// those who had it open then.
#[derive(Default)]
pub(in crate::dual::transfer) struct FileSystems(Mutex<Vec<SyncHandle>>);

impl FileSystems {
    fn handles(&self) -> Vec<SyncHandle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn knows(&self, device: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|handle| handle.id() == device)
    }

    fn add(&self, handle: SyncHandle) {
        let mut handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if handles.iter().all(|known| known.id() != handle.id()) {
            handles.push(handle);
        }
    }

    /// Whether something can be made durable together later.
    pub(in crate::dual::transfer) fn are_known(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

#[maybe_async]
impl FileSystems {
    /// Opens the file system that holds `node`, which is the directory with this id where that is known.
    pub(super) async fn open(&self, node: &StorageNode, id: Option<(u64, u64)>) -> Result<()> {
        if id.is_some_and(|(device, _)| self.knows(device)) {
            return Ok(());
        }
        let opened = node.explain(Operation::Sync, node.backend().open_sync(node.path()).await)?;
        if let Some(handle) = opened {
            self.add(handle);
        }
        Ok(())
    }

    async fn sync(&self, destination: &StorageNode) -> Result<()> {
        let mut outcome = Ok(());
        for handle in self.handles() {
            let synced = handle.sync().await;
            outcome = outcome.and(destination.explain(Operation::Sync, synced));
        }
        outcome
    }
}

impl Carrier<'_> {
    /// How durable each write is by itself: less than the mount promises only where a sync makes up for it.
    pub(super) fn durability_of(&self, job: &Job) -> Option<Durability> {
        (job.parent.is_some() && self.file_systems.are_known()).then_some(Durability::None)
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// Fails when source or destination is not what it was when the transfer began: renamed, replaced or unmounted.
    pub(in crate::dual::transfer) async fn roots_are_the_same(&self) -> Result<()> {
        if self.task.mode.dry_run || !self.task.is_tree() {
            return Ok(());
        }
        is_still(&self.task.source, self.task.root.file_id).await?;
        is_still(&self.task.destination, self.destination_id.get().copied().flatten()).await
    }

    /// Not all that this run wrote reached the disk, and which part did is not known: none of it may look up to date.
    pub(in crate::dual::transfer) async fn make_copies_outdated(self: &Arc<Self>) {
        if self.task.mode.dry_run || !self.task.destination.capabilities().set_attributes {
            return;
        }
        // The clock of file systems ticks every few milliseconds.
        let Some(since) = self.ledger.started_at.checked_sub(Duration::from_secs(1)) else { return };
        let Ok(mut finder) = Finder::new(&self.task, true).await else { return };
        finder.enter(None);
        while let Ok(Some(found)) = finder.next().await {
            match found {
                Found::Directory { .. } => finder.enter(None),
                Found::Entry(job) => {
                    let there = job.there.metadata().filter(|there| there.is_file());
                    let is_fresh =
                        there.and_then(|there| there.changed).is_some_and(|changed| changed >= since);
                    if is_fresh {
                        self.make_outdated(&job.destination).await;
                    }
                }
                _ => {}
            }
        }
    }

    /// A copy that did not reach the disk gets a time at which no source is, so that the next run copies it again.
    pub(super) async fn make_outdated(&self, copy: &StorageNode) {
        let attributes = Attributes::new().modified(SystemTime::UNIX_EPOCH);
        // The error that made it unsafe explains more than this one.
        let _ = self.set_attributes(copy, &attributes).await;
    }

    /// Opens the file system that the destination lies on.
    pub(in crate::dual::transfer) async fn open_destination(&self) -> Result<()> {
        if self.task.mode.dry_run {
            return Ok(());
        }
        self.file_systems.open(&self.task.destination, None).await
    }

    /// Makes everything durable that was copied, if the mount promises so.
    pub(in crate::dual::transfer) async fn make_durable(&self) -> Result<()> {
        if self.task.destination.backend().durability() == Durability::None || self.task.mode.dry_run {
            return Ok(());
        }
        self.sync().await
    }

    /// Makes everything durable that was copied, before something is deleted for it.
    pub(in crate::dual::transfer) async fn sync(&self) -> Result<()> {
        if self.task.mode.dry_run {
            return Ok(());
        }
        self.file_systems.sync(&self.task.destination).await
    }
}

/// Fails when a node is another file or directory than the one with this id.
#[maybe_async]
async fn is_still(node: &StorageNode, id: Option<(u64, u64)>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let now = node.stat_if_exists().await?;
    if now.is_some_and(|now| now.file_id == Some(id)) {
        return Ok(());
    }
    // Not `Interrupted`, which would mean that the caller cancelled it.
    let error = Error::new(
        ErrorKind::PreconditionFailed,
        "it was renamed, replaced or unmounted during the transfer",
    )
    .with_hint("nothing was deleted; look at both names before you go on");
    Err(node.described(Operation::Copy, error))
}
