//! Deleting.

use futures_util::stream::{FuturesUnordered, StreamExt};
use storage_types::{DeleteOptions, Error, ErrorKind, Result, StoragePath};

use super::backend::{ObjectBackend, Shared};
use super::pages::Pages;
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
        if options.recursive {
            return self.shared.delete_below(key, &self.shared.prefix.folder(path)).await;
        }
        if self.shared.delete_object(&key).await? || !self.shared.is_directory(path).await? {
            return Ok(());
        }
        if options.empty_dir {
            return self.shared.delete_marker(&self.shared.prefix.folder(path)).await;
        }
        Err(Error::is_a_directory()
            .with_hint("with `recursive` it goes with everything in it")
            .with_option("recursive"))
    }
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

    /// Deletes the marker of a directory in which there is nothing else.
    async fn delete_marker(&self, folder: &str) -> Result<()> {
        let query = ListQuery { prefix: folder, limit: Some(2), ..ListQuery::default() };
        let page = self.store.list(&query).await?;
        if page.objects.iter().any(|object| object.key != folder) {
            return Err(Error::is_a_directory()
                .with_hint("it is not empty; with `recursive` it goes with everything in it")
                .with_option("recursive"));
        }
        self.delete_all(&[folder.to_owned()]).await
    }

    /// Deletes the object `key` and everything below `folder`, page by page.
    async fn delete_below(&self, key: String, folder: &str) -> Result<()> {
        let mut keys = vec![key];
        let (mut token, mut pages) = (None::<String>, Pages::default());
        loop {
            let query = ListQuery { prefix: folder, token: token.as_deref(), ..ListQuery::default() };
            let page = self.store.list(&query).await?;
            pages.turn(&page)?;
            keys.extend(page.objects.into_iter().map(|object| object.key));
            token = page.next;
            let full = keys.len() >= self.store.limits().delete_batch.max(AT_ONCE);
            if full || token.is_none() {
                self.delete_all(&keys).await?;
                keys.clear();
            }
            if token.is_none() {
                return Ok(());
            }
        }
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
