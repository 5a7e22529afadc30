//! A backend around another one, which counts the files in flight and can break in the middle of a stream.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use storage::types::{
    Capabilities, CreateDirOptions, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions,
    Result, StoragePath, WriteOptions,
};

use super::api::{Backend, Content, Lister, MemoryBackend, ReadStream, Reader, WriteStream, Writer};
use super::{maybe_async, rt};

/// What the broken streams say.
pub(crate) const BROKEN: &str = "the store lost the rest";

/// How many things are under way, and how many were at most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count(Arc<(AtomicUsize, AtomicUsize)>);

impl Count {
    fn enter(&self) -> Counted {
        let now = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(now, Ordering::SeqCst);
        Counted(self.clone())
    }

    /// How many are under way.
    pub(crate) fn now(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    /// How many were under way at once, at most.
    pub(crate) fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// One of those under way, until it is dropped.
struct Counted(Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A memory backend that is watched.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    inner: MemoryBackend,
    pub(crate) reads: Count,
    pub(crate) writes: Count,
    /// After so many chunks a stream breaks.
    breaks_after: Option<usize>,
}

impl Watched {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// One whose streams break after so many chunks.
    pub(crate) fn breaking_after(chunks: usize) -> Arc<Self> {
        Arc::new(Self { breaks_after: Some(chunks), ..Self::default() })
    }
}

/// Lets the others come in between.
#[maybe_async]
async fn take_a_while() {
    for _ in 0..20 {
        rt::pause().await;
    }
}

#[maybe_async]
impl Backend for Watched {
    fn kind(&self) -> &str {
        "watched"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.inner.stat(path).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let _counted = self.reads.enter();
        take_a_while().await;
        self.inner.get(path, options).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let counted = self.reads.enter();
        take_a_while().await;
        let reader = self.inner.read(path, options).await?;
        let (length, metadata) = (reader.len(), reader.metadata().clone());
        let left = self.breaks_after.unwrap_or(usize::MAX);
        let stream = WatchedRead { inner: reader, left, read: Vec::new().into(), _counted: counted };
        Ok(Reader::new(Box::new(stream), length, metadata))
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        let _counted = self.writes.enter();
        take_a_while().await;
        self.inner.put(path, content, options).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        let counted = self.writes.enter();
        take_a_while().await;
        let inner = Some(self.inner.write(path, options).await?);
        let left = self.breaks_after.unwrap_or(usize::MAX);
        Ok(Writer::new(Box::new(WatchedWrite { inner, left, _counted: counted })))
    }

    async fn set_attributes(
        &self,
        path: &StoragePath,
        attributes: &storage::types::Attributes,
    ) -> Result<()> {
        self.inner.set_attributes(path, attributes).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.inner.delete(path, options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        self.inner.list(path, options).await
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.inner.create_dir(path, options).await
    }
}

/// Gives its content in small chunks.
struct WatchedRead {
    inner: Reader,
    left: usize,
    read: Bytes,
    _counted: Counted,
}

fn broken() -> Error {
    Error::new(ErrorKind::Corrupted, BROKEN)
}

#[maybe_async]
impl ReadStream for WatchedRead {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        rt::pause().await;
        self.left = self.left.checked_sub(1).ok_or_else(broken)?;
        if self.read.is_empty() {
            self.read = self.inner.next().await?.unwrap_or_default();
        }
        let length = self.read.len().min(max).min(1000);
        Ok((length > 0).then(|| self.read.split_to(length)))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.read = Bytes::new();
        self.inner.seek_to(position).await
    }
}

struct WatchedWrite {
    inner: Option<Writer>,
    left: usize,
    _counted: Counted,
}

#[maybe_async]
impl WriteStream for WatchedWrite {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        rt::pause().await;
        self.left = self.left.checked_sub(1).ok_or_else(broken)?;
        self.inner.as_mut().ok_or_else(broken)?.write(chunk).await
    }

    async fn finish(&mut self) -> Result<Metadata> {
        take_a_while().await;
        self.inner.take().ok_or_else(broken)?.finish().await
    }

    async fn abort(&mut self) -> Result<()> {
        match self.inner.take() {
            Some(writer) => writer.abort().await,
            None => Ok(()),
        }
    }
}
