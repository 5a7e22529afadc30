//! What the headers of an answer tell about content.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use storage_types::options::unquoted;
use storage_types::{ByteRange, Metadata};

/// A header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `Content-Length` in bytes. reqwest's own length of an answer to HEAD is that of its empty body.
pub(crate) fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, "content-length")?.trim().parse().ok()
}

/// Whether the end of the body is told otherwise than by the end of the connection (RFC 9112, 6.3).
pub(crate) fn has_end(headers: &HeaderMap) -> bool {
    headers.contains_key("content-length") || headers.contains_key("transfer-encoding")
}

/// What the headers say. The size is that of the content, where it is told.
pub(crate) fn metadata(headers: &HeaderMap, size: u64) -> Metadata {
    let mut metadata = Metadata::file(size);
    metadata.modified = date(headers, "last-modified");
    metadata.etag = text(headers, "etag").map(|etag| unquoted(etag.trim()).to_owned());
    metadata.content_type = text(headers, "content-type").map(str::to_owned);
    metadata.cache_control = text(headers, "cache-control").map(str::to_owned);
    metadata.content_encoding = text(headers, "content-encoding").map(str::to_owned);
    metadata.content_disposition = text(headers, "content-disposition").map(str::to_owned);
    metadata.content_language = text(headers, "content-language").map(str::to_owned);
    metadata
}

fn date(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, name)?.trim()).ok()
}

/// What shows that two answers are of the same content, byte for byte (RFC 9110, 8.8.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Validator {
    /// A strong ETag, with its quotes.
    Etag(String),
    /// A time of modification that was over when the answer was made (RFC 9110, 8.8.2.2).
    Modified(String),
}

impl Validator {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        if let Some(etag) = text(headers, "etag").map(str::trim) {
            return etag.starts_with('"').then(|| Self::Etag(etag.to_owned()));
        }
        let (modified, made) = (date(headers, "last-modified")?, date(headers, "date")?);
        let settled = made.duration_since(modified).is_ok_and(|age| age >= Duration::from_secs(1));
        settled.then(|| Self::Modified(text(headers, "last-modified").unwrap_or_default().to_owned()))
    }

    /// The value of `If-Range`.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Etag(text) | Self::Modified(text) => text,
        }
    }
}

/// Whether the server made a page of a directory, as far as the headers show it.
pub(crate) fn is_html(headers: &HeaderMap) -> bool {
    text(headers, "content-type").is_some_and(|value| {
        let media = value.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("text/html") || media.eq_ignore_ascii_case("application/xhtml+xml")
    })
}

/// The value of `Range` (RFC 9110, 14.2). `None`: everything. Ranges without a byte in them cannot be asked for.
pub(crate) fn range_header(range: ByteRange) -> Option<String> {
    match range {
        ByteRange::From(0) => None,
        range => Some(format!("bytes={range}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_headers() {
        assert_eq!(range_header((0..).into()), None);
        assert_eq!(range_header((3..).into()).as_deref(), Some("bytes=3-"));
        assert_eq!(range_header((3..5).into()).as_deref(), Some("bytes=3-4"));
        assert_eq!(range_header(ByteRange::Suffix(5)).as_deref(), Some("bytes=-5"));
    }
}
