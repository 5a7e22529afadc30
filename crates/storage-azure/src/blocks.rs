//! Block blobs that grow: further blocks, and a new list of all.

use std::collections::HashSet;

use azure_storage_blob::models::{BlockBlobClientCommitBlockListOptions, BlockListType};
use http::HeaderMap;
use storage_cloud::object::ObjectTags;
use storage_cloud::transport::{Payload, Replay};
use storage_types::{ByteRange, ErrorKind, Metadata, ReadOptions, Result, WriteMode};

use crate::append::{Stored, grown};
use crate::backend::AzureStore;
use crate::error::Context;
use crate::headers;

/// Blocks into which a blob without blocks is split, in bytes.
const RESTAGED: u64 = 32 << 20;

impl AzureStore {
    /// The blocks that are there, and one more. Only if nobody else did that meanwhile.
    pub(crate) async fn add_block(
        &self,
        key: &str,
        mut content: Payload,
        stored: Stored,
    ) -> Result<Metadata> {
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

    /// Blocks that no list names yet, with their sizes in bytes.
    pub(crate) async fn waiting_blocks(&self, key: &str) -> Result<Vec<(Vec<u8>, u64)>> {
        let client = self.sdk_blob(key)?.block_blob_client();
        let get = || async { client.get_block_list(BlockListType::Uncommitted, None).await?.into_model() };
        let list = self.over_sdk(Replay::Always, Context::default(), self.transport.patience(0), get).await;
        let list = match list {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            list => list?,
        };
        let size = |size: Option<i64>| size.and_then(|size| u64::try_from(size).ok());
        let blocks = list.uncommitted_blocks.into_iter().flatten();
        Ok(blocks.filter_map(|block| Some((block.name?, size(block.size)?))).collect())
    }

    /// The names of the blocks of a blob. One that was stored in one request has none; its content is sent again as blocks.
    /// (The server could copy it from a URL, but only one that is signed for reading.)
    async fn blocks(&self, key: &str, stored: &Stored) -> Result<Vec<Vec<u8>>> {
        let client = self.sdk_blob(key)?.block_blob_client();
        let get = || async { client.get_block_list(BlockListType::Committed, None).await?.into_model() };
        let list = self.over_sdk(Replay::Always, Context::default(), self.transport.patience(0), get).await?;
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
            tagged.tags = self.tags(key).await?;
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
