//! The one background runtime of the library.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{LazyLock, mpsc};
use std::task::{Context, Poll, Waker};

use storage_types::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{block_in_place, unconstrained};

use super::park;

/// Started on first use, never dropped: dropping a runtime inside another one panics.
static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.on_thread_start(|| IS_OURS.set(true));
    builder.worker_threads(2).thread_name("storage-bridge").enable_all().build()
});

thread_local! {
    /// Whether this thread belongs to the background runtime.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

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
/// panic: the calling thread polls it once, and what has no answer then goes to the background runtime, while the calling
/// thread waits. A future that runs there may call the blocking API again. Its first poll must not call `tokio::task::yield_now` in
/// a part that wakes by itself, as those of `FuturesUnordered` do: the caller's scheduler would have to wake it.
///
/// # Errors
///
/// Those of the future; `Interrupted` when it panicked inside a runtime.
pub fn block_on<T, F>(future: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let handle = handle()?;
    if Handle::try_current().is_err() {
        let _inside = handle.enter();
        return park::block_on(future);
    }
    if IS_OURS.get() {
        // Another thread takes over what this one had to do: all of them may wait here.
        return block_in_place(|| handle.block_on(future));
    }
    let mut future = Box::pin(future);
    match poll_once(handle, future.as_mut()) {
        Poll::Ready(answer) => answer,
        Poll::Pending => wait_for(handle, future),
    }
}

/// The task of the caller has a budget, and what tokio refuses when that is used up it wakes only once the scheduler of the caller
/// goes on, which waits for us: the future's own parts (`FuturesUnordered`) would never be polled again. So it has none here.
fn poll_once<T>(handle: &Handle, future: Pin<&mut impl Future<Output = Result<T>>>) -> Poll<Result<T>> {
    let _inside = handle.enter();
    let mut future = unconstrained(future);
    let poll = || Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|_| Poll::Ready(Err(panicked())))
}

/// A thread of the pool polls the future, not a worker: workers stay free for what the future waits for.
fn wait_for<T, F>(handle: &'static Handle, future: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (answer, answered) = mpsc::sync_channel(1);
    handle.spawn_blocking(move || {
        // Nobody waits any more when the thread is gone, and then nobody minds.
        let _ = answer.send(handle.block_on(future));
    });
    answered.recv().unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Error {
    Error::new(ErrorKind::Interrupted, "the operation panicked").with_retryable(false)
}

/// Drops what belongs to the runtime inside it.
pub(super) fn drop_inside<T>(value: T) {
    let _inside = handle().ok().map(Handle::enter);
    drop(value);
}
