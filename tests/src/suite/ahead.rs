//! How far a transfer looks ahead: a tree of any size is never held, on either side.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use storage::types::{
    Capabilities, CreateDirOptions, DeleteOptions, Error, ListOptions, Metadata, ReadOptions, Result,
    StoragePath, SyncOptions, WriteOptions,
};

use super::api::{Backend, Content, Entry, ListStream, Lister, Reader, StorageNode, Writer};
use super::stage::Stage;
use super::{maybe_async, rt};
use crate::support::checks::equal;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_flat_tree_is_listed_no_further_than_it_is_copied;
    a_deep_tree_is_listed_no_further_than_it_is_copied;
    two_trees_are_listed_side_by_side;
    a_tree_of_extras_is_listed_as_it_is_compared;
    reports_of_large_trees_are_bounded;
}

/// Entries that are listed and not yet dealt with: a page to see the order of each level, and what is in flight.
const AHEAD: u64 = 3_500;

/// What the stores of one trial counted.
#[derive(Debug, Default)]
struct Counts {
    listed: AtomicU64,
    written: AtomicU64,
    beside: AtomicU64,
    /// How many more were listed than written or looked at beside, at most.
    ahead: AtomicU64,
}

impl Counts {
    fn add(&self, what: &AtomicU64, compared: bool) {
        what.fetch_add(1, Ordering::SeqCst);
        let other = if compared { &self.beside } else { &self.written };
        let ahead = self.listed.load(Ordering::SeqCst).abs_diff(other.load(Ordering::SeqCst));
        self.ahead.fetch_max(ahead, Ordering::SeqCst);
    }
}

/// A store that holds nothing: it makes up its files as they are listed, and forgets what is written.
#[derive(Debug, Clone)]
struct Endless {
    counts: Arc<Counts>,
    directories: u64,
    files: u64,
    /// Whether it stands on the other side: what it lists is counted beside.
    destination: bool,
    compared: bool,
}

impl Endless {
    fn entry(&self, path: &StoragePath, number: u64) -> Result<Option<Entry>> {
        let in_root = path.is_root() && self.directories > 1;
        let (count, metadata) = if in_root {
            (self.directories, Metadata::directory())
        } else {
            let mut metadata = Metadata::file(0);
            metadata.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
            (self.files, metadata)
        };
        (number < count)
            .then(|| Ok(Entry { path: path.child(format!("n{number:06}"))?, metadata }))
            .transpose()
    }
}

#[maybe_async]
impl Backend for Endless {
    fn kind(&self) -> &str {
        "endless"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        (can.read, can.write, can.delete, can.list, can.directories) = (true, true, true, true, true);
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        Ok(if path.is_root() { Metadata::directory() } else { Metadata::file(0) })
    }

    async fn get(&self, _: &StoragePath, _: &ReadOptions) -> Result<Content> {
        Ok(Content { bytes: Bytes::new(), metadata: Metadata::file(0) })
    }

    async fn read(&self, _: &StoragePath, _: &ReadOptions) -> Result<Reader> {
        Ok(Reader::from_bytes(Bytes::new(), Metadata::file(0)))
    }

    async fn put(&self, _: &StoragePath, _: Bytes, _: &WriteOptions) -> Result<Metadata> {
        // Whoever lists could run far ahead now.
        rt::pause().await;
        self.counts.add(&self.counts.written, false);
        Ok(Metadata::file(0))
    }

    async fn write(&self, _: &StoragePath, _: &WriteOptions) -> Result<Writer> {
        Err(Error::unsupported("write"))
    }

    async fn delete(&self, _: &StoragePath, _: &DeleteOptions) -> Result<()> {
        Ok(())
    }

    async fn list(&self, path: &StoragePath, _: &ListOptions) -> Result<Lister> {
        Ok(Lister::new(Box::new(Made { store: self.clone(), path: path.clone(), number: 0 })))
    }

    async fn create_dir(&self, _: &StoragePath, _: &CreateDirOptions) -> Result<()> {
        Ok(())
    }
}

