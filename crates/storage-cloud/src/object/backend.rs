//! An object store as a backend.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use storage_core::{Backend, Content, CopyWatch, Entry, Lister, Reader, Writer};
use storage_types::{
    Capabilities, Checksum, Colour, CreateDirOptions, DeleteOptions, Error, ErrorKind, Leftover,
    LeftoverKind, LeftoverOptions, ListOptions, Metadata, Permissions, PresignMethod, PresignOptions,
    ReadOptions, Result, StoragePath, Version, WriteOptions,
};

use super::note;
use super::reader;
use super::store::{Download, OpenUpload, Store};
use super::writer::{self, UploadWriter};
use crate::checksum::Verifier;
use crate::keys::Prefix;
use crate::transport::{Payload, PerRuntime, Queue, Retry};
use crate::tuning::Tuning;

/// A mount of an object store.
pub struct ObjectBackend<S> {
    pub(super) shared: Arc<Shared<S>>,
}

/// What the streams of a mount hold on to.
pub(super) struct Shared<S> {
    pub(super) store: S,
    pub(super) prefix: Prefix,
    pub(super) tuning: Tuning,
    retry: Retry,
    /// For content that is read whole, which holds a connection until it has come.
    reads: PerRuntime<Queue>,
}

impl<S: Store> ObjectBackend<S> {
    /// The folder `prefix` of `store`.
    #[must_use]
    pub fn new(store: S, prefix: Prefix, tuning: Tuning) -> Self {
        let retry = Retry::new(tuning.attempts);
        Self { shared: Arc::new(Shared { store, prefix, tuning, retry, reads: PerRuntime::new() }) }
    }

    /// The store behind it.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.shared.store
    }

    /// The key of the object that `path` names; of the root, the folder that the mount shows.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is longer than the store takes.
    pub fn object_key(&self, path: &StoragePath) -> Result<String> {
        self.key(path)
    }

    /// The key of an object, if the store takes it.
    fn key(&self, path: &StoragePath) -> Result<String> {
        let key = self.shared.prefix.key(path);
        let max = self.shared.store.limits().key_max;
        if key.len() > max {
            return Err(Error::invalid(format!(
                "the key has {} bytes, and the store takes {max}",
                key.len()
            ))
            .with_hint("use a shorter path"));
        }
        Ok(key)
    }

    /// As [`key`](Self::key), for what changes something.
    pub(super) fn writable(&self, path: &StoragePath) -> Result<String> {
        if self.shared.tuning.read_only {
            return Err(Error::new(ErrorKind::PermissionDenied, "the mount is for reading only")
                .with_hint("take `read_only` out of its configuration"));
        }
        if path.is_root() {
            return Err(Error::is_a_directory());
        }
        self.key(path)
    }

    /// What a missing object is: a directory, or nothing.
    pub(super) async fn missing<T>(&self, path: &StoragePath, error: Error) -> Result<T> {
        if error.kind() == ErrorKind::NotFound && self.shared.is_directory(path).await? {
            return Err(Error::is_a_directory());
        }
        Err(error)
    }
}

impl<S> fmt::Debug for ObjectBackend<S>
where
    S: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBackend")
            .field("store", &self.shared.store)
            .field("prefix", &self.shared.prefix.as_str())
            .finish_non_exhaustive()
    }
}

