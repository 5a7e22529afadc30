//! What goes over the SDK: its pipeline, with our connections, our authorisation and our rules of trying again.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{ClientOptions, Etag, RetryOptions, Transport as SdkTransport};
use azure_storage_blob::{BlobClient, BlobClientOptions};
use http::{HeaderMap, HeaderName, HeaderValue};
use storage_cloud::transport::{Replay, exact_url, quoted, silent};
use storage_types::Result;

use crate::answer::AnswerPolicy;
use crate::auth::AuthPolicy;
use crate::backend::AzureStore;
use crate::error::{Context, Demand, left_nothing};
use crate::request::API;

/// For what the service may take its time over: copies, and blobs of many blocks.
pub(crate) const LONG: Duration = Duration::from_secs(10 * 60);

impl AzureStore {
    /// The SDK's client of a blob. Made from its URL: from its name the SDK would lose some.
    pub(crate) fn sdk_blob(&self, key: &str) -> Result<BlobClient> {
        let url = exact_url(&self.authorised(&self.place.blob_url(key)))?;
        let options = BlobClientOptions { client_options: self.sdk_options()?, version: API.to_owned() };
        BlobClient::new(url, None, Some(options)).map_err(|error| self.explain_sdk(error, Context::default()))
    }

    /// A URL with what authorises requests in its query, where that is the way.
    pub(crate) fn authorised<'a>(&self, url: &'a str) -> Cow<'a, str> {
        let Some(query) = self.auth.query() else { return url.into() };
        let mark = if url.contains('?') { '&' } else { '?' };
        format!("{url}{mark}{query}").into()
    }

    pub(crate) fn sdk_options(&self) -> Result<ClientOptions> {
        let client = self.transport.client()?;
        Ok(ClientOptions {
            per_try_policies: vec![Arc::new(AuthPolicy(self.auth.clone())), Arc::new(AnswerPolicy)],
            retry: RetryOptions::none(),
            transport: Some(SdkTransport::new(Arc::new(client))),
            ..ClientOptions::default()
        })
    }

    /// How long the server may be silent over a call that is much work for it.
    pub(crate) fn long_patience(&self) -> Duration {
        self.transport.patience(0).max(LONG)
    }

    /// Makes a call over the SDK, again where that helps. Each try may take as long as `patience`: the SDK has no bound of
    /// its own.
    pub(crate) async fn over_sdk<T, F>(
        &self,
        replay: Replay,
        context: Context,
        patience: Duration,
        call: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output = azure_core::Result<T>>,
    {
        let replay = if context.demand == Demand::None { replay } else { Replay::Unprocessed };
        let mut tries = self.transport.retry().start();
        loop {
            // Beforehand, so that the time a token takes is not the server's.
            self.auth.prepare().await?;
            let (error, may_repeat) = match tokio::time::timeout(patience, call()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => {
                    let may_repeat = replay == Replay::Always || left_nothing(&failure);
                    (self.explain_sdk(failure, context), may_repeat)
                }
                Err(_elapsed) => (silent(), replay == Replay::Always),
            };
            if !may_repeat {
                return Err(replay.uncertain(error));
            }
            if !tries.again(&error).await {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use storage_cloud::transport::Transport;
    use storage_cloud::tuning::Tuning;
    use storage_types::ErrorKind;
    use tokio::net::TcpListener;

    use super::*;
    use crate::auth::Auth;
    use crate::place::Place;

    #[tokio::test]
    async fn a_silent_server_is_asked_again_where_that_does_no_harm() {
        // Connections wait here, and nobody takes them.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/acct", listener.local_addr().unwrap());
        let mut tuning = Tuning::default();
        (tuning.read_timeout, tuning.attempts) = (Duration::from_millis(50), 3);
        let place = Place::new(Some(&endpoint), None, "box").unwrap();
        let store = AzureStore::new(place, Auth::Anonymous, Transport::new(&tuning));
        let client = store.sdk_blob("k").unwrap();
        for (replay, expected) in [(Replay::Always, 3), (Replay::Unprocessed, 1)] {
            let tries = AtomicUsize::new(0);
            let ask = || {
                tries.fetch_add(1, Ordering::Relaxed);
                async { client.get_properties(None).await }
            };
            let patience = store.transport.patience(0);
            let error = store.over_sdk(replay, Context::default(), patience, ask).await.unwrap_err();
            assert_eq!((error.kind(), tries.into_inner()), (ErrorKind::Timeout, expected), "{error}");
        }
    }
}
