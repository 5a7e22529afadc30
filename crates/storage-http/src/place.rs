//! A URL, and the requests that are made there.

use std::sync::Arc;

use http::Method;
use reqwest::Url;
use storage_cloud::transport::{Body, ContentRange, quoted};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::client::{Ask, Client, Got};
use crate::download;
use crate::error::Refused;
use crate::head;
use crate::redirect::Slash;

/// Content at a URL.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) client: Arc<Client>,
    pub(crate) url: Url,
    pub(crate) slash: Slash,
}

impl Place {
    pub(crate) fn ask(&self, method: Method) -> Ask {
        let mut ask = Ask::new(method, self.url.clone());
        ask.slash = self.slash;
        ask
    }

    /// Asks for content: one request.
    pub(crate) async fn get(&self, range: ByteRange, options: &ReadOptions) -> Result<Got, Refused> {
        let mut ask = self.ask(Method::GET);
        if let Some(range) = head::range_header(range) {
            ask = ask.header("range", &range)?;
        }
        // A weak ETag never matches (RFC 9110, 13.1.1); `check` says so.
        if let Some(etag) = options.if_match.as_deref().filter(|etag| !etag.starts_with("W/")) {
            ask = ask.header("if-match", &quoted(etag))?;
        }
        if let Some(etag) = options.if_none_match.as_deref() {
            ask = ask.header("if-none-match", &quoted(etag))?;
        } else if let Some(time) = options.if_modified_since {
            ask = ask.header("if-modified-since", &httpdate::fmt_http_date(time))?;
        }
        self.client.send(&ask).await
    }

    /// What stands there: one HEAD. Where that does not tell, the first byte is asked for as well.
    pub(crate) async fn stat(&self) -> Result<Metadata> {
        match self.client.send(&self.ask(Method::HEAD)).await {
            Ok(got) => {
                let headers = got.answer.headers();
                match head::length(headers) {
                    Some(size) if got.answer.status() == 200 && !is_vague(headers, size) => {
                        Ok(head::metadata(headers, size))
                    }
                    _ => self.stat_by_reading().await,
                }
            }
            Err(refused) if refused.error.kind() == ErrorKind::IsADirectory => Ok(Metadata::directory()),
            Err(refused) if matches!(refused.status(), 405 | 501) => self.stat_by_reading().await,
            Err(refused) => Err(refused.error),
        }
    }

    async fn stat_by_reading(&self) -> Result<Metadata> {
        let got = match self.get((0..1).into(), &ReadOptions::new()).await {
            Ok(got) => got,
            Err(refused) if refused.error.kind() == ErrorKind::IsADirectory => {
                return Ok(Metadata::directory());
            }
            Err(refused) => return empty(refused),
        };
        let part = download::part(&got.answer)?;
        let mut told = download::size_of(&got.answer, part.as_ref());
        if part.is_none() && told == Some(1) {
            // Not a part that is called the whole.
            let whole = self.get(ByteRange::From(0), &ReadOptions::new()).await?.answer;
            told = download::size_of(&whole, download::part(&whole)?.as_ref());
        }
        let mut metadata = head::metadata(got.answer.headers(), told.unwrap_or(0));
        if told.is_none() {
            metadata.size = self.count(got).await?;
        }
        Ok(metadata)
    }

    /// The size of content whose size nobody tells.
    async fn count(&self, got: Got) -> Result<u64> {
        let mut got = got;
        if download::part(&got.answer)?.is_some() {
            got = self.get(ByteRange::From(0), &ReadOptions::new()).await?;
        }
        let length = head::length(got.answer.headers());
        let mut body: Body = got.answer.into_body(length);
        let mut size = 0;
        while let Some(piece) = body.next().await? {
            size += piece.len() as u64;
        }
        Ok(size)
    }
}

/// An empty file has no first byte (RFC 9110, 15.5.17).
fn empty(refused: Refused) -> Result<Metadata> {
    match &refused.failure {
        Some(failure) if failure.status == 416 => {
            let range = ContentRange::of(&failure.headers)?;
            let size = range.and_then(|range| range.size).unwrap_or(0);
            // The type and the length are those of the page with the error.
            let mut metadata = head::metadata(&failure.headers, size);
            metadata.content_type = None;
            Ok(metadata)
        }
        _ => Err(refused.error),
    }
}

/// Whether this may be the page of a directory after all: some servers redirect GET to the slash, but not HEAD.
fn is_vague(headers: &http::HeaderMap, size: u64) -> bool {
    size == 0
        && head::is_html(headers)
        && !headers.contains_key("etag")
        && !headers.contains_key("last-modified")
}

/// Checks the conditions of a read here, since not every server knows them.
///
/// # Errors
///
/// As [`ReadOptions::check`]; `PreconditionFailed` for a weak ETag, which never matches (RFC 9110, 13.1.1).
pub(crate) fn check(options: &ReadOptions, metadata: &Metadata) -> Result<()> {
    if options.if_match.as_deref().is_some_and(|etag| etag.starts_with("W/")) {
        return Err(Error::new(ErrorKind::PreconditionFailed, "a weak ETag matches nothing"));
    }
    options.check(metadata)
}

/// Web servers keep no versions.
pub(crate) fn refuse_version(options: &ReadOptions) -> Result<()> {
    match options.version {
        Some(_) => Err(Error::unsupported("read old versions")),
        None => Ok(()),
    }
}
