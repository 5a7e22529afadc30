//! Directories where there are none: prefixes and markers.

use storage_types::{CreateDirOptions, Error, ErrorKind, Metadata, Result, StoragePath, WriteOptions};

use super::backend::{ObjectBackend, Shared};
use super::listing::Listing;
use super::store::{ListQuery, Store};
use crate::transport::Payload;

/// The media type of markers, as other programs write it.
const MARKER: &str = "application/x-directory";

impl<S: Store> Shared<S> {
    /// Whether something is below `path`, its marker included: one request.
    pub(super) async fn is_directory(&self, path: &StoragePath) -> Result<bool> {
        if path.is_root() {
            return Ok(true);
        }
        if self.has_prefix(&self.prefix.folder(path)).await? {
            return Ok(true);
        }
        Ok(self.store.keeps_folders() && self.is_folder(&self.prefix.key(path)).await?)
    }

    /// Whether there is a folder that the store keeps as an object.
    pub(super) async fn is_folder(&self, key: &str) -> Result<bool> {
        Ok(self.found(key).await?.is_some_and(|found| found.is_dir()))
    }

    async fn found(&self, key: &str) -> Result<Option<Metadata>> {
        match self.store.head(key, None).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a key begins with `prefix`.
    pub(super) async fn has_prefix(&self, prefix: &str) -> Result<bool> {
        let query = ListQuery { prefix, limit: Some(1), ..ListQuery::default() };
        let mut listing = Listing::default();
        while let Some(page) = listing.page(&self.store, query).await? {
            if !page.objects.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_file(&self, path: &StoragePath) -> Result<bool> {
        Ok(self.found(&self.prefix.key(path)).await?.is_some_and(|found| !found.is_dir()))
    }
}

impl<S: Store> ObjectBackend<S> {
    /// Makes a marker where nothing is yet.
    pub(super) async fn make_directory(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        let shared = &self.shared;
        if path.is_root() {
            return if options.exist_ok { Ok(()) } else { Err(exists()) };
        }
        let key = self.writable(path)?;
        if shared.is_file(path).await? {
            return Err(Error::not_a_directory());
        }
        if shared.is_directory(path).await? {
            return if options.exist_ok { Ok(()) } else { Err(exists()) };
        }
        if !options.parents {
            self.demand_directory(&path.parent()).await?;
        }
        let made = if shared.store.keeps_folders() {
            shared.store.make_folder(&key).await
        } else {
            let marker = WriteOptions::new().content_type(MARKER);
            // Where no condition holds, an empty marker may take the place of an empty marker.
            let conditions = shared.store.capabilities().create_only;
            let marker = if conditions { marker.create_only() } else { marker };
            shared.store.put(&(key + "/"), Payload::new(), &marker).await.map(drop)
        };
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && options.exist_ok => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists()),
            result => result,
        }
    }

    async fn demand_directory(&self, path: &StoragePath) -> Result<()> {
        if self.shared.is_directory(path).await? {
            return Ok(());
        }
        if self.shared.is_file(path).await? {
            return Err(Error::not_a_directory());
        }
        Err(Error::new(ErrorKind::NotFound, "the parent directory is not there"))
    }
}

fn exists() -> Error {
    Error::new(ErrorKind::AlreadyExists, "the directory is there already")
}
