//! What a stream between two stores may keep in memory, out of what the manager has for all of them.

use storage_types::Result;

use super::decide::Job;
use super::run::Run;
use crate::maybe_async;
use crate::rt::Grant;

/// What files of this machine take: a few chunks that are read ahead, or written behind. In bytes.
const LOCAL: u64 = 4 << 20;

/// What another store takes at least, in bytes: a part that is under way, and one that is being gathered.
const REMOTE: u64 = 16 << 20;

/// Bytes for each side; held while the file is on its way.
pub(super) struct Memory {
    pub(super) reading: u64,
    pub(super) writing: u64,
    _held: Grant,
}

#[maybe_async]
impl Run<'_> {
    pub(super) async fn memory(&self, job: &Job) -> Result<Memory> {
        let is_local = |local: bool| if local { LOCAL } else { REMOTE };
        let reading = is_local(job.source.capabilities().local_path);
        let writing = is_local(job.destination.capabilities().local_path);
        let (least, most) = (reading + writing, job.metadata.size.saturating_add(LOCAL));
        let held = job.destination.memory()().take(least.min(most), most.max(least), !self.tree).await?;
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