/// A listing that is made up entry by entry.
struct Made {
    store: Endless,
    path: StoragePath,
    number: u64,
}

#[maybe_async]
impl ListStream for Made {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        let Some(entry) = self.store.entry(&self.path, self.number)? else { return Ok(None) };
        self.number += 1;
        if entry.metadata.is_file() {
            let counts = &self.store.counts;
            let what = if self.store.destination { &counts.beside } else { &counts.listed };
            counts.add(what, self.store.compared);
        }
        Ok(Some(vec![Ok(entry)]))
    }
}

/// Two stores with so many directories of so many files.
struct Pair {
    counts: Arc<Counts>,
    from: StorageNode,
    to: StorageNode,
}

fn pair(stage: &Stage, from: (u64, u64), to: (u64, u64), compared: bool) -> Result<Pair, Failure> {
    let counts = Arc::new(Counts::default());
    let store = |(directories, files), destination| {
        let counts = counts.clone();
        Arc::new(Endless { counts, directories, files, destination, compared })
    };
    stage.manager.add_backend("from", store(from, false))?;
    stage.manager.add_backend("to", store(to, true))?;
    Ok(Pair { from: stage.at("from:"), to: stage.at("to:"), counts })
}

impl Pair {
    #[track_caller]
    fn at_most(&self, limit: u64) {
        let ahead = self.counts.ahead.load(Ordering::SeqCst);
        assert!(ahead <= limit, "{ahead} entries were listed ahead where {limit} are allowed");
    }
}

/// Nothing but what differs by size; the made-up times say nothing.
fn delete_extra() -> SyncOptions {
    SyncOptions::new()
        .delete_extra(true)
        .copy(storage::types::CopyOptions::new().skip(storage::types::Skip::Size))
}

#[maybe_async]
async fn a_flat_tree_is_listed_no_further_than_it_is_copied(stage: &Stage) -> Outcome {
    let pair = pair(stage, (1, 100_000), (1, 0), false)?;
    let report = pair.from.sync_to(&pair.to).await?;
    equal((report.copied_count, report.copied.len()), (100_000, 10_000));
    pair.at_most(AHEAD);
    Ok(())
}

#[maybe_async]
async fn a_deep_tree_is_listed_no_further_than_it_is_copied(stage: &Stage) -> Outcome {
    let pair = pair(stage, (200, 500), (1, 0), false)?;
    equal(pair.from.copy_to(&pair.to).await?.copied_count, 100_000);
    pair.at_most(AHEAD);
    Ok(())
}

#[maybe_async]
async fn two_trees_are_listed_side_by_side(stage: &Stage) -> Outcome {
    for shape in [(1, 100_000), (20, 5_000)] {
        let pair = pair(stage, shape, shape, true)?;
        let report = pair.from.sync_to_with(&pair.to, &delete_extra()).await?;
        equal((report.copied_count, report.skipped_count), (0, 100_000));
        equal((report.deleted_count, report.failed_count), (0, 0));
        pair.at_most(AHEAD);
    }
    Ok(())
}

/// What only the destination has is noted by name and size, a bounded number of them at a time.
#[maybe_async]
async fn a_tree_of_extras_is_listed_as_it_is_compared(stage: &Stage) -> Outcome {
    let pair = pair(stage, (1, 1_000), (1, 60_000), false)?;
    let report = pair.from.sync_to_with(&pair.to, &delete_extra()).await?;
    equal((report.skipped_count, report.deleted_count), (1_000, 59_000));
    equal((report.deleted.len(), report.failed_count), (10_000, 0));
    Ok(())
}

#[maybe_async]
async fn reports_of_large_trees_are_bounded(stage: &Stage) -> Outcome {
    let pair = pair(stage, (1, 30_000), (1, 30_000), true)?;
    let report = pair.from.sync_to_with(&pair.to, &delete_extra()).await?;
    equal((report.skipped_count, report.skipped.len()), (30_000, 10_000));
    let report = pair.from.copy_to(&pair.to).await?;
    equal((report.copied_count, report.copied.len()), (30_000, 10_000));
    Ok(())
}
