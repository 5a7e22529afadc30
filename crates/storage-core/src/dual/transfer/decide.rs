//! Whether a file is left alone: patterns, filters and skip rules.

use storage_types::{Metadata, Operation, Result, Skip, SkipReason, TransferEntry};

use super::copy::Run;
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// A rule that may ask the stores whether an existing file is left alone.
#[maybe_async]
pub trait SkipWhen: Send + Sync {
    /// Whether the existing `destination` stays as it is.
    async fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool>;
}

/// One file of a transfer.
pub(super) struct Job {
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    /// Relative to the start; the name for a single file.
    pub(super) relative: String,
    pub(super) metadata: Metadata,
}

impl Job {
    fn entry(&self) -> TransferEntry {
        entry(&self.source, &self.relative, self.metadata.clone())
    }
}

fn entry(node: &StorageNode, relative: &str, metadata: Metadata) -> TransferEntry {
    TransferEntry::new(node.mount_name().to_owned(), node.path().clone(), relative.to_owned(), metadata)
}

impl Run<'_> {
    /// What patterns and filter say, without asking any store.
    pub(super) fn left_out(&self, job: &Job) -> Option<SkipReason> {
        if !self.patterns.allows(&job.relative) {
            return Some(SkipReason::Excluded);
        }
        match &self.options.filter {
            Some(filter) if !filter(&job.entry()) => Some(SkipReason::Filtered),
            _ => None,
        }
    }

    pub(super) fn compares(&self) -> bool {
        self.rule.is_some() || !matches!(self.options.skip, Skip::Never)
    }
}

#[maybe_async]
impl Run<'_> {
    /// What the skip rule says. Asked only when the destination exists.
    pub(super) async fn compare(&self, job: &Job) -> Result<Option<SkipReason>> {
        if !self.compares() {
            return Ok(None);
        }
        let Some(there) = job.destination.stat_if_exists().await? else { return Ok(None) };
        if !there.is_file() {
            // Writing will say what is wrong; leaving it out silently would not.
            return Ok(None);
        }
        if let Some(rule) = self.rule
            && job.source.explain(Operation::Copy, rule.skip(&job.source, &job.destination).await)?
        {
            return Ok(Some(SkipReason::Custom));
        }
        self.compare_by_strategy(job, there).await
    }

    async fn compare_by_strategy(&self, job: &Job, there: Metadata) -> Result<Option<SkipReason>> {
        let same_size = there.size == job.metadata.size;
        Ok(match &self.options.skip {
            Skip::Exists => Some(SkipReason::Exists),
            Skip::Size => same_size.then_some(SkipReason::SameSize),
            Skip::Newer => (there.modified.is_some() && there.modified >= job.metadata.modified)
                .then_some(SkipReason::NotOlder),
            Skip::Hash => {
                let same = same_size && same_hash(job, &there).await?;
                same.then_some(SkipReason::SameContent)
            }
            Skip::Custom(same) => {
                let there = entry(&job.destination, &job.relative, there);
                same(&job.entry(), &there).then_some(SkipReason::Custom)
            }
            _ => None,
        })
    }
}

#[maybe_async]
async fn same_hash(job: &Job, there: &Metadata) -> Result<bool> {
    if let (Some(ours), Some(theirs)) = (&job.metadata.checksum, &there.checksum)
        && ours.algorithm() == theirs.algorithm()
    {
        return Ok(ours == theirs);
    }
    let ours = job.source.md5().await?;
    let theirs = job.destination.md5().await?;
    Ok(ours == theirs)
}
