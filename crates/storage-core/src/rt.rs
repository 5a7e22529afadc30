//! What only the async colour has: hops to the blocking pool, bounded concurrency, half-done reads and writes.

mod budget;
mod process;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use storage_types::{Error, ErrorKind, Metadata, Result};
use tokio::runtime::Handle;

use crate::dual::stream::{ReadStream, Reader, WriteStream, Writer, closed};
use crate::dual::work::{Source, Work};

pub(crate) use self::budget::{Budget, Grant};
pub(crate) use self::process::run_program;

/// Runs blocking file I/O: one hop to the blocking pool.
pub(crate) async fn unblock<T, F>(work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    Task::start(work).join().await
}

/// Runs `work`, which never waits, on the thread of the caller; `None` is its answer where it would have to wait. For the
/// scheduler it is one step, so a task that never waits still lets others run.
pub(crate) async fn inline<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    tokio::task::coop::consume_budget().await;
    work()
}

/// Blocking work that runs ahead while the caller does something else. Nothing where there is no runtime to run it.
pub(crate) struct Task<T>(Option<tokio::task::JoinHandle<Result<T>>>);

impl<T: Send + 'static> Task<T> {
    pub(crate) fn start<F>(work: F) -> Self
    where
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        Self(Handle::try_current().ok().map(|runtime| runtime.spawn_blocking(work)))
    }

    pub(crate) async fn join(self) -> Result<T> {
        match self.0 {
            Some(task) => task.await.unwrap_or_else(|error| Err(lost(error))),
            None => Err(Error::no_runtime()),
        }
    }

    fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(tokio::task::JoinHandle::is_finished)
    }
}

/// Work that is done ahead, in both colours.
pub(crate) type Background<T> = Task<T>;

/// Work that is done behind the caller's back, one piece after the other.
#[derive(Default)]
pub(crate) struct Behind(Option<Task<()>>);

impl Behind {
    /// Whether the last piece is still being done.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.as_ref().is_some_and(|task| !task.is_finished())
    }

    /// Starts the next piece once the one before it is done, and tells how that one ended.
    pub(crate) async fn go_on<F>(&mut self, work: F) -> Result<()>
    where
        F: FnOnce() -> Result<()> + Send + 'static,
    {
        self.settle().await?;
        self.0 = Some(Task::start(work));
        Ok(())
    }

    /// Waits until everything is done.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        match self.0.take() {
            Some(task) => task.join().await,
            None => Ok(()),
        }
    }
}

fn lost(error: tokio::task::JoinError) -> Error {
    let message = if error.is_panic() { "the operation panicked" } else { "the runtime is shutting down" };
    Error::new(ErrorKind::Interrupted, message).with_retryable(false).with_source(error)
}

/// Runs `work` on every item of `source`, at most `limit` at once. The first error stops everything.
pub(crate) async fn for_each<S, W>(limit: usize, source: &mut S, work: &W) -> Result<()>
where
    S: Source,
    W: Work<S::Item>,
{
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() >= limit.max(1) {
            if let Some(result) = running.next().await {
                result?;
            }
        }
        let item = {
            let mut next = std::pin::pin!(source.next());
            // What runs goes on while the source is asked for more.
            loop {
                if running.is_empty() {
                    break next.as_mut().await?;
                }
                match select(next.as_mut(), running.next()).await {
                    Either::Left((item, _)) => break item?,
                    Either::Right((Some(result), _)) => result?,
                    Either::Right((None, _)) => {}
                }
            }
        };
        match item {
            Some(item) => running.push(work.run(item)),
            None => break,
        }
    }
    while let Some(result) = running.next().await {
        result?;
    }
    Ok(())
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

type ReadAnswer = (Box<dyn ReadStream>, Result<Option<Bytes>>);
type WriteAnswer = (Box<dyn WriteStream>, Result<Option<Metadata>>);

/// What `AsyncRead` and `AsyncSeek` started and what has not answered yet.
#[derive(Default)]
pub(crate) struct PendingRead {
    pub(crate) read: Option<Boxed<ReadAnswer>>,
    /// Where `AsyncSeek` is to go.
    pub(crate) seek: Option<u64>,
}

/// A write that `AsyncWrite` started and that has not answered yet.
#[derive(Default)]
pub(crate) struct PendingWrite(pub(crate) Option<Boxed<WriteAnswer>>);

/// Brings a read that `AsyncRead` started to its end, so that the reader has its stream back.
pub(crate) async fn settle(reader: &mut Reader) -> Result<()> {
    if let Some(pending) = reader.pending.read.as_mut() {
        let (stream, chunk) = pending.await;
        reader.pending.read = None;
        reader.stream = Some(stream);
        reader.chunk = chunk?.unwrap_or_default();
    }
    Ok(())
}

/// Brings a write that `AsyncWrite` started to its end.
pub(crate) async fn settle_write(writer: &mut Writer) -> Result<()> {
    if let Some(pending) = writer.pending.0.as_mut() {
        let (stream, result) = pending.await;
        writer.pending.0 = None;
        match result? {
            Some(metadata) => writer.result = Some(metadata),
            None => writer.stream = Some(stream),
        }
    }
    if writer.stream.is_none() && writer.result.is_none() { Err(closed()) } else { Ok(()) }
}

/// Waits.
pub(crate) async fn sleep(duration: std::time::Duration) {
    // Who gets here without a runtime does nothing else that needs one.
    if Handle::try_current().is_ok() {
        tokio::time::sleep(duration).await;
    } else {
        pause(duration);
    }
}

/// Waits, on a thread that may block.
pub(crate) fn pause(duration: std::time::Duration) {
    std::thread::sleep(duration);
}

/// Reads at `position` into a borrowed buffer. A hop cannot borrow, so the bytes are copied once.
pub(crate) async fn read_into(
    file: &std::sync::Arc<std::os::fd::OwnedFd>,
    buffer: &mut [u8],
    position: u64,
) -> Result<usize> {
    let (file, length) = (file.clone(), buffer.len());
    let bytes = unblock(move || {
        let mut bytes: Vec<u8> = Vec::with_capacity(length);
        rustix::io::retry_on_intr(|| {
            rustix::io::pread(&*file, rustix::buffer::spare_capacity(&mut bytes), position)
        })
        .map_err(|errno| Error::from_io(errno.into()))?;
        Ok(bytes)
    })
    .await?;
    let read = bytes.len().min(buffer.len());
    buffer[..read].copy_from_slice(&bytes[..read]);
    Ok(read)
}
