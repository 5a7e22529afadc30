//! Writing: a blob in one request, or blocks side by side and a list of them.

use std::collections::HashMap;

use async_trait::async_trait;
use azure_core::http::{NoFormat, RequestContent, XmlFormat};
use azure_storage_blob::models::{BlockBlobClientCommitBlockListOptions, BlockLookupList};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use storage_cloud::checksum;
use storage_cloud::object::{Arrived, MultipartUpload, Part, WriteObjects};
use storage_cloud::transport::{Payload, Replay, Service, write_condition};
use storage_types::options::unquoted;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};
use tokio::sync::OnceCell;

use crate::backend::AzureStore;
use crate::error::Context;
use crate::headers;
use crate::headers::FOLDER;
use crate::request::AzureCall;
use crate::sdk::{etag, header_map};
use crate::user;

/// The longest name of a blob ("Naming and referencing containers, blobs, and metadata"), in letters.
const NAME_MAX: usize = 1024;

/// Blocks of one blob that is being written.
#[derive(Debug)]
pub struct Upload {
    /// Blocks of other uploads under the same name have other names.
    id: u64,
    /// The ETags of an append blob that was in the way, and of the block blob that took its place.
    replaced: OnceCell<(String, String)>,
}

impl Upload {
    pub(crate) fn new() -> Self {
        Self { id: fastrand::u64(..), replaced: OnceCell::new() }
    }

    /// The one that [`note`](Self::note) tells of.
    fn of_note(note: &str) -> Option<Self> {
        let id = u64::from_str_radix(note, 16).ok().filter(|_| note.len() == 16)?;
        Some(Self { id, ..Self::new() })
    }

    pub(crate) fn note(&self) -> String {
        format!("{:016x}", self.id)
    }

    /// All names of the blocks of a blob have to be of one length.
    fn block(&self, number: u32) -> String {
        format!("{:016x}{number:08x}", self.id)
    }

    /// The number of a block of this upload.
    fn number(&self, block: &str) -> Option<u32> {
        let number = u32::from_str_radix(block.get(16..)?, 16).ok()?;
        (self.block(number) == block).then_some(number)
    }
}

/// # Errors
///
/// `InvalidInput` for keys that are too long.
pub(crate) fn check_key(key: &str) -> Result<()> {
    if key.len() > NAME_MAX && key.chars().count() > NAME_MAX {
        return Err(Error::invalid(format!("the key is longer than {NAME_MAX} letters"))
            .with_hint("use a shorter path"));
    }
    Ok(())
}

/// The CRC-64 that Azure checks is CRC-64/NVME, its lowest byte first.
fn crc64(content: &Payload) -> String {
    let digest = checksum::crc64nvme(content.pieces());
    let bytes: Vec<u8> = digest.bytes().iter().rev().copied().collect();
    STANDARD.encode(bytes)
}

#[async_trait]
impl WriteObjects for AzureStore {
    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        check_key(key)?;
        let context = Context { demand: (&options.mode).into(), ..Context::default() };
        let size = content.len();
        let mut call = self
            .blob(Method::PUT, key)
            .header("x-ms-blob-type", "BlockBlob")?
            .header("x-ms-content-crc64", &crc64(&content))?
            .content(content)
            .context(context);
        headers::stored(options, &mut call.headers)?;
        write_condition(&mut call.headers, &options.mode)?;
        let answer = self.send(&call).await?;
        let mut metadata = headers::written(answer.headers(), size, options);
        metadata.checksum = answer.header("content-md5").and_then(headers::md5);
        Ok(metadata)
    }

    async fn append(&self, key: &str, content: Payload) -> Result<Metadata> {
        self.append_content(key, content).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }

    async fn make_folder(&self, key: &str) -> Result<()> {
        let folder = WriteOptions::new().user(FOLDER, "true").create_only();
        self.put(key, Payload::new(), &folder).await.map(drop)
    }
}

#[async_trait]
impl MultipartUpload for AzureStore {
    type Upload = Upload;

    async fn begin(&self, key: &str, _options: &WriteOptions) -> Result<Upload> {
        crate::writer::check_key(key)?;
        Ok(Upload::new())
    }

