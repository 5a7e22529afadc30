//! A URL into a node.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use storage_cloud::tuning::Tuning;
use storage_core::{CHUNK, ReadStream, StorageNode};
use storage_types::{Error, ErrorKind, Metadata, ReadOptions, Result, Secret, WriteOptions};
use tokio::time::Instant;

use crate::client::{Client, Rules};
use crate::config::{MAX_REDIRECTS, headers};
use crate::place::Place;
use crate::reader::Stream;
use crate::redirect::Slash;

/// How a URL is fetched.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchOptions {
    /// The URL and its redirects may lead to private addresses. Without it no proxy is taken, because a proxy looks
    /// names up by itself.
    pub allow_private: bool,
    /// Redirects that are followed.
    pub max_redirects: u32,
    /// Further headers, sent to the origin of the URL and nowhere else.
    pub headers: BTreeMap<String, Secret>,
    /// Content larger than this is refused, in bytes.
    pub max_bytes: Option<u64>,
    /// How long all of it may take.
    pub timeout: Option<Duration>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long the server may be silent.
    pub read_timeout: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
}

impl Default for FetchOptions {
    fn default() -> Self {
        let tuning = Tuning::default();
        Self {
            allow_private: false,
            max_redirects: MAX_REDIRECTS,
            headers: BTreeMap::new(),
            max_bytes: None,
            timeout: None,
            connect_timeout: tuning.connect_timeout,
            read_timeout: tuning.read_timeout,
            attempts: tuning.attempts,
        }
    }
}

impl FetchOptions {
    /// Public addresses only, 10 redirects, no limit of size and time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The URL and its redirects may lead to private addresses.
    #[must_use]
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Redirects that are followed.
    #[must_use]
    pub fn max_redirects(mut self, limit: u32) -> Self {
        self.max_redirects = limit;
        self
    }

    /// A further header, sent to the origin of the URL and nowhere else.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Content larger than this is refused, in bytes.
    #[must_use]
    pub fn max_bytes(mut self, limit: u64) -> Self {
        self.max_bytes = Some(limit);
        self
    }

    /// How long all of it may take.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How long a connection may take.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the server may be silent.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = limit;
        self
    }

    /// How often a request is tried in all, at least once.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }
}

impl fmt::Debug for FetchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchOptions")
            .field("allow_private", &self.allow_private)
            .field("max_redirects", &self.max_redirects)
            .field("max_bytes", &self.max_bytes)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The content of a URL, on its way.
pub struct Fetch {
    stream: Stream,
    /// For messages: without the query, which may be a signature.
    shown: String,
    deadline: Option<Instant>,
    max_bytes: Option<u64>,
    given: u64,
}

impl Fetch {
    /// Asks for `url`; its headers have come when this returns.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is no URL of http or https; `PermissionDenied` when it leads to a private address;
    /// `QuotaExceeded` when it is declared to be larger than allowed; what any answer but 2xx means.
    pub async fn open(url: &str, options: &FetchOptions) -> Result<Self> {
        let url = parse(url)?;
        let shown = shown(&url);
        let deadline = options.timeout.and_then(|limit| Instant::now().checked_add(limit));
        let stream = within(deadline, Stream::open(place(url, options)?, &ReadOptions::new())).await;
        let stream = stream.map_err(|error| about(&shown, error))?;
        if let (Some(size), Some(limit)) = (stream.declared(), options.max_bytes)
            && size > limit
        {
            return Err(too_large(&shown, limit));
        }
        Ok(Self { stream, shown, deadline, max_bytes: options.max_bytes, given: 0 })
    }

    /// Its media type, where the server tells it.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        self.stream.metadata().content_type
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    ///
    /// `Interrupted` when the content ends too early; `Timeout`; `QuotaExceeded` when it is larger than allowed.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = within(self.deadline, self.stream.next(CHUNK)).await;
        let piece = piece.map_err(|error| about(&self.shown, error))?;
        self.given += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        match self.max_bytes {
            Some(limit) if self.given > limit => Err(too_large(&self.shown, limit)),
            _ => Ok(piece),
        }
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("url", &self.shown).field("given", &self.given).finish_non_exhaustive()
    }
}

/// Streams the content of an http or https URL into a node, with its media type. Nothing is visible before all of it
/// has come.
///
/// # Errors
///
/// Those of [`Fetch::open`] and [`Fetch::next`], and those of a write; the node is as it was then.
pub async fn fill_from_url(node: &StorageNode, url: &str, options: &FetchOptions) -> Result<Metadata> {
    let mut fetch = Fetch::open(url, options).await?;
    let mut writer = node.writer_with(&write_options(&fetch)).await?;
    loop {
        let written = match fetch.next().await {
            Ok(Some(piece)) => writer.write(piece).await,
            Ok(None) => return writer.finish().await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // The first error tells more than one of clearing up.
            let _ = writer.abort().await;
            return Err(error);
        }
    }
}

/// What is stored with the content.
#[must_use]
pub fn write_options(fetch: &Fetch) -> WriteOptions {
    match fetch.content_type() {
        Some(content_type) => WriteOptions::new().content_type(content_type),
        None => WriteOptions::new(),
    }
}

fn parse(url: &str) -> Result<Url> {
    let hint = "write it like `https://example.com/file`";
    let parsed: Url =
        url.parse().map_err(|error| Error::invalid(format!("this is no URL: {error}")).with_hint(hint))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        let message = format!("URLs of scheme `{}` cannot be fetched", parsed.scheme());
        return Err(Error::invalid(message).with_hint(hint));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Error::invalid("credentials do not belong into a URL")
            .with_hint("give them as a header: `authorization`"));
    }
    Ok(parsed)
}

fn place(url: Url, options: &FetchOptions) -> Result<Place> {
    let mut tuning = Tuning::default();
    tuning.connect_timeout = options.connect_timeout;
    tuning.read_timeout = options.read_timeout;
    tuning.attempts = options.attempts.max(1);
    let rules = Rules {
        max_redirects: options.max_redirects,
        allow_private: options.allow_private,
        trust_origin: options.allow_private,
    };
    let client = Client::new(url.clone(), headers(&options.headers)?, tuning, rules);
    Ok(Place { client: Arc::new(client), url, slash: Slash::Follow })
}

async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(deadline) = deadline else { return work.await };
    tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Timeout, "fetching took longer than allowed")
            .with_hint("allow it a longer `timeout`")
            .with_retryable(false))
    })
}

fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// The same error, saying that it is about the URL and not the node.
fn about(shown: &str, error: Error) -> Error {
    let retryable = error.is_retryable();
    let mut about = Error::new(error.kind(), format!("`{shown}`: {}", error.message()));
    about = match error.kind() {
        ErrorKind::NotFound => about.with_hint("check the URL"),
        _ => match error.hint() {
            Some(hint) => about.with_hint(hint.to_owned()),
            None => about,
        },
    };
    about.with_retryable(retryable).with_source(error)
}

fn too_large(shown: &str, limit: u64) -> Error {
    Error::new(ErrorKind::QuotaExceeded, format!("`{shown}`: its content is larger than {limit} bytes"))
        .with_hint("allow more by `max_bytes`")
}
