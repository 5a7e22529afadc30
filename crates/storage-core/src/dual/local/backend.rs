//! The local backend: each operation is handed to the blocking system calls of [`Core`].

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use storage_types::{
    Access, Attributes, ByteRange, Capabilities, CreateDirOptions, DeleteOptions, Durability, Error,
    Leftover, LeftoverOptions, ListOptions, Metadata, Operation, PresignOptions, ReadOptions, Result,
    StoragePath, WriteOptions,
};

use super::attributes;
use super::cached;
use super::core::Core;
use super::read;
use super::root::{LocalRoot, Root};
use crate::dual::backend::{Backend, CopyWatch};
use crate::dual::content::Content;
use crate::dual::stream::{Lister, Reader, Writer};
use crate::dual::sync_handle::SyncHandle;
use crate::{maybe_async, rt};

/// A folder of this machine. No path and no symbolic link leaves it: the kernel sees to that.
#[derive(Debug, Clone)]
pub struct LocalBackend {
    pub(super) core: Arc<Core>,
}

impl LocalBackend {
    /// A mount with this root, writes durable. No I/O.
    #[must_use]
    pub fn new(root: LocalRoot) -> Self {
        Self::with(root, false, Durability::Full, None)
    }

    /// A mount of this folder.
    ///
    /// # Errors
    ///
    /// `Config` when a relative folder cannot be made absolute.
    pub fn at(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = std::path::absolute(folder.into())
            .map_err(|error| Error::config("the folder cannot be made absolute").with_source(error))?;
        Ok(Self::new(LocalRoot::Fixed(folder)))
    }

    /// The core with the root of this moment, for the source of a copy: its errors are about reading.
    pub(super) fn pinned_source(&self, from: &StoragePath) -> Result<Arc<Core>> {
        self.core.pinned(from).map_err(|error| error.with_operation(Operation::Read))
    }

    fn with(root: LocalRoot, create: bool, durability: Durability, base_url: Option<String>) -> Self {
        Self::confined_to(StoragePath::root(), Arc::new(Root::new(root, create)), durability, base_url)
    }

    fn confined_to(
        base: StoragePath,
        root: Arc<Root>,
        durability: Durability,
        base_url: Option<String>,
    ) -> Self {
        let core = Core { root, base, durability, base_url, attributes: OnceLock::new() };
        Self { core: Arc::new(core) }
    }

    /// Whether the root folder is made on the first write.
    #[must_use]
    pub fn create(self, create: bool) -> Self {
        Self::with(self.root(), create, self.core.durability, self.core.base_url.clone())
    }

    /// How safe writes are when they return.
    #[must_use]
    pub fn durability(self, durability: Durability) -> Self {
        Self::with(self.root(), self.core.root.creates(), durability, self.core.base_url.clone())
    }

    /// Where the folder is served; makes `url` work.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self::with(self.root(), self.core.root.creates(), self.core.durability, Some(url.into()))
    }

    /// Where the mount has its root.
    #[must_use]
    pub fn root(&self) -> LocalRoot {
        self.core.root.place().clone()
    }
}

