//! What a store has to be able to do: the trait for implementers.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage_types::{
    Access, Attributes, ByteRange, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability,
    EntryKind, Error, ErrorKind, FileAttribute, Leftover, LeftoverOptions, ListOptions, Metadata,
    PresignOptions, ReadOptions, Result, StoragePath, Version, WriteOptions,
};

use super::content::{Content, is_absence};
use super::ranges::{self, Whole};
use super::stream::{Entry, Lister, Reader, Writer};
use super::sync_handle::SyncHandle;
use crate::maybe_async;

/// Is told how far a copy inside a store has come, and may stop it.
#[derive(Clone)]
pub struct CopyWatch {
    step: Arc<dyn Fn(u64) -> Result<()> + Send + Sync>,
    resumed: Arc<dyn Fn(u64) + Send + Sync>,
    left_behind: Arc<dyn Fn(FileAttribute) + Send + Sync>,
}

impl CopyWatch {
    /// Calls `step` with every further number of bytes; its error stops the copy.
    pub fn new(step: impl Fn(u64) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { step: Arc::new(step), resumed: Arc::new(|_| {}), left_behind: Arc::new(|_| {}) }
    }

    /// Calls `resumed` with the number of bytes that were there already.
    #[must_use]
    pub fn on_resumed(mut self, resumed: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.resumed = Arc::new(resumed);
        self
    }

    /// Calls `left_behind` with each thing that the source has and the copy does not.
    #[must_use]
    pub fn on_left_behind(mut self, left_behind: impl Fn(FileAttribute) + Send + Sync + 'static) -> Self {
        self.left_behind = Arc::new(left_behind);
        self
    }

    /// The source has this and the copy does not.
    pub fn left_behind(&self, attribute: FileAttribute) {
        (self.left_behind)(attribute);
    }

    /// `bytes` need not be copied: an earlier copy did so.
    pub fn resumed(&self, bytes: u64) {
        (self.resumed)(bytes);
    }

    /// `bytes` more are copied.
    ///
    /// # Errors
    ///
    /// When the copy is to stop, leaving nothing.
    pub fn step(&self, bytes: u64) -> Result<()> {
        (self.step)(bytes)
    }
}

impl fmt::Debug for CopyWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyWatch")
    }
}

