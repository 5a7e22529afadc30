//! Objects in JSON (the resource "Objects" of the JSON API).

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage_types::{Checksum, Error, ErrorKind, Metadata, Result, Version, WriteOptions};

/// What answers are cut down to.
pub(crate) const FIELDS: &str = "name,size,generation,timeCreated,updated,contentType,cacheControl,contentEncoding,contentDisposition,contentLanguage,md5Hash,\
     crc32c,metadata";

/// An object. Numbers are text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) size: Option<String>,
    pub(crate) generation: Option<String>,
    time_created: Option<String>,
    updated: Option<String>,
    time_deleted: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    md5_hash: Option<String>,
    crc32c: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

impl Resource {
    /// As metadata. A missing size is no zero.
    pub(crate) fn metadata(self) -> Result<Metadata> {
        let size = self.size.as_deref().and_then(|size| size.parse().ok()).ok_or_else(incomplete)?;
        let mut metadata = Metadata::file(size);
        metadata.checksum = self.md5().or_else(|| self.crc32c());
        // When the content was stored; `updated` changes with the metadata too.
        metadata.modified = self.time_created.as_deref().or(self.updated.as_deref()).and_then(time);
        metadata.etag.clone_from(&self.generation);
        metadata.version = self.generation;
        metadata.content_type = self.content_type.filter(|text| !text.is_empty());
        metadata.cache_control = self.cache_control.filter(|text| !text.is_empty());
        metadata.content_encoding = self.content_encoding.filter(|text| !text.is_empty());
        metadata.content_disposition = self.content_disposition.filter(|text| !text.is_empty());
        metadata.content_language = self.content_language.filter(|text| !text.is_empty());
        metadata.user = self.metadata.unwrap_or_default();
        Ok(metadata)
    }

    /// As one of several versions.
    pub(crate) fn version(self) -> Option<Version> {
        let mut version = Version::new(self.generation.clone()?);
        version.etag = self.generation;
        version.modified = self.time_created.as_deref().and_then(time);
        version.size = self.size.as_deref().and_then(|size| size.parse().ok()).unwrap_or(0);
        version.is_latest = self.time_deleted.is_none();
        Some(version)
    }

    fn md5(&self) -> Option<Checksum> {
        Some(Checksum::Md5(decoded(self.md5_hash.as_deref()?)?))
    }

    /// The checksum that every object has.
    pub(crate) fn crc32c(&self) -> Option<Checksum> {
        Some(Checksum::Crc32c(decoded(self.crc32c.as_deref()?)?))
    }

    /// What the service stored has to be what was sent.
    pub(crate) fn stored(self, size: u64, sent: Checksum) -> Result<Metadata> {
        let wrong = self.crc32c().is_some_and(|stored| stored != sent)
            || self
                .size
                .as_deref()
                .and_then(|stored| stored.parse().ok())
                .is_some_and(|stored: u64| stored != size);
        if wrong {
            return Err(Error::new(ErrorKind::Corrupted, "what the service stored is not what was sent")
                .with_hint("write it again"));
        }
        self.metadata()
    }
}

fn incomplete() -> Error {
    Error::new(ErrorKind::Unexpected, "the service described an object without its size")
        .with_hint("check that `endpoint` is the service itself")
}

/// A digest in base64.
pub(crate) fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// A digest as the service writes it.
pub(crate) fn encoded(checksum: &Checksum) -> String {
    STANDARD.encode(checksum.bytes())
}

/// A time (RFC 3339), in whole seconds: downloads tell no more, and an object has one time however it is asked for.
fn time(text: &str) -> Option<SystemTime> {
    let seconds = text.trim().parse::<jiff::Timestamp>().ok()?.as_second();
    jiff::Timestamp::from_second(seconds).ok().map(SystemTime::from)
}

/// The headers that are stored with content, under their names in resources.
pub(crate) fn headers_of(options: &WriteOptions) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, text) in [
        ("contentType", &options.content_type),
        ("cacheControl", &options.cache_control),
        ("contentEncoding", &options.content_encoding),
        ("contentDisposition", &options.content_disposition),
        ("contentLanguage", &options.content_language),
    ] {
        if let Some(text) = text {
            map.insert(name.to_owned(), json!(text));
        }
    }
    map
}

/// The metadata of content that is written.
pub(crate) fn description(key: &str, options: &WriteOptions) -> Result<Map<String, Value>> {
    if !options.tags.is_empty() {
        return Err(Error::unsupported("keep tags"));
    }
    let mut map = headers_of(options);
    map.insert("name".to_owned(), json!(key));
    if !options.user.is_empty() {
        map.insert("metadata".to_owned(), json!(options.user));
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn object(extra: &str) -> Resource {
        let text = format!(
            r#"{{"kind":"storage#object","name":"a/b","size":"11","generation":"1795245404302156",
                "timeCreated":"2019-02-01T09:00:00.5Z","updated":"2020-01-01T00:00:00Z","crc32c":"yZRlqg=="{extra}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_object_as_metadata() {
        let extra =
            r#","contentType":"text/plain","md5Hash":"XrY7u+Ae7tCTyyK7j1rNww==","metadata":{"k":"é"}"#;
        let metadata = object(extra).metadata().unwrap();
        assert_eq!(metadata.size, 11);
        assert_eq!(metadata.etag.as_deref(), Some("1795245404302156"));
        assert_eq!(metadata.version, metadata.etag);
        assert_eq!(metadata.modified, Some(UNIX_EPOCH + Duration::from_secs(1_549_011_600)));
        assert_eq!(metadata.checksum.unwrap().to_string(), "5eb63bbbe01eeed093cb22bb8f5acdc3");
        assert_eq!(metadata.content_type.as_deref(), Some("text/plain"));
        assert_eq!(metadata.user["k"], "é");
    }

    #[test]
    fn a_composed_object_has_no_md5() {
        assert_eq!(object("").metadata().unwrap().checksum.unwrap().to_string(), "c99465aa");
    }

    #[test]
    fn a_size_is_not_guessed() {
        let nameless: Resource = serde_json::from_str(r#"{"name":"a"}"#).unwrap();
        assert_eq!(nameless.metadata().unwrap_err().kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn other_content_than_was_sent_is_noticed() {
        let crc = object("").crc32c().unwrap();
        assert!(object("").stored(11, crc).is_ok());
        assert_eq!(object("").stored(12, crc).unwrap_err().kind(), ErrorKind::Corrupted);
        assert_eq!(object("").stored(11, Checksum::Crc32c([0; 4])).unwrap_err().kind(), ErrorKind::Corrupted);
    }

    #[test]
    fn versions_know_which_is_live() {
        assert!(object("").version().unwrap().is_latest);
        assert!(!object(r#","timeDeleted":"2021-01-01T00:00:00Z""#).version().unwrap().is_latest);
    }
}
