//! A place in a mount: everything that callers do, they do with nodes.

mod compare;
mod dirs;
mod filter;
mod hash;
mod identity;
mod query;
mod ranges;
mod read;
mod versions;
mod walk;
mod write;

use std::sync::Arc;

pub use hash::Hasher;
pub use walk::{Children, NodeEntry, Walk};

use super::mount::{Memory, Mount};
use super::origin::Origin;
use storage_types::{Error, Operation, Result, StoragePath};

/// A place in a mount. Making one does no I/O, and nothing need be stored there.
///
/// Cheap to clone; compares, orders and hashes by mount name and path.
#[derive(Clone)]
pub struct StorageNode {
    mount: Arc<Mount>,
    path: StoragePath,
}

impl StorageNode {
    pub(crate) fn new(mount: Arc<Mount>, path: StoragePath) -> Self {
        Self { mount, path }
    }

    pub(crate) fn at(&self, path: StoragePath) -> Self {
        Self { mount: self.mount.clone(), path }
    }

    /// What the transfers of its manager may keep in memory.
    pub(crate) fn memory(&self) -> &Memory {
        self.mount.memory()
    }

    /// Adds to an error what only the node knows. Called on failure only, so success pays nothing for it.
    pub(crate) fn explain<T>(&self, operation: Operation, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.described(operation, error))
    }

    pub(crate) fn described(&self, operation: Operation, error: Error) -> Error {
        self.origin().described(operation, error)
    }

    /// What its errors and those of its streams name.
    pub(crate) fn origin(&self) -> Origin {
        Origin::new(self.address(), self.mount.is_opaque())
    }
}
