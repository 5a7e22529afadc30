//! What a stream between two stores may keep in memory, out of what the manager has for all of them.

use storage_types::Result;

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::transfer::job::Job;
use crate::maybe_async;
use crate::rt::Grant;

/// What files of this machine take: a few chunks that are read ahead, or written behind. In bytes.
const LOCAL: u64 = 4 << 20;

/// What reading from another store takes at least, in bytes, when the file goes to this machine: two parts side by side.
/// Fewer files in parts are faster than more files in one stream each, for the server too.
const FETCHING: u64 = 12 << 20;

/// The same when the file goes to another store, which takes more of what there is: what comes is sent on at once.
const READING: u64 = 4 << 20;

/// What writing to another store takes at least, in bytes: a part that is under way, and one that is being gathered.
const WRITING: u64 = 16 << 20;

/// Bytes for each side; held while the file is on its way.
pub(super) struct Memory {
    pub(super) reading: u64,
    pub(super) writing: u64,
    _held: Grant,
}

#[maybe_async]
impl Carrier<'_> {
    pub(super) async fn memory(&self, job: &Job) -> Result<Memory> {
        let near = |node: &StorageNode| node.capabilities().local_path;
        let (from_here, to_here) = (near(&job.source), near(&job.destination));
        let least = match (from_here, to_here) {
            (true, true) => LOCAL + LOCAL,
            (true, false) => LOCAL + WRITING,
            (false, true) => FETCHING + LOCAL,
            (false, false) => READING + WRITING,
        };
        // No file takes more than it has, on either side.
        let most = job.metadata.size.saturating_mul(2);
        let held = job.destination.memory()().take(least.min(most), most, !self.task.is_tree()).await?;
        let given = held.bytes();
        // Only what a store far away has in memory grows with what there is.
        let here = LOCAL.min(given / 2);
        let (reading, writing) = match (from_here, to_here) {
            (true, false) => (here, given - here),
            (false, true) => (given - here, here),
            _ => (given / 4, given - given / 4),
        };
        Ok(Memory { reading, writing, _held: held })
    }
}
