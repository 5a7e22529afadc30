//! Backends of one colour for callers of the other.
//!
//! [`to_blocking`] lets blocking callers use an async backend: cloud SDKs are async only. [`to_async`] lets async
//! callers use a backend that somebody wrote blocking. Callers never see a difference.
//!
//! ```
//! use std::sync::Arc;
//! use storage_blocking::{StorageManager, bridge};
//!
//! let storage = StorageManager::new();
//! let born_async = Arc::new(storage_core::MemoryBackend::new());
//! storage.add_backend("box", bridge::to_blocking(born_async))?;
//! storage.node("box:a")?.write("hello")?;
//! # Ok::<(), storage_blocking::Error>(())
//! ```

mod forward;
mod park;
mod pool;
mod provider;
mod runtime;
mod to_async;
mod to_async_streams;
mod to_blocking;
mod to_blocking_streams;

use std::sync::Arc;

pub use provider::ProviderToBlocking;
pub use runtime::block_on;
pub use to_async::ToAsync;
pub use to_blocking::ToBlocking;

/// An async backend for blocking callers. Its calls run on one background runtime of the library, started on first use;
/// they are safe from every thread, inside async code and in a `Drop` too.
#[must_use]
pub fn to_blocking(backend: Arc<dyn storage_core::Backend>) -> Arc<dyn crate::Backend> {
    Arc::new(ToBlocking::new(backend))
}

/// A blocking backend for async callers: each of its calls is one hop to the blocking pool of the current runtime.
#[must_use]
pub fn to_async(backend: Arc<dyn crate::Backend>) -> Arc<dyn storage_core::Backend> {
    Arc::new(ToAsync::new(backend))
}
