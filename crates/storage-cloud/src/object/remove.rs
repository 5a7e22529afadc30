//! Deleting.

use futures_util::stream::{FuturesUnordered, StreamExt};
use storage_types::{DeleteOptions, Error, ErrorKind, Result, StoragePath};

use super::backend::{ObjectBackend, Shared};
use super::lister::is_content;
use super::listing::Listing;
use super::store::{ListQuery, Store};

/// Requests that delete which are under way at once.
const AT_ONCE: usize = 16;

impl<S: Store> ObjectBackend<S> {
    pub(super) async fn remove(
        &self,
        path: &StoragePath,
        key: String,
        options: &DeleteOptions,
    ) -> Result<()> {
        let shared = &self.shared;
        if options.recursive {
            return shared.delete_below(key, &shared.prefix.folder(path)).await;
        }
        if let Some(etag) = &options.if_match {
            return shared.store.delete_if_match(&key, etag).await;
        }
        // A store that keeps folders would delete one as it deletes an object.
        let is_folder = shared.store.keeps_folders() && shared.is_folder(&key).await?;
        if !is_folder && (shared.delete_object(&key).await? || !shared.is_directory(path).await?) {
            return Ok(());
        }
        if !options.empty_dir {
            return Err(is_not_empty("with `recursive` it goes with everything in it"));
        }
        shared.delete_marker(&shared.prefix.folder(path)).await?;
        if is_folder { shared.delete_chunk(&[key]).await } else { Ok(()) }
    }
}

fn is_not_empty(hint: &'static str) -> Error {
    Error::is_a_directory().with_hint(hint).with_option("recursive")
}

impl<S: Store> Shared<S> {
    /// Deletes one object; tells whether there was one. Where the store itself does not tell, it is asked before.
    async fn delete_object(&self, key: &str) -> Result<bool> {
        let deleted = if self.store.limits().delete_tells {
            self.store.delete(key).await
        } else {
            match self.store.head(key, None).await {
                Ok(_) => self.store.delete(key).await,
                Err(error) => Err(error),
            }
        };
        match deleted {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes the marker of a directory in which there is nothing else. A marker with content is something else.
    async fn delete_marker(&self, folder: &str) -> Result<()> {
        let query = ListQuery { prefix: folder, limit: Some(2), ..ListQuery::default() };
        let mut listing = Listing::default();
        while let Some(page) = listing.page(&self.store, query).await? {
            if page.objects.iter().any(|object| object.key != folder || is_content(object)) {
                return Err(is_not_empty("it is not empty; with `recursive` it goes with everything in it"));
            }
        }
        self.delete_all(&[folder.to_owned()]).await
    }

    /// Deletes everything below `folder`, page by page, and then the object `key`.
    async fn delete_below(&self, key: String, folder: &str) -> Result<()> {
        let (mut keys, mut folders) = (Vec::new(), Vec::new());
        let query = ListQuery { prefix: folder, ..ListQuery::default() };
        let mut listing = Listing::default();
        while let Some(page) = listing.page(&self.store, query).await? {
            for object in page.objects {
                let list = if object.metadata.is_dir() { &mut folders } else { &mut keys };
                list.push(object.key);
            }
            let full = keys.len() >= self.store.limits().delete_batch.max(AT_ONCE);
            if listing.ended() && !self.store.keeps_folders() {
                keys.push(key);
                return self.delete_all(&keys).await;
            }
            if full || listing.ended() {
                self.delete_all(&keys).await?;
                keys.clear();
            }
        }
        // Folders that the store keeps go when they are empty: those inside others first, whose names sort behind.
        folders.sort_unstable();
        folders.insert(0, key);
        for folder in folders.iter().rev() {
            self.delete_chunk(std::slice::from_ref(folder)).await?;
        }
        Ok(())
    }

    /// Deletes these objects, in as few requests as the store allows.
    pub(super) async fn delete_all(&self, keys: &[String]) -> Result<()> {
        let batch = self.store.limits().delete_batch.max(1);
        let mut deletes = FuturesUnordered::new();
        for chunk in keys.chunks(batch) {
            if deletes.len() >= AT_ONCE
                && let Some(deleted) = deletes.next().await
            {
                deleted?;
            }
            deletes.push(self.delete_chunk(chunk));
        }
        while let Some(deleted) = deletes.next().await {
            deleted?;
        }
        Ok(())
    }

    async fn delete_chunk(&self, keys: &[String]) -> Result<()> {
        let deleted = match keys {
            [key] => self.store.delete(key).await,
            keys => self.store.delete_many(keys).await,
        };
        match deleted {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}
