//! A mount: a name and the backend behind it.

use std::fmt;
use std::sync::Arc;

use storage_types::{Result, StoragePath};

use super::backend::Backend;
use crate::rt::Budget;

/// A name and the backend behind it. Nodes hold on to it, so one that is replaced or removed lives on in them.
pub struct Mount {
    name: Arc<str>,
    backend: Arc<dyn Backend>,
    opaque: bool,
    memory: Memory,
}

/// What the transfers of a manager may keep in memory, all of them together. Behind a function, since nothing in a node may
/// change: nodes are keys of maps, and lints look into them.
pub(crate) type Memory = Arc<dyn Fn() -> Arc<Budget> + Send + Sync>;

impl Mount {
    pub(crate) fn new(name: &str, backend: Arc<dyn Backend>, memory: Memory) -> Arc<Self> {
        let opaque = backend.capabilities().opaque_paths;
        Arc::new(Self { name: name.into(), backend, opaque, memory })
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The mount's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// The backend behind it.
    #[must_use]
    pub fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }

    pub(crate) fn parse(&self, path: &str) -> Result<StoragePath> {
        let parsed = if self.opaque { StoragePath::opaque(path) } else { StoragePath::parse(path) };
        parsed.map_err(|error| error.with_mount(&*self.name))
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.opaque
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount").field("name", &self.name).field("backend", &self.backend).finish()
    }
}
