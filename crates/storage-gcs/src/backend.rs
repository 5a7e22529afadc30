//! A bucket as a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::{HeaderValue, Method};
use serde::Deserialize;
use storage_cloud::object::{Arrived, Download, Limits, ListQuery, ObjectBackend, Page, Part, Store};
use storage_cloud::transport::{Payload, Transport};
use storage_cloud::tuning::Tuning;
use storage_types::{
    Capabilities, ErrorKind, Metadata, PresignOptions, ReadOptions, Result, Version, WriteOptions,
};

use crate::auth::Auth;
use crate::credentials::Source;
use crate::remove::BATCH;
use crate::resumable::{PART_MAX, Upload};

/// A mount of a bucket.
pub type GcsBackend = ObjectBackend<GcsStore>;

/// The largest object (the service's "Quotas and limits"), in bytes.
const OBJECT_MAX: u64 = 5 << 40;

/// A bucket. Clones share everything.
#[derive(Clone)]
pub struct GcsStore {
    pub(crate) bucket: String,
    /// Without a slash at its end.
    pub(crate) endpoint: String,
    pub(crate) user_project: Option<HeaderValue>,
    pub(crate) auth: Arc<Auth>,
    pub(crate) transport: Transport,
    versioned: Arc<AtomicBool>,
}

impl GcsStore {
    pub(crate) fn new(
        bucket: String,
        endpoint: String,
        source: Source,
        user_project: Option<String>,
        tuning: &Tuning,
    ) -> Self {
        Self {
            bucket,
            endpoint,
            user_project: user_project.and_then(|project| HeaderValue::from_str(&project).ok()),
            auth: Arc::new(Auth::new(source)),
            transport: Transport::new(tuning),
            versioned: Arc::default(),
        }
    }

    /// Whether the bucket keeps versions.
    pub(crate) async fn keeps_versions(&self) -> Result<bool> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Bucket {
            versioning: Option<Versioning>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Versioning {
            enabled: bool,
        }
        let call = self.bucket_call(Method::GET).query("fields", "versioning");
        let enabled = self.ask::<Bucket>(call).await?.versioning.is_some_and(|versioning| versioning.enabled);
        self.versioned.store(enabled, Ordering::Relaxed);
        Ok(enabled)
    }
}

impl fmt::Debug for GcsStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcsStore")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for GcsStore {
    type Upload = Upload;

    fn kind(&self) -> &'static str {
        "gcs"
    }

    fn place(&self) -> String {
        let url = format!("{}/{}", self.endpoint, self.bucket);
        // As a parser writes it: hosts have no case, and ports have defaults.
        format!("gcs {}", reqwest::Url::parse(&url).map_or(url, String::from))
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can.append = true;
        can.create_only = true;
        can.compare_and_set = true;
        can.conditional_delete = true;
        can.user_metadata = true;
        can.versions = self.versioned.load(Ordering::Relaxed);
        can.server_side_copy = true;
        can.url = !self.auth.is_anonymous();
        // The service computes it; composed objects alone have none.
        can.checksum_md5 = true;
        can
    }

    fn limits(&self) -> Limits {
        Limits {
            put_max: OBJECT_MAX,
            part_max: PART_MAX,
            parts_in_order: true,
            key_max: 1024,
            delete_batch: BATCH,
            delete_tells: true,
        }
    }

    /// User metadata and cache control do not come with a download.
    fn tells_all_when_read(&self) -> bool {
        false
    }

    async fn probe(&self, prefix: &str) -> Result<()> {
        let query = ListQuery { prefix, limit: Some(1), ..ListQuery::default() };
        self.list_objects(&query).await?;
        match self.keeps_versions().await {
            Ok(_) => Ok(()),
            // Accounts that may only use objects are common.
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unauthenticated) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        self.head_object(key, version).await
    }

    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        self.get_object(key, options).await
    }

    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        self.put_object(key, content, options).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.delete_object(key).await
    }

    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        self.delete_same(key, etag).await
    }

    async fn delete_many(&self, keys: &[String]) -> Result<()> {
        self.delete_objects(keys).await
    }

    async fn list(&self, query: &ListQuery<'_>) -> Result<Page> {
        self.list_objects(query).await
    }

    async fn begin(&self, key: &str, options: &WriteOptions) -> Result<Upload> {
        self.begin_upload(key, options).await
    }

    async fn part(&self, _key: &str, upload: &Upload, part: Part) -> Result<String> {
        self.send_part(upload, part).await
    }

    async fn complete(
        &self,
        _key: &str,
        upload: &Upload,
        _parts: &[String],
        _options: &WriteOptions,
    ) -> Result<Metadata> {
        Self::complete_upload(upload)
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        upload.note()
    }

    async fn resume(
        &self,
        _key: &str,
        note: &str,
        options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        Ok(Upload::of_note(note, options))
    }

    async fn abort(&self, _key: &str, upload: &Upload) -> Result<()> {
        self.abort_upload(upload).await
    }

    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        self.copy_object(source, from, to, options).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }

    async fn append(&self, key: &str, content: Payload) -> Result<Metadata> {
        self.append_object(key, content).await
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        self.list_versions(key).await
    }

    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        self.delete_one_version(key, version).await
    }

    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        self.presigned(key, options).await
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A store that is never asked anything.
    pub(crate) fn store() -> GcsStore {
        let endpoint = "http://127.0.0.1:9".to_owned();
        GcsStore::new("my-bucket".to_owned(), endpoint, Source::Anonymous, None, &Tuning::default())
    }

    #[test]
    fn one_bucket_is_one_place() {
        let place = |endpoint: &str, bucket: &str| {
            let (endpoint, bucket) = (endpoint.to_owned(), bucket.to_owned());
            GcsStore::new(bucket, endpoint, Source::Anonymous, None, &Tuning::default()).place()
        };
        let expected = "gcs https://storage.googleapis.com/box";
        assert_eq!(place(crate::config::GOOGLE, "box"), expected);
        assert_eq!(place("https://Storage.googleapis.com:443", "box"), expected);
        assert_ne!(place(crate::config::GOOGLE, "box2"), expected);
    }

    #[test]
    fn nobody_makes_urls() {
        assert!(!store().capabilities().url);
    }
}
