//! Whether a file that the destination has is left alone.

use std::time::SystemTime;

use storage_types::{Capabilities, Change, Metadata, Operation, Result, Skip, SkipReason};

use crate::dual::node::StorageNode;
use crate::dual::transfer::carry::attributes::is_same_time;
use crate::dual::transfer::carry::source_time::source_time;
use crate::dual::transfer::job::{AtDestination, Job, transfer_entry};
use crate::dual::transfer::task::Task;
use crate::maybe_async;

/// What becomes of a file.
pub(in crate::dual::transfer) enum Verdict {
    Copy(Change),
    Leave(SkipReason),
    /// The content is there, and has another mode than it is to have.
    SetMode(u32),
}

#[maybe_async]
impl Task<'_> {
    /// The decision of the skip rule. The store is asked only when the destination was not looked up before.
    pub(in crate::dual::transfer) async fn compare(&self, job: &Job) -> Result<Verdict> {
        let there = match &job.there {
            AtDestination::Is(metadata) => Some(metadata.as_ref().clone()),
            AtDestination::Missing => None,
            AtDestination::Unknown if self.compares() || self.mode.dry_run => {
                job.destination.stat_if_exists().await?
            }
            AtDestination::Unknown => None,
        };
        let Some(there) = there else { return Ok(Verdict::Copy(Change::New)) };
        if matches!(self.options.skip, Skip::Exists) && !there.is_dir() {
            return Ok(Verdict::Leave(SkipReason::Exists));
        }
        if !there.is_file() || !self.compares() {
            // Writing onto a directory fails with the reason; leaving it out would be silent.
            return Ok(Verdict::Copy(Change::Changed));
        }
        if let Some(rule) = self.rule
            && job.source.explain(Operation::Copy, rule.skip(&job.source, &job.destination).await)?
        {
            return Ok(Verdict::Leave(SkipReason::Custom));
        }
        let wanted = self.attributes_of(&job.metadata).unix_mode;
        let other_mode = wanted.filter(|mode| there.mode.is_some_and(|there| there & 0o1777 != *mode));
        Ok(match (self.compare_by_strategy(job, there).await?, other_mode) {
            (None, _) => Verdict::Copy(Change::Changed),
            (Some(SkipReason::Unchanged | SkipReason::SameContent), Some(mode)) => Verdict::SetMode(mode),
            (Some(reason), _) => Verdict::Leave(reason),
        })
    }

    async fn compare_by_strategy(&self, job: &Job, there: Metadata) -> Result<Option<SkipReason>> {
        let same_size = there.size == job.metadata.size;
        Ok(match &self.options.skip {
            Skip::Size => same_size.then_some(SkipReason::SameSize),
            Skip::Newer => is_not_older(&there, &job.metadata).then_some(SkipReason::NotOlder),
            Skip::SizeTime => {
                let same = same_size && self.has_same_time(job, &there).await?;
                same.then_some(SkipReason::Unchanged)
            }
            Skip::Hash => {
                let same = same_size && same_hash(job, &there).await?;
                same.then_some(SkipReason::SameContent)
            }
            Skip::Custom(same) => {
                let there = transfer_entry(&job.destination, &job.relative, there);
                same(&job.entry(), &there).then_some(SkipReason::Custom)
            }
            _ => None,
        })
    }

    /// Whether a copy is of the content that the source has now, as far as times show.
    async fn has_same_time(&self, job: &Job, there: &Metadata) -> Result<bool> {
        let Some(ours) = job.metadata.modified else { return Ok(true) };
        let (from, to) = (job.source.capabilities(), job.destination.capabilities());
        if self.options.preserve && to.set_modified {
            let Some(theirs) = there.modified else { return Ok(false) };
            if is_same_time(ours, theirs) {
                return Ok(true);
            }
            // A copy that came back: the store knows the time that its content had here.
            return Ok(keeps_source_time(&from) && stored_time(&job.source).await? == Some(theirs));
        }
        let not_older = is_not_older(there, &job.metadata);
        if !self.options.preserve || !keeps_source_time(&to) {
            return Ok(not_older);
        }
        // Untouched since it was sent.
        let untouched = job.metadata.changed.is_none() || job.metadata.changed <= there.modified;
        if not_older && untouched {
            return Ok(true);
        }
        Ok(stored_time(&job.destination).await? == Some(ours))
    }
}

/// Whether a store that has times of its own keeps those of the sources in user metadata.
pub(in crate::dual::transfer) fn keeps_source_time(can: &Capabilities) -> bool {
    can.user_metadata && !can.set_modified
}

#[maybe_async]
async fn stored_time(node: &StorageNode) -> Result<Option<SystemTime>> {
    Ok(source_time(&node.metadata().await?))
}

fn is_not_older(there: &Metadata, source: &Metadata) -> bool {
    there.modified.is_some() && there.modified >= source.modified
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
