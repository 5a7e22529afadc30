//! Relative mounts: a sub-tree of another mount, with permissions.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use storage_types::path::Address;
use storage_types::{
    Access, Attributes, ByteRange, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability, Error,
    ErrorKind, Leftover, LeftoverOptions, ListOptions, Metadata, MountConfig, Permissions, PresignMethod,
    PresignOptions, ReadOptions, Result, StoragePath, Version, WriteOptions,
};

use super::backend::{Backend, CopyWatch};
use super::content::Content;
use super::provider::{MountLookup, Provider};
use super::stream::{Entry, ListStream, Lister, Reader, Writer};
use super::sync_handle::SyncHandle;
use crate::maybe_async;

/// A sub-tree of another backend, with no more rights than given here and than the other has itself.
#[derive(Debug, Clone)]
pub struct RelativeBackend {
    parent: Arc<dyn Backend>,
    base: StoragePath,
    permissions: Permissions,
}

impl RelativeBackend {
    /// The sub-tree `base` of `parent`, which no link leads out of.
    #[must_use]
    pub fn new(parent: Arc<dyn Backend>, base: StoragePath, permissions: Permissions) -> Self {
        let parent = parent.confined(&base).unwrap_or(parent);
        Self { parent, base, permissions }
    }

    fn inner(&self, path: &StoragePath) -> StoragePath {
        self.base.join(path)
    }

    fn demand(&self, needed: Permissions, what: &str) -> Result<()> {
        if self.permissions >= needed {
            return Ok(());
        }
        let have = if self.permissions == Permissions::Readonly { "readonly" } else { "readwrite" };
        let need = if needed == Permissions::Delete { "delete" } else { "readwrite" };
        Err(Error::new(
            ErrorKind::PermissionDenied,
            format!("the mount has `permissions: {have}`, which does not allow to {what}"),
        )
        .with_hint(format!("configure the mount with `permissions: {need}`")))
    }

    fn writing(&self) -> Result<()> {
        self.demand(Permissions::Readwrite, "write")
    }

    fn refuse_base(&self, path: &StoragePath) -> Result<()> {
        if path.is_root() { Err(Error::is_a_directory()) } else { Ok(()) }
    }
}

#[maybe_async]
#[deny(clippy::missing_trait_methods, reason = "what is not handed on would be lost without a word")]
impl Backend for RelativeBackend {
    fn kind(&self) -> &str {
        "relative"
    }

    fn capabilities(&self) -> Capabilities {
        self.parent.capabilities().restricted(self.permissions)
    }

    async fn probe(&self) -> Result<Capabilities> {
        Ok(self.parent.probe().await?.restricted(self.permissions))
    }

    fn native(&self) -> Colour {
        self.parent.native()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn resolve(&self, path: &StoragePath) -> Option<(Arc<dyn Backend>, StoragePath)> {
        Some((self.parent.clone(), self.inner(path)))
    }

    fn confined(&self, base: &StoragePath) -> Option<Arc<dyn Backend>> {
        let parent = self.parent.confined(&self.inner(base))?;
        Some(Arc::new(Self { parent, base: self.base.clone(), permissions: self.permissions }))
    }

    /// Whoever compares takes relative mounts off before ([`resolve`](Backend::resolve)).
    fn shares_store(&self, _: &dyn Backend) -> bool {
        false
    }

    fn identity(&self, path: &StoragePath) -> Option<String> {
        self.parent.identity(&self.inner(path))
    }

    fn folded(&self, name: &str) -> Option<String> {
        self.parent.folded(name)
    }

    async fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        self.parent.location(&self.inner(path)).await
    }

