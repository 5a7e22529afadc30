//! Objects in the headers of a download.

use std::collections::BTreeMap;

use http::HeaderMap;
use storage_types::{Checksum, Metadata};

use crate::resource::decoded;

/// What the headers tell. Cache control is left out: without one of its own, an object is sent with the service's.
pub(crate) fn metadata(headers: &HeaderMap, size: u64) -> Metadata {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut metadata = Metadata::file(size);
    metadata.etag = text("x-goog-generation");
    metadata.version.clone_from(&metadata.etag);
    metadata.checksum = md5(headers).or_else(|| crc32c(headers));
    metadata.modified = text("last-modified").and_then(|date| httpdate::parse_http_date(&date).ok());
    metadata.content_type = text("content-type");
    metadata.content_encoding = text("x-goog-stored-content-encoding").filter(|it| it != "identity");
    metadata.content_disposition = text("content-disposition");
    metadata.content_language = text("content-language");
    metadata.user = user(headers);
    metadata
}

fn md5(headers: &HeaderMap) -> Option<Checksum> {
    hash(headers, "md5=").and_then(decoded).map(Checksum::Md5)
}

/// The checksum of the whole object, as it is stored.
pub(crate) fn crc32c(headers: &HeaderMap) -> Option<Checksum> {
    hash(headers, "crc32c=").and_then(decoded).map(Checksum::Crc32c)
}

/// `x-goog-hash: crc32c=...,md5=...`, or a header for each.
fn hash<'a>(headers: &'a HeaderMap, algorithm: &str) -> Option<&'a str> {
    let lines = headers.get_all("x-goog-hash").iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|hash| hash.trim().strip_prefix(algorithm))
}

fn user(headers: &HeaderMap) -> BTreeMap<String, String> {
    let pairs = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-goog-meta-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    pairs.collect()
}

/// The size of the object as it is stored, in bytes.
pub(crate) fn stored_size(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-goog-stored-content-length")?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, text) in lines {
            map.append(*name, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        }
        map
    }

    #[test]
    fn hashes_come_in_one_line_or_in_two() {
        let one = headers(&[("x-goog-hash", "crc32c=yZRlqg==,md5=XrY7u+Ae7tCTyyK7j1rNww==")]);
        let two =
            headers(&[("x-goog-hash", "crc32c=yZRlqg=="), ("x-goog-hash", "md5=XrY7u+Ae7tCTyyK7j1rNww==")]);
        for map in [one, two] {
            assert_eq!(metadata(&map, 1).checksum.unwrap().algorithm(), "md5");
            assert_eq!(crc32c(&map).unwrap().to_string(), "c99465aa");
        }
        assert_eq!(metadata(&headers(&[]), 1).checksum, None);
    }

    #[test]
    fn the_rest() {
        let map = headers(&[
            ("x-goog-generation", "17"),
            ("last-modified", "Sat, 21 Nov 2026 07:18:22 GMT"),
            ("x-goog-meta-colour", "blue ü"),
            ("cache-control", "private, max-age=0"),
        ]);
        let metadata = metadata(&map, 3);
        assert_eq!((metadata.size, metadata.etag.as_deref()), (3, Some("17")));
        assert_eq!(metadata.user["colour"], "blue ü");
        assert!(metadata.modified.is_some() && metadata.cache_control.is_none());
    }
}
