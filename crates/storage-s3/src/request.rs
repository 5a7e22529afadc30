//! One signed request.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use storage_cloud::keys::{encode_key, encode_value};
use storage_cloud::transport::{
    Answer, Failure, PAGE, Payload, Refusal, Replay, SMALL, header_value, with_renewal,
};
use storage_types::{Error, Result};

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::error::{Context, refuses_keys};
use crate::place::Place;
use crate::sign::{self, Subject};

/// A request, not signed yet.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    key: Option<String>,
    /// Encoded, in the order of names.
    query: String,
    pub(crate) headers: HeaderMap,
    content: Payload,
    sign_content: bool,
    replay: Replay,
    long: bool,
    expect: Expect,
    context: Context,
}

/// How long the service may work on what it does by itself, such as a copy of 5 GiB.
const LONG_WORK: Duration = Duration::from_secs(600);

impl Call {
    /// For an object.
    pub(crate) fn object(method: Method, key: &str) -> Self {
        let expect = Expect::of(&method, true);
        Self { key: Some(key.to_owned()), expect, ..Self::bucket(method) }
    }

    /// For the bucket.
    pub(crate) fn bucket(method: Method) -> Self {
        Self {
            expect: Expect::of(&method, false),
            method,
            key: None,
            query: String::new(),
            headers: HeaderMap::new(),
            content: Payload::new(),
            sign_content: false,
            replay: Replay::Always,
            long: false,
            context: Context::default(),
        }
    }

    /// A parameter of the query. They have to be given in the order of their names, which is how they are signed.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        let _ = write!(self.query, "{name}={}", encode_value(value));
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

    /// The content is part of the signature, whatever the configuration says.
    pub(crate) fn sign_content(mut self) -> Self {
        self.sign_content = true;
        self
    }

    /// Done twice, it would not leave what it leaves when done once.
    pub(crate) fn only_once(mut self) -> Self {
        self.replay = Replay::Unprocessed;
        self
    }

    /// A successful answer has something else than such a request has in general.
    pub(crate) fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Done twice, it leaves something of no use, which does no harm.
    pub(crate) fn once_if_possible(mut self) -> Self {
        self.replay = Replay::Harmless;
        self
    }

    /// The service may take minutes before it answers.
    pub(crate) fn long(mut self) -> Self {
        self.long = true;
        self
    }

    pub(crate) fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    fn path(&self, place: &Place) -> String {
        let base = &place.address.path;
        match &self.key {
            Some(key) => format!("{base}/{}", encode_key(key)),
            None => format!("{base}/"),
        }
    }
}

impl S3Store {
    /// Sends a request, again where that helps, and once more when the service refused keys that others have replaced.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer> {
        let credentials = &self.place().await?.credentials;
        let renewals = credentials.renewals();
        let refusal = Refusal::default();
        with_renewal(&refusal, || self.send_once(&call, &refusal), || credentials.renewed(renewals)).await
    }

    async fn send_once(&self, call: &Call, refusal: &Refusal) -> Result<Answer> {
        let place = self.place().await?;
        let path = call.path(place);
        let mut target =
            String::with_capacity(place.address.origin.len() + path.len() + call.query.len() + 1);
        target.push_str(&place.address.origin);
        target.push_str(&path);
        if !call.query.is_empty() {
            target.push('?');
            target.push_str(&call.query);
        }
        let url: reqwest::Url = target.parse().map_err(|_| Error::invalid("the key makes no URL"))?;
        if url.path() != path {
            return Err(Error::invalid("the key has segments `.` or `..`, which no URL can carry"));
        }
        let make = || async {
            let mut headers = call.headers.clone();
            self.signed(place, call, &path, &mut headers).await?;
            let mut request = reqwest::Request::new(call.method.clone(), url.clone());
            *request.headers_mut() = headers;
            if call.long {
                *request.timeout_mut() = Some(LONG_WORK);
            }
            if !call.content.is_empty() || matches!(call.method, Method::PUT | Method::POST) {
                *request.body_mut() = Some(call.content.body());
            }
            Ok(request)
        };
        let explain = |failure: &Failure| {
            refusal.note(refuses_keys(failure));
            self.explain(failure, &call.context)
        };
        let answer = self.transport.send(call.replay, make, explain).await?;
        self.checked(answer, &call.method, call.expect).await
    }

    /// Sends a request that may always be repeated, for the whole of its answer.
    pub(crate) async fn whole(&self, call: Call) -> Result<Bytes> {
        Ok(self.transport.whole(PAGE, || self.send(call.clone())).await?.1)
    }

    /// Sends a request whose answer begins well and may still be an error ("200 OK" of CompleteMultipartUpload and
    /// CopyObject, S3 API reference). Gives the ETag, and the headers.
    pub(crate) async fn send_work(&self, call: Call) -> Result<(String, HeaderMap)> {
        let (call, mut tries) = (call.long().expect(Expect::Document), self.transport.retry().start());
        loop {
            let answer = self.send(call.clone()).await?;
            let headers = answer.headers().clone();
            let done = match answer.bytes(SMALL).await {
                Ok(body) => self.success(&body, &call.context).map_err(|error| self.secrets().clean(error)),
                Err(error) => Err(error),
            };
            match done {
                Err(error) if call.replay == Replay::Always && tries.again(&error).await => {}
                Err(error) => return Err(call.replay.uncertain(error)),
                done => return done.map(|etag| (etag, headers)),
            }
        }
    }

    async fn signed(&self, place: &Place, call: &Call, path: &str, headers: &mut HeaderMap) -> Result<()> {
        let keys = place.credentials.keys().await?;
        let Some(keys) = keys.get() else { return Ok(()) };
        let hashed;
        let digest = if call.content.is_empty() {
            sign::EMPTY
        } else if call.sign_content || self.signs_content {
            hashed = sign::digest(call.content.pieces());
            &hashed
        } else {
            sign::UNSIGNED
        };
        let subject = Subject {
            method: &call.method,
            host: &place.address.host,
            path,
            query: &call.query,
            region: &place.region,
            digest,
        };
        self.signer.sign(&subject, keys, headers, SystemTime::now())
    }
}
