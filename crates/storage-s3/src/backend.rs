//! A bucket as a store.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use storage_cloud::object::{Limits, ListObjects, ListQuery, ObjectBackend, Store};
use storage_cloud::secrets::Secrets;
use storage_cloud::transport::{PerRuntime, Transport, in_runtime};
use storage_cloud::tuning::Tuning;
use storage_types::{Capabilities, Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use crate::answer::Habits;
use crate::conditions::Conditions;
use crate::config::{PART_MAX, S3Config};
use crate::place::{self, Place};
use crate::sign::Signer;

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
        in_runtime()?;
        match self.place.get() {
            Some(place) => Ok(place),
            // Once and large: boxed, so that requests stay small.
            None => Box::pin(self.place.get_or_try_init(|| Place::find(&self.config, &self.transport))).await,
        }
    }

    /// The same, as far as it is known.
    pub(crate) fn known_place(&self) -> Option<&Place> {
        self.place.get()
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
    pub(crate) async fn demand_versions(&self) -> Result<()> {
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
        self.list(&query).await?;
        match self.learn_versioning().await {
            // Keys that may only read objects are common, and a store may not know the question.
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => {}
            result => result?,
        }
        self.try_conditions(prefix).await
    }
}
