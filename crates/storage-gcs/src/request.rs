//! Requests of ours: how they are addressed, and by whom they are sent.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Uri};
use serde_json::Value;
use storage_cloud::keys::encode_value;
use storage_cloud::transport::{
    Answer, Failure, Payload, Replay, Request, SMALL, Service, Transport, exact_uri, first_words,
};
use storage_types::{Error, ErrorKind, Result, WriteMode};

use crate::answer::checked;
use crate::backend::GcsStore;
use crate::error::Context;

/// A request without a token.
pub(crate) type Call = storage_cloud::transport::Call<Own>;

/// What the service has to know of a call.
#[derive(Debug, Clone, Default)]
pub struct Own {
    context: Context,
    /// The answer is content.
    downloads: bool,
}

/// Calls of Google.
pub(crate) trait GcsCall: Sized {
    /// For a path, with or without a query, that is encoded already.
    fn to(method: Method, target: String) -> Self;

    /// What is done with the object: a further part of the path, before there is a query.
    fn below(self, path: &str) -> Self;

    fn json(self, value: &Value) -> Self;

    /// The condition of a write, as a demand on the generation ("Request preconditions" of the service). Carried out
    /// twice, a conditional write would fail the second time, so it is not sent again when its answer was lost.
    fn condition(self, mode: &WriteMode) -> Result<Self>;

    /// What may be missing is the bucket.
    fn of_bucket(self) -> Self;

    /// What decides over the meaning of failures.
    fn context(self, context: Context) -> Self;

    /// The answer is content, as it is stored.
    fn downloads(self) -> Self;
}

impl GcsCall for Call {
    fn to(method: Method, target: String) -> Self {
        Self::new(method, target, Own::default())
    }

    fn below(mut self, path: &str) -> Self {
        self.target.push_str(path);
        self
    }

    fn json(mut self, value: &Value) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.content(Payload::from(bytes::Bytes::from(value.to_string())))
    }

    fn condition(mut self, mode: &WriteMode) -> Result<Self> {
        match mode {
            WriteMode::Create => self = self.query("ifGenerationMatch", "0").only_once(),
            WriteMode::IfMatch(tag) => {
                let generation = generation(tag).ok_or_else(no_generation)?;
                self = self.query("ifGenerationMatch", &generation.to_string()).only_once();
            }
            _ => {}
        }
        self.own.context.mode = mode.clone();
        Ok(self)
    }

    fn of_bucket(mut self) -> Self {
        self.own.context.of_bucket = true;
        self
    }

    fn context(mut self, context: Context) -> Self {
        self.own.context = context;
        self
    }

    fn downloads(mut self) -> Self {
        self.own.downloads = true;
        self.query("alt", "media")
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
        Call::to(method, format!("/storage/v1/b/{}", self.bucket)).context(Context::bucket())
    }

    /// A request about the objects of the bucket.
    pub(crate) fn objects_call(&self, method: Method) -> Call {
        Call::to(method, format!("/storage/v1/b/{}/o", self.bucket)).context(Context::bucket())
    }

    /// A request about an object.
    pub(crate) fn object_call(&self, method: Method, key: &str) -> Result<Call> {
        Ok(Call::to(method, format!("/storage/v1/b/{}/o/{}", self.bucket, segment(key)?)))
    }

    /// A request that brings content.
    pub(crate) fn upload_call(&self, kind: &str) -> Call {
        Call::to(Method::POST, format!("/upload/storage/v1/b/{}/o", self.bucket)).query("uploadType", kind)
    }

    /// Sends a request whose answer is JSON.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(&self, call: &Call) -> Result<T> {
        if call.replay == Replay::Always {
            return parse(&self.whole(call).await?.1);
        }
        parse(&self.send(call).await?.bytes(SMALL).await?)
    }
}

impl Service for GcsStore {
    type Own = Own;

    fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Keys are single segments of the path (`segment`).
    async fn uri(&self, call: &Call) -> Result<Uri> {
        exact_uri([&*self.endpoint, &call.target].concat())
    }

    async fn sign(&self, _call: &Call, request: &mut Request) -> Result<()> {
        request.headers_mut().extend(self.auth.headers().await?);
        if let Some(project) = &self.user_project {
            request.headers_mut().insert(HeaderName::from_static("x-goog-user-project"), project.clone());
        }
        Ok(())
    }

    fn meaning(&self, failure: &Failure, own: &Own) -> Error {
        self.explain(failure, &own.context)
    }

    async fn verified(&self, answer: Answer, call: &Call) -> Result<Answer> {
        checked(answer, &call.method, call.own.downloads).await
    }

    async fn renewed(&self, _renewals: u64) -> bool {
        self.auth.forget()
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
        let call = || Call::to(Method::POST, "/o".to_owned()).query("name", "a&b");
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
