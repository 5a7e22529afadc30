//! Between metadata and headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use storage_cloud::keys::encode_value;
use storage_cloud::transport::header_value;
use storage_types::options::unquoted;
use storage_types::{Checksum, EntryKind, Error, Metadata, Result, WriteOptions, media_type};

use crate::user;

/// What Azure stores when no media type is given. It says "bytes", which is what nothing says too.
pub(crate) const UNTYPED: &str = media_type::OCTET_STREAM;

const USER: &str = "x-ms-meta-";

/// The key of user metadata by which an empty blob is a folder, in accounts with a hierarchical namespace and of Hadoop.
pub(crate) const FOLDER: &str = "hdi_isfolder";

/// Content type, cache control, user metadata and tags of new content.
pub(crate) fn stored(options: &WriteOptions, headers: &mut HeaderMap) -> Result<()> {
    typed(options, headers)?;
    user_metadata(options, headers)?;
    if !options.tags.is_empty() {
        headers.insert("x-ms-tags", header_value(&tags(options))?);
    }
    Ok(())
}

/// What goes with the content: content type, cache control, encoding, disposition, language.
pub(crate) fn typed(options: &WriteOptions, headers: &mut HeaderMap) -> Result<()> {
    for (name, text) in [
        ("x-ms-blob-content-type", &options.content_type),
        ("x-ms-blob-cache-control", &options.cache_control),
        ("x-ms-blob-content-encoding", &options.content_encoding),
        ("x-ms-blob-content-disposition", &options.content_disposition),
        ("x-ms-blob-content-language", &options.content_language),
    ] {
        if let Some(text) = text {
            headers.insert(name, header_value(text)?);
        }
    }
    Ok(())
}

/// User metadata.
pub(crate) fn user_metadata(options: &WriteOptions, headers: &mut HeaderMap) -> Result<()> {
    for (key, text) in &options.user {
        let name = HeaderName::try_from(format!("{USER}{}", user::encode_key(key)?))
            .map_err(|_| Error::invalid("a key of user metadata cannot be the name of a header"))?;
        headers.insert(name, header_value(&user::encode_value(text))?);
    }
    Ok(())
}

/// Tags as one header: like a query.
pub(crate) fn tags(options: &WriteOptions) -> String {
    let pair = |(key, text): (&String, &String)| format!("{}={}", encode_value(key), encode_value(text));
    options.tags.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A header as text.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}

/// What the headers of an answer tell about content of `size` bytes. The digest is that of the whole blob under `digest`.
pub(crate) fn metadata(headers: &HeaderMap, size: u64, digest: &str) -> Metadata {
    let mut metadata = receipt(headers, size);
    metadata.content_type = text(headers, "content-type").filter(|it| *it != UNTYPED).map(str::to_owned);
    metadata.cache_control = text(headers, "cache-control").map(str::to_owned);
    metadata.content_encoding = text(headers, "content-encoding").map(str::to_owned);
    metadata.content_disposition = text(headers, "content-disposition").map(str::to_owned);
    metadata.content_language = text(headers, "content-language").map(str::to_owned);
    metadata.checksum = text(headers, digest).and_then(md5);
    for (name, value) in headers {
        if let (Some(key), Ok(value)) = (name.as_str().strip_prefix(USER), value.to_str()) {
            metadata.user.insert(user::decode_key(key), user::decode_value(value));
        }
    }
    if size == 0 && metadata.user.get(FOLDER).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        metadata.kind = EntryKind::Directory;
    }
    metadata
}

/// What the answer to a write tells about the content that was written.
pub(crate) fn written(headers: &HeaderMap, size: u64, options: &WriteOptions) -> Metadata {
    let mut metadata = receipt(headers, size);
    metadata.describe(options);
    metadata.content_type = options.content_type.clone().filter(|it| it != UNTYPED);
    metadata
}

fn receipt(headers: &HeaderMap, size: u64) -> Metadata {
    let mut metadata = Metadata::file(size);
    metadata.modified = text(headers, "last-modified").and_then(|it| httpdate::parse_http_date(it).ok());
    metadata.etag = text(headers, "etag").map(|etag| unquoted(etag).to_owned());
    metadata.version = text(headers, "x-ms-version-id").map(str::to_owned);
    metadata
}

/// An MD5 in base64.
pub(crate) fn md5(text: &str) -> Option<Checksum> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    Some(Checksum::Md5(bytes.try_into().ok()?))
}
