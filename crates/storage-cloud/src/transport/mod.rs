//! One HTTP client with retries, typed errors, and bodies whose length is checked.

mod body;
mod call;
mod conditions;
mod connections;
mod direct;
mod exchange;
mod failure;
mod foreign;
mod payload;
mod per_runtime;
mod range;
mod retry;
mod service;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method};
use reqwest::Client;
use storage_types::{Error, ErrorKind, Result};
use tokio::time::error::Elapsed;

pub use self::body::Body;
use self::call::Patience;
pub use self::call::{Call, Request, exact_uri, exact_url};
pub use self::conditions::{
    failed_condition, header_value, missing, quoted, read_conditions, write_condition,
};
use self::connections::{Connections, Turn};
pub(crate) use self::connections::{Queue, proxy};
use self::exchange::{Broken, Response};
pub use self::failure::{Failure, of_status, silent};
pub use self::foreign::{first_words, foreign};
pub use self::payload::Payload;
pub use self::per_runtime::PerRuntime;
pub(crate) use self::range::unclear;
pub use self::range::{ContentRange, Extent, may_be_part};
pub use self::retry::{Replay, Retry, Tries};
pub use self::service::Service;
use crate::secrets::{Secrets, sensitive};
use crate::tuning::Tuning;

/// A line that carries less than this is taken for broken while something is sent, in bytes per second.
const SLOWEST: u64 = 16 << 10;

/// How long it may take to get credentials.
const CREDENTIALS: Duration = Duration::from_secs(60);

/// A connection that nobody uses is closed after this time.
const IDLE: Duration = Duration::from_secs(60);

/// What we call ourselves.
const USER_AGENT: &str = concat!("storage-rs/", env!("CARGO_PKG_VERSION"));

/// At most this much of an error's body is read, in bytes.
const ERROR_BODY: usize = 64 << 10;

/// The longest answer about one thing, such as a receipt or the metadata of an object, in bytes.
pub const SMALL: u64 = 1 << 20;

/// The longest answer about many things: a page of a listing, the outcome of a batch. In bytes. Five thousand keys of the
/// greatest length, encoded, fill a third of it.
pub const PAGE: u64 = 64 << 20;

/// Makes sure that there is a provider of cryptography for TLS. Another that the program installed stays.
pub fn ensure_crypto_provider() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // An error says that there is one already, and that is all we want.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
}

/// Sends requests, again where that helps. Cheap to clone; clones share connections, those of one runtime each. A client is made
/// when it is first used: that reads the machine's certificates.
#[derive(Debug, Clone)]
pub struct Transport {
    /// A client that the caller made, for all runtimes.
    own: Option<Client>,
    connections: Arc<PerRuntime<Connections>>,
    tuning: Tuning,
    retry: Retry,
}

/// The answer to a request that succeeded.
#[derive(Debug)]
pub struct Answer {
    /// Its status and headers have been read; its body has not.
    response: Response,
    patience: Duration,
    /// Held until the body is read by [`bytes`](Self::bytes), or handed on to somebody who may take any time.
    turn: Option<Turn>,
}

impl Transport {
    /// A client of its own, not made yet; that of the tuning, where it names one.
    #[must_use]
    pub fn new(tuning: &Tuning) -> Self {
        let own = tuning.client.as_ref().map(|own| own.0.clone());
        Self { own, connections: Arc::default(), tuning: tuning.clone(), retry: Retry::new(tuning.attempts) }
    }

    /// The settings that all clients share: no redirects, timeouts of our own, HTTP/1.1 (a connection per request in flight is faster than
    /// one for all), no decompression; the authorities and the proxy of the configuration.
    ///
    /// # Errors
    ///
    /// `Config` when the file of `ca_bundle` cannot be used.
    pub fn builder(tuning: &Tuning) -> Result<reqwest::ClientBuilder> {
        ensure_crypto_provider();
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            // Another crate may switch these on for all.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::MAX)
            .pool_idle_timeout(IDLE)
            .connect_timeout(tuning.connect_timeout)
            .user_agent(USER_AGENT);
        connections::configured(builder, tuning)
    }

    /// Retries around a client that was made elsewhere.
    #[must_use]
    pub fn with_client(client: Client, tuning: &Tuning) -> Self {
        Self { own: Some(client), ..Self::new(tuning) }
    }

    /// The client of the current runtime.
    ///
    /// # Errors
    ///
    /// `Config` when the machine has no usable TLS setup, or the file of `ca_bundle` cannot be used; `Unsupported` outside of a
    /// runtime.
    pub fn client(&self) -> Result<Client> {
        Ok(self.connections()?.client()?.clone())
    }

    /// All that goes to a server begins here, so this is where the runtime is missed.
    fn connections(&self) -> Result<Connections> {
        in_runtime()?;
        self.connections.get_or_try_init(|| Connections::new(self.own.as_ref(), &self.tuning))
    }

