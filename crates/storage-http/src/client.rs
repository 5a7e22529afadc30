//! Sends requests, follows redirects by our own rules, and keeps credentials at home.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{HeaderMap, HeaderValue, Method};
use reqwest::Url;
use storage_cloud::transport::{Answer, Failure, Replay, Request, Retry, Transport};
use storage_cloud::tuning::Tuning;
use storage_types::{Error, ErrorKind, Result};

use crate::error::{Refused, of_failure};
use crate::guard;
use crate::redirect::{self, Slash, same_origin};

/// A client of one origin, which may redirect elsewhere.
pub(crate) struct Client {
    /// Reaches every address.
    open: Transport,
    /// Reaches public addresses only; made when it is first needed.
    guarded: OnceLock<Transport>,
    tuning: Tuning,
    origin: Url,
    /// Credentials and the caller's headers; for the origin alone.
    headers: HeaderMap,
    rules: Rules,
}

/// How far requests may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) max_redirects: u32,
    /// Redirects may lead into private networks.
    pub(crate) allow_private: bool,
    /// The origin may lie in a private network.
    pub(crate) trust_origin: bool,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'static str,
    pub(crate) slash: Slash,
}

impl Ask {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: "", slash: Slash::Tells }
    }

    /// Adds a header. `value` is made of what servers and callers gave, so it may be impossible.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Error::invalid(format!("this cannot be sent as the header `{name}`"))
                .with_hint("leave line breaks and control characters out of ETags and other values")
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// An answer, and where it came from in the end.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) url: Url,
    pub(crate) answer: Answer,
}

impl Client {
    pub(crate) fn new(origin: Url, headers: HeaderMap, tuning: Tuning, rules: Rules) -> Self {
        Self { open: Transport::new(&tuning), guarded: OnceLock::new(), tuning, origin, headers, rules }
    }

    /// What sends requests, of the current runtime.
    pub(crate) fn http(&self) -> Result<reqwest::Client> {
        self.open.client()
    }

    /// Credentials and the caller's headers; for the origin alone.
    pub(crate) fn credentials(&self) -> &HeaderMap {
        &self.headers
    }

    /// The rules of trying again.
    pub(crate) fn retry(&self) -> &Retry {
        self.open.retry()
    }

    fn transport(&self, trusted: bool) -> Result<&Transport> {
        if trusted {
            return Ok(&self.open);
        }
        if let Some(transport) = self.guarded.get() {
            return Ok(transport);
        }
        let transport = public_only(&self.tuning)?;
        Ok(self.guarded.get_or_init(|| transport))
    }

    /// Sends a request that changes nothing, again where that helps, and follows redirects.
    pub(crate) async fn send(&self, ask: &Ask) -> Result<Got, Refused> {
        let mut url = ask.url.clone();
        let mut at_home = true;
        for _ in 0..=self.rules.max_redirects {
            // Who sent us away may not send us back with credentials.
            at_home &= same_origin(&url, &self.origin);
            let refused = match self.once(ask, &url, at_home).await {
                Ok(answer) => return Ok(Got { url, answer }),
                Err(refused) => refused,
            };
            match refused.failure.as_deref().and_then(redirect::location) {
                Some(location) => url = redirect::next(&url, &location, ask.slash)?,
                None => return Err(refused),
            }
        }
        Err(self.too_many().into())
    }

    async fn once(&self, ask: &Ask, url: &Url, at_home: bool) -> Result<Answer, Refused> {
        let trusted = self.rules.allow_private || (at_home && self.rules.trust_origin);
        if !trusted {
            guard::check_literal(url)?;
        }
        let transport = self.transport(trusted)?;
        let seen: Mutex<Option<Box<Failure>>> = Mutex::new(None);
        let make = || async {
            // What an earlier try was told does not count any more.
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.request(ask, url, at_home)
        };
        let explain = |failure: &Failure| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(failure.clone()));
            of_failure(failure)
        };
        let error = match transport.send(Replay::Always, &[], make, explain).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let failure = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        Err(Refused { error: if trusted { error } else { guard::told(error) }, failure })
    }

    fn request(&self, ask: &Ask, url: &Url, at_home: bool) -> Result<Request> {
        let uri = url.as_str().parse().map_err(|_| Error::invalid("this is no URL that can be asked for"))?;
        let mut request = Request::new(ask.body.into());
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = uri;
        if at_home {
            *request.headers_mut() = self.headers.clone();
        }
        request.headers_mut().extend(ask.headers.clone());
        // Ranges and lengths are those of the content itself.
        request.headers_mut().insert("accept-encoding", HeaderValue::from_static("identity"));
        Ok(request)
    }

    fn too_many(&self) -> Error {
        let limit = self.rules.max_redirects;
        Error::new(ErrorKind::Unexpected, format!("the server redirects more than {limit} times"))
            .with_hint("check whether its redirects go in a circle, or raise `max_redirects`")
    }
}

/// A transport that reaches public addresses only. It takes no proxy: a proxy looks names up by itself.
fn public_only(tuning: &Tuning) -> Result<Transport> {
    let builder = Transport::builder(tuning)?.no_proxy().dns_resolver(Arc::new(guard::PublicOnly));
    let client = builder
        .build()
        .map_err(|error| Error::config(format!("the HTTP client cannot be set up: {error}")))?;
    Ok(Transport::with_client(client, tuning))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", &self.origin.as_str()).field("rules", &self.rules).finish()
    }
}
