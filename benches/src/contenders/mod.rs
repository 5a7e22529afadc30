//! The contenders: one file per library and colour, all behind one trait.
//!
//! What a caller keeps anyway (a path, a node, an operator) is made before the clock starts; what an operation gives is
//! dropped after the clock has stopped. That holds for all of them.

mod object_store;
mod opendal_async;
mod opendal_blocking;
pub(crate) mod ours_async;
pub(crate) mod ours_blocking;
mod standard;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use tokio::runtime::Runtime;

use crate::measure::Timed;
use crate::op::Level;

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Who {
    Std,
    OursBlocking,
    OursAsync,
    OpendalBlocking,
    OpendalAsync,
    ObjectStore,
}

impl Who {
    pub(crate) const ALL: [Self; 6] = [
        Self::Std,
        Self::OursBlocking,
        Self::OursAsync,
        Self::OpendalBlocking,
        Self::OpendalAsync,
        Self::ObjectStore,
    ];

    /// Those that have a store in memory.
    pub(crate) const MEMORY: [Self; 5] =
        [Self::OursBlocking, Self::OursAsync, Self::OpendalBlocking, Self::OpendalAsync, Self::ObjectStore];

    /// Those that run on the runtime.
    pub(crate) const ASYNC: [Self; 3] = [Self::OursAsync, Self::OpendalAsync, Self::ObjectStore];

    /// The name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::OursBlocking => "storage, blocking",
            Self::OursAsync => "storage, async",
            Self::OpendalBlocking => "OpenDAL, blocking",
            Self::OpendalAsync => "OpenDAL, async",
            Self::ObjectStore => "object_store, tokio",
        }
    }

    /// The name on the command line and of its folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::OursBlocking => "ours-blocking",
            Self::OursAsync => "ours-async",
            Self::OpendalBlocking => "opendal-blocking",
            Self::OpendalAsync => "opendal-async",
            Self::ObjectStore => "object-store",
        }
    }
}

/// A library that does the operations, each timed by itself. Keys are `/`-separated and relative to the stage.
pub(crate) trait Contender {
    /// Metadata of one file; gives its size.
    fn stat(&self, key: &str) -> Timed;
    /// The whole content in one piece; gives its length.
    fn read(&self, key: &str) -> Timed;
    /// The whole content piece by piece; gives the sum of the lengths.
    fn stream(&self, key: &str) -> Timed;
    /// A part of the content; gives its length.
    fn range(&self, key: &str, range: Range<u64>) -> Timed;
    /// Stores content, replacing what is there.
    fn write(&self, key: &str, content: &Bytes, level: Level) -> Timed;
    /// Copies a file to where nothing is.
    fn copy(&self, from: &str, to: &str, level: Level) -> Timed;
    /// One level with metadata, sorted and collected; gives the number of entries.
    fn list(&self, dir: &str) -> Timed;
    /// A tree with metadata; gives the number of files.
    fn walk(&self, dir: &str) -> Timed;
    /// Deletes one file.
    fn delete_file(&self, key: &str) -> Timed;
    /// Deletes a tree.
    fn delete(&self, dir: &str) -> Timed;
}

/// The runtime on which every async contender runs: two workers.
pub(crate) fn runtime() -> Arc<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Arc::new(runtime.unwrap())
}

/// A runtime whose pool threads end after one task, and the number of threads that it has started.
///
/// Each task for the blocking pool starts a thread then, so the number tells how many tasks there were. (A task that comes
/// in the moment between the end of another and the end of its thread is not seen; a bare `spawn_blocking` measured
/// alongside tells how often that happens.)
pub(crate) fn counting_runtime() -> (Arc<Runtime>, Arc<AtomicU64>) {
    let started = Arc::new(AtomicU64::new(0));
    let counter = started.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .thread_keep_alive(Duration::ZERO)
        .on_thread_start(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    (Arc::new(runtime.unwrap()), started)
}

/// A contender on the files below `root`.
pub(crate) fn local(who: Who, root: &Path, runtime: &Arc<Runtime>) -> Box<dyn Contender> {
    match who {
        Who::Std => Box::new(standard::Standard::new(root)),
        Who::OursBlocking => Box::new(ours_blocking::OursBlocking::local(root)),
        Who::OursAsync => Box::new(ours_async::OursAsync::local(root, runtime)),
        Who::OpendalBlocking => Box::new(opendal_blocking::OpendalBlocking::local(root, runtime)),
        Who::OpendalAsync => Box::new(opendal_async::OpendalAsync::local(root, runtime)),
        Who::ObjectStore => Box::new(object_store::ObjectStoreTokio::local(root, runtime)),
    }
}

/// A contender on an empty store in memory; `None` for those without one.
pub(crate) fn memory(who: Who, runtime: &Arc<Runtime>) -> Option<Box<dyn Contender>> {
    match who {
        Who::Std => None,
        Who::OursBlocking => Some(Box::new(ours_blocking::OursBlocking::memory())),
        Who::OursAsync => Some(Box::new(ours_async::OursAsync::memory(runtime))),
        Who::OpendalBlocking => Some(Box::new(opendal_blocking::OpendalBlocking::memory(runtime))),
        Who::OpendalAsync => Some(Box::new(opendal_async::OpendalAsync::memory(runtime))),
        Who::ObjectStore => Some(Box::new(object_store::ObjectStoreTokio::memory(runtime))),
    }
}

/// Our mounts on local files: the durability of a copy is that of its mount.
pub(crate) fn local_config(root: &Path) -> storage::Config {
    let mount = |name| storage::MountConfig::local(name, root).option("durability", name);
    [mount("none"), mount("full")].into_iter().collect()
}

/// Our mount in memory, under the name that operations without a durability use.
pub(crate) fn memory_config() -> storage::Config {
    [storage::MountConfig::memory("none")].into_iter().collect()
}

/// The mount whose copies have this durability.
pub(crate) fn mount_of(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::File | Level::Full => "full",
    }
}

/// The library's name for a durability.
pub(crate) fn durability(level: Level) -> storage::Durability {
    match level {
        Level::None => storage::Durability::None,
        Level::File => storage::Durability::File,
        Level::Full => storage::Durability::Full,
    }
}
