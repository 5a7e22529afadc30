//! Adding content at the end. What does not exist is made an append blob. A block blob grows by further blocks.

use std::collections::HashSet;

use azure_storage_blob::models::{
    AppendBlobClientAppendBlockOptions, AppendBlobClientCreateOptions, BlockBlobClientCommitBlockListOptions,
    BlockListType,
};
use http::HeaderMap;
use storage_cloud::transport::{Payload, Replay};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result, WriteMode};

use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::headers;
use crate::sdk::header_map;
use crate::writer::sdk_content;

/// The largest block of an append blob since version 2022-11-02, in bytes.
const APPEND_MAX: u64 = 100 << 20;

/// Blocks into which a blob without blocks is split, in bytes.
const RESTAGED: u64 = 32 << 20;

/// How often it is begun anew because somebody else appends too.
const CHANGES: usize = 100;

/// What stands under the key.
struct Stored {
    headers: HeaderMap,
    size: u64,
    etag: String,
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

    async fn stored(&self, key: &str) -> Result<Stored> {
        let answer = self.head_answer(key, None).await?;
        let etag = answer.header("etag").unwrap_or_default().to_owned();
        Ok(Stored { size: answer.content_length().unwrap_or(0), etag, headers: answer.headers().clone() })
    }

    async fn create_append_blob(&self, key: &str) -> Result<Stored> {
        let client = self.sdk_blob(key)?.append_blob_client();
        let context = Context { demand: Demand::Create, ..Context::default() };
        let create = || async {
            client.create(Some(AppendBlobClientCreateOptions::default().if_not_exists())).await
        };
        let answer = self.over_sdk(Replay::Unprocessed, context, create).await?;
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
            let answer = self.over_sdk(Replay::Unprocessed, context, append).await;
            let answer = answer.map_err(|error| torn(error, position - begin))?;
            answered = header_map(answer.headers());
            position += piece.len();
        }
        self.learn(&answered);
        Ok(grown(&stored, &answered, position))
    }

    /// The blocks that are there, and one more. Only if nobody else did that meanwhile.
    async fn add_block(&self, key: &str, mut content: Payload, stored: Stored) -> Result<Metadata> {
        let size = stored.size + content.len();
        let mut blocks = self.blocks(key, &stored).await?;
        let mut names = Names::new(&blocks);
        while !content.is_empty() {
            let piece = content.split_to(crate::config::BLOCK_MAX);
            let name = names.fresh();
            self.put_block(key, &name, piece).await?;
            blocks.push(name);
        }
        let options = self.kept_options(key, &stored.headers).await?;
        let mode = WriteMode::IfMatch(stored.etag.clone());
        let answered = self.put_block_list(key, blocks, &options, &mode).await?;
        Ok(grown(&stored, &answered, size))
    }

    /// The names of the blocks of a blob. One that was stored in one request has none; its content is sent again as blocks.
    /// (The server could copy it from a URL, but only one that is signed for reading.)
    async fn blocks(&self, key: &str, stored: &Stored) -> Result<Vec<Vec<u8>>> {
        let client = self.sdk_blob(key)?.block_blob_client();
        let get =
            || async { client.get_block_list(BlockListType::Committed, None).await?.into_model() };
        let list = self.over_sdk(Replay::Always, Context::default(), get).await?;
        let blocks: Vec<Vec<u8>> =
            list.committed_blocks.into_iter().flatten().filter_map(|block| block.name).collect();
        if !blocks.is_empty() || stored.size == 0 {
            return Ok(blocks);
        }
        let mut names = Names::new(&[]);
        let mut blocks = Vec::new();
        let mut start = 0;
        while start < stored.size {
            let end = (start + RESTAGED).min(stored.size);
            let mut same = ReadOptions::new().if_match(stored.etag.clone());
            same.range = Some(ByteRange::Bounded { start, end });
            let piece = self.get_blob(key, &same).await?.body.collect().await?;
            let name = names.fresh();
            self.put_block(key, &name, piece.into()).await?;
            blocks.push(name);
            start = end;
        }
        Ok(blocks)
    }

    /// What a new list of blocks would take away: media type and its like, user metadata, tags.
    async fn kept_options(
        &self,
        key: &str,
        now: &HeaderMap,
    ) -> Result<BlockBlobClientCommitBlockListOptions<'static>> {
        let text = |name: &str| now.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let mut tagged = storage_types::WriteOptions::new();
        if now.contains_key("x-ms-tag-count") {
            tagged.tags = self.get_tags(key).await?;
        }
        let metadata = now.iter().filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("x-ms-meta-")?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        });
        Ok(BlockBlobClientCommitBlockListOptions {
            blob_content_type: text("content-type"),
            blob_cache_control: text("cache-control"),
            blob_content_encoding: text("content-encoding"),
            blob_content_language: text("content-language"),
            blob_content_disposition: text("content-disposition"),
            blob_tags_string: (!tagged.tags.is_empty()).then(|| headers::tags(&tagged)),
            metadata: Some(metadata.collect()),
            ..BlockBlobClientCommitBlockListOptions::default()
        })
    }
}

/// Names for new blocks: as long as those that are there, which is the service's rule, and none of them.
struct Names {
    length: usize,
    taken: HashSet<Vec<u8>>,
}

impl Names {
    fn new(blocks: &[Vec<u8>]) -> Self {
        // 24 bytes is the length of the names that our own uploads give.
        Self { length: blocks.first().map_or(24, Vec::len), taken: blocks.iter().cloned().collect() }
    }

    fn fresh(&mut self) -> Vec<u8> {
        loop {
            let name: Vec<u8> = (0..self.length).map(|_| fastrand::alphanumeric() as u8).collect();
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

fn grown(stored: &Stored, answered: &HeaderMap, size: u64) -> Metadata {
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
