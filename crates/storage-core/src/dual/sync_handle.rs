//! Making what was written durable, file system by file system.

use std::fmt;
use std::sync::Arc;

use storage_types::Result;

use crate::maybe_async;

/// What a [`SyncHandle`] syncs.
#[maybe_async]
pub trait SyncTarget: Send + Sync + 'static {
    /// Waits until everything that was written is durable.
    ///
    /// # Errors
    ///
    /// When something was not, since this was opened or since the last call.
    async fn sync(&self) -> Result<()>;
}

/// Something that can be synced as a whole, such as a file system. It is opened before the first write that it is to make
/// durable: a file system tells a write that failed to those who had it open then.
#[derive(Clone)]
pub struct SyncHandle {
    id: u64,
    target: Arc<dyn SyncTarget>,
}

impl SyncHandle {
    /// `id` is equal for two handles of a backend that sync the same thing.
    pub fn new(id: u64, target: impl SyncTarget) -> Self {
        Self { id, target: Arc::new(target) }
    }

    /// What is synced: `st_dev` of a file system (the first half of
    /// [`Metadata::file_id`](storage_types::Metadata::file_id)).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }
}

#[maybe_async]
impl SyncHandle {
    /// Waits until everything that was written is durable.
    ///
    /// # Errors
    ///
    /// When something that was written since the handle was opened did not reach the disk. Each failure is reported once
    /// per handle, so an error means all that was written since the last success.
    pub async fn sync(&self) -> Result<()> {
        self.target.sync().await
    }
}

impl fmt::Debug for SyncHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncHandle").field("id", &self.id).finish_non_exhaustive()
    }
}