    /// The settings it was made with.
    #[must_use]
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// The rules of trying again.
    #[must_use]
    pub fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Sends what `make` gives, anew for each try, so that it is signed with the time of that try. `explain` says what
    /// an answer means that is no success (a status of 300 and more that is not one of `also`, such as the 308 of resumable
    /// uploads).
    ///
    /// # Errors
    ///
    /// What `make` and `explain` say; `Timeout` and `Interrupted` when there is no answer.
    pub async fn send<M, F>(
        &self,
        replay: Replay,
        also: &[u16],
        make: M,
        explain: impl Fn(&Failure) -> Error,
    ) -> Result<Answer>
    where
        M: Fn() -> F,
        F: Future<Output = Result<Request>>,
    {
        let accepted = |status: u16| status < 300 || also.contains(&status);
        let mut tries = self.retry.start();
        let connections = self.connections()?;
        loop {
            // Before the request is made and signed: its time is that of its turn.
            let turn = connections.turn().await;
            let request = made(make()).await?;
            let secrets = sensitive(request.headers());
            // Some secrets stand in the query, such as a signature.
            let uri = request.uri().query().is_some().then(|| request.uri().clone());
            // What has no body is over with its headers.
            let is_head = request.method() == Method::HEAD;
            let (error, may_repeat, wait) = match self.answer(&connections, request).await {
                Err(_elapsed) => (silent(), replay == Replay::Always, None),
                Ok(Ok(response)) if accepted(response.status().as_u16()) => {
                    let turn = Some(turn).filter(|_| !is_head);
                    return Ok(Answer { response, patience: self.tuning.read_timeout, turn });
                }
                Ok(Ok(response)) => {
                    let secrets = Secrets::of_request(&secrets, uri.as_ref());
                    // Rare and large: boxed, so that the common way stays small.
                    let failure = Box::pin(Failure::read(response, self.tuning.read_timeout)).await;
                    let failure = failure.without(&secrets);
                    let error = secrets.clean(explain(&failure));
                    (error, replay.after_answer(&failure), failure.retry_after())
                }
                Ok(Err(error)) => {
                    let may_repeat = replay.after_breaking(&error);
                    (failure::of_transport(error), may_repeat, None)
                }
            };
            drop(turn);
            if !may_repeat {
                return Err(replay.uncertain(error));
            }
            if !tries.again_after(&error, wait).await {
                return Err(error);
            }
        }
    }
}

impl Transport {
    /// One try. A server may be silent for [`Tuning::read_timeout`] after it got the whole request, and nobody knows when
    /// that is: what is sent gets the time it takes on a slow line.
    async fn answer(
        &self,
        connections: &Connections,
        mut request: Request,
    ) -> Result<Result<Response, Broken>, Elapsed> {
        let length = http_body::Body::size_hint(request.body()).lower();
        if length == 0 && matches!(*request.method(), Method::PUT | Method::POST | Method::PATCH) {
            // The client leaves it out, and stores demand it (RFC 9110, 8.6).
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let patience = self
            .patience(length)
            .max(request.extensions().get().map_or(Duration::ZERO, |Patience(long)| *long));
        tokio::time::timeout(patience, connections.send(request)).await
    }

    /// How long a server may take to answer a request with a body of this many bytes.
    #[must_use]
    pub fn patience(&self, length: u64) -> Duration {
        self.tuning.read_timeout.saturating_add(Duration::from_secs(length / SLOWEST))
    }
}

/// Refuses to go on outside of a runtime, where tokio would panic.
///
/// # Errors
///
/// `Unsupported`.
pub fn in_runtime() -> Result<()> {
    tokio::runtime::Handle::try_current().map(drop).map_err(|_| Error::no_runtime())
}

/// A request takes the time that its credentials take, and those may come from a server too.
async fn made<F: Future<Output = Result<Request>>>(make: F) -> Result<Request> {
    tokio::time::timeout(CREDENTIALS, make).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Timeout, "nobody gave credentials in time")
            .with_hint("check where the credentials of the mount come from"))
    })
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::config(format!("the HTTP client cannot be set up: {error}"))
        .with_hint("check the machine's certificates and the variables HTTP_PROXY and HTTPS_PROXY")
}

impl Answer {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The declared length of the body in bytes. For HEAD, of the content.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// The body as a stream of exactly `length` bytes. It does not count for the limit of requests at once.
    #[must_use]
    pub fn into_body(self, length: Option<u64>) -> Body {
        Body::new(self.response.into_body(), length, self.patience)
    }

    /// The whole body, for answers of at most `most` bytes: [`SMALL`] or [`PAGE`].
    ///
    /// # Errors
    ///
    /// `Interrupted` and `Timeout` when it is cut off; `Unexpected` when it is longer.
    pub async fn bytes(self, most: u64) -> Result<Bytes> {
        Ok(self.into_parts(most).await?.1)
    }

    /// As [`bytes`](Self::bytes), and the headers.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn into_parts(mut self, most: u64) -> Result<(HeaderMap, Bytes)> {
        let _turn = self.turn.take();
        let length = self.content_length();
        let (head, body) = self.response.into_parts();
        let bytes = Body::new(body, length, self.patience).collect_at_most(most).await?;
        Ok((head.headers, bytes))
    }
}
