//! What goes over the SDK: its pipeline, with our connections, our authorisation and our rules of trying again.

use std::sync::Arc;

use azure_core::http::{ClientOptions, Etag, RetryOptions, Transport as SdkTransport};
use azure_storage_blob::{BlobClient, BlobClientOptions};
use http::{HeaderMap, HeaderName, HeaderValue};
use storage_cloud::transport::Replay;
use storage_types::{Error, Result};

use crate::auth::AuthPolicy;
use crate::backend::AzureStore;
use crate::error::{Context, Demand, left_nothing};
use crate::headers::quoted;
use crate::request::API;

impl AzureStore {
    /// The SDK's client of a blob. Made from its URL: from its name the SDK would lose some.
    pub(crate) fn sdk_blob(&self, key: &str) -> Result<BlobClient> {
        let mut url = self.place.blob_url(key);
        if let Some(query) = self.auth.query() {
            url.push('?');
            url.push_str(query);
        }
        let url = url.parse().map_err(|_| Error::invalid("the key makes no URL"))?;
        let options = BlobClientOptions { client_options: self.sdk_options()?, version: API.to_owned() };
        BlobClient::new(url, None, Some(options)).map_err(|error| self.explain_sdk(error, Context::default()))
    }

    fn sdk_options(&self) -> Result<ClientOptions> {
        let client = self.transport.client()?.clone();
        Ok(ClientOptions {
            per_try_policies: vec![Arc::new(AuthPolicy(self.auth.clone()))],
            retry: RetryOptions::none(),
            transport: Some(SdkTransport::new(Arc::new(client))),
            ..ClientOptions::default()
        })
    }

    /// Makes a call over the SDK, again where that helps.
    pub(crate) async fn over_sdk<T, F>(
        &self,
        replay: Replay,
        context: Context,
        call: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output = azure_core::Result<T>>,
    {
        let replay = if context.demand == Demand::None { replay } else { Replay::Unprocessed };
        let mut tries = self.transport.retry().start();
        loop {
            let failure = match call().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let may_repeat = replay == Replay::Always || left_nothing(&failure);
            let error = self.explain_sdk(failure, context);
            if !(may_repeat && error.is_retryable() && tries.wait(None).await) {
                return Err(error);
            }
        }
    }
}

/// The headers of an answer of the SDK's.
pub(crate) fn header_map(theirs: &azure_core::http::headers::Headers) -> HeaderMap {
    let pair = |name: &str, value: &str| {
        Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
    };
    theirs.iter().filter_map(|(name, value)| pair(name.as_str(), value.as_str())).collect()
}

/// An ETag for a condition.
pub(crate) fn etag(text: &str) -> Etag {
    quoted(text).into()
}
