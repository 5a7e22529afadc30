//! What goes over the SDK: the rare requests.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, Result};

use crate::backend::S3Store;
use crate::connector;
use crate::error::{Context, Report, is_of_old_keys};
use crate::renewed::RenewKeys;

impl S3Store {
    /// The client of the SDK, with the place and the credentials of the mount: for everything that the library has no
    /// call for. When the service refuses keys that others have replaced meanwhile, a call is made again with the new ones.
    ///
    /// # Errors
    ///
    /// `Config` and `Unauthenticated` when there is no place or nobody to ask.
    pub async fn client(&self) -> Result<Client> {
        let credentials = self.place().await?.credentials.clone();
        let config = self.sdk().await?.config().to_builder();
        Ok(Client::from_conf(config.retry_classifier(RenewKeys(credentials)).build()))
    }

    /// The client for the calls of this crate, which renew keys by themselves.
    async fn sdk(&self) -> Result<Client> {
        let place = self.place().await?;
        self.sdk.get_or_try_init(|| {
            storage_cloud::transport::ensure_crypto_provider();
            let timeouts = TimeoutConfig::builder().connect_timeout(self.tuning.connect_timeout);
            let mut config = aws_sdk_s3::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .http_client(connector::http_client(&self.transport))
                .region(Region::new(place.region.clone()))
                .force_path_style(place.address.path_style)
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .retry_config(RetryConfig::standard().with_max_attempts(self.tuning.attempts))
                .timeout_config(timeouts.read_timeout(self.tuning.read_timeout).build());
            config.set_endpoint_url(place.address.endpoint.clone());
            let config = match place.credentials.provider() {
                Some(provider) => config.credentials_provider(provider),
                None => config.allow_no_auth(),
            };
            // Keys are kept here already, and renewed here.
            Ok(Client::from_conf(config.identity_cache(IdentityCache::no_cache()).build()))
        })
    }

    /// Makes a call over the SDK, once more when the service refused keys that others have replaced.
    async fn over_sdk<T, E, R, F>(&self, context: &Context, call: impl Fn(Client) -> F) -> Result<T>
    where
        F: Future<Output = Result<T, SdkError<E, R>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static + StatusOf,
    {
        let (credentials, client) = (&self.place().await?.credentials, self.sdk().await?);
        let renewals = credentials.renewals();
        let error = match call(client.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        if code.is_some_and(is_of_old_keys) && credentials.renewed(renewals).await {
            return call(client).await.map_err(|error| self.of_sdk(error, context));
        }
        Err(self.of_sdk(error, context))
    }

    /// The error of a call of the SDK, by the same rules as those of our own.
    fn of_sdk<E, R>(&self, error: SdkError<E, R>, context: &Context) -> Error
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static + StatusOf,
    {
        let told = match &error {
            SdkError::ServiceError(service) => {
                let mut report = Report::default();
                service.err().code().unwrap_or_default().clone_into(&mut report.code);
                report.message = redact(service.err().message().unwrap_or_default());
                self.of_code(&report, service.raw().status(), context)
            }
            SdkError::TimeoutError(_) => Error::new(ErrorKind::Timeout, "the server was silent for too long"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                Error::new(ErrorKind::Timeout, "the server was silent for too long")
            }
            SdkError::ConstructionFailure(_) => Error::invalid("the request cannot be built"),
            _ => Error::new(ErrorKind::Interrupted, "the connection broke"),
        };
        self.secrets().clean(told.with_source(error))
    }

    pub(crate) async fn object_tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let bucket = &self.config.bucket;
        let ask =
            |client: Client| async move { client.get_object_tagging().bucket(bucket).key(key).send().await };
        let answer = self.over_sdk(&Context::default(), ask).await?;
        Ok(answer.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
    }
}

/// The status of an answer of the SDK.
trait StatusOf {
    fn status(&self) -> u16;
}

impl StatusOf for aws_sdk_s3::config::http::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}
