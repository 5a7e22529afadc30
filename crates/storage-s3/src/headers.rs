//! Between metadata and headers.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use md5::{Digest, Md5};
use percent_encoding::percent_decode_str;
use storage_cloud::checksum;
use storage_cloud::transport::{Payload, header_value};
use storage_types::{Checksum, Error, Metadata, Result, WriteOptions, media_type};

use crate::config::{ChecksumAlgorithm, Encryption, S3Config};

const META: &str = "x-amz-meta-";

/// The metadata of an object, from the headers of GET and HEAD.
pub(crate) fn metadata(headers: &HeaderMap, size: u64) -> Metadata {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut metadata = Metadata::file(size);
    metadata.etag = text("etag").map(etag);
    metadata.modified = text("last-modified").and_then(|date| httpdate::parse_http_date(date).ok());
    metadata.version = text("x-amz-version-id").filter(|id| *id != "null").map(str::to_owned);
    metadata.content_type = text("content-type").filter(|media| !is_default(media)).map(str::to_owned);
    metadata.cache_control = text("cache-control").map(str::to_owned);
    metadata.content_encoding = text("content-encoding").and_then(packed);
    metadata.content_disposition = text("content-disposition").map(str::to_owned);
    metadata.content_language = text("content-language").map(str::to_owned);
    metadata.user = user(headers);
    let own_tag = text("x-amz-server-side-encryption").is_some_and(|kind| kind.starts_with("aws:kms"))
        || text("x-amz-server-side-encryption-customer-algorithm").is_some();
    if !own_tag {
        metadata.checksum = metadata.etag.as_deref().and_then(md5_of_etag);
    }
    metadata
}

/// What stores give for content that was stored without a media type.
fn is_default(media: &str) -> bool {
    matches!(media, "" | "binary/octet-stream" | media_type::OCTET_STREAM)
}

/// How content is packed. Some stores keep how it was framed on its way, which is no matter of the content.
fn packed(encoding: &str) -> Option<String> {
    let codings: Vec<&str> =
        encoding.split(',').map(str::trim).filter(|it| !matches!(*it, "" | "aws-chunked")).collect();
    (!codings.is_empty()).then(|| codings.join(", "))
}

/// The ETag without quotes.
pub(crate) fn etag(text: &str) -> String {
    text.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// The MD5 that the ETag of content is which was stored in one request ("Object", S3 API reference). The tags of others
/// have a dash and the number of parts.
pub(crate) fn md5_of_etag(etag: &str) -> Option<Checksum> {
    let digits = etag.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut md5 = [0_u8; 16];
    for (byte, pair) in md5.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(Checksum::Md5(md5))
}

/// The ETag of content that was stored in parts: the MD5 of their digests, and how many they are.
pub(crate) fn etag_of_parts(parts: &[String]) -> Option<String> {
    let mut digest = Md5::new();
    for part in parts {
        let Some(Checksum::Md5(md5)) = md5_of_etag(part) else { return None };
        digest.update(md5);
    }
    Some(format!("{}-{}", Checksum::Md5(digest.finalize().into()), parts.len()))
}

/// The checksum of the whole content, where the service sends one.
pub(crate) fn expected(headers: &HeaderMap) -> Option<Checksum> {
    let whole = headers.get("x-amz-checksum-type").is_none_or(|kind| kind == "FULL_OBJECT");
    let decoded = |name: &str| STANDARD.decode(headers.get(name)?.as_bytes()).ok();
    if let Some(crc) = decoded("x-amz-checksum-crc64nvme").and_then(|crc| crc.try_into().ok()) {
        return whole.then_some(Checksum::Crc64Nvme(crc));
    }
    if let Some(crc) = decoded("x-amz-checksum-crc32c").and_then(|crc| crc.try_into().ok()) {
        return whole.then_some(Checksum::Crc32c(crc));
    }
    let crc = decoded("x-amz-checksum-crc32")?.try_into().ok()?;
    whole.then_some(Checksum::Crc32(crc))
}

fn user(headers: &HeaderMap) -> BTreeMap<String, String> {
    let pairs = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(META)?;
        Some((name.to_owned(), decoded(&String::from_utf8_lossy(value.as_bytes()))))
    });
    pairs.collect()
}

