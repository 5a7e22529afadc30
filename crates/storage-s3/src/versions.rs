//! Versions: whether a bucket keeps them, and the list of them (ListObjectVersions). Not every store lists them as Amazon does,
//! newest first and markers of deletion among them.

use std::cmp::Reverse;
use std::time::SystemTime;

use async_trait::async_trait;
use http::Method;
use storage_cloud::object::{ObjectVersions, Pages};
use storage_cloud::transport::Service;
use storage_cloud::xml::{self, Visit};
use storage_types::{Result, Version};

use crate::backend::S3Store;
use crate::error::Context;
use crate::headers;
use crate::lister::{cut_off, decoded};
use crate::request::{Call, S3Call};

/// What a bucket is asked for its versioning (GetBucketVersioning) begins with. moto calls it after the request, which the SDK
/// takes for no answer at all.
const VERSIONING: [&str; 2] = ["VersioningConfiguration", "GetBucketVersioningResponse"];

#[async_trait]
impl ObjectVersions for S3Store {
    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        self.demand_versions().await?;
        self.list_versions(key).await
    }

    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        self.demand_versions().await?;
        self.delete_one_version(key, version).await
    }
}

impl S3Store {
    /// Whether the bucket keeps versions, or kept some before that was suspended.
    pub(crate) async fn keeps_versions(&self) -> Result<bool> {
        let call = Call::bucket(Method::GET).context(Context::bucket()).query("versioning", "");
        let mut versioning = Versioning::default();
        xml::read_as(&self.whole(&call).await?.1, &VERSIONING, &mut versioning)?;
        Ok(versioning.has_status)
    }

    pub(crate) async fn list_versions(&self, key: &str) -> Result<Vec<Version>> {
        let mut all = Vec::new();
        let (mut marker, mut pages) = (None::<(String, String)>, Pages::default());
        loop {
            let mut call = Call::bucket(Method::GET).context(Context::bucket()).query("encoding-type", "url");
            if let Some((key_marker, _)) = &marker {
                call = call.query("key-marker", key_marker);
            }
            call = call.query("prefix", key);
            if let Some((_, version)) = marker.as_ref().filter(|(_, version)| !version.is_empty()) {
                call = call.query("version-id-marker", version);
            }
            call = call.query("versions", "");
            let (_, answer) = self.whole(&call).await?;
            let mut page = Versions::default();
            xml::read_as(&answer, &["ListVersionsResult", "ListBucketVersionsResult"], &mut page)?;
            let page = page.decoded();
            let first = page.versions.first().map(|(key, listed)| format!("{key}\n{}", listed.version.id));
            let first = first.unwrap_or_default();
            // Keys come sorted: behind the first other one there is nothing more of this one.
            let beyond = page.versions.iter().any(|(other, _)| other != key);
            all.extend(page.versions.into_iter().filter(|(other, _)| other == key).map(|(_, listed)| listed));
            if beyond || !page.truncated {
                return Ok(newest_first(all));
            }
            if page.next.0.is_empty() {
                return Err(cut_off());
            }
            pages.note(Some(&format!("{}\n{}", page.next.0, page.next.1)), &first)?;
            marker = Some(page.next);
        }
    }
}

/// A version, and its time as exactly as it was told.
struct Listed {
    version: Version,
    time: Option<SystemTime>,
}

/// The current one first, and those of one time in the order of the document.
fn newest_first(mut all: Vec<Listed>) -> Vec<Version> {
    all.sort_by_key(|listed| (!listed.version.is_latest, Reverse(listed.time)));
    all.into_iter().map(|listed| listed.version).collect()
}

#[derive(Default)]
struct Versioning {
    has_status: bool,
}

impl Visit for Versioning {
    fn close(&mut self, name: &str, text: &str) {
        // `Enabled`, or `Suspended`: then it keeps the versions that it has.
        self.has_status |= name == "Status" && !text.trim().is_empty();
    }
}

#[derive(Default)]
struct Versions {
    versions: Vec<(String, Listed)>,
    encoded: bool,
    truncated: bool,
    next: (String, String),
    key: String,
    current: Option<Version>,
    time: Option<SystemTime>,
}

impl Versions {
    fn decoded(mut self) -> Self {
        if self.encoded {
            self.versions.iter_mut().for_each(|(key, _)| *key = decoded(key));
            self.next.0 = decoded(&self.next.0);
        }
        self
    }
}

impl Visit for Versions {
    fn open(&mut self, name: &str) {
        if matches!(name, "Version" | "DeleteMarker") {
            let mut version = Version::new("");
            version.is_delete_marker = name == "DeleteMarker";
            self.current = Some(version);
        }
    }

    fn close(&mut self, name: &str, text: &str) {
        match (name, &mut self.current) {
            ("Version" | "DeleteMarker", _) => {
                let key = std::mem::take(&mut self.key);
                let time = self.time.take();
                self.versions.extend(self.current.take().map(|version| (key, Listed { version, time })));
            }
            ("Key", _) => text.clone_into(&mut self.key),
            ("VersionId", Some(version)) => text.clone_into(&mut version.id),
            ("IsLatest", Some(version)) => version.is_latest = text == "true",
            ("Size", Some(version)) => version.size = text.trim().parse().unwrap_or(0),
            ("LastModified", Some(version)) => {
                version.modified = headers::time(text);
                self.time = text.trim().parse::<jiff::Timestamp>().ok().map(SystemTime::from);
            }
            ("ETag", Some(version)) => version.etag = Some(headers::etag(text)),
            ("EncodingType", _) => self.encoded = text == "url",
            ("IsTruncated", _) => self.truncated = text == "true",
            ("NextKeyMarker", _) => text.clone_into(&mut self.next.0),
            ("NextVersionIdMarker", _) => text.clone_into(&mut self.next.1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(document: &str) -> bool {
        let mut versioning = Versioning::default();
        xml::read_as(document.as_bytes(), &VERSIONING, &mut versioning).unwrap();
        versioning.has_status
    }

    #[test]
    fn a_bucket_keeps_versions_whatever_the_answer_is_called() {
        assert!(keeps(
            "<VersioningConfiguration xmlns=\"x\"><Status>Suspended</Status></VersioningConfiguration>"
        ));
        assert!(keeps("<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>"));
        assert!(!keeps("<VersioningConfiguration/>"));
    }

    #[test]
    fn versions_come_newest_first_whatever_the_order_of_the_document() {
        let version = |kind: &str, id: &str, latest: bool, time: &str| {
            format!(
                "<{kind}><Key>a</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>\
                 <LastModified>2026-01-01T00:00:{time}Z</LastModified></{kind}>"
            )
        };
        let document = [
            version("Version", "one", false, "01.100"),
            version("Version", "three", false, "01.900"),
            version("Version", "four", false, "02.000"),
            version("DeleteMarker", "five", true, "02.000"),
            version("DeleteMarker", "two", false, "01.500"),
        ];
        let mut page = Versions::default();
        let document = format!("<ListVersionsResult>{}</ListVersionsResult>", document.concat());
        xml::read(document.as_bytes(), &mut page).unwrap();
        let all = newest_first(page.versions.into_iter().map(|(_, listed)| listed).collect());
        let ids: Vec<&str> = all.iter().map(|version| version.id.as_str()).collect();
        assert_eq!(ids, ["five", "four", "three", "two", "one"]);
    }
}
