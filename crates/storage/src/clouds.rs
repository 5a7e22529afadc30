//! The providers of the chosen clouds, in both colours.

use std::sync::Arc;

/// The providers of the chosen features.
#[cfg(feature = "async")]
pub(crate) fn providers() -> Vec<Arc<dyn storage_core::Provider>> {
    Vec::new()
}

/// The same for blocking managers, over the bridge.
#[cfg(feature = "blocking")]
pub(crate) fn blocking_providers() -> Vec<Arc<dyn storage_blocking::Provider>> {
    Vec::new()
}
