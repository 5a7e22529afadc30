//! A bucket as a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::{HeaderValue, Method};
use serde::Deserialize;
use storage_cloud::object::{Limits, ListObjects, ListQuery, ObjectBackend, ObjectTags, Store};
use storage_cloud::transport::Transport;
use storage_cloud::tuning::Tuning;
use storage_types::{Capabilities, ErrorKind, Result};

use crate::auth::Auth;
use crate::credentials::Source;
use crate::remove::BATCH;
use crate::resumable::PART_MAX;

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
        let enabled =
            self.ask::<Bucket>(&call).await?.versioning.is_some_and(|versioning| versioning.enabled);
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

    async fn probe(&self, prefix: &str) -> Result<()> {
        let query = ListQuery { prefix, limit: Some(1), ..ListQuery::default() };
        self.list(&query).await?;
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
}

impl ObjectTags for GcsStore {}

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
