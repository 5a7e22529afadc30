//! Data URI mounts (RFC 2397): the path is the data.

use std::any::Any;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use bytes::Bytes;
use md5::{Digest, Md5};
use serde::Deserialize;
use storage_types::{
    ByteRange, Capabilities, Checksum, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, MountConfig,
    ReadOptions, Result, StoragePath, WriteMode, WriteOptions,
};

use super::backend::Backend;
use super::content::{Content, refuse_version, slice, slices};
use super::provider::{MountLookup, Provider};
use super::stream::{Lister, Reader, WriteStream, Writer};
use crate::maybe_async;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE_LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Content that its own path holds: `mount:SGVsbG8=`, with or without `data:` and a media type before it.
///
/// Nothing is stored anywhere. Writing gives the path under which the content can be read back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Base64Backend;

impl Base64Backend {
    /// A mount of data URIs.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// A data URI taken apart.
struct DataUri<'a> {
    media_type: Option<&'a str>,
    base64: bool,
    data: &'a str,
}

impl<'a> DataUri<'a> {
    /// `data:[<media type>][;base64],<data>`, `<media type>;base64,<data>`, or the bare Base64 data.
    fn parse(text: &'a str) -> Self {
        // Neither alphabet has a comma, so a comma ends a header.
        let Some((header, data)) = text.split_once(',') else {
            return Self { media_type: None, base64: true, data: text };
        };
        let header = header.strip_prefix("data:").unwrap_or(header);
        let (media, base64) = match header.strip_suffix(";base64") {
            Some(media) => (media, true),
            None => (header, header == "base64"),
        };
        let media_type = (!media.is_empty() && media != "base64").then_some(media);
        Self { media_type, base64, data }
    }

    fn decode(&self) -> Result<Vec<u8>> {
        if !self.base64 {
            return Ok(percent_encoding::percent_decode_str(self.data).collect());
        }
        let decoded = if self.data.contains(['-', '_']) {
            URL_SAFE_LENIENT.decode(self.data)
        } else {
            STANDARD_LENIENT.decode(self.data)
        };
        decoded.map_err(|error| {
            Error::new(ErrorKind::InvalidInput, format!("the path is not Base64: {error}"))
                .with_hint("the path of a data URI mount is the data itself, as in `SGVsbG8=`")
                .with_source(error)
        })
    }
}

/// The media type that a data URI states.
pub(crate) fn media_type(path: &str) -> Option<String> {
    DataUri::parse(path).media_type.map(str::to_owned)
}

fn open(path: &StoragePath) -> Result<(Bytes, Metadata)> {
    let uri = DataUri::parse(path.as_str());
    let content = uri.decode()?;
    let digest: [u8; 16] = Md5::digest(&content).into();
    let checksum = Checksum::Md5(digest);
    let mut metadata = Metadata::file(content.len() as u64);
    metadata.etag = Some(checksum.to_string());
    metadata.checksum = Some(checksum);
    metadata.content_type = uri.media_type.map(str::to_owned);
    Ok((Bytes::from(content), metadata))
}

fn written(content: &[u8], options: &WriteOptions) -> Result<Metadata> {
    if options.mode != WriteMode::Replace {
        return Err(Error::unsupported("check conditions: it stores nothing"));
    }
    let data = STANDARD.encode(content);
    let text = match &options.content_type {
        Some(media) if media.contains(',') => return Err(Error::invalid("a media type has no comma")),
        Some(media) => format!("data:{media};base64,{data}"),
        None => data,
    };
    let location = StoragePath::opaque(&text)?;
    let (_, mut metadata) = open(&location)?;
    metadata.location = Some(location);
    Ok(metadata)
}

#[maybe_async]
impl Backend for Base64Backend {
    fn kind(&self) -> &str {
        "base64"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.checksum_md5 = true;
        can.opaque_paths = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        match open(path) {
            Ok((_, metadata)) => Ok(metadata),
            // Whatever is no data is not stored here, so `exists` is false and not an error.
            Err(error) => Err(Error::new(ErrorKind::NotFound, error.message().to_owned()).with_source(error)),
        }
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        refuse_version(options)?;
        let (bytes, metadata) = open(path)?;
        options.check(&metadata)?;
        Ok(Content { bytes: slice(&bytes, options)?, metadata })
    }

    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        refuse_version(options)?;
        let (bytes, metadata) = open(path)?;
        options.check(&metadata)?;
        slices(&bytes, ranges)
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let content = self.get(path, options).await?;
        Ok(Reader::from_bytes(content.bytes, content.metadata))
    }

    async fn put(&self, _path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        written(&content, options)
    }

    async fn write(&self, _path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        written(&[], options)?;
        Ok(Writer::new(Box::new(Base64Writer { content: Vec::new(), options: options.clone() })))
    }

    async fn delete(&self, _path: &StoragePath, _options: &DeleteOptions) -> Result<()> {
        Err(Error::unsupported("delete: it stores nothing"))
    }

    async fn list(&self, _path: &StoragePath, _options: &ListOptions) -> Result<Lister> {
        Err(Error::unsupported("list: it stores nothing"))
    }
}

struct Base64Writer {
    content: Vec<u8>,
    options: WriteOptions,
}

#[maybe_async]
impl WriteStream for Base64Writer {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.content.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Metadata> {
        written(&self.content, &self.options)
    }

    async fn abort(&mut self) -> Result<()> {
        self.content.clear();
        Ok(())
    }
}

/// Data URI mounts have no options.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Base64Config {}

/// Builds data URI mounts.
#[derive(Debug, Clone, Copy)]
pub struct Base64Provider;

impl Provider for Base64Provider {
    fn kind(&self) -> &'static str {
        "base64"
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let _: Base64Config = config.parse_options()?;
        Ok(Arc::new(Base64Backend))
    }
}
