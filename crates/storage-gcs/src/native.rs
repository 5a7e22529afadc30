//! The clients of Google's SDK for programs, and where an object is.

use std::sync::Arc;
use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials, CredentialsProvider, EntityTag};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_gax::error::Error as SdkError;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::retry_policy::{RetryPolicy, RetryPolicyExt as _};
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;
use google_cloud_gax::throttle_result::ThrottleResult;
use google_cloud_storage::client::{Storage, StorageControl};
use google_cloud_storage::retry_policy::RetryableErrors;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use storage_cloud::transport::ensure_crypto_provider;
use storage_types::{Error, Result, StoragePath};

use crate::auth::Auth;
use crate::backend::{GcsBackend, GcsStore};

/// The client of Google's SDK with the credentials and the endpoint of a mount, and the object that a path names.
///
/// Tokens are those of the mount, and renewed with them, also when the service refuses one before its time. The client can do
/// whatever its credentials allow: it knows neither the `prefix` of the mount nor `read_only`. Its connections are its own, since the SDK takes none from others: the proxy is that
/// of the environment, and authorities are those of the machine.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GcsNative {
    /// Content, over the JSON API. Cheap to clone. Its connections belong to the tokio runtime that first uses it.
    pub client: Storage,
    /// The bucket as the SDK names it: `projects/_/buckets/NAME`.
    pub bucket: String,
    /// The name of the object, with the prefix of the mount.
    pub key: String,
    store: GcsStore,
}

impl GcsNative {
    /// A client with the credentials of `backend`, and the object that `path` names there. Each call makes a new client, with
    /// connections of its own.
    ///
    /// # Errors
    ///
    /// Those of [`GcsStore::client`]; `InvalidInput` when the name is too long.
    pub async fn new(backend: &GcsBackend, path: &StoragePath) -> Result<Self> {
        let (store, key) = (backend.store(), backend.object_key(path)?);
        let bucket = format!("projects/_/buckets/{}", store.bucket);
        Ok(Self { client: store.client().await?, bucket, key, store: store.clone() })
    }

    /// The client for everything but content (buckets, listings, metadata, folders), over gRPC. A service that speaks JSON
    /// alone, as emulators do, refuses its calls.
    ///
    /// # Errors
    ///
    /// As [`GcsStore::client`].
    pub async fn control(&self) -> Result<StorageControl> {
        self.store.control_client().await
    }
}

impl GcsStore {
    /// A client of the SDK for content.
    ///
    /// # Errors
    ///
    /// `Unsupported` when the mount has a `ca_bundle`, a `proxy` or a client of its own, which the SDK cannot be given;
    /// `Config` and `Unauthenticated` when the credentials are of no use.
    pub async fn client(&self) -> Result<Storage> {
        self.demand_plain_connections()?;
        let builder = Storage::builder()
            .with_endpoint(&*self.endpoint)
            .with_credentials(self.native_credentials())
            .with_retry_policy(self.native_retries());
        builder.build().await.map_err(unusable)
    }

    /// A client of the SDK for everything but content, over gRPC.
    ///
    /// # Errors
    ///
    /// As [`client`](Self::client).
    pub async fn control_client(&self) -> Result<StorageControl> {
        self.demand_plain_connections()?;
        let builder = StorageControl::builder()
            .with_endpoint(&*self.endpoint)
            .with_credentials(self.native_credentials())
            .with_retry_policy(self.native_retries());
        builder.build().await.map_err(unusable)
    }

    /// The connections of the mount would not be those of the client, and its requests would go another way than was said.
    fn demand_plain_connections(&self) -> Result<()> {
        ensure_crypto_provider();
        match self.transport.tuning().own_connections() {
            None => Ok(()),
            Some(field) => Err(Error::unsupported(format!(
                "give a client of Google's SDK with its `{field}`"
            ))
            .with_hint(
                "take the field out of the mount, and set HTTPS_PROXY or SSL_CERT_FILE for the whole program",
            )),
        }
    }

    fn native_credentials(&self) -> Credentials {
        Credentials::from(OfMount { auth: self.auth.clone(), user_project: self.user_project.clone() })
    }

    fn native_retries(&self) -> impl RetryPolicy + 'static {
        let usual = RetryableErrors.with_attempt_limit(self.transport.retry().attempts());
        RenewTokens { usual, auth: self.auth.clone() }
    }
}

fn unusable(error: google_cloud_gax::client_builder::Error) -> Error {
    Error::config("the client of Google's SDK cannot be set up").with_source(error)
}

/// Has the SDK try once more with a new token when the service refuses one before its time. Nothing was done then, so it does not
/// matter whether the call may be repeated.
#[derive(Debug)]
struct RenewTokens<P> {
    usual: P,
    auth: Arc<Auth>,
}

impl<P: RetryPolicy> RetryPolicy for RenewTokens<P> {
    fn on_error(&self, state: &RetryState, error: SdkError) -> RetryResult {
        let refused = error.http_status_code() == Some(401)
            || error.status().is_some_and(|status| status.code == Code::Unauthenticated);
        if refused && state.attempt_count <= 1 && self.auth.forget() {
            return RetryResult::Continue(error);
        }
        self.usual.on_error(state, error)
    }

    fn on_throttle(&self, state: &RetryState, error: SdkError) -> ThrottleResult {
        self.usual.on_throttle(state, error)
    }

    fn remaining_time(&self, state: &RetryState) -> Option<Duration> {
        self.usual.remaining_time(state)
    }
}

/// The credentials of a mount, for the SDK.
#[derive(Debug)]
struct OfMount {
    auth: Arc<Auth>,
    user_project: Option<HeaderValue>,
}

impl CredentialsProvider for OfMount {
    async fn headers(&self, _: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let told = self.auth.headers().await;
        let mut data = told.map_err(|error| CredentialsError::from_source(error.is_retryable(), error))?;
        if let Some(project) = &self.user_project {
            data.insert(HeaderName::from_static("x-goog-user-project"), project.clone());
        }
        Ok(CacheableResource::New { entity_tag: EntityTag::new(), data })
    }

    async fn universe_domain(&self) -> Option<String> {
        self.auth.universe_domain().await
    }
}
