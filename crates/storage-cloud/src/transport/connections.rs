//! The connections of one mount in one runtime: how they are made, and how many requests use them at once.

use std::sync::Arc;

use reqwest::{Certificate, Client, ClientBuilder, Proxy};
use storage_types::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::unusable;
use crate::tuning::Tuning;

/// A client, and the queue in front of it.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    pub(super) client: Client,
    queue: Queue,
}

impl Connections {
    /// `own` is a client that the caller made.
    pub(super) fn new(own: Option<&Client>, tuning: &Tuning) -> Result<Self> {
        let client = match own {
            Some(client) => client.clone(),
            None => super::Transport::builder(tuning)?.build().map_err(|error| unusable(&error))?,
        };
        Ok(Self { client, queue: Queue::new(tuning) })
    }

    pub(super) async fn turn(&self) -> Turn {
        self.queue.turn().await
    }
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
        builder = builder.tls_certs_merge(authorities(path)?);
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

fn authorities(path: &std::path::Path) -> Result<Vec<Certificate>> {
    let wrong = |what: String| Error::config(format!("field `ca_bundle`: `{}` {what}", path.display()));
    let text = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let found = Certificate::from_pem_bundle(&text).map_err(|_| wrong("is no PEM file".to_owned()))?;
    if found.is_empty() {
        return Err(wrong("has no certificate in it".to_owned())
            .with_hint("it is to hold the certificates of authorities in PEM, one behind the other"));
    }
    Ok(found)
}