/// The service gives values beyond ASCII as RFC 2047 says, and so do we.
fn decoded(text: &str) -> String {
    let encoded = text.strip_prefix("=?").and_then(|text| text.strip_suffix("?="));
    let parts: Vec<&str> = encoded.map(|text| text.splitn(3, '?').collect()).unwrap_or_default();
    let bytes = match *parts {
        [charset, how, data] if charset.eq_ignore_ascii_case("utf-8") => match how {
            "B" | "b" => STANDARD.decode(data).ok(),
            "Q" | "q" => {
                let percent = data.replace('%', "%25").replace('=', "%").replace('_', " ");
                Some(percent_decode_str(&percent).collect())
            }
            _ => None,
        },
        _ => None,
    };
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
}

fn encoded(text: &str) -> String {
    let plain = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if plain && text.trim() == text && !text.starts_with("=?") {
        return text.to_owned();
    }
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

/// Content type, cache control, user metadata and tags of a write.
pub(crate) fn describe(headers: &mut HeaderMap, options: &WriteOptions) -> Result<()> {
    if let Some(media) = &options.content_type {
        headers.insert(http::header::CONTENT_TYPE, header_value(media)?);
    }
    if let Some(cache) = &options.cache_control {
        headers.insert(http::header::CACHE_CONTROL, header_value(cache)?);
    }
    let others = [
        (http::header::CONTENT_ENCODING, &options.content_encoding),
        (http::header::CONTENT_DISPOSITION, &options.content_disposition),
        (http::header::CONTENT_LANGUAGE, &options.content_language),
    ];
    for (name, text) in others {
        if let Some(text) = text {
            headers.insert(name, header_value(text)?);
        }
    }
    for (key, text) in &options.user {
        let name = HeaderName::try_from(format!("{META}{}", key.to_ascii_lowercase())).map_err(|_| {
            Error::invalid(format!("`{key}` cannot be a key of user metadata"))
                .with_hint("use ASCII letters, digits, `-`, `_` and `.`")
        })?;
        headers.insert(name, header_value(&encoded(text))?);
    }
    if !options.tags.is_empty() {
        headers.insert(HeaderName::from_static("x-amz-tagging"), header_value(&tagging(&options.tags))?);
    }
    Ok(())
}

/// Tags as a query.
pub(crate) fn tagging(tags: &BTreeMap<String, String>) -> String {
    let pairs = tags.iter().map(|(key, text)| {
        format!("{}={}", storage_cloud::keys::encode_value(key), storage_cloud::keys::encode_value(text))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The digest that the service demands of documents which change something.
pub(crate) fn content_md5(document: &[u8]) -> String {
    STANDARD.encode(Md5::digest(document))
}

/// What an object has besides the metadata that callers set, and keeps when those are replaced.
pub(crate) fn kept(stored: &HeaderMap, config: &S3Config) -> HeaderMap {
    const ALWAYS: [&str; 1] = ["expires"];
    const CLASS: [&str; 1] = ["x-amz-storage-class"];
    const ENCRYPTION: [&str; 2] =
        ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"];
    let class = if config.storage_class.is_none() { &CLASS[..] } else { &[] };
    let encryption = if config.encryption.is_none() { &ENCRYPTION[..] } else { &[] };
    let names = ALWAYS.iter().chain(class).chain(encryption);
    names.filter_map(|name| Some((HeaderName::from_static(name), stored.get(*name)?.clone()))).collect()
}

/// The checksum of content on its way, under the header that the service checks it by.
pub(crate) fn checksum(
    headers: &mut HeaderMap,
    content: &Payload,
    algorithm: ChecksumAlgorithm,
) -> Result<()> {
    let (name, sum) = match algorithm {
        ChecksumAlgorithm::Crc64nvme => ("x-amz-checksum-crc64nvme", checksum::crc64nvme(content.pieces())),
        ChecksumAlgorithm::Crc32c => ("x-amz-checksum-crc32c", checksum::crc32c(content.pieces())),
        ChecksumAlgorithm::Crc32 => ("x-amz-checksum-crc32", checksum::crc32(content.pieces())),
        ChecksumAlgorithm::None => return Ok(()),
    };
    headers.insert(HeaderName::from_static(name), header_value(&STANDARD.encode(sum.bytes()))?);
    Ok(())
}

/// Storage class and encryption of what is written.
pub(crate) fn storing(headers: &mut HeaderMap, config: &S3Config) -> Result<()> {
    if let Some(class) = &config.storage_class {
        headers.insert(HeaderName::from_static("x-amz-storage-class"), header_value(class)?);
    }
    match config.encryption {
        Some(Encryption::S3) => {
            headers.insert(HeaderName::from_static("x-amz-server-side-encryption"), header_value("AES256")?);
        }
        Some(Encryption::Kms) => {
            headers.insert(HeaderName::from_static("x-amz-server-side-encryption"), header_value("aws:kms")?);
            if let Some(id) = &config.kms_key_id {
                headers.insert(
                    HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id"),
                    header_value(id)?,
                );
            }
        }
        _ => {}
    }
    Ok(())
}

/// The caller's own key of encryption, which goes with every request about content (S3 user guide, "SSE-C"). `of_source`
/// is for the object that is copied.
pub(crate) fn customer_key(headers: &mut HeaderMap, config: &S3Config, of_source: bool) -> Result<()> {
    let Some(key) = &config.customer_key else { return Ok(()) };
    let bytes = STANDARD
        .decode(key.expose())
        .ok()
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(|| Error::config("field `customer_key`: it is not 32 bytes in base64"))?;
    let names = if of_source {
        [
            "x-amz-copy-source-server-side-encryption-customer-algorithm",
            "x-amz-copy-source-server-side-encryption-customer-key",
            "x-amz-copy-source-server-side-encryption-customer-key-md5",
        ]
    } else {
        [
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5",
        ]
    };
    let digest = STANDARD.encode(Md5::digest(&bytes));
    for (name, text) in names.into_iter().zip(["AES256", key.expose(), &digest]) {
        let mut text = header_value(text)?;
        text.set_sensitive(!name.ends_with("algorithm"));
        headers.insert(HeaderName::from_static(name), text);
    }
    Ok(())
}

/// A time of an answer in XML (RFC 3339), in whole seconds: headers have no finer ones, and one object has one time.
pub(crate) fn time(text: &str) -> Option<SystemTime> {
    let time = text.trim().parse::<jiff::Timestamp>().ok()?;
    jiff::Timestamp::from_second(time.as_second()).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_ascii_round_trip() {
        for text in ["plain", "naïve ☃", " spaces ", "=?odd", "", "a=b?c"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
        assert_eq!(decoded("=?UTF-8?Q?na=C3=AFve_x?="), "naïve x");
        assert_eq!(decoded("=?latin1?Q?x?="), "=?latin1?Q?x?=");
    }

    #[test]
    fn the_tag_of_parts_is_the_digest_of_their_digests() {
        let empty = "d41d8cd98f00b204e9800998ecf8427e".to_owned();
        assert_eq!(etag_of_parts(&[empty]).unwrap(), "59adb24ef3cdbe0297f05b395827453f-1");
        assert_eq!(etag_of_parts(&["odd".to_owned()]), None);
    }

    #[test]
    fn only_tags_of_one_piece_are_digests() {
        assert!(md5_of_etag("d41d8cd98f00b204e9800998ecf8427e").is_some());
        assert!(md5_of_etag("d41d8cd98f00b204e9800998ecf8427e-2").is_none());
        assert!(md5_of_etag("zz1d8cd98f00b204e9800998ecf8427e").is_none());
    }
}
