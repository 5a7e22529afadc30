//! Symbolic links that stay links.

use storage_types::{Change, EntryKind, Error, ErrorKind, Metadata, Operation, Result, SkipReason};

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::transfer::job::{AtDestination, Job};
use crate::maybe_async;

#[maybe_async]
impl Carrier<'_> {
    /// Makes the same link at the destination, unless it is there.
    pub(super) async fn copy_link(&self, job: &Job) -> Result<()> {
        if let Some(reason) = self.task.left_out(job) {
            self.ledger.skipped(&job.source, reason);
            return Ok(());
        }
        if !job.destination.capabilities().symlinks {
            let error = Error::new(ErrorKind::Unsupported, "the destination cannot keep symbolic links")
                .with_hint("set `symlinks` to `follow` or `skip`")
                .with_option("symlinks");
            return Err(job.source.described(Operation::Copy, error));
        }
        let target = read_link(&job.source).await?;
        let change = match self.existing_link(job, &target).await? {
            ExistingLink::Same if self.task.mode.moves => {
                return self.finish_entry(job, &Metadata::of(EntryKind::Symlink, 0)).await;
            }
            ExistingLink::Same => {
                self.ledger.skipped(&job.source, SkipReason::Unchanged);
                return Ok(());
            }
            ExistingLink::Other => Change::Changed,
            ExistingLink::Nothing => Change::New,
        };
        self.make_parents(job).await?;
        self.ledger.planned(job, change);
        if self.task.mode.dry_run {
            self.ledger.copied(job, &job.metadata);
            return Ok(());
        }
        let made = job.destination.backend().create_link(job.destination.path(), &target).await;
        job.destination.explain(Operation::Copy, made)?;
        self.finish_entry(job, &Metadata::of(EntryKind::Symlink, 0)).await
    }

    async fn existing_link(&self, job: &Job, target: &str) -> Result<ExistingLink> {
        let found = match &job.there {
            AtDestination::Missing => return Ok(ExistingLink::Nothing),
            AtDestination::Is(there) => Some(there.kind),
            AtDestination::Unknown => None,
        };
        if found.is_none_or(|kind| kind == EntryKind::Symlink) {
            match job.destination.backend().read_link(job.destination.path()).await {
                Ok(there) if there == target => return Ok(ExistingLink::Same),
                Ok(_) => return Ok(ExistingLink::Other),
                Err(error) if error.kind() == ErrorKind::NotFound && found.is_none() => {
                    return Ok(ExistingLink::Nothing);
                }
                Err(error) if error.kind() == ErrorKind::InvalidInput && found.is_none() => {}
                Err(error) => return Err(job.destination.described(Operation::Copy, error)),
            }
        }
        Ok(ExistingLink::Other)
    }
}

/// What the destination has in the place of a link.
enum ExistingLink {
    Nothing,
    /// A link with the same target.
    Same,
    Other,
}

#[maybe_async]
pub(super) async fn read_link(node: &StorageNode) -> Result<String> {
    node.explain(Operation::Copy, node.backend().read_link(node.path()).await)
}
