//! Who asks: tokens and signatures, made when they are first needed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials, EntityTag};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_auth::signer::Signer;
use http::{Extensions, HeaderMap};
use storage_cloud::transport::{PerRuntime, ensure_crypto_provider};
use storage_types::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

use crate::credentials::{Source, make_credentials, make_signer};

/// How long a token or a signature may take: less than the transport waits for a request to be made, so that the error is
/// the one from here.
const TOKEN: Duration = Duration::from_secs(55);

/// The credentials of a mount.
#[derive(Debug)]
pub(crate) struct Auth {
    source: Source,
    ready: PerRuntime<Arc<Ready>>,
}

/// Credentials at work. Tasks of the runtime they were made in renew their tokens.
#[derive(Debug)]
struct Ready {
    credentials: Credentials,
    known: Mutex<Option<(EntityTag, HeaderMap)>>,
    signer: Mutex<Option<Signer>>,
}

impl Auth {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, ready: PerRuntime::new() }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.source == Source::Anonymous
    }

    /// The headers that say who asks.
    pub(crate) async fn headers(&self) -> Result<HeaderMap> {
        if self.is_anonymous() {
            return Ok(HeaderMap::new());
        }
        let told = in_time(async {
            let ready = self.ready().await?;
            ready.headers().await.map_err(|error| no_token(&self.source, error))
        });
        let told = told.await;
        if told.is_err() {
            // Nothing renews a token after it failed for good, so the next call begins anew.
            self.ready.forget();
        }
        told
    }

    /// The cloud that the credentials are for, where they name one ("universe domain").
    #[cfg(feature = "gcs-sdk")]
    pub(crate) async fn universe_domain(&self) -> Option<String> {
        if self.is_anonymous() {
            return None;
        }
        self.ready().await.ok()?.credentials.universe_domain().await
    }

    /// Makes the credentials anew, from their file, for the next call. `false` where there are none.
    pub(crate) fn forget(&self) -> bool {
        self.ready.forget();
        !self.is_anonymous()
    }

    /// What signs URLs.
    pub(crate) async fn signer(&self) -> Result<Signer> {
        let ready = self.ready().await?;
        if let Some(signer) = &*lock(&ready.signer) {
            return Ok(signer.clone());
        }
        let source = self.source.clone();
        let signer = unblock(move || make_signer(&source)).await?;
        Ok(lock(&ready.signer).get_or_insert(signer).clone())
    }

    async fn ready(&self) -> Result<Arc<Ready>> {
        if let Some(ready) = self.ready.current() {
            return Ok(ready);
        }
        let source = self.source.clone();
        let credentials = unblock(move || make_credentials(&source)).await?;
        let ready = Ready { credentials, known: Mutex::default(), signer: Mutex::default() };
        Ok(self.ready.keep(Arc::new(ready)))
    }
}

impl Ready {
    async fn headers(&self) -> Result<HeaderMap, CredentialsError> {
        let known = lock(&self.known).clone();
        let mut extensions = Extensions::new();
        if let Some((tag, _)) = &known {
            extensions.insert(tag.clone());
        }
        match (self.credentials.headers(extensions).await?, known) {
            (CacheableResource::NotModified, Some((_, headers))) => Ok(headers),
            (CacheableResource::NotModified, None) => Ok(HeaderMap::new()),
            (CacheableResource::New { entity_tag, mut data }, _) => {
                data.values_mut().for_each(|value| value.set_sensitive(true));
                *lock(&self.known) = Some((entity_tag, data.clone()));
                Ok(data)
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What asks a server for a token or a signature; the library that does so sets no bound.
///
/// # Errors
///
/// `Timeout` when nobody answers.
pub(crate) async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(TOKEN, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Timeout, "the service that vouches for the mount did not answer in time")
            .with_hint("check the network and the proxy, and where the credentials of the mount come from"))
    })
}

/// Files are read on the blocking pool.
async fn unblock<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    ensure_crypto_provider();
    spawn_blocking(work).await.unwrap_or_else(|lost| {
        Err(Error::new(ErrorKind::Interrupted, "the credentials could not be made ready")
            .with_retryable(false)
            .with_source(lost))
    })
}

fn no_token(source: &Source, error: CredentialsError) -> Error {
    let message = "no access token is to be had";
    let hint = match source {
        Source::Default => {
            "name a file in `credentials_file` or GOOGLE_APPLICATION_CREDENTIALS, run `gcloud auth \
             application-default login`, or say `anonymous: true` for a public bucket"
        }
        _ => "check that the credentials are valid, and that the machine's clock is right",
    };
    let told = Error::new(ErrorKind::Unauthenticated, message).with_hint(hint).with_source(error);
    // The server that gives tokens may repeat what it was sent.
    source.secrets().clean(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let auth = Auth::new(Source::File("/nowhere/key.json".into()));
        let error = auth.headers().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("`/nowhere/key.json`"), "{error}");
    }

    #[tokio::test]
    async fn nobody_has_no_headers() {
        assert!(Auth::new(Source::Anonymous).headers().await.unwrap().is_empty());
    }
}