    async fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
        self.parent.mounted_below(&self.inner(path)).await
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        match self.parent.stat(&self.inner(path)).await {
            // As on every mount, the root is there before anything is stored below it.
            Err(error) if path.is_root() && error.kind() == ErrorKind::NotFound => Ok(Metadata::directory()),
            result => result,
        }
    }

    async fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
        self.parent.metadata(&self.inner(path)).await
    }

    fn get_gives_all_metadata(&self) -> bool {
        self.parent.get_gives_all_metadata()
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.parent.get(&self.inner(path), options).await
    }

    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        self.parent.read_ranges(&self.inner(path), ranges, options).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        self.parent.read(&self.inner(path), options).await
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.writing()?;
        self.refuse_base(path)?;
        self.parent.put(&self.inner(path), content, options).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        self.writing()?;
        self.refuse_base(path)?;
        self.parent.write(&self.inner(path), options).await
    }

    async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        self.demand(Permissions::Readwrite, "write")?;
        self.parent.discard(&self.inner(path), note).await
    }

    async fn leftovers(
        &self,
        path: &StoragePath,
        options: &LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        let found = self.parent.leftovers(&self.inner(path), options).await?;
        let strip = |mut leftover: Leftover| {
            leftover.path = leftover.path.strip_prefix(&self.base).unwrap_or(leftover.path);
            leftover
        };
        Ok(found.into_iter().map(|leftover| leftover.map(strip)).collect())
    }

    async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        self.demand(Permissions::Readwrite, "remove what stopped writes left")?;
        let mut inner = leftover.clone();
        inner.path = self.inner(&leftover.path);
        self.parent.remove_leftover(&inner).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.demand(Permissions::Delete, "delete")?;
        self.parent.delete(&self.inner(path), options).await
    }

    async fn delete_if_exists(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        self.demand(Permissions::Delete, "delete")?;
        self.parent.delete_if_exists(&self.inner(path), options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        match self.parent.list(&self.inner(path), options).await {
            Ok(lister) => Ok(Lister::new(Box::new(Stripped { lister, base: self.base.clone() }))),
            Err(error) if path.is_root() && error.kind() == ErrorKind::NotFound => {
                Ok(Lister::from_entries(Vec::new()))
            }
            Err(error) => Err(error),
        }
    }

    async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        let listed = match self.parent.list_tree(&self.inner(path), limit).await {
            Err(error) if path.is_root() && error.kind() == ErrorKind::NotFound => Some(Vec::new()),
            result => result?,
        };
        let stripped = |mut entry: Entry| {
            entry.path = entry.path.strip_prefix(&self.base)?;
            Some(entry)
        };
        Ok(listed.map(|entries| entries.into_iter().filter_map(stripped).collect()))
    }

    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        self.writing()?;
        self.refuse_base(path)?;
        self.parent.append(&self.inner(path), content).await
    }

    async fn copy_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        options: &WriteOptions,
        watch: &CopyWatch,
    ) -> Result<Option<Metadata>> {
        self.writing()?;
        self.refuse_base(to)?;
        self.parent.copy_from(source, from, &self.inner(to), options, watch).await
    }

    async fn rename_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        self.writing()?;
        self.refuse_base(to)?;
        self.parent.rename_from(source, from, &self.inner(to)).await
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.writing()?;
        self.parent.create_dir(&self.inner(path), options).await
    }

    async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        self.demand(Permissions::Delete, "delete")?;
        let inner: Vec<StoragePath> = paths.iter().map(|path| self.inner(path)).collect();
        self.parent.delete_many(&inner).await
    }

    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        self.writing()?;
        self.parent.set_metadata(&self.inner(path), metadata).await
    }

    async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        self.writing()?;
        self.parent.set_attributes(&self.inner(path), attributes).await
    }

    async fn copy_attributes_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<Option<()>> {
        self.writing()?;
        self.parent.copy_attributes_from(source, from, &self.inner(to), watch).await
    }

    async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        self.parent.tags(&self.inner(path)).await
    }

    async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        self.writing()?;
        self.parent.set_tags(&self.inner(path), tags).await
    }

    async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        self.parent.versions(&self.inner(path)).await
    }

    async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        self.demand(Permissions::Delete, "delete versions")?;
        self.parent.delete_version(&self.inner(path), version).await
    }

    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        if options.method == PresignMethod::Put {
            self.demand(Permissions::Readwrite, "make URLs for writing")?;
        }
        self.parent.presign(&self.inner(path), options).await
    }

    async fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        if access != Access::Read {
            self.demand(Permissions::Readwrite, "hand out writable paths")?;
        }
        // A path cannot be had for reading only: who has it may write to the file.
        if self.permissions == Permissions::Readonly {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                "the mount has `permissions: readonly`, and the path of a stored file would allow to change it",
            )
            .with_hint("take a copy with `local_path(Access::Read)`"));
        }
        self.parent.local_path(&self.inner(path), access).await
    }

    async fn read_link(&self, path: &StoragePath) -> Result<String> {
        self.parent.read_link(&self.inner(path)).await
    }

    async fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        self.writing()?;
        self.refuse_base(path)?;
        self.parent.create_link(&self.inner(path), target).await
    }

    async fn create_hard_link(
        &self,
        original: &StoragePath,
        path: &StoragePath,
        durability: Option<Durability>,
    ) -> Result<Option<Metadata>> {
        self.writing()?;
        self.refuse_base(path)?;
        self.parent.create_hard_link(&self.inner(original), &self.inner(path), durability).await
    }

    fn durability(&self) -> Durability {
        self.parent.durability()
    }

    async fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        self.parent.open_sync(&self.inner(path)).await
    }
}

/// A listing whose paths are those of the relative mount.
struct Stripped {
    lister: Lister,
    base: StoragePath,
}

#[maybe_async]
impl ListStream for Stripped {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        match self.lister.next_batch().await? {
            Some(batch) => {
                Ok(Some(batch.into_iter().map(|entry| entry.map(|entry| self.strip(entry))).collect()))
            }
            None => Ok(None),
        }
    }
}

impl Stripped {
    fn strip(&self, entry: Entry) -> Entry {
        let path = entry.path.strip_prefix(&self.base).unwrap_or(entry.path);
        Entry { path, metadata: entry.metadata }
    }
}

/// Options of a relative mount in configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RelativeConfig {
    /// `mount:path` of the sub-tree.
    pub path: String,
    /// What is allowed: `readonly`, `readwrite` or `delete`.
    #[serde(default)]
    pub permissions: Permissions,
}

/// Builds relative mounts.
#[derive(Debug, Clone, Copy)]
pub struct RelativeProvider;

impl Provider for RelativeProvider {
    fn kind(&self) -> &'static str {
        "relative"
    }

    fn depends_on(&self, config: &MountConfig) -> Result<Vec<String>> {
        let options: RelativeConfig = config.parse_options()?;
        Ok(vec![Address::split(&options.path)?.0.to_owned()])
    }

    fn build(&self, config: &MountConfig, mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: RelativeConfig = config.parse_options()?;
        let in_path = |error: Error| {
            let inner =
                Error::config(format!("mount `{}`, field `path`: {}", config.name(), error.message()));
            inner.with_hint_of(&error)
        };
        let (parent_name, base) = Address::split(&options.path).map_err(in_path)?;
        let base = StoragePath::parse(base).map_err(in_path)?;
        let parent = mounts.backend(parent_name).map_err(in_path)?;
        if parent.capabilities().opaque_paths {
            return Err(in_path(Error::config(format!("mount `{parent_name}` has no sub-trees"))));
        }
        Ok(Arc::new(RelativeBackend::new(parent, base, options.permissions)))
    }
}
