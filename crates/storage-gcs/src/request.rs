//! One request.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use storage_cloud::keys::encode_value;
use storage_cloud::transport::{
    Answer, Failure, PAGE, Payload, Refusal, Replay, SMALL, first_words, with_renewal,
};
use storage_types::{Error, ErrorKind, Result, WriteMode};

use crate::answer::checked;
use crate::backend::GcsStore;
use crate::error::Context;

/// A request without a token.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    /// Path and query, encoded.
    target: String,
    headers: HeaderMap,
    content: Payload,
    replay: Replay,
    context: Context,
    also: &'static [u16],
    /// The answer is content.
    downloads: bool,
}

impl Call {
    /// For a path, with or without a query, that is encoded already.
    pub(crate) fn new(method: Method, target: String) -> Self {
        Self {
            method,
            target,
            headers: HeaderMap::new(),
            content: Payload::new(),
            replay: Replay::Always,
            context: Context::default(),
            also: &[],
            downloads: false,
        }
    }

    /// What is done with the object: a further part of the path, before there is a query.
    pub(crate) fn below(mut self, path: &str) -> Self {
        self.target.push_str(path);
        self
    }

    /// A parameter of the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let mark = if self.target.contains('?') { '&' } else { '?' };
        let _ = write!(self.target, "{mark}{name}={}", encode_value(value));
        self
    }

    /// A parameter of the query, where there is a value.
    pub(crate) fn query_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(crate) fn header(mut self, name: HeaderName, text: &str) -> Result<Self> {
        let value = HeaderValue::from_str(text).map_err(|_| {
            Error::invalid(format!("the value of `{name}` has characters that it cannot have"))
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    pub(crate) fn content(mut self, content: Payload) -> Self {
        self.content = content;
        self
    }

    pub(crate) fn json(mut self, value: &Value) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.content = Payload::from(bytes::Bytes::from(value.to_string()));
        self
    }

    /// The condition of a write, as a demand on the generation ("Request preconditions" of the service). Carried out
    /// twice, a conditional write would fail the second time, so it is not sent again when its answer was lost.
    pub(crate) fn condition(mut self, mode: &WriteMode) -> Result<Self> {
        match mode {
            WriteMode::Create => self = self.query("ifGenerationMatch", "0").only_once(),
            WriteMode::IfMatch(tag) => {
                let generation = generation(tag).ok_or_else(no_generation)?;
                self = self.query("ifGenerationMatch", &generation.to_string()).only_once();
            }
            _ => {}
        }
        self.context.mode = mode.clone();
        Ok(self)
    }

    /// Done twice, it would not leave what it leaves when done once.
    pub(crate) fn only_once(mut self) -> Self {
        self.replay = Replay::Unprocessed;
        self
    }

    /// What may be missing is the bucket.
    pub(crate) fn of_bucket(mut self) -> Self {
        self.context.of_bucket = true;
        self
    }

    pub(crate) fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// The answer is content, as it is stored.
    pub(crate) fn downloads(mut self) -> Self {
        self.downloads = true;
        self.query("alt", "media")
    }

    /// Further statuses that are successes.
    pub(crate) fn accept(mut self, also: &'static [u16]) -> Self {
        self.also = also;
        self
    }
}

/// The generation that an ETag of ours is. Zero is none: to the service it means "nothing is there".
pub(crate) fn generation(tag: &str) -> Option<u64> {
    storage_types::options::unquoted(tag).parse().ok().filter(|number| *number != 0)
}

fn no_generation() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "no object of this store can have that ETag")
        .with_hint("read the current ETag with `stat` and decide again")
        .with_call("stat")
}

impl GcsStore {
    /// A request about the bucket.
    pub(crate) fn bucket_call(&self, method: Method) -> Call {
        Call::new(method, format!("/storage/v1/b/{}", self.bucket)).context(Context::bucket())
    }

    /// A request about the objects of the bucket.
    pub(crate) fn objects_call(&self, method: Method) -> Call {
        Call::new(method, format!("/storage/v1/b/{}/o", self.bucket)).context(Context::bucket())
    }