/// A store. Object-safe; callers use [`StorageNode`](crate::StorageNode) instead.
///
/// # Contract
///
/// - Paths are normalised and lie inside the mount; `put` and `write` create missing parents.
/// - A write is atomic: readers see the whole old or the whole new content, and a `Writer` that is dropped or
///   aborted leaves nothing. Writing onto a directory is `IsADirectory` and changes nothing.
/// - `delete` of something missing is `Ok`; of a directory it needs `recursive`.
/// - `list` gives one level, sorted by name bytes, and is never cached.
/// - Conditions of [`WriteOptions::mode`] hold under concurrency where [`Capabilities`] say so.
/// - Errors carry kind and message; the node adds mount, path and operation.
///
/// The async trait is implemented under `#[async_trait]` of the crate `async-trait`, the blocking one without. The example `own_backend`
/// of the facade is a whole backend with its provider, and `storage-tests` holds the behaviours that every backend has.
#[maybe_async]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// The name of its kind in configuration: `local`, `memory`, `s3`, ...
    fn kind(&self) -> &str;

    /// What this mount can do.
    fn capabilities(&self) -> Capabilities;

    /// Connects, and finds out what this mount can really do: afterwards [`capabilities`](Self::capabilities) says it too.
    ///
    /// # Errors
    ///
    /// What keeps the mount from working, and what to do about it.
    async fn probe(&self) -> Result<Capabilities> {
        self.stat(&StoragePath::root()).await?;
        Ok(self.capabilities())
    }

    /// The colour it was written in.
    fn native(&self) -> Colour {
        Colour::Both
    }

    /// Itself, so that a backend can recognise its own kind as the source of a copy.
    fn as_any(&self) -> &dyn Any;

    /// The backend and path behind this one when it only hands calls on (a relative mount does).
    fn resolve(&self, path: &StoragePath) -> Option<(Arc<dyn Backend>, StoragePath)> {
        let _ = path;
        None
    }

    /// The same store for those who may use only what lies below `base`: paths stay what they are, and no link on the way
    /// below `base` leads out of it. `None` where the store has no links.
    fn confined(&self, base: &StoragePath) -> Option<Arc<dyn Backend>> {
        let _ = base;
        None
    }

    /// Whether this and `other` are views of one store, as [`confined`](Self::confined) makes them: then equal paths are one
    /// place.
    fn shares_store(&self, other: &dyn Backend) -> bool {
        let _ = other;
        false
    }

    /// What names a place of a store for the whole world, equal for all mounts that can reach it; paths below one begin
    /// with it and a slash. `None` where nobody else can reach it, or files have ids
    /// ([`Metadata::file_id`]).
    fn identity(&self, path: &StoragePath) -> Option<String> {
        let _ = path;
        None
    }

    /// What names a place for the whole world, as [`identity`](Self::identity) does, once the store was asked: links,
    /// bind mounts and second mounts are resolved, so that all names of one directory give one location, whether the
    /// directory exists yet or not. Locations of what is below a directory begin with its own and a slash.
    async fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        Ok(self.identity(path))
    }

    /// What else is mounted below a directory: the path of each mount point below it, and the
    /// [`location`](Self::location) of what is seen there.
    async fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
        let _ = path;
        Ok(Vec::new())
    }

    /// What the store takes a name for, where it takes different names for one: equal for names that mean one file, as on
    /// file systems that tell no capitals from small letters, or no composed letters from decomposed ones. `None`, for
    /// every name, where names are what they are.
    fn folded(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// What stands there, links followed: as much as one call of the store tells.
    async fn stat(&self, path: &StoragePath) -> Result<Metadata>;

    /// As [`stat`](Self::stat), with content type and user metadata where that costs more.
    async fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
        self.stat(path).await
    }

    /// Whether what a read tells along with the content is everything that [`metadata`](Self::metadata) would, as in the
    /// answers of a web server: then nobody has to ask twice.
    fn get_gives_all_metadata(&self) -> bool {
        false
    }

    /// Content in one go: at most one hop, one request.
    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content>;

    /// Several ranges of one content, in their order; the range of the options means nothing. All are of one content, never of
    /// two that stood there one after the other. By default those that lie near each other take one [`get`](Self::get), the others
    /// run side by side, and what the answers tell of the content is compared.
    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        let at_once = if self.capabilities().local_path { 1 } else { ranges::AT_ONCE };
        ranges::of_one_content(&At { backend: self, path }, ranges, options, at_once).await
    }

    /// Content as a stream.
    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader>;

    /// Stores content in one go and tells what is now known about it.
    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata>;

    /// Stores content as a stream; nothing is visible before [`Writer::finish`]. With a
    /// [checkpoint](WriteOptions::checkpoint), a store that can go on where an earlier write stopped does so, and leaves
    /// what has arrived when the writer is dropped or aborted.
    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer>;

    /// Throws away what a write with a checkpoint left, by its note. What is gone already is fine.
    async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        let _ = (path, note);
        Ok(())
    }

    /// What stopped writes left in a directory, and what writes that are under way keep there: each with what the store
    /// knows of its age. An error of one directory below does not hide what is in the others. Nothing where a killed
    /// process leaves nothing.
    async fn leftovers(
        &self,
        path: &StoragePath,
        options: &LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        let _ = (path, options);
        Ok(Vec::new())
    }

    /// Removes what a stopped write left. `false` when it is gone already, or somebody writes to it: then nothing happens.
    async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let _ = leftover;
        Ok(false)
    }

    /// Deletes a file, a link, or with `recursive` a directory.
    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()>;

    /// As [`delete`](Self::delete), and tells whether something was there. By default the store is asked before; where it has
    /// conditional deletes, of several that delete one file at once exactly one hears that it was there.
    async fn delete_if_exists(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        let can = self.capabilities();
        // What is refused is refused whatever is there, and a condition is about something.
        if !can.delete || options.if_match.is_some() {
            return self.delete(path, options).await.map(|()| true);
        }
        let mut last = Error::not_found();
        for _ in 0..TRIES {
            let there = match self.stat(path).await {
                Err(error) if is_absence(&error) => return Ok(false),
                there => there?,
            };
            let etag = there.etag.filter(|_| can.conditional_delete && there.kind == EntryKind::File);
            let Some(etag) = etag else { return self.delete(path, options).await.map(|()| true) };
            match self.delete(path, &options.clone().if_match(etag)).await {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::PreconditionFailed => last = error,
                Err(error) if is_absence(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// One level of a directory. Prefix, start and limit of the options may be left to the node, which looks at them again.
    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister>;

    /// Everything below a directory in one answer, in any order, where the store lists whole trees in few requests:
    /// object stores do, a thousand names at a time. `None` where it lists levels only, or where there are more than
    /// `limit` entries. Directories need not be among them, except those with nothing in them.
    async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        let _ = (path, limit);
        Ok(None)
    }

    /// Adds content at the end, creating the file and its parents.
    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        let _ = (path, content);
        Err(Error::unsupported("append"))
    }

    /// Copies one file from `source` without moving its bytes through the caller. `None` means that there is no such
    /// route between these two backends, and the caller streams. `watch` is told every byte copied. An error that
    /// concerns the source has the operation [`Read`](storage_types::Operation::Read); any other is one of the
    /// destination.
    async fn copy_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        options: &WriteOptions,
        watch: &CopyWatch,
    ) -> Result<Option<Metadata>> {
        let _ = (source, from, to, options, watch);
        Ok(None)
    }

    /// Moves a file or a whole tree from `source` in one step. `None` means that there is no such route.
    async fn rename_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        let _ = (source, from, to);
        Ok(None)
    }

    /// Makes a directory.
    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        let _ = (path, options);
        Err(Error::unsupported("make directories"))
    }

    /// Deletes many files; missing ones are fine.
    async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        for path in paths {
            self.delete(path, &DeleteOptions::new()).await?;
        }
        Ok(())
    }

    /// Replaces user metadata and content type, leaving the content.
    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        let _ = (path, metadata);
        Err(Error::unsupported("store user metadata"))
    }

    /// Sets modification time and permission bits of a file, a directory or a link; the last link of the path is not
    /// followed, and has no bits of its own. Where [`Capabilities::unix_mode`] or [`Capabilities::set_modified`] is false, what
    /// it stands for is ignored.
    async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let _ = (path, attributes);
        Err(Error::unsupported("set times and permission bits"))
    }

    /// Gives what stands at `to` the owner, the ACLs and the extended attributes of what stands at `from`, for directories and
    /// links of trees that are copied with everything ([`WriteOptions::preserve_all`]). `watch` is told what is left behind.
    /// `None` where the two backends have no such things in common.
    async fn copy_attributes_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<Option<()>> {
        let _ = (source, from, to, watch);
        Ok(None)
    }

    /// The tags of a file, where the store has any beside user metadata.
    async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        let _ = path;
        Err(Error::unsupported("keep tags"))
    }

    /// Replaces all tags of a file.
    async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        let _ = (path, tags);
        Err(Error::unsupported("keep tags"))
    }

    /// All versions, newest first.
    async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        let _ = path;
        Err(Error::unsupported("keep versions"))
    }

    /// Deletes one version for good.
    async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        let _ = (path, version);
        Err(Error::unsupported("keep versions"))
    }

    /// A URL under which others can get or put the content.
    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        let _ = (path, options);
        Err(Error::unsupported("make URLs"))
    }

    /// The path of the stored file itself on this machine. Who has it can write to the file, so mounts that are only for
    /// reading refuse it.
    async fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        let _ = (path, access);
        Err(Error::unsupported("hand out local paths"))
    }

    /// The target of a symbolic link, as stored.
    async fn read_link(&self, path: &StoragePath) -> Result<String> {
        let _ = path;
        Err(Error::unsupported("read symbolic links"))
    }

    /// Makes a symbolic link; one that exists is replaced.
    async fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        let _ = (path, target);
        Err(Error::unsupported("make symbolic links"))
    }

    /// Gives the file at `original` the further name `path` (a hard link), atomically in the place of the file or link that
    /// stands there. `None` where the two places cannot share a file, as on two file systems, or where it has too many names.
    async fn create_hard_link(
        &self,
        original: &StoragePath,
        path: &StoragePath,
        durability: Option<Durability>,
    ) -> Result<Option<Metadata>> {
        let _ = (original, path, durability);
        Err(Error::unsupported("make hard links"))
    }

    /// The durability that writes of this mount have when the options name none.
    fn durability(&self) -> Durability {
        Durability::None
    }

    /// Opens what holds `path`, or will hold it, to make durable later what is written there from now on with
    /// [`Durability::None`]: on local mounts the file system of the nearest directory that exists, so one handle is needed for
    /// each [`SyncHandle::id`] that is written to. `None` where there is nothing of the kind, and each write has to be durable
    /// by itself.
    async fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        let _ = path;
        Ok(None)
    }
}

/// How often a file is deleted again that others keep replacing.
const TRIES: usize = 100;

/// What stands under a path of a backend.
pub(crate) struct At<'a, B: ?Sized> {
    pub(crate) backend: &'a B,
    pub(crate) path: &'a StoragePath,
}

#[maybe_async]
impl<B: Backend + ?Sized> Whole for At<'_, B> {
    async fn get(&self, options: &ReadOptions) -> Result<Content> {
        self.backend.get(self.path, options).await
    }
}

impl dyn Backend {
    /// The backend and path that `path` stands for, mounts that only hand calls on (relative ones) taken off.
    #[must_use]
    pub fn resolved(self: Arc<Self>, path: StoragePath) -> (Arc<dyn Backend>, StoragePath) {
        let (mut backend, mut path) = (self, path);
        while let Some((behind, inner)) = backend.resolve(&path) {
            (backend, path) = (behind, inner);
        }
        (backend, path)
    }
}
