//! A container as an object store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::HeaderMap;
use storage_cloud::object::{Arrived, Download, Limits, ListQuery, ObjectBackend, Page, Part, Store};
use storage_cloud::transport::{Payload, Transport};
use storage_types::{
    Capabilities, Error, ErrorKind, Metadata, PresignOptions, ReadOptions, Result, Version, WriteOptions,
};

use crate::auth::Auth;
use crate::config::{BLOCK_MAX, PUT_MAX};
use crate::headers::FOLDER;
use crate::place::Place;
use crate::remove::BATCH;
use crate::writer::Upload;

/// A mount of a container, or of a folder in it.
pub type AzureBackend = ObjectBackend<AzureStore>;

/// A container.
pub struct AzureStore {
    pub(crate) place: Place,
    pub(crate) auth: Arc<Auth>,
    pub(crate) transport: Transport,
    /// Some answer has told the version of a blob.
    versioned: AtomicBool,
    /// Some answer has told of a blob that is a folder.
    folders: AtomicBool,
}

impl AzureStore {
    pub(crate) fn new(place: Place, auth: Auth, transport: Transport) -> Self {
        Self {
            place,
            auth: Arc::new(auth),
            transport,
            versioned: AtomicBool::new(false),
            folders: AtomicBool::new(false),
        }
    }

    /// Only accounts that keep versions name them.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        if headers.contains_key("x-ms-version-id") {
            self.keeps_versions();
        }
    }

    /// What it means that a version is not there: the account may keep none, which its blobs tell.
    async fn of_version(&self, key: &str, error: Error) -> Error {
        if error.kind() != ErrorKind::NotFound || self.versioned.load(Ordering::Relaxed) {
            return error;
        }
        match self.head_answer(key, None).await {
            Ok(answer) if answer.header("x-ms-version-id").is_none() => {
                Error::unsupported("keep versions").with_hint("switch versioning of the storage account on")
            }
            _ => error,
        }
    }

    pub(crate) fn saw_folder(&self) {
        self.folders.store(true, Ordering::Relaxed);
    }

    pub(crate) fn keeps_versions(&self) {
        self.versioned.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for AzureStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureStore")
            .field("endpoint", &self.place.endpoint)
            .field("container", &self.place.container)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for AzureStore {
    type Upload = Upload;

    fn kind(&self) -> &'static str {
        "azure"
    }

    fn place(&self) -> String {
        format!("azure {}", self.place.name())
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
        can.tags = true;
        can.server_side_copy = true;
        can.versions = self.versioned.load(Ordering::Relaxed);
        can.url = self.makes_urls();
        // Azure adds an MD5 up for blobs that are stored in one request only.
        can.checksum_md5 = false;
        can
    }

    fn limits(&self) -> Limits {
        Limits {
            put_max: PUT_MAX,
            part_max: BLOCK_MAX,
            parts_in_order: false,
            // 1,024 letters; the service counts those, in up to four bytes each.
            key_max: 4096,
            delete_batch: if self.batches() { BATCH } else { 1 },
            delete_tells: true,
        }
    }

    fn keeps_folders(&self) -> bool {
        self.folders.load(Ordering::Relaxed)
    }

    async fn make_folder(&self, key: &str) -> Result<()> {
        let folder = WriteOptions::new().user(FOLDER, "true").create_only();
        self.put_blob(key, Payload::new(), &folder).await.map(drop)
    }

    async fn probe(&self, prefix: &str) -> Result<()> {
        self.probe_container(prefix).await
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        match self.head_blob(key, version).await {
            Err(error) if version.is_some() => Err(self.of_version(key, error).await),
            result => result,
        }
    }

    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        match self.get_blob(key, options).await {
            Err(error) if options.version.is_some() => Err(self.of_version(key, error).await),
            result => result,
        }
    }

    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        self.put_blob(key, content, options).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.delete_blob(key).await
    }

    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        self.delete_same(key, etag).await
    }

    async fn delete_many(&self, keys: &[String]) -> Result<()> {
        self.delete_batch(keys).await
    }

    async fn list(&self, query: &ListQuery<'_>) -> Result<Page> {
        self.list_blobs(query).await
    }

    async fn begin(&self, key: &str, _options: &WriteOptions) -> Result<Upload> {
        crate::writer::check_key(key)?;
        Ok(Upload::new())
    }

    async fn part(&self, key: &str, upload: &Upload, part: Part) -> Result<String> {
        self.put_part(key, upload, part).await
    }

    async fn complete(
        &self,
        key: &str,
        upload: &Upload,
        parts: &[String],
        options: &WriteOptions,
    ) -> Result<Metadata> {
        self.commit(key, upload, parts, options).await
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        Some(upload.note())
    }

    async fn resume(
        &self,
        key: &str,
        note: &str,
        _options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        self.resume_blocks(key, note).await
    }

    /// Blocks that no blob lists are not visible and cost nothing once the service has removed them, after a week. There is
    /// no request that does it earlier and leaves a blob of the same name alone.
    async fn abort(&self, _key: &str, _upload: &Upload) -> Result<()> {
        Ok(())
    }

    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        self.copy_blob(source, from, to, options).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }

    async fn append(&self, key: &str, content: Payload) -> Result<Metadata> {
        self.append_content(key, content).await
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        self.list_versions(key).await
    }

    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        self.remove_version(key, version).await
    }

    async fn tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        self.get_tags(key).await
    }

    async fn set_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        self.replace_tags(key, tags).await
    }

    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        self.make_url(key, options).await
    }
}
