//! Mounts in memory: reads without a copy, compare-and-set, versions when asked for.

mod store;
mod streams;
mod tree;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use storage_types::{
    Attributes, ByteRange, Capabilities, CreateDirOptions, DeleteOptions, ListOptions, Metadata, MountConfig,
    Operation, ReadOptions, Result, StoragePath, Version, WriteOptions,
};

use self::store::Store;
use super::backend::{Backend, CopyWatch};
use super::content::{Content, slice, slices};
use super::provider::{MountLookup, Provider};
use super::stream::{Lister, Reader, Writer};
use crate::maybe_async;

/// Content in the memory of this process.
///
/// Directories exist by themselves, as on a disk. Reads share the stored bytes.
#[derive(Clone)]
pub struct MemoryBackend {
    store: Arc<Store>,
}

impl MemoryBackend {
    /// An empty store of its own.
    #[must_use]
    pub fn new() -> Self {
        Self { store: Arc::new(Store::new(false)) }
    }

    /// An empty store of its own that keeps every version.
    #[must_use]
    pub fn versioned() -> Self {
        Self { store: Arc::new(Store::new(true)) }
    }

    /// The store of this name, which lives as long as a mount uses it.
    ///
    /// # Errors
    ///
    /// `Config` when the store is in use with another `versioned`.
    pub fn shared(name: &str, versioned: bool) -> Result<Self> {
        Ok(Self { store: Store::shared(name, versioned)? })
    }
}

impl Default for MemoryBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBackend").field("versioned", &self.store.versioned()).finish_non_exhaustive()
    }
}

#[maybe_async]
impl Backend for MemoryBackend {
    fn kind(&self) -> &str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can.append = true;
        can.directories = true;
        can.create_only = true;
        can.compare_and_set = true;
        can.conditional_delete = true;
        can.user_metadata = true;
        can.versions = self.store.versioned();
        can.server_side_copy = true;
        can.rename = !self.store.versioned();
        can.set_modified = true;
        can.set_attributes = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.store.read(|tree| tree.stat(path))
    }

    fn get_gives_all_metadata(&self) -> bool {
        true
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let (bytes, metadata) = self.store.read(|tree| tree.content(path, options.version.as_deref()))?;
        options.check(&metadata)?;
        Ok(Content { bytes: slice(&bytes, options)?, metadata })
    }

    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        let (bytes, metadata) = self.store.read(|tree| tree.content(path, options.version.as_deref()))?;
        options.check(&metadata)?;
        slices(&bytes, ranges)
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let content = self.get(path, options).await?;
        Ok(Reader::from_bytes(content.bytes, content.metadata))
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.store.write(|tree| tree.put(path, content, options))
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        // What can never succeed is said now, not after the caller sent everything.
        self.store.read(|tree| tree.check_put(path, options))?;
        Ok(Writer::new(Box::new(streams::MemoryWriter::new(
            self.store.clone(),
            path.clone(),
            options.clone(),
        ))))
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.store.write(|tree| tree.delete(path, options)).map(drop)
    }

    async fn delete_if_exists(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        self.store.write(|tree| tree.delete(path, options))
    }

    async fn list(&self, path: &StoragePath, _options: &ListOptions) -> Result<Lister> {
        self.store.read(|tree| tree.check_directory(path))?;
        Ok(Lister::new(Box::new(streams::MemoryLister::new(self.store.clone(), path.clone()))))
    }

    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        self.store.write(|tree| tree.append(path, &content))
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
        if Arc::ptr_eq(&source.store, &self.store) && from == to {
            return self.store.read(|tree| tree.stat(from)).map(Some);
        }
        let content = source.store.read(|tree| tree.content(from, None));
        let (bytes, metadata) = content.map_err(|error| error.with_operation(Operation::Read))?;
        let mut options = options.clone();
        options.add_headers_of(&metadata);
        options.user.extend(metadata.user);
        let size = bytes.len() as u64;
        let written = self.store.write(|tree| tree.put(to, bytes, &options))?;
        watch.step(size)?;
        Ok(Some(written))
    }

    async fn rename_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        if !Arc::ptr_eq(&source.store, &self.store) || self.store.versioned() {
            return Ok(None);
        }
        self.store.write(|tree| tree.rename(from, to)).map(Some)
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.store.write(|tree| tree.create_dir(path, options))
    }

    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        self.store.write(|tree| tree.set_metadata(path, metadata))
    }

    async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let Some(time) = attributes.modified else { return Ok(()) };
        self.store.write(|tree| tree.set_modified(path, time))
    }

    async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        self.store.read(|tree| tree.versions(path))
    }

    async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        self.store.write(|tree| tree.delete_version(path, version))
    }
}

/// Options of a memory mount in configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MemoryConfig {
    /// Mounts that name the same store here share it; without it the store is the mount's own.
    #[serde(default)]
    pub shared: Option<String>,
    /// Keep every version.
    #[serde(default)]
    pub versioned: bool,
}

/// Builds memory mounts.
#[derive(Debug, Clone, Copy)]
pub struct MemoryProvider;

impl Provider for MemoryProvider {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: MemoryConfig = config.parse_options()?;
        let backend = match &options.shared {
            Some(name) => MemoryBackend::shared(name, options.versioned)?,
            None if options.versioned => MemoryBackend::versioned(),
            None => MemoryBackend::new(),
        };
        Ok(Arc::new(backend))
    }
}
