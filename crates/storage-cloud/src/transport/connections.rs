//! The connections of one mount in one runtime: how they are made, and how many requests use them at once.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use reqwest::{Certificate, Client, ClientBuilder, Proxy};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use storage_types::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::direct::Direct;
use super::exchange::{Broken, Response, ResponseBody};
use super::{Request, ensure_crypto_provider, unusable};
use crate::tuning::Tuning;

/// Clients, and the queue in front of them. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` where the caller made the client, or the configuration names a proxy. Of the environment's it knows itself.
    direct: Option<Direct>,
    /// Made when it is first needed.
    client: OnceLock<Client>,
    tuning: Tuning,
    queue: Queue,
}

impl Connections {
    /// `own` is a client that the caller made.
    pub(super) fn new(own: Option<&Client>, tuning: &Tuning) -> Result<Self> {
        let (client, direct) = match own {
            Some(own) => (own.clone().into(), None),
            None => (OnceLock::new(), Direct::new(tuning, || encryption(tuning))?),
        };
        Ok(Self(Arc::new(Inner { direct, client, tuning: tuning.clone(), queue: Queue::new(tuning) })))
    }

    pub(super) async fn turn(&self) -> Turn {
        self.0.queue.turn().await
    }

    /// reqwest's client.
    pub(super) fn client(&self) -> Result<&Client> {
        if let Some(client) = self.0.client.get() {
            return Ok(client);
        }
        let made = super::Transport::builder(&self.0.tuning)?.build().map_err(unusable)?;
        Ok(self.0.client.get_or_init(|| made))
    }

    /// Sends a request. The body of the answer is still to come.
    pub(super) async fn send(&self, request: Request) -> std::result::Result<Response, Broken> {
        if let Some(direct) = self.0.direct.as_ref().filter(|direct| direct.reaches(request.uri())) {
            let answer = direct.send(request).await.map_err(Broken::Direct)?;
            return Ok(answer.map(ResponseBody::Direct));
        }
        // Rare and large: boxed, so that the common way stays small.
        Box::pin(self.send_by_reqwest(request)).await
    }

    async fn send_by_reqwest(&self, request: Request) -> std::result::Result<Response, Broken> {
        let client = self.client().map_err(Broken::Setup)?;
        let request = request.try_into().map_err(Broken::Reqwest)?;
        let answer: http::Response<reqwest::Body> =
            client.execute(request).await.map_err(Broken::Reqwest)?.into();
        Ok(answer.map(ResponseBody::Reqwest))
    }
}

/// TLS as reqwest sets it up: the authorities of the machine, those of the configuration beside them, any version from 1.2 on.
fn encryption(tuning: &Tuning) -> Result<ClientConfig> {
    ensure_crypto_provider();
    let builder = ClientConfig::builder();
    let provider = builder.crypto_provider().clone();
    let verifier = match &tuning.ca_bundle {
        None => Verifier::new(provider),
        Some(path) => Verifier::new_with_extra_roots(authorities(path)?, provider),
    };
    let verifier = verifier.map_err(unusable)?;
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Who comes first goes first, so many at once.
#[derive(Debug, Clone)]
pub(crate) struct Queue(Arc<Semaphore>);

/// The right to use a connection, given back when it is dropped. Nothing that waits for the caller may hold one, since the caller
/// may be waiting for another.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "held, never looked at")] Option<OwnedSemaphorePermit>);

impl Queue {
    pub(crate) fn new(tuning: &Tuning) -> Self {
        Self(Arc::new(Semaphore::new(tuning.max_requests)))
    }

    pub(crate) async fn turn(&self) -> Turn {
        // It is never closed.
        Turn(self.0.clone().acquire_owned().await.ok())
    }
}

/// The authorities and the proxy of the configuration.
pub(super) fn configured(mut builder: ClientBuilder, tuning: &Tuning) -> Result<ClientBuilder> {
    if let Some(path) = &tuning.ca_bundle {
        let unusable = |_| unreadable(path, "is no PEM file");
        let found = authorities(path)?.into_iter().map(|der| Certificate::from_der(&der).map_err(unusable));
        builder = builder.tls_certs_merge(found.collect::<Result<Vec<_>>>()?);
    }
    match tuning.proxy.as_ref().map(storage_types::Secret::expose) {
        None => Ok(builder),
        Some("none") => Ok(builder.no_proxy()),
        Some(url) => Ok(builder.proxy(proxy(url)?)),
    }
}

/// The proxy of the field `proxy`.
///
/// # Errors
///
/// `Config`, without the URL: it may hold a password.
pub(crate) fn proxy(url: &str) -> Result<Proxy> {
    let wrong = || {
        Error::config("field `proxy`: it is no URL of a proxy")
            .with_hint("write it like `http://host:port` or `http://user:password@host:port`, or `none`")
    };
    let parsed: reqwest::Url = url.parse().map_err(|_| wrong())?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(wrong());
    }
    Proxy::all(url).map_err(|_| wrong())
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(path).map_err(|error| unreadable(path, &format!("cannot be read: {error}")))?;
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|_| unreadable(path, "is no PEM file"))?;
    if found.is_empty() {
        return Err(unreadable(path, "has no certificate in it")
            .with_hint("it is to hold the certificates of authorities in PEM, one behind the other"));
    }
    Ok(found)
}

fn unreadable(path: &Path, what: &str) -> Error {
    Error::config(format!("field `ca_bundle`: `{}` {what}", path.display()))
}