#[maybe_async]
impl Backend for LocalBackend {
    fn kind(&self) -> &str {
        "local"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can.append = true;
        can.resume = true;
        can.directories = true;
        can.create_only = true;
        can.compare_and_set = true;
        can.conditional_delete = true;
        can.user_metadata = self.core.keeps_attributes();
        can.server_side_copy = true;
        can.rename = true;
        can.url = self.core.base_url.is_some();
        can.local_path = true;
        can.symlinks = true;
        can.hard_links = true;
        can.unix_mode = true;
        can.set_modified = true;
        can.set_attributes = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn confined(&self, base: &StoragePath) -> Option<Arc<dyn Backend>> {
        if base.is_root() {
            return None;
        }
        let Core { root, durability, base_url, .. } = &*self.core;
        Some(Arc::new(Self::confined_to(base.clone(), root.clone(), *durability, base_url.clone())))
    }

    fn shares_store(&self, other: &dyn Backend) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        other.is_some_and(|other| Arc::ptr_eq(&self.core.root, &other.core.root))
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        if let Some(metadata) = rt::inline(|| self.core.cached_stat(path)).await {
            return Ok(metadata);
        }
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.stat(&path)).await
    }

    async fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.location(&path)).await
    }

    async fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || Ok(core.mounted_below(&path))).await
    }

    async fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.full_metadata(&path)).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let opened = rt::inline(|| self.core.open_cached_file(path, options)).await;
        if let Some(content) = opened.as_ref().and_then(|opened| cached::content(opened, options)) {
            return Ok(content);
        }
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        rt::unblock(move || core.get(&path, opened, &options)).await
    }

    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        let opened = rt::inline(|| self.core.open_cached_file(path, options)).await;
        if let Some(parts) = opened.as_ref().and_then(|opened| cached::ranges(opened, ranges, options)) {
            return Ok(parts);
        }
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        let ranges = ranges.to_vec();
        rt::unblock(move || core.read_ranges(&path, opened, &ranges, &options)).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        if let Some(opened) = rt::inline(|| self.core.open_cached_file(path, options)).await {
            return read::reader(opened, options);
        }
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        rt::unblock(move || read::reader(core.open_file(&path, &options)?, &options)).await
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        rt::unblock(move || core.put(&path, &content, &options)).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        let (writer, resumed) = rt::unblock(move || core.begin(&path, &options)).await?;
        Ok(Writer::new(Box::new(writer)).resuming(resumed))
    }

    async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        let (core, path, note) = (self.core.pinned(path)?, path.clone(), note.to_owned());
        rt::unblock(move || core.discard(&path, &note)).await
    }

    async fn leftovers(
        &self,
        path: &StoragePath,
        options: &LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), *options);
        rt::unblock(move || core.leftovers(&path, options)).await
    }

    async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let (core, path) = (self.core.pinned(&leftover.path)?, leftover.path.clone());
        rt::unblock(move || core.remove_leftover(&path)).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        rt::unblock(move || core.delete(&path, &options).map(drop)).await
    }

    async fn delete_if_exists(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        rt::unblock(move || core.delete(&path, &options)).await
    }

    async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        let pinned = paths.iter().map(|path| Ok((self.core.pinned(path)?, path.clone())));
        let pinned = pinned.collect::<Result<Vec<_>>>()?;
        rt::unblock(move || {
            pinned.iter().try_for_each(|(core, path)| {
                let deleted = core.delete(path, &DeleteOptions::new());
                deleted.map(drop).map_err(|error| error.with_path(path.as_str()))
            })
        })
        .await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), options.clone());
        let lister = rt::unblock(move || core.list(&path, &options)).await?;
        Ok(Lister::new(Box::new(lister)))
    }

    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.append(&path, &content)).await
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
        let (core, source, watch) = (self.core.pinned(to)?, source.pinned_source(from)?, watch.clone());
        let (from, to, options) = (from.clone(), to.clone(), options.clone());
        rt::unblock(move || core.copy_from(&source, &from, &to, &options, &watch).map(Some)).await
    }

    async fn rename_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (core, source) = (self.core.pinned(to)?, source.pinned_source(from)?);
        let (from, to) = (from.clone(), to.clone());
        rt::unblock(move || core.rename_from(&source, &from, &to)).await
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        let (core, path, options) = (self.core.pinned(path)?, path.clone(), *options);
        rt::unblock(move || core.create_dir(&path, &options)).await
    }

    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        let (core, path, metadata) = (self.core.pinned(path)?, path.clone(), metadata.clone());
        rt::unblock(move || {
            let (file, _) = core.open_file(&path, &ReadOptions::new())?;
            attributes::replace(&file, &metadata)?;
            core.full_metadata(&path)
        })
        .await
    }

    async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let (core, path, attributes) = (self.core.pinned(path)?, path.clone(), *attributes);
        rt::unblock(move || core.set_attributes(&path, &attributes)).await
    }

    async fn copy_attributes_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<Option<()>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        let (core, source, watch) = (self.core.pinned(to)?, source.pinned_source(from)?, watch.clone());
        let (from, to) = (from.clone(), to.clone());
        rt::unblock(move || core.copy_attributes(&source, &from, &to, &watch).map(Some)).await
    }

    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        self.core.url(path, options)
    }

    async fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.native_path(&path, access)).await
    }

    async fn read_link(&self, path: &StoragePath) -> Result<String> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.read_link(&path)).await
    }

    async fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        let (core, path, target) = (self.core.pinned(path)?, path.clone(), target.to_owned());
        rt::unblock(move || core.create_link(&path, &target)).await
    }

    async fn create_hard_link(
        &self,
        original: &StoragePath,
        path: &StoragePath,
        durability: Option<Durability>,
    ) -> Result<Option<Metadata>> {
        let (core, from) = (self.core.pinned(path)?, self.core.pinned(original)?);
        let (original, path) = (original.clone(), path.clone());
        rt::unblock(move || core.create_hard_link(&from, &original, &path, durability)).await
    }

    fn durability(&self) -> Durability {
        self.core.durability
    }

    async fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        let (core, path) = (self.core.pinned(path)?, path.clone());
        rt::unblock(move || core.open_sync(&path)).await
    }
}
