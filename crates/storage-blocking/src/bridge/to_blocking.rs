//! An async backend behind the blocking trait.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::Backend as AsyncBackend;
use storage_types::{
    Access, Attributes, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability, Leftover,
    LeftoverOptions, ListOptions, Metadata, PresignOptions, ReadOptions, Result, StoragePath, Version,
    WriteOptions,
};

use super::runtime::block_on;
use super::to_blocking_streams::{BlockingList, BlockingRead, BlockingWrite};
use crate::{Backend, Content, CopyWatch, Entry, Lister, Reader, SyncHandle, SyncTarget, Writer};

/// An async backend for blocking callers.
#[derive(Debug, Clone)]
pub struct ToBlocking {
    inner: Arc<dyn AsyncBackend>,
}

impl ToBlocking {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn AsyncBackend>) -> Self {
        Self { inner }
    }
}

/// One call of the inner backend, its arguments cloned: the future may have to move to another thread.
macro_rules! forward {
    ($self:ident.$call:ident($($argument:ident),* $(; $copied:ident)?)) => {{
        let inner = $self.inner.clone();
        $(let $argument = $argument.to_owned();)*
        block_on(async move { inner.$call($(&$argument,)* $($copied)?).await })
    }};
}

/// A watch of the other colour that tells this one.
fn forwarded(watch: &CopyWatch) -> storage_core::CopyWatch {
    let (step, resumed, left) = (watch.clone(), watch.clone(), watch.clone());
    storage_core::CopyWatch::new(move |bytes| step.step(bytes))
        .on_resumed(move |bytes| resumed.resumed(bytes))
        .on_left_behind(move |attribute| left.left_behind(attribute))
}

impl Backend for ToBlocking {
    fn kind(&self) -> &str {
        self.inner.kind()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn probe(&self) -> Result<Capabilities> {
        forward!(self.probe())
    }

    fn native(&self) -> Colour {
        Colour::Async
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

    fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        forward!(self.location(path))
    }

    fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
        forward!(self.mounted_below(path))
    }

    fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        forward!(self.stat(path))
    }

    fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
        forward!(self.metadata(path))
    }

    fn tells_all_when_read(&self) -> bool {
        self.inner.tells_all_when_read()
    }

    fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let content = forward!(self.get(path, options))?;
        Ok(Content { bytes: content.bytes, metadata: content.metadata })
    }

    fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let reader = forward!(self.read(path, options))?;
        let (length, metadata) = (reader.len(), reader.metadata().clone());
        Ok(Reader::new(Box::new(BlockingRead::new(reader)), length, metadata))
    }

    fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        let (inner, path, options) = (self.inner.clone(), path.clone(), options.clone());
        block_on(async move { inner.put(&path, content, &options).await })
    }

    fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        let writer = forward!(self.write(path, options))?;
        let (resumed, spared) = (writer.resumed(), writer.spared());
        Ok(Writer::new(Box::new(BlockingWrite::new(writer))).resuming(resumed).sparing(spared))
    }

    fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        let (inner, path, note) = (self.inner.clone(), path.clone(), note.to_owned());
        block_on(async move { inner.discard(&path, &note).await })
    }

    fn leftovers(&self, path: &StoragePath, options: &LeftoverOptions) -> Result<Vec<Result<Leftover>>> {
        let (inner, path, options) = (self.inner.clone(), path.clone(), *options);
        block_on(async move { inner.leftovers(&path, &options).await })
    }

    fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let (inner, leftover) = (self.inner.clone(), leftover.clone());
        block_on(async move { inner.remove_leftover(&leftover).await })
    }

    fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        forward!(self.delete(path, options))
    }

    fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        let lister = forward!(self.list(path, options))?;
        Ok(Lister::new(Box::new(BlockingList::new(lister))))
    }

    fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        let (inner, path) = (self.inner.clone(), path.clone());
        block_on(async move { inner.append(&path, content).await })
    }

    fn copy_from(
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
        block_on(async move { inner.copy_from(&*source, &from, &to, &options, &watch).await })
    }

    fn rename_from(&self, source: &dyn Backend, from: &StoragePath, to: &StoragePath) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (inner, to) = (self.inner.clone(), to.clone());
        let (source, from) = source.inner.clone().resolved(from.clone());
        block_on(async move { inner.rename_from(&*source, &from, &to).await })
    }

    fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        forward!(self.create_dir(path, options))
    }

    fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        forward!(self.delete_many(paths))
    }

    fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        forward!(self.set_metadata(path, metadata))
    }

    fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        let listed = forward!(self.list_tree(path; limit))?;
        let entry = |entry: storage_core::Entry| Entry { path: entry.path, metadata: entry.metadata };
        Ok(listed.map(|entries| entries.into_iter().map(entry).collect()))
    }

    fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        forward!(self.set_attributes(path, attributes))
    }

    fn copy_attributes_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (inner, (source, from)) = (self.inner.clone(), source.inner.clone().resolved(from.clone()));
        let (to, watch) = (to.clone(), forwarded(watch));
        block_on(async move { inner.copy_attributes_from(&*source, &from, &to, &watch).await })
    }

    fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        forward!(self.tags(path))
    }

    fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        forward!(self.set_tags(path, tags))
    }

    fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        forward!(self.versions(path))
    }

    fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        forward!(self.delete_version(path, version))
    }

    fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        forward!(self.presign(path, options))
    }

    fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        let (inner, path) = (self.inner.clone(), path.clone());
        block_on(async move { inner.local_path(&path, access).await })
    }

    fn read_link(&self, path: &StoragePath) -> Result<String> {
        forward!(self.read_link(path))
    }

    fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        forward!(self.create_link(path, target))
    }

    fn durability(&self) -> Durability {
        self.inner.durability()
    }

    fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        let opened = forward!(self.open_sync(path))?;
        Ok(opened.map(|handle| SyncHandle::new(handle.id(), BlockingSync(handle))))
    }

    fn sync(&self) -> Result<()> {
        forward!(self.sync())
    }
}

/// The handle of an async backend for blocking callers.
struct BlockingSync(storage_core::SyncHandle);

impl SyncTarget for BlockingSync {
    fn sync(&self) -> Result<()> {
        let handle = self.0.clone();
        block_on(async move { handle.sync().await })
    }
}
