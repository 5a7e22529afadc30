//! Whether a file that the destination has is left alone.

use std::time::SystemTime;

use storage_types::{Change, Metadata, Operation, Result, Skip, SkipReason, TransferEntry};

use super::run::Run;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// A rule that may ask the stores whether an existing file is left alone.
#[maybe_async]
pub trait SkipWhen: Send + Sync {
    /// Whether the existing `destination` stays as it is.
    async fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool>;
}

/// What the destination has.
#[derive(Debug, Clone)]
pub(super) enum There {
    /// Nobody looked.
    Unknown,
    Missing,
    Is(Box<Metadata>),
}

/// One file of a transfer.
pub(super) struct Job {
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    /// Relative to the start; the name for a single file.
    pub(super) relative: String,
    pub(super) metadata: Metadata,
    pub(super) there: There,
}

impl Job {
    pub(super) fn new(entry: NodeEntry, destination: StorageNode, relative: String, there: There) -> Self {
        Self { source: entry.node, destination, relative, metadata: entry.metadata, there }
    }

    pub(super) fn entry(&self) -> TransferEntry {
        entry(&self.source, &self.relative, self.metadata.clone())
    }
}

pub(super) fn entry(node: &StorageNode, relative: &str, metadata: Metadata) -> TransferEntry {
    TransferEntry::new(node.mount_name().to_owned(), node.path().clone(), relative.to_owned(), metadata)
}

/// What becomes of a file.
pub(super) enum Verdict {
    Copy(Change),
    Leave(SkipReason),
}

impl Run<'_> {
    pub(super) fn compares(&self) -> bool {
        self.rule.is_some() || !matches!(self.options.skip, Skip::Never)
    }
}

#[maybe_async]
impl Run<'_> {
    /// What the skip rule says. The store is asked only when nobody looked before.
    pub(super) async fn compare(&self, job: &Job) -> Result<Verdict> {
        let there = match &job.there {
            There::Is(metadata) => Some(metadata.as_ref().clone()),
            There::Missing => None,
            There::Unknown if self.compares() || self.mode.dry_run => {
                job.destination.stat_if_exists().await?
            }
            There::Unknown => None,
        };
        let Some(there) = there else { return Ok(Verdict::Copy(Change::New)) };
        if !there.is_file() || !self.compares() {
            // Writing onto a directory will say what is wrong; leaving it out silently would not.
            return Ok(Verdict::Copy(Change::Changed));
        }
        if let Some(rule) = self.rule
            && job.source.explain(Operation::Copy, rule.skip(&job.source, &job.destination).await)?
        {
            return Ok(Verdict::Leave(SkipReason::Custom));
        }
        let reason = self.compare_by_strategy(job, there).await?;
        Ok(reason.map_or(Verdict::Copy(Change::Changed), Verdict::Leave))
    }

    async fn compare_by_strategy(&self, job: &Job, there: Metadata) -> Result<Option<SkipReason>> {
        let same_size = there.size == job.metadata.size;
        Ok(match &self.options.skip {
            Skip::Exists => Some(SkipReason::Exists),
            Skip::Size => same_size.then_some(SkipReason::SameSize),
            Skip::Newer => is_not_older(&there, &job.metadata).then_some(SkipReason::NotOlder),
            Skip::SizeTime => {
                let same = same_size && self.same_time(job, &there);
                same.then_some(SkipReason::Unchanged)
            }
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

impl Run<'_> {
    fn same_time(&self, job: &Job, there: &Metadata) -> bool {
        if self.options.preserve && job.destination.capabilities().set_modified {
            return match (job.metadata.modified, there.modified) {
                (Some(ours), Some(theirs)) => ours == theirs || whole_seconds(ours) == Some(theirs),
                (ours, _) => ours.is_none(),
            };
        }
        is_not_older(there, &job.metadata)
    }
}

fn is_not_older(there: &Metadata, source: &Metadata) -> bool {
    there.modified.is_some() && there.modified >= source.modified
}

/// As stores keep it that know no fractions of a second.
fn whole_seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(since.as_secs()))
}

#[maybe_async]
async fn same_hash(job: &Job, there: &Metadata) -> Result<bool> {
    if let (Some(ours), Some(theirs)) = (&job.metadata.checksum, &there.checksum)
        && ours.algorithm() == theirs.algorithm()
    {
        return Ok(ours == theirs);
    }
    job.source.same_content_of(&job.destination, there.size).await
}
