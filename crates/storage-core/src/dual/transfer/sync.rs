//! Syncing: copying what differs, then deleting what only the destination has.

use storage_types::{CopyReport, Result, SyncOptions};

use super::copy;
use super::task::{Mode, Task};
use crate::dual::node::StorageNode;
use crate::maybe_async;

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &SyncOptions,
) -> Result<CopyReport> {
    copy::go(Task::unseen(source, destination, &options.copy, None, mode(options))?).await
}

pub(super) fn mode(options: &SyncOptions) -> Mode {
    Mode {
        moves: false,
        deletes: options.delete_extra,
        max_delete: options.max_delete,
        force: options.force,
        dry_run: options.dry_run,
    }
}
