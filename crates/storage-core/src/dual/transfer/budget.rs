//! What a stream between two stores may keep in memory, out of what the manager has for all of them.

use storage_types::Result;

use super::decide::Job;
use super::run::Run;
use crate::maybe_async;
use crate::rt::Grant;

/// What files of this machine take: a few chunks that are read ahead, or written behind. In bytes.
const LOCAL: u64 = 4 << 20;

/// What reading from another store takes at least, in bytes: a part, and what has come of the next one.
const READING: u64 = 12 << 20;

/// What writing to another store takes at least, in bytes: a part that is under way, and one that is being gathered.
const WRITING: u64 = 16 << 20;

/// Bytes for each side; held while the file is on its way.
pub(super) struct Memory {
    pub(super) reading: u64,
    pub(super) writing: u64,
    _held: Grant,
}

#[maybe_async]
impl Run<'_> {
    pub(super) async fn memory(&self, job: &Job) -> Result<Memory> {
        let reading = if job.source.capabilities().local_path { LOCAL } else { READING };
        let writing = if job.destination.capabilities().local_path { LOCAL } else { WRITING };
        // No file takes more than it has, on either side.
        let most = job.metadata.size.saturating_mul(2);
        let least = (reading + writing).min(most);
        let held = job.destination.memory()().take(least, most, !self.tree).await?;
        let given = held.bytes();
        // Only what a store far away has in memory grows with what there is.
        let (reading, writing) = match (reading, writing) {
            (LOCAL, _) => (LOCAL.min(given / 2), given.saturating_sub(LOCAL).max(given / 2)),
            (_, LOCAL) => (given.saturating_sub(LOCAL).max(given / 2), LOCAL.min(given / 2)),
            _ => (given / 2, given / 2),
        };
        Ok(Memory { reading, writing, _held: held })
    }
}
