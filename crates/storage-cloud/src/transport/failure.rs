//! What an answer that is no success means, and a connection that broke.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use storage_types::{Error, ErrorKind};

use super::ERROR_BODY;
use super::exchange::{Broken, Response};
use crate::secrets::Secrets;

/// An answer with a status of 300 or more.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The first part of the body; empty for HEAD.
    pub body: Bytes,
}

impl Failure {
    pub(super) async fn read(response: Response, patience: Duration) -> Self {
        let (head, mut content) = response.into_parts();
        let mut body = BytesMut::new();
        // A body that breaks off tells what it told.
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(patience, content.chunk()).await {
            body.extend_from_slice(&chunk);
            if body.len() >= ERROR_BODY {
                break;
            }
        }
        Self { status: head.status.as_u16(), headers: head.headers, body: body.freeze() }
    }

    /// The same with a body that does not repeat the secrets of the request.
    pub(super) fn without(mut self, secrets: &Secrets) -> Self {
        if let Ok(text) = std::str::from_utf8(&self.body) {
            let hidden = secrets.hide(text);
            if hidden != text {
                self.body = hidden.into();
            }
        }
        self
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks to wait: seconds or a date (RFC 9110, 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// How far this machine's clock is from the server's, where that is more than a few minutes.
    #[must_use]
    pub fn clock_skew(&self) -> Option<Duration> {
        let theirs = httpdate::parse_http_date(self.header("date")?).ok()?;
        let ours = SystemTime::now();
        let apart = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours)).unwrap_or_default();
        (apart > Duration::from_secs(240)).then_some(apart)
    }
}

/// The error of a status alone (RFC 9110, 15): what is left when the body says nothing that is understood.
#[must_use]
pub fn of_status(status: u16) -> Error {
    let answered = |kind, what: &str| Error::new(kind, format!("{what} (HTTP status {status})"));
    match status {
        304 => Error::new(ErrorKind::NotModified, "what the caller has is still current"),
        300..=399 => answered(ErrorKind::Unexpected, "the server sends elsewhere")
            .with_hint("check endpoint and region of the mount"),
        401 => answered(ErrorKind::Unauthenticated, "the server does not accept the credentials")
            .with_hint("check the keys or the token of the mount"),
        403 => answered(ErrorKind::PermissionDenied, "the server forbids it")
            .with_hint("check the keys of the mount and what they are allowed to do"),
        404 | 410 => Error::not_found(),
        405 | 501 => answered(ErrorKind::Unsupported, "the server cannot do this"),
        408 => answered(ErrorKind::Timeout, "the server gave up waiting"),
        409 => answered(ErrorKind::PreconditionFailed, "somebody else is changing it at this moment")
            .with_retryable(true),
        412 => Error::etag_differs(),
        413 | 507 => answered(ErrorKind::QuotaExceeded, "it is too large for the server"),
        416 => answered(ErrorKind::InvalidInput, "the range lies outside of the content"),
        429 => answered(ErrorKind::RateLimited, "the server asks to slow down"),
        503 => answered(ErrorKind::RateLimited, "the server is busy"),
        500..=599 => answered(ErrorKind::Unexpected, "the server failed").with_retryable(true),
        _ => answered(ErrorKind::Unexpected, "the server refuses it"),
    }
}

/// The error of a request without an answer.
pub(super) fn of_transport(error: Broken) -> Error {
    let error = match error {
        Broken::Setup(error) => return error,
        error => error.without_url(),
    };
    let cause = innermost(&error);
    let host = "check `endpoint` (or `url`) of the mount, the network and the proxy";
    let base = if error.is_builder() {
        Error::invalid(format!("the request cannot be built: {cause}"))
    } else if error.is_connect() && error.is_timeout() {
        Error::new(ErrorKind::Timeout, "the server did not accept the connection in time").with_hint(host)
    } else if error.is_timeout() {
        silent()
    } else if error.is_connect() {
        of_connecting(&error, &cause)
    } else {
        Error::new(ErrorKind::Interrupted, format!("the connection broke: {cause}"))
    };
    base.with_source(error)
}

/// The error of a server that does not answer.
#[must_use]
pub fn silent() -> Error {
    Error::new(ErrorKind::Timeout, "the server was silent for too long")
        .with_hint("try again, or raise `read_timeout` of the mount")
}

/// The error of a server that stopped in the middle of a body.
pub(super) fn stalled() -> Error {
    Error::new(ErrorKind::Timeout, "the server stopped sending")
        .with_hint("try again, or raise `read_timeout` of the mount")
}

fn of_connecting(error: &Broken, cause: &str) -> Error {
    let broke = |what: &str| Error::new(ErrorKind::Interrupted, format!("{what}: {cause}"));
    let (mut dns, mut tls, mut io_kind) = (false, false, None);
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(layer) = next {
        dns |= layer.to_string().contains("dns error");
        tls |= layer.is::<rustls::Error>();
        if let Some(layer) = layer.downcast_ref::<io::Error>() {
            tls |= wraps_tls(layer);
            io_kind = Some(layer.kind());
        }
        next = layer.source();
    }
    if dns {
        broke("the server's name is not known")
            .with_hint("check the host name in `endpoint` (or `url`), and the machine's DNS")
    } else if tls {
        broke("no secure connection (TLS) can be made").with_retryable(false).with_hint(
            "check that the server's certificate is valid for this name, that this machine's clock is right, \
             and whether the endpoint is `http://`",
        )
    } else if io_kind == Some(io::ErrorKind::ConnectionRefused) {
        broke("nobody listens there")
            .with_hint("check host and port in `endpoint` (or `url`), and that the server runs")
    } else {
        broke("the server cannot be reached")
            .with_hint("check `endpoint` (or `url`), the network and the proxy")
    }
}

/// Whether an error of a secure connection is in here. Errors of I/O hide what they wrap from those who follow causes.
fn wraps_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| {
        inner.is::<rustls::Error>() || inner.downcast_ref::<io::Error>().is_some_and(wraps_tls)
    })
}

/// The innermost cause, which says what happened; the ones around it say who noticed.
fn innermost(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// The error of a body that broke off.
pub(super) fn of_body(error: Broken) -> Error {
    let error = error.without_url();
    let cause = innermost(&error);
    let base = if error.is_timeout() {
        stalled()
    } else {
        Error::new(ErrorKind::Interrupted, format!("the content was cut off: {cause}"))
    };
    base.with_source(error)
}
