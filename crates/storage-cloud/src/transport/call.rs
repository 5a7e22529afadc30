//! A request that is neither signed nor sent yet.

use std::time::Duration;

use bytes::Bytes;
use http::header::IntoHeaderName;
use http::{HeaderMap, HeaderValue, Method, Uri};
use reqwest::Url;
use storage_types::{Error, Result};

use super::{Payload, Replay};
use crate::keys::push_value;

/// A request as it is sent.
pub type Request = http::Request<reqwest::Body>;

/// How long a server may take to answer a request, where that is longer than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience(pub(super) Duration);

/// What one request asks for. `Own` is what its service has to know of it beyond that, to sign it and to understand the answer.
#[derive(Debug, Clone)]
pub struct Call<Own> {
    /// The method.
    pub method: Method,
    /// Path and query, encoded; where the service keeps whole URLs, one of those.
    pub target: String,
    /// The headers that do not change from try to try.
    pub headers: HeaderMap,
    /// The body.
    pub content: Payload,
    /// Whether it may be sent again.
    pub replay: Replay,
    /// What is the service's own.
    pub own: Own,
    pub(super) also: &'static [u16],
    patience: Duration,
}

impl<Own> Call<Own> {
    /// For a target that is encoded already.
    #[must_use]
    pub fn new(method: Method, target: String, own: Own) -> Self {
        Self {
            method,
            target,
            headers: HeaderMap::new(),
            content: Payload::new(),
            replay: Replay::Always,
            own,
            also: &[],
            patience: Duration::ZERO,
        }
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(name);
        self.target.push('=');
        push_value(&mut self.target, value);
        self
    }

    /// A parameter of the query whose value is encoded already.
    #[must_use]
    pub fn query_encoded(mut self, name: &str, value: &'static str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.extend([name, "=", value]);
        self
    }

    /// A parameter of the query, where there is a value.
    #[must_use]
    pub fn query_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// A header.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for characters that no header can have, such as a line break (RFC 9110, 5.5).
    pub fn header(mut self, name: impl IntoHeaderName + AsRef<str>, text: &str) -> Result<Self> {
        let value = HeaderValue::from_str(text).map_err(|_| {
            let name = name.as_ref();
            Error::invalid(format!("the value of the header `{name}` has characters that no header can have"))
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// The body.
    #[must_use]
    pub fn content(mut self, content: Payload) -> Self {
        self.content = content;
        self
    }

    /// Done twice, it would not leave what it leaves when done once.
    #[must_use]
    pub fn only_once(mut self) -> Self {
        self.replay = Replay::Unprocessed;
        self
    }

    /// Done twice, it leaves something of no use, which does no harm.
    #[must_use]
    pub fn once_if_possible(mut self) -> Self {
        self.replay = Replay::Harmless;
        self
    }

    /// Further statuses that are successes, such as the 308 of resumable uploads.
    #[must_use]
    pub fn accept(mut self, also: &'static [u16]) -> Self {
        self.also = also;
        self
    }

    /// The service may take as long as this before it answers, where [`Tuning::read_timeout`](crate::tuning::Tuning) is shorter.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The request of one try, not signed yet.
    pub(super) fn request(&self, uri: Uri) -> Request {
        let mut request = Request::new(self.content.body());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        request.headers_mut().clone_from(&self.headers);
        if !self.patience.is_zero() {
            request.extensions_mut().insert(Patience(self.patience));
        }
        request
    }
}

/// A URL that is what was written. Its parser takes the segments `.` and `..` out of the path (WHATWG URL, 4.4), and the
/// request would be about another object.
///
/// # Errors
///
/// `InvalidInput` for keys with such segments.
pub fn exact_url(text: &str) -> Result<Url> {
    let url: Url = text.parse().map_err(|_| Error::invalid("the key makes no URL"))?;
    let behind_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = behind_scheme.split('?').next().and_then(|place| place.find('/').map(|at| &place[at..]));
    if path != Some(url.path()) {
        return Err(not_exact());
    }
    Ok(url)
}

/// As [`exact_url`], for a request: nothing is parsed but where the parts of it begin.
///
/// # Errors
///
/// As [`exact_url`].
pub fn exact_uri(text: String) -> Result<Uri> {
    let uri =
        Uri::from_maybe_shared(Bytes::from(text)).map_err(|_| Error::invalid("the key makes no URL"))?;
    let path = uri.path();
    let has_dots = path.contains("/.") && path.split('/').any(|segment| matches!(segment, "." | ".."));
    if has_dots { Err(not_exact()) } else { Ok(uri) }
}

fn not_exact() -> Error {
    Error::invalid("the key cannot be addressed in a URL").with_hint(
        "its segments `.` and `..` would be lost on the way; rename the object with a program of the store",
    )
}

#[cfg(test)]
mod tests {
    use storage_types::ErrorKind;

    use super::*;
    use crate::keys::encode_key;

    fn call() -> Call<()> {
        Call::new(Method::GET, "/o".to_owned(), ())
    }

    #[test]
    fn urls_are_what_was_written() {
        for endpoint in ["https://Acct.blob.core.windows.net", "http://127.0.0.1:10000/dev"] {
            let text = |key: &str| format!("{endpoint}/$root/{}?x=a/../b", encode_key(key));
            for key in ["a", "a/b c//\u{fc}?#%\\", "a/.b/c../...", "/", "%2e%2e/a", "~-_'()|^"] {
                assert!(exact_url(&text(key)).is_ok(), "{key}");
                let path = format!("/$root/{}", encode_key(key));
                assert!(exact_uri(text(key)).unwrap().path().ends_with(&path), "{key}");
            }
            for key in [".", "..", "../x", "../$root/x", "a/../b", "a/.", "a/..", "a/./b"] {
                assert_eq!(exact_url(&text(key)).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
                assert_eq!(exact_uri(text(key)).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
            }
        }
    }

    #[test]
    fn parameters_come_one_behind_the_other() {
        assert_eq!(call().query("a", "b/c d").query_some("e", None).target, "/o?a=b%2Fc%20d");
        assert_eq!(call().query("a", "").query_some("b", Some("=")).target, "/o?a=&b=%3D");
    }

    #[test]
    fn a_request_has_what_the_call_has() -> Result<()> {
        let uri = exact_uri("http://h/o".to_owned())?;
        let patience = |request: &Request| request.extensions().get::<Patience>().copied();
        let plain = call().header("x-a", "1")?.request(uri.clone());
        assert_eq!((plain.headers()["x-a"].as_bytes(), patience(&plain)), (&b"1"[..], None));
        assert_eq!(plain.body().as_bytes(), Some(&b""[..]));
        let minute = Duration::from_secs(60);
        let full = call().content(bytes::Bytes::from("abc").into()).patience(minute).request(uri);
        assert_eq!((patience(&full), full.body().as_bytes()), (Some(Patience(minute)), Some(&b"abc"[..])));
        Ok(())
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_by_its_name() {
        let error = call().header("x-a", "a\nb").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`x-a`"), "{error}");
    }
}
