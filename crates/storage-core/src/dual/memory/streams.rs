//! Streams of memory mounts.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use storage_types::{Metadata, Result, StoragePath, WriteOptions};

use super::store::Store;
use crate::dual::stream::{Entry, ListStream, WriteStream};
use crate::maybe_async;

/// Gathers content and stores it when finished.
pub(super) struct MemoryWriter {
    store: Arc<Store>,
    path: StoragePath,
    options: WriteOptions,
    chunks: Vec<Bytes>,
}

impl MemoryWriter {
    pub(super) fn new(store: Arc<Store>, path: StoragePath, options: WriteOptions) -> Self {
        Self { store, path, options, chunks: Vec::new() }
    }

    fn content(&mut self) -> Bytes {
        if self.chunks.len() == 1 {
            return self.chunks.swap_remove(0);
        }
        let mut all = BytesMut::with_capacity(self.chunks.iter().map(Bytes::len).sum());
        for chunk in self.chunks.drain(..) {
            all.extend_from_slice(&chunk);
        }
        all.freeze()
    }
}

#[maybe_async]
impl WriteStream for MemoryWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.chunks.push(chunk);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Metadata> {
        let content = self.content();
        self.store.write(|tree| tree.put(&self.path, content, &self.options))
    }

    async fn abort(&mut self) -> Result<()> {
        self.chunks.clear();
        Ok(())
    }
}

/// Lists in batches; the lock is held for one batch only.
pub(super) struct MemoryLister {
    store: Arc<Store>,
    path: StoragePath,
    after: Option<StoragePath>,
    at_end: bool,
}

const BATCH: usize = 1024;

impl MemoryLister {
    pub(super) fn new(store: Arc<Store>, path: StoragePath) -> Self {
        Self { store, path, after: None, at_end: false }
    }
}

#[maybe_async]
impl ListStream for MemoryLister {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        if self.at_end {
            return Ok(None);
        }
        let entries = self.store.read(|tree| tree.children(&self.path, self.after.as_ref(), BATCH));
        self.at_end = entries.len() < BATCH;
        let Some(Ok(last)) = entries.last() else { return Ok(None) };
        self.after = Some(last.path.clone());
        Ok(Some(entries))
    }
}
