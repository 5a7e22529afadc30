//! The clients of the SDK for programs, and where a blob is.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
    Transport as SdkTransport,
};
use azure_storage_blob::{
    BlobClient, BlobClientOptions, BlobContainerClient, BlobContainerClientOptions, BlobServiceClient,
    BlobServiceClientOptions,
};
use storage_cloud::transport::{Transport, exact_url, silent};
use storage_types::{Result, StoragePath};

use crate::backend::{AzureBackend, AzureStore};
use crate::error::Context;
use crate::request::API;
use crate::sdk::LONG;

/// The clients of the Azure SDK with the credentials, the endpoint and the connections of a mount, and the blob that a path
/// names.
///
/// Requests are authorised as those of the mount, with the account's key too, which the SDK by itself does not know. Tokens
/// of Entra ID are renewed as those of the mount. The clients can do whatever their credentials allow: they know neither the
/// `prefix` of the mount nor `read_only`.
#[non_exhaustive]
pub struct AzureNative {
    /// The account. A SAS token that is for the container alone allows nothing here.
    pub service: BlobServiceClient,
    /// The container of the mount.
    pub container: BlobContainerClient,
    /// The blob, by its exact name: from a name `BlobContainerClient::blob_client` would lose what a URL cannot hold. Of the
    /// root of a mount it names none.
    pub blob: BlobClient,
    /// The name of the container.
    pub container_name: String,
    /// The name of the blob, with the prefix of the mount.
    pub key: String,
}

impl AzureNative {
    /// The clients of `backend`, and the blob that `path` names there. No request is made.
    ///
    /// # Errors
    ///
    /// `Config` when the connections cannot be set up; `InvalidInput` when the name is too long or makes no URL.
    pub fn new(backend: &AzureBackend, path: &StoragePath) -> Result<Self> {
        let (store, key) = (backend.store(), backend.object_key(path)?);
        Ok(Self {
            service: store.service_client()?,
            container: store.container_client()?,
            blob: store.blob_client(&key)?,
            container_name: store.place.container.clone(),
            key,
        })
    }
}

impl fmt::Debug for AzureNative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureNative")
            .field("container_name", &self.container_name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl AzureStore {
    /// The SDK's client of the account.
    ///
    /// # Errors
    ///
    /// `Config` when the connections cannot be set up.
    pub fn service_client(&self) -> Result<BlobServiceClient> {
        let options =
            BlobServiceClientOptions { client_options: self.native_options()?, version: API.to_owned() };
        let made = BlobServiceClient::new(
            exact_url(&self.authorised(&self.place.service_url()))?,
            None,
            Some(options),
        );
        made.map_err(|error| self.explain_sdk(error, Context::default()))
    }

    /// The SDK's client of the container.
    ///
    /// # Errors
    ///
    /// As [`service_client`](Self::service_client).
    pub fn container_client(&self) -> Result<BlobContainerClient> {
        let options =
            BlobContainerClientOptions { client_options: self.native_options()?, version: API.to_owned() };
        let url = exact_url(&self.authorised(&self.place.container_url()))?;
        let made = BlobContainerClient::new(url, None, Some(options));
        made.map_err(|error| self.explain_sdk(error, Context::default()))
    }

    /// The SDK's client of the blob with this name, prefix included.
    ///
    /// # Errors
    ///
    /// As [`service_client`](Self::service_client); `InvalidInput` when the name cannot stand in a URL.
    pub fn blob_client(&self, key: &str) -> Result<BlobClient> {
        let options = BlobClientOptions { client_options: self.native_options()?, version: API.to_owned() };
        let made =
            BlobClient::new(exact_url(&self.authorised(&self.place.blob_url(key)))?, None, Some(options));
        made.map_err(|error| self.explain_sdk(error, Context::default()))
    }

    /// The options of clients that nobody here stands around: they repeat by themselves.
    fn native_options(&self) -> Result<ClientOptions> {
        // Now, so that an unusable certificate is told as what it is.
        self.transport.client()?;
        let retries = ExponentialRetryOptions {
            max_retries: self.transport.retry().attempts().saturating_sub(1),
            ..ExponentialRetryOptions::default()
        };
        Ok(ClientOptions {
            transport: Some(SdkTransport::new(Arc::new(Connections(self.transport.clone())))),
            retry: RetryOptions::exponential(retries),
            ..self.sdk_options()?
        })
    }
}

/// The mount's connections in whichever runtime a call is made.
#[derive(Debug)]
struct Connections(Transport);

#[async_trait]
impl HttpClient for Connections {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let broken = azure_core::error::ErrorKind::Io;
        let client = self.0.client().map_err(|error| azure_core::Error::new(broken.clone(), error))?;
        let patience = self.0.patience(request.body().len().unwrap_or_default()).max(LONG);
        let answer = tokio::time::timeout(patience, client.execute_request(request)).await;
        answer.unwrap_or_else(|_| Err(azure_core::Error::new(broken, silent())))
    }
}
