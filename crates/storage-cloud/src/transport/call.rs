//! A request that is neither signed nor sent yet.

use std::time::Duration;

use http::header::IntoHeaderName;
use http::{HeaderMap, HeaderValue, Method};
use reqwest::{Request, Url};
use storage_types::{Error, Result};

use super::{Payload, Replay};
use crate::keys::push_value;

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
    pub(super) fn request(&self, url: Url) -> Request {
        let mut request = Request::new(self.method.clone(), url);
        request.headers_mut().clone_from(&self.headers);
        if !self.patience.is_zero() {
            *request.timeout_mut() = Some(self.patience);
        }
        if !self.content.is_empty() {
            *request.body_mut() = Some(self.content.body());
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

/// As [`exact_url`], on a server whose URL is parsed already. The path `base` and the rest of a URL, `target`, follow it.
///
/// # Errors
///
/// As [`exact_url`].
pub fn url_below(root: &Url, base: &str, target: &str) -> Result<Url> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut url = root.clone();
    url.set_path(&[base, path].concat());
    let is_same = url.path().strip_prefix(base) == Some(path);
    url.set_query(query);
    if is_same { Ok(url) } else { Err(not_exact()) }
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
            let of = |key: &str| exact_url(&format!("{endpoint}/$root/{}?x=a/../b", encode_key(key)));
            for key in ["a", "a/b c//\u{fc}?#%\\", "a/.b/c../...", "/", "%2e%2e/a", "~-_'()|^"] {
                assert!(of(key).is_ok(), "{key}");
            }
            for key in [".", "..", "../x", "../$root/x", "a/../b", "a/.", "a/..", "a/./b"] {
                assert_eq!(of(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
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
        let url = exact_url("http://h/o")?;
        let plain = call().header("x-a", "1")?.request(url.clone());
        assert_eq!((plain.headers()["x-a"].as_bytes(), plain.timeout()), (&b"1"[..], None));
        assert!(plain.body().is_none());
        let minute = Duration::from_secs(60);
        let full = call().content(bytes::Bytes::from("abc").into()).patience(minute).request(url);
        assert_eq!((full.timeout(), full.body().is_some()), (Some(&minute), true));
        Ok(())
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_by_its_name() {
        let error = call().header("x-a", "a\nb").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`x-a`"), "{error}");
    }
}
