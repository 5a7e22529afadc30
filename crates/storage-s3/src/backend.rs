//! A bucket as a store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use storage_cloud::object::{
    Arrived, Download, Limits, ListQuery, ObjectBackend, OpenUpload, Page, Part, Store,
};
use storage_cloud::secrets::Secrets;
use storage_cloud::transport::{Payload, PerRuntime, Transport};
use storage_cloud::tuning::Tuning;
use storage_types::{
    Capabilities, Error, ErrorKind, Metadata, PresignOptions, ReadOptions, Result, Version, WriteOptions,
};
use tokio::sync::OnceCell;

use crate::answer::Habits;
use crate::conditions::Conditions;
use crate::config::{PART_MAX, S3Config};
use crate::place::{self, Place};
use crate::sign::Signer;
use crate::writer::Upload;

fn says_nothing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::PermissionDenied => true,
        ErrorKind::Unexpected => !error.is_retryable(),
        _ => false,
    }
}

/// A mount of a bucket.
pub type S3Backend = ObjectBackend<S3Store>;

/// A bucket.
pub struct S3Store {
    pub(crate) config: S3Config,
    /// The signature covers the content.
    pub(crate) signs_content: bool,
    pub(crate) tuning: Tuning,
    pub(crate) transport: Transport,
    pub(crate) signer: Signer,
    pub(crate) sdk: PerRuntime<aws_sdk_s3::Client>,
    pub(crate) habits: Habits,
    pub(crate) conditions: Conditions,
    place: OnceCell<Place>,
    versioned: AtomicBool,
    /// The bucket was asked whether it keeps versions.
    probed: AtomicBool,
}

impl S3Store {
    pub(crate) fn new(config: S3Config, tuning: &Tuning) -> Result<Self> {
        if let Some(endpoint) = &config.endpoint {
            place::parse(endpoint)?;
        }
        Ok(Self {
            signs_content: config.signs_content(),
            conditions: Conditions::new(config.conditional_writes),
            config,
            tuning: tuning.clone(),
            transport: Transport::new(tuning),
            signer: Signer::default(),
            sdk: PerRuntime::new(),
            habits: Habits::default(),
            place: OnceCell::new(),
            versioned: AtomicBool::new(false),
            probed: AtomicBool::new(false),
        })
    }

    /// Where the bucket is, found out once.
    pub(crate) async fn place(&self) -> Result<&Place> {
        self.place.get_or_try_init(|| Place::find(&self.config)).await
    }

    /// What no message may show, as far as the configuration says it and the credentials of the moment.
    pub(crate) fn secrets(&self) -> Secrets {
        let given = [&self.config.secret_access_key, &self.config.session_token, &self.config.customer_key];
        let given = given.into_iter().flatten().fold(Secrets::new(), |all, secret| all.with(secret.expose()));
        let keys = self.place.get().and_then(|place| place.credentials.at_hand());
        given
            .with_some(keys.as_ref().map(Credentials::secret_access_key))
            .with_some(keys.as_ref().and_then(|keys| keys.session_token()))
    }

