//! Providers of async backends for blocking managers.

use std::sync::Arc;

use storage_types::{MountConfig, Result};

use super::to_blocking;
use crate::{Backend, MountLookup, Provider};

/// A provider of async backends, whose mounts are built with the bridge around them.
#[derive(Debug, Clone)]
pub struct ProviderToBlocking(Arc<dyn storage_core::Provider>);

impl ProviderToBlocking {
    /// Wraps `inner`, which must build mounts that stand on no other.
    #[must_use]
    pub fn new(inner: Arc<dyn storage_core::Provider>) -> Self {
        Self(inner)
    }
}

impl Provider for ProviderToBlocking {
    fn kind(&self) -> &str {
        self.0.kind()
    }

    fn aliases(&self) -> &[&str] {
        self.0.aliases()
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let backend = self.0.build(config, &storage_core::MountLookup::empty())?;
        Ok(to_blocking(backend))
    }
}
