//! One request of ours.

use std::time::SystemTime;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;
use storage_cloud::keys::encode_value;
use storage_cloud::transport::{Answer, Failure, PAGE, Payload, Refusal, Replay, header_value, with_renewal};
use storage_types::{Error, Result};

use crate::answer::checked;
use crate::backend::AzureStore;
use crate::error::Context;

/// The version of the protocol.
pub(crate) const API: &str = "2025-11-05";

/// A URL that is what was written. Its parser takes the segments `.` and `..` out of the path (WHATWG URL, 4.4), and the
/// request would be about another blob.
///
/// # Errors
///
/// `InvalidInput` for keys with such segments.
pub(crate) fn exact(text: &str) -> Result<Url> {
    let url: Url = text.parse().map_err(|_| Error::invalid("the key makes no URL"))?;
    let behind_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = behind_scheme.split('?').next().and_then(|place| place.find('/').map(|at| &place[at..]));
    if path != Some(url.path()) {
        return Err(Error::invalid("the key cannot be addressed in a URL").with_hint(
            "its segments `.` and `..` would be lost on the way; rename the blob with a program of the store",
        ));
    }
    Ok(url)
}

/// A request, not authorised yet.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    url: String,
    pub(crate) headers: HeaderMap,
    content: Payload,
    replay: Replay,
    context: Context,
}

impl Call {
    fn new(method: Method, url: String) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert("x-ms-version", HeaderValue::from_static(API));
        let context = Context::default();
        Self { method, url, headers, content: Payload::new(), replay: Replay::Always, context }
    }

    /// A parameter of the query.
    pub(crate) fn query(mut self, name: &str, text: &str) -> Self {
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(name);
        self.url.push('=');
        self.url.push_str(&encode_value(text));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, text: &str) -> Result<Self> {
        self.headers.insert(HeaderName::from_static(name), header_value(text)?);
        Ok(self)
    }

    pub(crate) fn content(mut self, content: Payload) -> Self {
        self.content = content;
        self
    }

    /// What decides over repeating and over the meaning of failures. A call with a condition that is carried out twice
    /// fails the second time, so it is sent again only if nothing can have happened.
    pub(crate) fn context(mut self, context: Context) -> Self {
        if context.demand != crate::error::Demand::None {
            self.replay = Replay::Unprocessed;
        }
        self.context = context;
        self
    }
}

impl AzureStore {
    /// A call for a blob.
    pub(crate) fn blob(&self, method: Method, key: &str) -> Call {
        Call::new(method, self.place.blob_url(key))
    }

    /// A call for the container.
    pub(crate) fn container(&self, method: Method) -> Call {
        Call::new(method, self.place.container_url()).query("restype", "container")
    }

    /// A call for the account.
    pub(crate) fn service(&self, method: Method) -> Call {
        Call::new(method, format!("{}/", self.place.endpoint)).query("restype", "service")
    }

    /// Sends a request, again where that helps, and once more with a new token when the service refused the one at hand.
    pub(crate) async fn send(&self, mut call: Call) -> Result<Answer> {
        if let Some(query) = self.auth.query() {
            call.url.push(if call.url.contains('?') { '&' } else { '?' });
            call.url.push_str(query);
        }
        let refusal = Refusal::default();
        let renew = || async { self.auth.forget() };
        with_renewal(&refusal, || self.send_once(&call, &refusal), renew).await
    }

    async fn send_once(&self, call: &Call, refusal: &Refusal) -> Result<Answer> {
        let url = exact(&call.url)?;
        let make = || async {
            let mut request = reqwest::Request::new(call.method.clone(), url.clone());
            *request.headers_mut() = call.headers.clone();
            let date = header_value(&httpdate::fmt_http_date(SystemTime::now()))?;
            request.headers_mut().insert("x-ms-date", date);
            self.auth.authorize(&mut request, call.content.len()).await?;
            if !call.content.is_empty() {
                *request.body_mut() = Some(call.content.body());
            } else if matches!(call.method, Method::PUT | Method::POST) {
                // The service wants to be told, and the client tells it of contents only.
                request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            Ok(request)
        };
        let explain = |failure: &Failure| {
            refusal.note(failure.status == 401);
            self.explain(failure, call.context)
        };
        let answer = self.transport.send(call.replay, make, explain).await?;
        let answer = checked(answer, &call.method).await?;
        self.learn(answer.headers());
        Ok(answer)
    }

    /// Sends a request that may always be repeated, for the whole of its answer.
    pub(crate) async fn whole(&self, call: Call) -> Result<(HeaderMap, Bytes)> {
        self.transport.whole(PAGE, || self.send(call.clone())).await
    }
}

#[cfg(test)]
mod tests {
    use storage_cloud::keys::encode_key;
    use storage_types::ErrorKind;

    use super::*;

    #[test]
    fn urls_are_what_was_written() {
        for endpoint in ["https://Acct.blob.core.windows.net", "http://127.0.0.1:10000/dev"] {
            let of = |key: &str| exact(&format!("{endpoint}/$root/{}?x=a/../b", encode_key(key)));
            for key in ["a", "a/b c//\u{fc}?#%\\", "a/.b/c../...", "/", "%2e%2e/a", "~-_'()|^"] {
                assert!(of(key).is_ok(), "{key}");
            }
            for key in [".", "..", "../x", "../$root/x", "a/../b", "a/.", "a/..", "a/./b"] {
                assert_eq!(of(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
            }
        }
    }
}
