//! A blocking backend behind the async trait: one hop to the blocking pool per call.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::{Backend, Content, CopyWatch, Entry, Lister, Reader, SyncHandle, SyncTarget, Writer};
use storage_types::{
    Access, Attributes, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability, Error, ErrorKind,
    Leftover, LeftoverOptions, ListOptions, Metadata, PresignOptions, ReadOptions, Result, StoragePath,
    Version, WriteOptions,
};
use tokio::task::{JoinError, spawn_blocking};

use super::to_async_streams::{AsyncList, AsyncRead, AsyncWrite};
use crate::Backend as BlockingBackend;

/// A blocking backend for async callers.
#[derive(Debug, Clone)]
pub struct ToAsync {
    inner: Arc<dyn BlockingBackend>,
}

impl ToAsync {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlockingBackend>) -> Self {
        Self { inner }
    }
}

/// One hop.
async fn hop<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(call).await.unwrap_or_else(|error| Err(lost(error)))
}

pub(super) fn lost(error: JoinError) -> Error {
    let message = if error.is_panic() { "the operation panicked" } else { "the runtime is shutting down" };
    Error::new(ErrorKind::Interrupted, message).with_retryable(false).with_source(error)
}

/// One call of the inner backend on the blocking pool, its arguments cloned.
macro_rules! forward {
    ($self:ident.$call:ident($($argument:ident),* $(; $copied:ident)?)) => {{
        let inner = $self.inner.clone();
        $(let $argument = $argument.to_owned();)*
        hop(move || inner.$call($(&$argument,)* $($copied)?)).await
    }};
}

/// A watch of the other colour that tells this one.
fn forwarded(watch: &CopyWatch) -> crate::CopyWatch {
    let (step, resumed, left) = (watch.clone(), watch.clone(), watch.clone());
    crate::CopyWatch::new(move |bytes| step.step(bytes))
        .on_resumed(move |bytes| resumed.resumed(bytes))
        .on_left_behind(move |attribute| left.left_behind(attribute))
}

#[async_trait::async_trait]
impl Backend for ToAsync {
    fn kind(&self) -> &str {
        self.inner.kind()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn probe(&self) -> Result<Capabilities> {
        forward!(self.probe())
    }

    fn native(&self) -> Colour {
        Colour::Blocking
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn identity(&self, path: &StoragePath) -> Option<String> {
        self.inner.identity(path)
    }

    fn folded(&self, name: &str) -> Option<String> {
        self.inner.folded(name)
    }

    async fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        forward!(self.location(path))
    }

    async fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
        forward!(self.mounted_below(path))
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        forward!(self.stat(path))
    }

    async fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
        forward!(self.metadata(path))
    }

    fn tells_all_when_read(&self) -> bool {
        self.inner.tells_all_when_read()
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let content = forward!(self.get(path, options))?;
        Ok(Content { bytes: content.bytes, metadata: content.metadata })
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let reader = forward!(self.read(path, options))?;
        let (length, metadata) = (reader.len(), reader.metadata().clone());
        Ok(Reader::new(Box::new(AsyncRead::new(reader)), length, metadata))
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        let (inner, path, options) = (self.inner.clone(), path.clone(), options.clone());
        hop(move || inner.put(&path, content, &options)).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        let writer = forward!(self.write(path, options))?;
        let (resumed, spared) = (writer.resumed(), writer.spared());
        Ok(Writer::new(Box::new(AsyncWrite::new(writer))).resuming(resumed).sparing(spared))
    }

    async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        let (inner, path, note) = (self.inner.clone(), path.clone(), note.to_owned());
        hop(move || inner.discard(&path, &note)).await
    }

    async fn leftovers(
        &self,
        path: &StoragePath,
        options: &LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        let (inner, path, options) = (self.inner.clone(), path.clone(), *options);
        hop(move || inner.leftovers(&path, &options)).await
    }

    async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let (inner, leftover) = (self.inner.clone(), leftover.clone());
        hop(move || inner.remove_leftover(&leftover)).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        forward!(self.delete(path, options))
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        let lister = forward!(self.list(path, options))?;
        Ok(Lister::new(Box::new(AsyncList::new(lister))))
    }

    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        let (inner, path) = (self.inner.clone(), path.clone());
        hop(move || inner.append(&path, content)).await
    }

    async fn copy_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        options: &WriteOptions,
        watch: &CopyWatch,
    ) -> Result<Option<Metadata>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (inner, (source, from)) = (self.inner.clone(), source.inner.clone().resolved(from.clone()));
        let (to, options, watch) = (to.clone(), options.clone(), forwarded(watch));
        hop(move || inner.copy_from(&*source, &from, &to, &options, &watch)).await
    }

    async fn rename_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (inner, to) = (self.inner.clone(), to.clone());
        let (source, from) = source.inner.clone().resolved(from.clone());
        hop(move || inner.rename_from(&*source, &from, &to)).await
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        forward!(self.create_dir(path, options))
    }

    async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        forward!(self.delete_many(paths))
    }

    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        forward!(self.set_metadata(path, metadata))
    }

    async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        let listed = forward!(self.list_tree(path; limit))?;
        let entry = |entry: crate::Entry| Entry { path: entry.path, metadata: entry.metadata };
        Ok(listed.map(|entries| entries.into_iter().map(entry).collect()))
    }

    async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        forward!(self.set_attributes(path, attributes))
    }

    async fn copy_attributes_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (inner, (source, from)) = (self.inner.clone(), source.inner.clone().resolved(from.clone()));
        let (to, watch) = (to.clone(), forwarded(watch));
        hop(move || inner.copy_attributes_from(&*source, &from, &to, &watch)).await
    }

    async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        forward!(self.tags(path))
    }

    async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        forward!(self.set_tags(path, tags))
    }

    async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        forward!(self.versions(path))
    }

    async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        forward!(self.delete_version(path, version))
    }

    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        forward!(self.presign(path, options))
    }

    async fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        let (inner, path) = (self.inner.clone(), path.clone());
        hop(move || inner.local_path(&path, access)).await
    }

    async fn read_link(&self, path: &StoragePath) -> Result<String> {
        forward!(self.read_link(path))
    }

    async fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        forward!(self.create_link(path, target))
    }

    fn durability(&self) -> Durability {
        self.inner.durability()
    }

    async fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        let opened = forward!(self.open_sync(path))?;
        Ok(opened.map(|handle| SyncHandle::new(handle.id(), AsyncSync(handle))))
    }

    async fn sync(&self) -> Result<()> {
        forward!(self.sync())
    }
}

/// The handle of a blocking backend for async callers.
struct AsyncSync(crate::SyncHandle);

#[async_trait::async_trait]
impl SyncTarget for AsyncSync {
    async fn sync(&self) -> Result<()> {
        let handle = self.0.clone();
        hop(move || handle.sync()).await
    }
}
