//! Requests that reach their server without a proxy: by hyper itself. What reqwest adds on the way (redirects, proxies, URLs of
//! answers) we do not use, and it takes a fifth of the time of a small request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::Body;
use rustls::ClientConfig;
use storage_types::Secret;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{IDLE, Request, USER_AGENT};
use crate::tuning::Tuning;

/// How often a silent connection is looked at, and after how many looks it is given up; the same as reqwest's.
const KEEPALIVE: (Duration, u32) = (Duration::from_secs(15), 3);

/// hyper's client, and the rules that say which servers it may reach. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub(super) struct Direct {
    client: Client<Connector, Body>,
    proxies: Arc<Matcher>,
}

impl Direct {
    /// `None` where the configuration names a proxy.
    pub(super) fn new(tls: ClientConfig, tuning: &Tuning) -> Option<Self> {
        let proxies = match tuning.proxy.as_ref().map(Secret::expose) {
            None => Matcher::from_system(),
            Some("none") => Matcher::builder().build(),
            Some(_) => return None,
        };
        let mut client = Builder::new(TokioExecutor::new());
        client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(usize::MAX);
        let client = client.build(Connector::new(tls, tuning.connect_timeout));
        Some(Self { client, proxies: Arc::new(proxies) })
    }

    /// Whether nothing stands between this machine and that server. A name and a password in the URL are reqwest's to send.
    pub(super) fn reaches(&self, uri: &Uri) -> bool {
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        !has_user && self.proxies.intercept(uri).is_none()
    }

    /// Sends a request. The body of the answer is still to come.
    pub(super) async fn send(
        &self,
        mut request: Request,
    ) -> Result<http::Response<Incoming>, hyper_util::client::legacy::Error> {
        request
            .headers_mut()
            .entry(http::header::USER_AGENT)
            .or_insert_with(|| HeaderValue::from_static(USER_AGENT));
        self.client.request(request).await
    }
}

/// Makes connections, encrypted where the URL says so, within a time.
#[derive(Debug, Clone)]
struct Connector {
    https: HttpsConnector<HttpConnector>,
    patience: Duration,
}

impl Connector {
    fn new(tls: ClientConfig, patience: Duration) -> Self {
        let mut http = HttpConnector::new();
        let (interval, retries) = KEEPALIVE;
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(patience));
        http.set_keepalive(Some(interval));
        http.set_keepalive_interval(Some(interval));
        http.set_keepalive_retries(Some(retries));
        Self { https: (http, tls).into(), patience }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.patience, self.https.call(server));
        Box::pin(async move { connecting.await.unwrap_or_else(|_| Err(Box::new(late()))) })
    }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it took too long")
}
