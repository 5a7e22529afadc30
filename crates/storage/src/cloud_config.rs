//! Mounts of clouds whose options stand in code.

use std::sync::Arc;

use storage_core::Backend;
use storage_types::Result;

/// The options of a mount of a cloud or a web server: `S3Config`, `AzureConfig`, `GcsConfig`, `HttpConfig`. What takes them is
/// `add_cloud` of both managers.
pub trait CloudConfig {
    /// The backend of these options. No I/O.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    fn into_backend(self) -> Result<Arc<dyn Backend>>;
}
