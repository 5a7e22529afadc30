//! What only the blocking colour has: places to call from, threads, the traits of std.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use storage::blocking::{Children, NodeEntry, Reader, StorageNode, Walk, Writer};
use tokio::runtime::{Builder, Runtime};

use super::suite::fixture::Fixture;
use super::suite::stage::Stage;
use crate::support::outcome::{Failure, Outcome};
use crate::support::privileges;

/// The colour's name, as it stands in the names of child processes.
pub const COLOUR: &str = "blocking";

/// Where a blocking call is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// A thread that knows of no runtime.
    #[default]
    Thread,
    /// A worker of a runtime with two of them.
    Worker,
    /// The thread of a runtime that has no other.
    OneThread,
    /// The pool for blocking work of a runtime.
    SpawnBlocking,
    /// The `drop` of a value, in a worker of a runtime.
    Drop,
}

impl Place {
    /// All places inside a runtime.
    pub const INSIDE: [Self; 4] = [Self::Worker, Self::OneThread, Self::SpawnBlocking, Self::Drop];

    /// What is added to the backend's name.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Thread => "",
            Self::Worker => "-inside-worker",
            Self::OneThread => "-inside-one-thread",
            Self::SpawnBlocking => "-inside-spawn-blocking",
            Self::Drop => "-inside-drop",
        }
    }

    /// Does the work there.
    ///
    /// # Errors
    ///
    /// When there is no runtime to be had.
    pub fn call<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        match self {
            Self::Thread => Ok(work()),
            Self::Worker => self.spawn(async move { work() }),
            Self::OneThread => Ok(self.runtime()?.block_on(async move { work() })),
            Self::SpawnBlocking => {
                let runtime = self.runtime()?;
                let task = runtime.spawn_blocking(work);
                unwrapped(runtime.block_on(task))
            }
            Self::Drop => self
                .spawn(async move {
                    let (send, receive) = std::sync::mpsc::channel();
                    let work = catching(work);
                    drop(OnDrop(Some(move || drop(send.send(work())))));
                    receive.recv()
                })?
                .map_err(|_| Failure::new("the drop did not run"))
                .map(|ended| ended.unwrap_or_else(|panicked| resume_unwind(panicked))),
        }
    }

    fn spawn<T: Send + 'static>(self, work: impl Future<Output = T> + Send + 'static) -> Result<T, Failure> {
        let runtime = self.runtime()?;
        let task = runtime.spawn(work);
        unwrapped(runtime.block_on(task))
    }

    fn runtime(self) -> Result<Runtime, Failure> {
        let mut builder =
            if self == Self::OneThread { Builder::new_current_thread() } else { Builder::new_multi_thread() };
        Ok(builder.worker_threads(2).enable_all().build()?)
    }
}

/// Does its work when it is dropped.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

fn catching<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> thread::Result<T> {
    move || catch_unwind(AssertUnwindSafe(work))
}

fn unwrapped<T>(ended: Result<T, tokio::task::JoinError>) -> Result<T, Failure> {
    Ok(ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic())))
}

/// A behaviour as the table of trials holds it.
pub type Body = Arc<dyn Fn(Arc<Stage>) -> Outcome + Send + Sync>;

/// Runs one behaviour at its place on a fresh mount, and cleans up whatever the outcome is.
///
/// # Errors
///
/// The behaviour's own failure, or one of mounting or cleaning.
pub fn run(place: Place, fixture: Arc<dyn Fixture>, body: &Body) -> Outcome {
    let body = body.clone();
    place.call(move || {
        let stage = Arc::new(Stage::set(fixture)?);
        let ended = catching(|| body(stage.clone()))();
        let cleared = stage.clear();
        match ended {
            Ok(outcome) => outcome.and(cleared),
            Err(panicked) => resume_unwind(panicked),
        }
    })?
}

/// Does work that belongs to no trial.
///
/// # Errors
///
/// Never; the other colour needs a runtime for it.
pub fn block_on<T>(work: T) -> Result<T, Failure> {
    Ok(work)
}

/// Does the work `count` times at once, in threads, and gives what each gave, in order.
pub fn together<T, F>(count: usize, work: F) -> Vec<T>
where
    F: Fn(usize) -> T + Sync,
    T: Send,
{
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || work(number))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panicked| resume_unwind(panicked)))
            .collect()
    })
}

/// Does the work without the privileges of root, on a thread of its own.
///
/// # Errors
///
/// When the operating system does not let go of them.
pub fn unprivileged<T, F>(work: F) -> Result<T, Failure>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let thread = thread::spawn(move || {
        privileges::give_up()?;
        Ok(work())
    });
    thread.join().unwrap_or_else(|panicked| resume_unwind(panicked))
}

/// The body of a request, which comes in these pieces.
pub fn body(pieces: Vec<io::Result<Bytes>>) -> impl Read + Send {
    Arriving(pieces.into_iter())
}

struct Arriving(std::vec::IntoIter<io::Result<Bytes>>);

impl Read for Arriving {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.next() else { return Ok(0) };
        let piece = piece?;
        out[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// Content that is made piece by piece.
pub fn pieces(pieces: Vec<io::Result<Bytes>>) -> impl Iterator<Item = io::Result<Bytes>> + Send {
    pieces.into_iter()
}

/// Lets others run.
pub fn pause() {
    thread::yield_now();
}

/// Reads everything through `Read`.
///
/// # Errors
///
/// What the reader says.
pub fn read_to_end(reader: &mut Reader) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.read_to_end(&mut content)?;
    Ok(content)
}

/// Reads exactly as much as fits, through `Read`.
///
/// # Errors
///
/// What the reader says.
pub fn read_exact(reader: &mut Reader, buffer: &mut [u8]) -> io::Result<()> {
    reader.read_exact(buffer)
}

/// Seeks through `Seek`.
///
/// # Errors
///
/// What the reader says.
pub fn seek(reader: &mut Reader, to: SeekFrom) -> io::Result<u64> {
    reader.seek(to)
}

/// Writes through `Write`, in pieces of `piece` bytes.
///
/// # Errors
///
/// What the writer says.
pub fn write_pieces(writer: &mut Writer, content: &[u8], piece: usize) -> io::Result<()> {
    for part in content.chunks(piece) {
        writer.write_all(part)?;
    }
    writer.flush()
}

/// Collects a listing through `Iterator`.
///
/// # Errors
///
/// What the listing says.
pub fn collect(children: Children) -> storage::Result<Vec<NodeEntry>> {
    children.collect()
}

/// Collects a walk through `Iterator`, as nodes.
///
/// # Errors
///
/// What the walk says.
pub fn collect_walk(walk: Walk) -> storage::Result<Vec<StorageNode>> {
    walk.map(|entry| entry.map(|entry| entry.node)).collect()
}