    /// A request about an object.
    pub(crate) fn object_call(&self, method: Method, key: &str) -> Result<Call> {
        Ok(Call::new(method, format!("/storage/v1/b/{}/o/{}", self.bucket, segment(key)?)))
    }

    /// A request that brings content.
    pub(crate) fn upload_call(&self, kind: &str) -> Call {
        Call::new(Method::POST, format!("/upload/storage/v1/b/{}/o", self.bucket)).query("uploadType", kind)
    }

    /// Sends a request, again where that helps, and once more with a new token when the service refused the one at hand.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer> {
        let refusal = Refusal::default();
        let renew = || async { self.auth.forget() };
        with_renewal(&refusal, || self.send_once(&call, &refusal), renew).await
    }

    async fn send_once(&self, call: &Call, refusal: &Refusal) -> Result<Answer> {
        let url: reqwest::Url = format!("{}{}", self.endpoint, call.target)
            .parse()
            .map_err(|_| Error::invalid("the key makes no URL"))?;
        let make = || async {
            let mut headers = self.auth.headers().await?;
            if let Some(project) = &self.user_project {
                headers.insert(HeaderName::from_static("x-goog-user-project"), project.clone());
            }
            for (name, value) in &call.headers {
                headers.insert(name, value.clone());
            }
            let mut request = reqwest::Request::new(call.method.clone(), url.clone());
            *request.headers_mut() = headers;
            if !call.content.is_empty() || matches!(call.method, Method::PUT | Method::POST | Method::PATCH) {
                *request.body_mut() = Some(call.content.body());
            }
            Ok(request)
        };
        let explain = |failure: &Failure| {
            refusal.note(failure.status == 401);
            self.explain(failure, &call.context)
        };
        let answer = self.transport.send_accepting(call.replay, call.also, make, explain).await?;
        checked(answer, &call.method, call.downloads).await
    }

    /// Sends a request whose answer is JSON.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(&self, call: Call) -> Result<T> {
        if call.replay == Replay::Always {
            return parse(&self.whole(call).await?.1);
        }
        parse(&self.send(call).await?.bytes(SMALL).await?)
    }

    /// Sends a request that may always be repeated, for the whole of its answer.
    pub(crate) async fn whole(&self, call: Call) -> Result<(HeaderMap, Bytes)> {
        self.transport.whole(PAGE, || self.send(call.clone())).await
    }
}

/// An answer in JSON.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T> {
    // What the parser says may quote all of the answer.
    serde_json::from_slice(body).map_err(|_| {
        let words = first_words(body);
        Error::new(
            ErrorKind::Unexpected,
            format!(
                "the service answered with something else than it should in JSON; it begins with `{words}`"
            ),
        )
        .with_hint("check that `endpoint` is the service itself, and no proxy or web page in front of it")
    })
}

/// A key as one segment of a path. The keys `.` and `..` would be lost on the way, and the request would be about the
/// bucket.
pub(crate) fn segment(key: &str) -> Result<String> {
    if matches!(key, "" | "." | "..") {
        return Err(Error::invalid(format!("the key `{key}` cannot be addressed"))
            .with_hint("rename the object with a program of the store"));
    }
    Ok(encode_value(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_segment_and_never_the_bucket() {
        assert_eq!(segment("a/b c/../ü?").unwrap(), "a%2Fb%20c%2F..%2F%C3%BC%3F");
        for key in ["", ".", ".."] {
            assert_eq!(segment(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
        }
    }

    #[test]
    fn conditions_are_about_generations() {
        let call = || Call::new(Method::POST, "/o".to_owned()).query("name", "a&b");
        assert_eq!(call().condition(&WriteMode::Replace).unwrap().target, "/o?name=a%26b");
        let create = call().condition(&WriteMode::Create).unwrap();
        assert_eq!(create.target, "/o?name=a%26b&ifGenerationMatch=0");
        assert_eq!(create.replay, Replay::Unprocessed);
        let same = call().condition(&WriteMode::IfMatch("\"17\"".to_owned())).unwrap();
        assert_eq!(same.target, "/o?name=a%26b&ifGenerationMatch=17");
        for tag in ["0", "x", "", "-1"] {
            let error = call().condition(&WriteMode::IfMatch(tag.to_owned())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{tag}");
        }
    }
}
