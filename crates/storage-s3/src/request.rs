//! Requests of ours: how they are addressed and signed.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, Uri};
use storage_cloud::keys::push_key;
use storage_cloud::transport::{Answer, Failure, Replay, Request, SMALL, Service, Transport, exact_uri};
use storage_types::{Error, Result};

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::error::{Context, refuses_keys};
use crate::sign::{self, Subject};

/// A request for an object or for the bucket. The parameters of its query have to be given in the order of their names, which is
/// how they are signed.
pub(crate) type Call = storage_cloud::transport::Call<Own>;

/// What S3 has to know of a call.
#[derive(Debug, Clone)]
pub struct Own {
    pub(crate) context: Context,
    expect: Expect,
    sign_content: bool,
}

/// How long the service may work on what it does by itself, such as a copy of 5 GiB.
const LONG_WORK: Duration = Duration::from_secs(600);

/// Calls of S3.
pub(crate) trait S3Call: Sized {
    /// For an object.
    fn object(method: Method, key: &str) -> Self;

    /// For the bucket.
    fn bucket(method: Method) -> Self;

    /// The content is part of the signature, whatever the configuration says.
    fn sign_content(self) -> Self;

    /// A successful answer has something else than such a request has in general.
    fn expect(self, expect: Expect) -> Self;

    /// What decides over the meaning of failures.
    fn context(self, context: Context) -> Self;
}

impl S3Call for Call {
    fn object(method: Method, key: &str) -> Self {
        let mut target = String::with_capacity(2 * key.len() + 64);
        target.push('/');
        push_key(&mut target, key);
        let own = Own::new(Expect::of(&method, true));
        Self::new(method, target, own)
    }

    fn bucket(method: Method) -> Self {
        let own = Own::new(Expect::of(&method, false));
        Self::new(method, "/".to_owned(), own)
    }

    fn sign_content(mut self) -> Self {
        self.own.sign_content = true;
        self
    }

    fn expect(mut self, expect: Expect) -> Self {
        self.own.expect = expect;
        self
    }

    fn context(mut self, context: Context) -> Self {
        self.own.context = context;
        self
    }
}

impl Own {
    fn new(expect: Expect) -> Self {
        Self { context: Context::default(), expect, sign_content: false }
    }
}

impl Service for S3Store {
    type Own = Own;

    fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn uri(&self, call: &Call) -> Result<Uri> {
        let address = &self.place().await?.address;
        exact_uri([&address.origin, &address.path, &call.target].map(String::as_str).concat())
    }

    async fn sign(&self, call: &Call, request: &mut Request) -> Result<()> {
        let place = self.place().await?;
        let keys = place.credentials.keys().await?;
        let Some(keys) = keys.get() else { return Ok(()) };
        let hashed;
        let digest = if call.content.is_empty() {
            sign::EMPTY
        } else if call.own.sign_content || self.signs_content {
            hashed = sign::digest(call.content.pieces());
            &hashed
        } else {
            sign::UNSIGNED
        };
        let mut headers = std::mem::take(request.headers_mut());
        let subject = Subject {
            method: request.method(),
            host: &place.address.host,
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            region: &place.region,
            digest,
        };
        self.signer.sign(&subject, keys, &mut headers, SystemTime::now())?;
        *request.headers_mut() = headers;
        Ok(())
    }

    fn meaning(&self, failure: &Failure, own: &Own) -> Error {
        self.explain(failure, &own.context)
    }

    async fn verified(&self, answer: Answer, call: &Call) -> Result<Answer> {
        self.checked(answer, &call.method, call.own.expect).await
    }

    fn refuses_credentials(&self, failure: &Failure) -> bool {
        refuses_keys(failure)
    }

    fn renewals(&self) -> u64 {
        self.known_place().map_or(0, |place| place.credentials.renewals())
    }

    async fn renewed(&self, renewals: u64) -> bool {
        match self.known_place() {
            Some(place) => place.credentials.renewed(renewals).await,
            None => false,
        }
    }
}

impl S3Store {
    /// Sends a request whose answer begins well and may still be an error ("200 OK" of CompleteMultipartUpload and
    /// CopyObject, S3 API reference). Gives the ETag, and the headers.
    pub(crate) async fn send_work(&self, call: Call) -> Result<(String, HeaderMap)> {
        let (call, mut tries) =
            (call.patience(LONG_WORK).expect(Expect::Document), self.transport.retry().start());
        loop {
            let answer = self.send(&call).await?;
            let headers = answer.headers().clone();
            let done = match answer.bytes(SMALL).await {
                Ok(body) => {
                    self.success(&body, &call.own.context).map_err(|error| self.secrets().clean(error))
                }
                Err(error) => Err(error),
            };
            match done {
                Err(error) if call.replay == Replay::Always && tries.again(&error).await => {}
                Err(error) => return Err(call.replay.uncertain(error)),
                done => return done.map(|etag| (etag, headers)),
            }
        }
    }
}
