//! The one background runtime of the library.

use std::future::Future;
use std::sync::{LazyLock, mpsc};

use storage_types::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Started on first use, never dropped: dropping a runtime inside another one panics.
static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).thread_name("storage-bridge").enable_all().build()
});

pub(super) fn handle() -> Result<&'static Handle> {
    match &*RUNTIME {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => {
            Err(Error::new(ErrorKind::Unexpected, format!("the background runtime cannot start: {error}")))
        }
    }
}

/// Runs a future of an async backend to its end, from any thread.
///
/// Where no runtime is current, the calling thread polls it itself: no hop. Inside a runtime of either flavour that would
/// panic, so the background runtime runs it and the calling thread waits.
///
/// # Errors
///
/// Those of the future; `Interrupted` when it panicked.
pub fn block_on<T, F>(future: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let handle = handle()?;
    if Handle::try_current().is_err() {
        return handle.block_on(future);
    }
    let (answer, answered) = mpsc::sync_channel(1);
    handle.spawn(async move {
        // Nobody waits any more when the thread is gone, and then nobody minds.
        let _ = answer.send(future.await);
    });
    answered.recv().unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Interrupted, "the operation panicked").with_retryable(false))
    })
}

/// Drops what belongs to the runtime inside it.
pub(super) fn drop_inside<T>(value: T) {
    let _inside = handle().ok().map(Handle::enter);
    drop(value);
}
