//! The blocking pool of the caller's runtime.

use storage_types::{Error, ErrorKind, Result};
use tokio::task::{JoinError, spawn_blocking};

/// Runs a call there: one hop.
pub(super) async fn hop<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(call).await.unwrap_or_else(|error| Err(lost(error)))
}

/// The error of a call that did not come to its end.
pub(super) fn lost(error: JoinError) -> Error {
    let message = if error.is_panic() { "the operation panicked" } else { "the runtime is shutting down" };
    Error::new(ErrorKind::Interrupted, message).with_retryable(false).with_source(error)
}
