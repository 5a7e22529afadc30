//! Copying and moving, files and trees, within a store and between stores.
//!
//! `find` finds what there is to do and touches no bytes; `carry` carries it and lists nothing; `steps` stands between
//! them. `task` is what was asked for and never changes; `ledger` is what has happened.

mod carry;
mod copy;
mod extras;
mod find;
mod job;
mod ledger;
mod moving;
mod preview;
mod steps;
mod sweep;
mod sync;
mod task;
mod totals;

pub(crate) use carry::identity_of;
#[cfg(feature = "zip")]
pub(crate) use find::overlap::same_place;
pub use preview::Plan;
pub use task::SkipWhen;

use super::node::StorageNode;
use crate::maybe_async;
use storage_types::{CopyOptions, CopyReport, Result, SyncOptions};

#[maybe_async]
impl StorageNode {
    /// Copies a file or a tree to `destination`, eight files at once.
    ///
    /// A file replaces a file. A tree is merged into the destination, so copying it twice gives the same tree. Content type
    /// and user metadata come along.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory` for a file onto a directory; `InvalidInput` for a directory into itself, before anything is
    /// written; for a tree, the first failure.
    pub async fn copy_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        self.copy_to_with(destination, &CopyOptions::new()).await?.into_result()
    }

    /// Copies by options. One failing file of a tree does not stop the others (unless `fail_fast`): the report lists it.
    ///
    /// # Errors
    ///
    /// As [`copy_to`](Self::copy_to), but a tree's failures are in the report; `Interrupted` when cancelled.
    pub async fn copy_to_with(&self, destination: &StorageNode, options: &CopyOptions) -> Result<CopyReport> {
        copy::run(self, destination, options, None).await
    }

    /// Copies by options, leaving existing files for which `rule` says so; it may ask the stores.
    ///
    /// # Errors
    ///
    /// As [`copy_to_with`](Self::copy_to_with); an error of the rule is an error of that file.
    pub async fn copy_to_when(
        &self,
        destination: &StorageNode,
        options: &CopyOptions,
        rule: &dyn SkipWhen,
    ) -> Result<CopyReport> {
        copy::run(self, destination, options, Some(rule)).await
    }

    /// Moves a file or a tree: renamed where the store can, else copied and then deleted file by file.
    ///
    /// # Errors
    ///
    /// As [`copy_to`](Self::copy_to). What could not be copied stays where it was.
    pub async fn move_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        self.move_to_with(destination, &CopyOptions::new()).await?.into_result()
    }

    /// Moves by options. Files that are left out or fail stay where they were.
    ///
    /// # Errors
    ///
    /// As [`copy_to_with`](Self::copy_to_with).
    pub async fn move_to_with(&self, destination: &StorageNode, options: &CopyOptions) -> Result<CopyReport> {
        moving::run(self, destination, options).await
    }

    /// Makes a directory like this one: copies what is new or changed, by size and time.
    ///
    /// # Errors
    ///
    /// As [`copy_to`](Self::copy_to).
    pub async fn sync_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        self.sync_to_with(destination, &SyncOptions::new()).await?.into_result()
    }

    /// Syncs by options. What only the destination has is deleted on request, and only if everything could be listed and
    /// copied and the source is not empty; else the report has a failure for it.
    ///
    /// # Errors
    ///
    /// As [`copy_to_with`](Self::copy_to_with).
    pub async fn sync_to_with(&self, destination: &StorageNode, options: &SyncOptions) -> Result<CopyReport> {
        sync::run(self, destination, options).await
    }

    /// What [`sync_to_with`](Self::sync_to_with) would do. Nothing is asked for before the plan is.
    #[must_use]
    pub fn plan_sync(&self, destination: &StorageNode, options: &SyncOptions) -> Plan {
        Plan::new(self, destination, options)
    }
}