    /// Asks the bucket whether it keeps versions.
    async fn learn_versioning(&self) -> Result<()> {
        self.versioned.store(self.keeps_versions().await?, Ordering::Relaxed);
        self.probed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Refuses what needs versions, in a bucket that keeps none.
    async fn demand_versions(&self) -> Result<()> {
        if self.versioned.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Who may not ask may still be allowed to read versions.
        let unknown = !self.probed.load(Ordering::Relaxed) && self.learn_versioning().await.is_err();
        if unknown || self.versioned.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(Error::unsupported("keep versions").with_hint("switch versioning of the bucket on"))
    }

    /// Only buckets that keep versions give ids.
    pub(crate) fn saw_version(&self, id: Option<&str>) {
        if id.is_some() && !self.versioned.load(Ordering::Relaxed) {
            self.versioned.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store")
            .field("bucket", &self.config.bucket)
            .field("endpoint", &self.config.endpoint)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for S3Store {
    type Upload = Upload;

    fn kind(&self) -> &'static str {
        "s3"
    }

    fn place(&self) -> String {
        let endpoint = self.config.endpoint.as_deref().unwrap_or("amazon").trim_end_matches('/');
        format!("s3 {}/{}", endpoint.to_ascii_lowercase(), self.config.bucket)
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can.create_only = self.conditions.create_holds();
        can.compare_and_set = self.conditions.compare_holds();
        can.conditional_delete = can.compare_and_set;
        can.user_metadata = true;
        can.tags = true;
        can.versions = self.versioned.load(Ordering::Relaxed);
        can.server_side_copy = true;
        can.url = true;
        can.checksum_md5 = true;
        can
    }

    fn limits(&self) -> Limits {
        Limits {
            put_max: PART_MAX,
            part_max: PART_MAX,
            parts_in_order: false,
            key_max: 1024,
            delete_batch: 1000,
            delete_tells: false,
        }
    }

    async fn probe(&self, prefix: &str) -> Result<()> {
        // A listing says what is wrong in words; an answer to HEAD has none.
        let query = ListQuery { prefix, limit: Some(1), ..ListQuery::default() };
        self.list_objects(&query).await?;
        match self.learn_versioning().await {
            // Keys that may only read objects are common, and a store may not know the question.
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => {}
            result => result?,
        }
        self.try_conditions(prefix).await
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        match self.head_object(key, version).await {
            // Answers to HEAD have no words. One that has says what is really wrong: a wrong key, one that expired (a bad request),
            // another region.
            Err(error) if says_nothing(&error) => {
                let query = ListQuery { prefix: key, limit: Some(1), ..ListQuery::default() };
                let told = self.list_objects(&query).await.err();
                Err(told.filter(|told| told.kind() != ErrorKind::PermissionDenied).unwrap_or(error))
            }
            result => result,
        }
    }

    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        if options.version.is_some() {
            self.demand_versions().await?;
        }
        match self.get_object(key, options).await {
            Err(refusal) if refusal.kind() == ErrorKind::InvalidInput => {
                self.get_long_suffix(key, options, refusal).await
            }
            result => result,
        }
    }

    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        self.conditions.check(&options.mode)?;
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
        self.conditions.check(&options.mode)?;
        self.begin_upload(key, options).await
    }

    async fn part(&self, key: &str, upload: &Upload, part: Part) -> Result<String> {
        self.send_part(key, upload, part).await
    }

    async fn complete(
        &self,
        key: &str,
        upload: &Upload,
        parts: &[String],
        options: &WriteOptions,
    ) -> Result<Metadata> {
        self.complete_upload(key, upload, parts, options).await
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        Some(upload.0.clone())
    }

    async fn resume(
        &self,
        key: &str,
        note: &str,
        _options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        let upload = Upload(note.to_owned());
        let arrived = self.arrived_parts(key, &upload).await?;
        Ok(arrived.map(|arrived| (upload, arrived)))
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<OpenUpload>> {
        self.open_uploads(prefix).await
    }

    async fn abort_open(&self, key: &str, id: &str) -> Result<bool> {
        self.abort_open_upload(key, id).await
    }

    async fn abort(&self, key: &str, upload: &Upload) -> Result<()> {
        self.abort_upload(key, upload).await
    }

    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        self.conditions.check(&options.mode)?;
        self.copy_object(source, from, to, options).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        self.demand_versions().await?;
        self.list_versions(key).await
    }

    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        self.demand_versions().await?;
        self.delete_one_version(key, version).await
    }

    async fn tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        self.object_tags(key).await
    }

    async fn set_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        // A store that knows no tags stores the list of them as the content, over what is there.
        self.object_tags(key).await.map_err(without_tags)?;
        self.replace_tags(key, tags).await
    }

    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        self.presigned(key, options).await
    }
}

/// What a question about tags fails with where the store answers it with something else.
fn without_tags(error: Error) -> Error {
    if error.kind() == ErrorKind::Unexpected {
        Error::unsupported("keep tags").with_source(error)
    } else {
        error
    }
}
