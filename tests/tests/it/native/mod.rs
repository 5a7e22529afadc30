//! Clients of the clouds' own SDKs out of mounts, on the real servers.
//!
//! The servers have to be running: `cargo xtask servers up`.

mod azure;
mod blocking;
mod examples;
mod gcs;
mod http;
mod refused;
mod renewed;
mod renewed_keys;
mod s3;

use storage::types::{DeleteOptions, MountConfig};
use storage::{StorageManager, StorageNode};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::outcome::{Failure, Outcome};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The root of a mount with a fresh prefix.
fn mounted(kind: Kind) -> Result<StorageNode, Failure> {
    of(&kind.config("m", &fresh_prefix(), None)?)
}

/// The root of this mount.
fn of(mount: &MountConfig) -> Result<StorageNode, Failure> {
    let manager = StorageManager::new();
    manager.add_mount(mount)?;
    Ok(manager.node(format!("{}:", mount.name()))?)
}

async fn cleared(root: &StorageNode) -> Outcome {
    for entry in root.list().await? {
        entry.node.delete_with(&DeleteOptions::recursive()).await?;
    }
    Ok(())
}
