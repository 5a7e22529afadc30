//! How the suite gets the backend that it tries.

use std::any::Any;

use super::api::StorageManager;
use super::maybe_async;
use super::rt::Place;

/// What keeps a mount's resources alive; dropped after the trial.
pub type Guard = Box<dyn Any + Send + Sync>;

/// Mounts a backend for the suite, fresh and empty each time.
///
/// # Contract
///
/// - Every mount is empty and shares nothing with the mounts before it, however often it is made: trials run at
///   the same time, and some make two mounts.
/// - What the mount can do is asked of the mount itself, by its `Capabilities`. It is the same for every mount of a
///   fixture.
#[maybe_async]
pub trait Fixture: Send + Sync + 'static {
    /// The backend's name as it stands before `::` in the names of its trials.
    fn name(&self) -> String;

    /// Where its trials run.
    fn place(&self) -> Place {
        Place::default()
    }

    /// Adds a fresh and empty mount called `name`. What is given back lives as long as the mount.
    async fn mount(&self, manager: &StorageManager, name: &str) -> storage::Result<Guard>;

    /// Removes what a trial left in the mount `name`, where dropping the guard is not enough.
    async fn clear(&self, manager: &StorageManager, name: &str) -> storage::Result<()> {
        let _ = (manager, name);
        Ok(())
    }
}
