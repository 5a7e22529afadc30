//! What only the async colour has: runtimes for trials, tasks, the traits of tokio and futures.

use std::future::Future;
use std::io::{self, SeekFrom};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use storage::{Children, NodeEntry, Reader, StorageNode, Writer};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use super::suite::fixture::Fixture;
use super::suite::stage::Stage;
use crate::support::outcome::{Failure, Outcome};
use crate::support::privileges;

/// The colour's name, as it stands in the names of child processes.
pub const COLOUR: &str = "async";

/// The runtime that a trial runs on. Each trial has a fresh one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// A runtime with two workers.
    #[default]
    TwoWorkers,
    /// A runtime on the calling thread alone.
    OneThread,
}

impl Place {
    /// What is added to the backend's name.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::TwoWorkers => "",
            Self::OneThread => "-on-one-thread",
        }
    }

    fn runtime(self) -> Result<Runtime, Failure> {
        let mut builder = match self {
            Self::TwoWorkers => Builder::new_multi_thread(),
            Self::OneThread => Builder::new_current_thread(),
        };
        Ok(builder.worker_threads(2).enable_all().build()?)
    }
}

/// A future without a type.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A behaviour as the table of trials holds it.
pub type Body = Arc<dyn Fn(Arc<Stage>) -> Boxed<Outcome> + Send + Sync>;

/// Runs one behaviour on a fresh runtime and a fresh mount, and cleans up whatever the outcome is.
///
/// # Errors
///
/// The behaviour's own failure, or one of mounting or cleaning.
pub fn run(place: Place, fixture: Arc<dyn Fixture>, body: &Body) -> Outcome {
    let body = body.clone();
    place.runtime()?.block_on(async move {
        let stage = Arc::new(Stage::set(fixture).await?);
        let ended = tokio::spawn(body(stage.clone())).await;
        let cleared = stage.clear().await;
        match ended {
            Ok(outcome) => outcome.and(cleared),
            Err(panicked) => resume_unwind(panicked.into_panic()),
        }
    })
}

/// Runs a future that belongs to no trial.
///
/// # Errors
///
/// When there is no runtime to be had.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    Ok(Place::default().runtime()?.block_on(work))
}

/// Does the work `count` times at once, in tasks, and gives what each gave, in order.
pub async fn together<T, F, Fut>(count: usize, work: F) -> Vec<T>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(work(number))).collect();
    let mut given = Vec::with_capacity(count);
    for task in tasks {
        match task.await {
            Ok(value) => given.push(value),
            Err(panicked) => resume_unwind(panicked.into_panic()),
        }
    }
    given
}

/// Does the work without the privileges of root, on a thread and a runtime of its own.
///
/// # Errors
///
/// When the operating system does not let go of them.
pub async fn unprivileged<T, F, Fut>(work: F) -> Result<T, Failure>
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = T>,
    T: Send + 'static,
{
    let thread = std::thread::spawn(move || {
        privileges::give_up()?;
        Ok(Place::OneThread.runtime()?.block_on(work()))
    });
    let joined = tokio::task::spawn_blocking(|| thread.join()).await?;
    joined.unwrap_or_else(|panicked| resume_unwind(panicked))
}

/// The body of a request, which comes in these pieces.
pub fn body(pieces: Vec<io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    futures_util::stream::iter(pieces)
}

/// Content that is made piece by piece.
pub fn pieces(pieces: Vec<io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    futures_util::stream::iter(pieces)
}

/// Lets others run.
pub async fn pause() {
    tokio::task::yield_now().await;
}

/// Reads everything through `AsyncRead`.
///
/// # Errors
///
/// What the reader says.
pub async fn read_to_end(reader: &mut Reader) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.read_to_end(&mut content).await?;
    Ok(content)
}

/// Reads exactly as much as fits, through `AsyncRead`.
///
/// # Errors
///
/// What the reader says.
pub async fn read_exact(reader: &mut Reader, buffer: &mut [u8]) -> io::Result<()> {
    reader.read_exact(buffer).await?;
    Ok(())
}

/// Seeks through `AsyncSeek`.
///
/// # Errors
///
/// What the reader says.
pub async fn seek(reader: &mut Reader, to: SeekFrom) -> io::Result<u64> {
    reader.seek(to).await
}

/// Writes through `AsyncWrite`, in pieces of `piece` bytes.
///
/// # Errors
///
/// What the writer says.
pub async fn write_pieces(writer: &mut Writer, content: &[u8], piece: usize) -> io::Result<()> {
    for part in content.chunks(piece) {
        writer.write_all(part).await?;
    }
    writer.flush().await
}

/// Collects a listing through `Stream`.
///
/// # Errors
///
/// What the listing says.
pub async fn collect(children: Children) -> storage::Result<Vec<NodeEntry>> {
    let results: Vec<storage::Result<NodeEntry>> = children.into_stream().collect().await;
    results.into_iter().collect()
}

/// Collects a walk through `Stream`, as paths below `root`.
///
/// # Errors
///
/// What the walk says.
pub async fn collect_walk(walk: storage::Walk) -> storage::Result<Vec<StorageNode>> {
    let results: Vec<storage::Result<NodeEntry>> = walk.into_stream().collect().await;
    results.into_iter().map(|entry| entry.map(|entry| entry.node)).collect()
}
