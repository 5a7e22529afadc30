//! A URL into a node.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Url;
use storage_cloud::config::is_open_to_others;
use storage_cloud::tuning::Tuning;
use storage_core::{CHUNK, ReadStream, StorageNode};
use storage_types::{Error, ErrorKind, Metadata, ReadOptions, Result, WriteOptions};
use tokio::time::Instant;

use crate::client::{Client, Rules};
use crate::credentials::{headers, secret_header};
use crate::fetch_options::FetchOptions;
use crate::place::Place;
use crate::reader::Stream;
use crate::redirect::Slash;

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
    /// `InvalidInput` when it is no URL of http or https, or a header would carry a secret over plain `http://`; `PermissionDenied` when it leads to a private address;
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
    let headers = headers(&options.headers)?;
    if let Some(name) = secret_header(&headers)
        && !options.allow_plain_http
        && is_open_to_others(url.as_str())
    {
        let message = format!("the header `{name}` would go over plain `http://`, for others to read");
        return Err(Error::invalid(message).with_hint(
            "use `https://`; or set `allow_plain_http` if you trust the whole way to the server",
        ));
    }
    let client = Client::new(url.clone(), headers, tuning, rules);
    Ok(Place { client: Arc::new(client), url, slash: Slash::Follow })
}

async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(deadline) = deadline else { return work.await };
    tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Timeout, "fetching took longer than allowed")
            .with_hint("allow it a longer `timeout`")
            .with_option("timeout")
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
        _ => about.with_hint_of(&error),
    };
    about.with_retryable(retryable).with_source(error)
}

fn too_large(shown: &str, limit: u64) -> Error {
    Error::new(ErrorKind::QuotaExceeded, format!("`{shown}`: its content is larger than {limit} bytes"))
        .with_hint("allow more by `max_bytes`")
        .with_option("max_bytes")
}
