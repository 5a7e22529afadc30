//! Versions: whether a bucket keeps them, and the list of them (ListObjectVersions), in the store's own order.

use http::Method;
use storage_cloud::object::Pages;
use storage_cloud::xml::{self, Visit};
use storage_types::{Error, ErrorKind, Result, Version};

use crate::backend::S3Store;
use crate::error::Context;
use crate::headers;
use crate::lister::decoded;
use crate::request::Call;

/// What a bucket is asked for its versioning (GetBucketVersioning) begins with. moto calls it after the request, which the SDK
/// takes for no answer at all.
const VERSIONING: [&str; 2] = ["VersioningConfiguration", "GetBucketVersioningResponse"];

impl S3Store {
    /// Whether the bucket keeps versions, or kept some before that was suspended.
    pub(crate) async fn keeps_versions(&self) -> Result<bool> {
        let call = Call::bucket(Method::GET).context(Context::bucket()).query("versioning", "");
        let mut versioning = Versioning::default();
        xml::read_as(&self.whole(call).await?, &VERSIONING, &mut versioning)?;
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
            let answer = self.whole(call).await?;
            let mut page = Versions::default();
            xml::read_as(&answer, &["ListVersionsResult", "ListBucketVersionsResult"], &mut page)?;
            let page = page.decoded();
            let first = page.versions.first().map(|(key, version)| format!("{key}\n{}", version.id));
            let first = first.unwrap_or_default();
            // Keys come sorted: behind the first other one there is nothing more of this one.
            let beyond = page.versions.iter().any(|(other, _)| other != key);
            all.extend(
                page.versions.into_iter().filter(|(other, _)| other == key).map(|(_, version)| version),
            );
            if beyond || !page.truncated {
                return Ok(all);
            }
            if page.next.0.is_empty() {
                return Err(Error::new(
                    ErrorKind::Unexpected,
                    "the store cut a listing off without saying where it goes on",
                ));
            }
            pages.note(Some(&format!("{}\n{}", page.next.0, page.next.1)), &first)?;
            marker = Some(page.next);
        }
    }
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
    versions: Vec<(String, Version)>,
    encoded: bool,
    truncated: bool,
    next: (String, String),
    key: String,
    current: Option<Version>,
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
                self.versions.extend(self.current.take().map(|version| (key, version)));
            }
            ("Key", _) => text.clone_into(&mut self.key),
            ("VersionId", Some(version)) => text.clone_into(&mut version.id),
            ("IsLatest", Some(version)) => version.is_latest = text == "true",
            ("Size", Some(version)) => version.size = text.trim().parse().unwrap_or(0),
            ("LastModified", Some(version)) => version.modified = headers::time(text),
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
}
