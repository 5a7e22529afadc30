//! Adding content at the end. What does not exist is made an append blob. A block blob grows by further blocks.

use std::time::Duration;

use azure_storage_blob::models::{AppendBlobClientAppendBlockOptions, AppendBlobClientCreateOptions};
use http::HeaderMap;
use storage_cloud::object::{ObjectTags, WriteObjects};
use storage_cloud::transport::{Payload, Replay};
use storage_types::options::unquoted;
use storage_types::{Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::headers;
use crate::sdk::header_map;
use crate::writer::sdk_content;

/// The largest block of an append blob since version 2022-11-02, in bytes.
const APPEND_MAX: u64 = 100 << 20;

/// A larger append blob is not taken through memory to become a block blob, in bytes.
const REPLACED_MAX: u64 = 1 << 30;

/// How often it is begun anew because somebody else appends too.
const CHANGES: u64 = 100;

/// What stands under the key.
pub(crate) struct Stored {
    pub(crate) headers: HeaderMap,
    pub(crate) size: u64,
    pub(crate) etag: String,
}

impl AzureStore {
    pub(crate) async fn append_content(&self, key: &str, content: Payload) -> Result<Metadata> {
        crate::writer::check_key(key)?;
        let mut changes = 0;
        loop {
            match self.append_once(key, &content).await {
                Err(error)
                    if matches!(error.kind(), ErrorKind::PreconditionFailed | ErrorKind::AlreadyExists)
                        && changes < CHANGES =>
                {
                    changes += 1;
                    // Those that got in each other's way do not come back together.
                    let bound = 5 * changes.min(50);
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=bound))).await;
                }
                result => return result,
            }
        }
    }

    async fn append_once(&self, key: &str, content: &Payload) -> Result<Metadata> {
        let stored = match self.stored(key).await {
            Ok(stored) => stored,
            Err(error) if error.kind() == ErrorKind::NotFound => self.create_append_blob(key).await?,
            Err(error) => return Err(error),
        };
        let kind = stored.headers.get("x-ms-blob-type").and_then(|kind| kind.to_str().ok());
        match kind {
            _ if content.is_empty() => self.head_blob(key, None).await,
            Some("AppendBlob") => self.append_blocks(key, content.clone(), stored).await,
            Some("BlockBlob") => self.add_block(key, content.clone(), stored).await,
            _ => Err(Error::new(ErrorKind::Unsupported, "nothing can be added to a page blob")),
        }
    }

    /// Blocks can be sent for block blobs only. Until they are listed the old content has to stay, so an append blob becomes a
    /// block blob of the same content, in one step. Gives both ETags.
    pub(crate) async fn replace_append_blob(&self, key: &str) -> Result<(String, String)> {
        let mut changes = 0;
        loop {
            match self.replace_append_blob_once(key).await {
                Err(error) if error.kind() == ErrorKind::PreconditionFailed && changes < CHANGES => {
                    changes += 1;
                }
                result => return result,
            }
        }
    }

    async fn replace_append_blob_once(&self, key: &str) -> Result<(String, String)> {
        let stored = self.stored(key).await?;
        let kind = stored.headers.get("x-ms-blob-type").and_then(|kind| kind.to_str().ok());
        if kind != Some("AppendBlob") || stored.size > REPLACED_MAX {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a large append blob or a page blob stands there",
            )
            .with_hint("delete it first"));
        }
        let old = unquoted(&stored.etag).to_owned();
        let metadata = headers::metadata(&stored.headers, stored.size, "");
        let mut options = storage_types::WriteOptions::new().if_match(old.clone());
        options.describe_as(&metadata);
        if stored.headers.contains_key("x-ms-tag-count") {
            options.tags = self.tags(key).await?;
        }
        let same = ReadOptions::new().if_match(old.clone());
        let content = self.get_blob(key, &same).await?.body.collect().await?;
        if content.len() as u64 != stored.size {
            return Err(Error::new(ErrorKind::Interrupted, "the server sent less than is stored"));
        }
        let put = self.put(key, content.into(), &options).await?;
        Ok((old, put.etag.unwrap_or_default()))
    }

    async fn stored(&self, key: &str) -> Result<Stored> {
        let answer = self.head_answer(key, None).await?;
        let etag = answer.header("etag").unwrap_or_default().to_owned();
        Ok(Stored { size: answer.content_length().unwrap_or(0), etag, headers: answer.headers().clone() })
    }

    async fn create_append_blob(&self, key: &str) -> Result<Stored> {
        let client = self.sdk_blob(key)?.append_blob_client();
        let context = Context { demand: Demand::Create, ..Context::default() };
        let create =
            || async { client.create(Some(AppendBlobClientCreateOptions::default().if_not_exists())).await };
        let answer = self.over_sdk(Replay::Unprocessed, context, self.transport.patience(0), create).await?;
        let mut headers = header_map(answer.headers());
        headers.insert("x-ms-blob-type", http::HeaderValue::from_static("AppendBlob"));
        Ok(Stored { headers, size: 0, etag: String::new() })
    }

    /// One block after the other, each exactly behind the one before. Up to 100 MiB it is one block, and all or nothing.
    async fn append_blocks(&self, key: &str, mut content: Payload, stored: Stored) -> Result<Metadata> {
        let client = self.sdk_blob(key)?.append_blob_client();
        let context = Context { demand: Demand::IfMatch, ..Context::default() };
        let (begin, mut position, mut answered) = (stored.size, stored.size, HeaderMap::new());
        while !content.is_empty() {
            let piece = content.split_to(APPEND_MAX);
            let append = || async {
                let options = AppendBlobClientAppendBlockOptions {
                    append_position: i64::try_from(position).ok(),
                    ..AppendBlobClientAppendBlockOptions::default()
                };
                client.append_block(sdk_content(&piece), piece.len(), Some(options)).await
            };
            let patience = self.transport.patience(piece.len());
            let answer = self.over_sdk(Replay::Unprocessed, context, patience, append).await;
            let answer = answer.map_err(|error| torn(error, position - begin))?;
            answered = header_map(answer.headers());
            position += piece.len();
        }
        self.learn(&answered);
        Ok(grown(&stored, &answered, position))
    }
}

pub(crate) fn grown(stored: &Stored, answered: &HeaderMap, size: u64) -> Metadata {
    let mut metadata = headers::metadata(&stored.headers, size, "");
    let now = headers::metadata(answered, size, "");
    metadata.etag = now.etag;
    metadata.modified = now.modified;
    metadata.version = now.version;
    metadata
}

/// Somebody came between the blocks of content that is larger than one block: beginning anew would store the first twice.
fn torn(error: Error, done: u64) -> Error {
    if done == 0 {
        return error;
    }
    Error::new(
        ErrorKind::Interrupted,
        format!("only the first {done} bytes were added: {}", error.message().to_owned()),
    )
    .with_retryable(false)
}