    async fn part(&self, key: &str, upload: &Upload, part: Part) -> Result<String> {
        let block = upload.block(part.number);
        match self.put_block(key, block.as_bytes(), part.content.clone()).await {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                upload.replaced.get_or_try_init(|| self.replace_append_blob(key)).await?;
                self.put_block(key, block.as_bytes(), part.content).await?;
            }
            result => result?,
        }
        Ok(block)
    }

    async fn complete(
        &self,
        key: &str,
        upload: &Upload,
        parts: &[String],
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let blocks = parts.iter().map(|block| block.as_bytes().to_vec()).collect();
        let mode = match (&options.mode, upload.replaced.get()) {
            (WriteMode::IfMatch(tag), Some((old, new))) if unquoted(tag) == old => {
                WriteMode::IfMatch(new.clone())
            }
            (mode, _) => mode.clone(),
        };
        let headers = self.put_block_list(key, blocks, &commit_options(options)?, &mode).await?;
        // The writer knows how much it sent.
        Ok(headers::written(&headers, 0, options))
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        Some(upload.note())
    }

    /// The upload that a note tells of, as far as the service still has its blocks.
    async fn resume(
        &self,
        key: &str,
        note: &str,
        _options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        let Some(upload) = Upload::of_note(note) else { return Ok(None) };
        let waiting = self.waiting_blocks(key).await?.into_iter();
        let arrived: Vec<Arrived> = waiting
            .filter_map(|(name, size)| {
                let receipt = String::from_utf8(name).ok()?;
                Some(Arrived { number: upload.number(&receipt)?, receipt, size })
            })
            .collect();
        Ok((!arrived.is_empty()).then_some((upload, arrived)))
    }

    /// Blocks that no blob lists are not visible and cost nothing once the service has removed them, after a week. There is
    /// no request that does it earlier and leaves a blob of the same name alone.
    async fn abort(&self, _key: &str, _upload: &Upload) -> Result<()> {
        Ok(())
    }
}

impl AzureStore {
    pub(crate) async fn put_block(&self, key: &str, block: &[u8], content: Payload) -> Result<()> {
        let call = self
            .blob(Method::PUT, key)
            .query("comp", "block")
            .query("blockid", &STANDARD.encode(block))
            .header("x-ms-content-crc64", &crc64(&content))?
            .content(content);
        self.send(&call).await.map(drop)
    }

    /// Makes a blob of these blocks.
    pub(crate) async fn put_block_list(
        &self,
        key: &str,
        blocks: Vec<Vec<u8>>,
        options: &BlockBlobClientCommitBlockListOptions<'static>,
        mode: &WriteMode,
    ) -> Result<HeaderMap> {
        let client = self.sdk_blob(key)?.block_blob_client();
        let context = Context { demand: mode.into(), ..Context::default() };
        let list = BlockLookupList { latest: Some(blocks), ..BlockLookupList::default() };
        let list: RequestContent<BlockLookupList, XmlFormat> =
            list.try_into().map_err(|error| self.explain_sdk(error, context))?;
        let commit = || async {
            let mut options = options.clone();
            match mode {
                WriteMode::Create => options.if_none_match = Some("*".into()),
                WriteMode::IfMatch(tag) => options.if_match = Some(etag(tag)),
                _ => {}
            }
            client.commit_block_list(list.clone(), Some(options)).await
        };
        let answer = self.over_sdk(Replay::Always, context, self.long_patience(), commit).await?;
        let headers = header_map(answer.headers());
        self.learn(&headers);
        Ok(headers)
    }
}

fn commit_options(options: &WriteOptions) -> Result<BlockBlobClientCommitBlockListOptions<'static>> {
    let mut metadata = HashMap::with_capacity(options.user.len());
    for (key, text) in &options.user {
        metadata.insert(user::encode_key(key)?, user::encode_value(text));
    }
    // Refused here, and not half-way into the SDK.
    headers::typed(options, &mut HeaderMap::new())?;
    Ok(BlockBlobClientCommitBlockListOptions {
        blob_content_type: options.content_type.clone(),
        blob_cache_control: options.cache_control.clone(),
        blob_content_encoding: options.content_encoding.clone(),
        blob_content_disposition: options.content_disposition.clone(),
        blob_content_language: options.content_language.clone(),
        blob_tags_string: (!options.tags.is_empty()).then(|| headers::tags(options)),
        metadata: (!metadata.is_empty()).then_some(metadata),
        ..BlockBlobClientCommitBlockListOptions::default()
    })
}

/// Content for the SDK.
pub(crate) fn sdk_content(content: &Payload) -> RequestContent<bytes::Bytes, NoFormat> {
    content.to_bytes().into()
}