impl<S: Store> Shared<S> {
    /// Content whose body is read whole, again from the start when it breaks off.
    async fn content(&self, key: &str, options: &ReadOptions) -> Result<Content> {
        let mut tries = self.retry.start();
        let reads = self.reads.get_or_try_init(|| Ok(Queue::new(&self.tuning)))?;
        let _turn = reads.turn().await;
        loop {
            let Download { metadata, range, body, expected, .. } = self.get_exactly(key, options).await?;
            let expected = expected.filter(|_| range.end - range.start == metadata.size);
            match body.collect().await.and_then(|bytes| verified(bytes, expected)) {
                Ok(bytes) => return Ok(Content { bytes, metadata }),
                Err(error) if tries.again(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn tries(&self) -> crate::transport::Tries {
        self.retry.start()
    }
}

fn verified(bytes: Bytes, expected: Option<Checksum>) -> Result<Bytes> {
    if let Some(mut verifier) = expected.and_then(Verifier::new) {
        verifier.update(&bytes);
        verifier.finish()?;
    }
    Ok(bytes)
}

#[async_trait]
impl<S: Store> Backend for ObjectBackend<S> {
    fn kind(&self) -> &str {
        self.shared.store.kind()
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = self.shared.store.capabilities();
        can.folder_markers = true;
        can.resume = can.write;
        if self.shared.tuning.read_only {
            can = can.restricted(Permissions::Readonly);
            can.folder_markers = false;
        }
        can
    }

    async fn probe(&self) -> Result<Capabilities> {
        self.shared.store.probe(self.shared.prefix.as_str()).await?;
        Ok(self.capabilities())
    }

    fn native(&self) -> Colour {
        Colour::Async
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn identity(&self, path: &StoragePath) -> Option<String> {
        let key = self.shared.prefix.key(path);
        let name = format!("{}/{key}", self.shared.store.place());
        Some(name.trim_end_matches('/').to_owned())
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        if path.is_root() {
            return Ok(Metadata::directory());
        }
        match self.shared.store.head(&self.key(path)?, None).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if self.shared.is_directory(path).await? {
                    Ok(Metadata::directory())
                } else {
                    Err(error)
                }
            }
            Ok(found) if found.is_dir() => Ok(Metadata::directory()),
            result => result,
        }
    }

    fn get_gives_all_metadata(&self) -> bool {
        self.shared.store.get_gives_all_metadata()
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        if path.is_root() {
            return Err(Error::is_a_directory());
        }
        let key = self.key(path)?;
        let content = match self.shared.content(&key, options).await {
            Err(error) if reader::is_beyond(&error, options) => {
                Box::pin(self.shared.beyond(&key, options, error)).await
            }
            result => result,
        };
        match content {
            Err(error) => Box::pin(self.missing(path, error)).await,
            Ok(content) => Ok(content),
        }
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        if path.is_root() {
            return Err(Error::is_a_directory());
        }
        match reader::open(&self.shared, self.key(path)?, options).await {
            Err(error) => Box::pin(self.missing(path, error)).await,
            Ok(reader) => Ok(reader),
        }
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        let key = self.writable(path)?;
        if content.len() as u64 <= self.shared.single_put() {
            return self.shared.store.put(&key, content.into(), options).await;
        }
        writer::put_in_parts(&self.shared, key, content, options.clone()).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        let key = self.writable(path)?;
        let writer = UploadWriter::open(self.shared.clone(), key, options.clone()).await?;
        let (resumed, already_sent) = writer.left();
        Ok(Writer::new(Box::new(writer)).resuming(resumed).skipping(already_sent))
    }

    async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        let key = self.writable(path)?;
        match note::parse(note) {
            Some((_, note)) => self.shared.discard(&key, note).await,
            None => Ok(()),
        }
    }

    async fn leftovers(
        &self,
        path: &StoragePath,
        _options: &LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        let prefix = &self.shared.prefix;
        let uploads = self.shared.store.uploads(&prefix.folder(path)).await?;
        let of = |upload: OpenUpload| {
            let mut leftover = Leftover::new(LeftoverKind::Upload, prefix.path(&upload.key)?, upload.id);
            (leftover.size, leftover.modified) = (upload.size, upload.modified);
            Some(Ok(leftover))
        };
        Ok(uploads.into_iter().filter_map(of).collect())
    }

    async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let key = self.writable(&leftover.path)?;
        self.shared.store.abort_open(&key, &leftover.id).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        let key = self.writable(path)?;
        self.remove(path, key, options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        self.shared.clone().list(path, options).await
    }

    async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        self.shared.list_tree(path, limit).await
    }

    async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
        let key = self.writable(path)?;
        self.shared.store.append(&key, Payload::from(content)).await
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
        let (from, to) = (source.key(from)?, self.writable(to)?);
        let copied = self.shared.store.copy(&source.shared.store, &from, &to, options).await?;
        if let Some(metadata) = &copied {
            watch.step(metadata.size)?;
        }
        Ok(copied)
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.make_directory(path, options).await
    }

    async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
        let keys = paths.iter().map(|path| self.writable(path)).collect::<Result<Vec<_>>>()?;
        let deleted = self.shared.delete_all(&keys).await;
        deleted.map_err(|error| {
            // Of a key, which only this mount knows as a path.
            match error.path().and_then(|key| self.shared.prefix.path(key)) {
                Some(path) => error.with_path(path.as_str()),
                None => error,
            }
        })
    }

    async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        let key = self.writable(path)?;
        match self.shared.store.set_metadata(&key, metadata).await {
            Err(error) => Box::pin(self.missing(path, error)).await,
            Ok(metadata) => Ok(metadata),
        }
    }

    async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        self.shared.store.tags(&self.key(path)?).await
    }

    async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        self.shared.store.set_tags(&self.writable(path)?, tags).await
    }

    async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        let versions = self.shared.store.versions(&self.key(path)?).await?;
        if versions.is_empty() { self.missing(path, Error::not_found()).await } else { Ok(versions) }
    }

    async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        self.shared.store.delete_version(&self.writable(path)?, version).await
    }

    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        let key = if options.method == PresignMethod::Put { self.writable(path)? } else { self.key(path)? };
        self.shared.store.presign(&key, options).await
    }
}
