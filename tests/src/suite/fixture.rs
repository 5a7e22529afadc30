//! How the suite gets the backend that it tries.

use std::any::Any;

use super::api::StorageManager;
use super::clouds::Kind;
use super::maybe_async;
use super::rt::Place;

/// What keeps a mount's resources alive; dropped after the trial.
pub type Guard = Box<dyn Any + Send + Sync>;

/// A behaviour that a *server* cannot have, whatever the code that talks to it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemption {
    /// The behaviour's name.
    pub behaviour: &'static str,
    /// What the server does instead, in a few words; the run prints it.
    pub reason: &'static str,
}

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

    /// What the server behind it cannot do. These trials are listed as ignored, with the reason.
    fn exempt(&self) -> &[Exemption] {
        &[]
    }

    /// How many bytes the path of a file may have: 1,024 less what the mount puts before it.
    fn longest_path(&self) -> usize {
        1024
    }

    /// The cloud behind it, if there is one.
    fn cloud(&self) -> Option<Kind> {
        None
    }

    /// Whether each operation is a request to a server, so that trials of thousands of files are scaled down.
    fn is_remote(&self) -> bool {
        false
    }

    /// Adds a fresh and empty mount called `name`. What is given back lives as long as the mount.
    async fn mount(&self, manager: &StorageManager, name: &str) -> storage::Result<Guard>;

    /// Removes what a trial left in the mount `name`, where dropping the guard is not enough.
    async fn clear(&self, manager: &StorageManager, name: &str) -> storage::Result<()> {
        let _ = (manager, name);
        Ok(())
    }
}
