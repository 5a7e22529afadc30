//! Appending: the new content becomes an object of its own, and both are composed to one ("Objects: compose").

use http::Method;
use serde_json::json;
use storage_cloud::object::{DeleteObjects, ReadObjects, WriteObjects};
use storage_cloud::transport::Payload;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use crate::backend::GcsStore;
use crate::request::GcsCall;
use crate::resource::{FIELDS, Resource, headers_of};

impl GcsStore {
    /// Adds content at the end of what is there; of several who append at once each one's content is kept.
    pub(crate) async fn append_object(&self, key: &str, content: Payload) -> Result<Metadata> {
        let mut tries = self.transport.retry().start();
        loop {
            let refused = match self.head(key, None).await {
                Ok(old) if content.is_empty() => return Ok(old),
                Ok(_) => return self.append_to_existing(key, content).await,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let create = WriteOptions::new().create_only();
                    match self.put(key, content.clone(), &create).await {
                        Err(error) if error.kind() == ErrorKind::AlreadyExists => error,
                        result => return result,
                    }
                }
                Err(error) => return Err(error),
            };
            if !tries.wait(None).await {
                return Err(refused);
            }
        }
    }

    /// A task of its own, so that a caller who goes away leaves nothing behind.
    async fn append_to_existing(&self, key: &str, content: Payload) -> Result<Metadata> {
        let (store, key) = (self.clone(), key.to_owned());
        let task = tokio::spawn(async move {
            let piece = piece_key(&key);
            let composed = match store.put(&piece, content, &WriteOptions::new()).await {
                Ok(added) => store.compose_both(&key, &piece, &added).await,
                Err(error) => Err(error),
            };
            // It is of no use any more, whatever came of it; the composed object has its own bytes.
            let _ = store.delete(&piece).await;
            composed
        });
        task.await.unwrap_or_else(|lost| {
            Err(Error::new(ErrorKind::Interrupted, "the runtime is shutting down")
                .with_retryable(false)
                .with_source(lost))
        })
    }

    async fn compose_both(&self, key: &str, piece: &str, added: &Metadata) -> Result<Metadata> {
        let mut tries = self.transport.retry().start();
        loop {
            let old = self.head(key, None).await?;
            match self.compose(key, &old, piece, added).await {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::PreconditionFailed && tries.wait(None).await => {}
                result => return result,
            }
        }
    }

    /// `key` becomes `old` and what was added behind it, if it still is `old`.
    async fn compose(&self, key: &str, old: &Metadata, piece: &str, added: &Metadata) -> Result<Metadata> {
        let mut described = WriteOptions::new();
        described.describe_as(old);
        let mut destination = headers_of(&described);
        destination.insert("metadata".to_owned(), json!(old.user));
        let sources = json!([
            { "name": key, "generation": old.etag },
            { "name": piece, "generation": added.etag },
        ]);
        let target = self.object_call(Method::POST, key)?;
        let mode = old.etag.clone().map_or(WriteMode::Replace, WriteMode::IfMatch);
        let call = target
            .below("/compose")
            .query_encoded("fields", FIELDS)
            .condition(&mode)?
            .json(&json!({ "sourceObjects": sources, "destination": destination }));
        self.ask::<Resource>(&call).await?.metadata()
    }
}

/// A name of its own beside the object, so that whoever may write the one may write the other.
fn piece_key(key: &str) -> String {
    let folder = key.rfind('/').map_or("", |slash| &key[..=slash]);
    format!("{folder}.storage-append~{:016x}", fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lie_beside_their_object() {
        assert!(piece_key("a/b/c").starts_with("a/b/.storage-append~"));
        assert!(piece_key("c").starts_with(".storage-append~"));
        assert_ne!(piece_key("c"), piece_key("c"));
    }
}
