//! Requests that reach their server without a proxy: by hyper itself. What reqwest adds on the way (redirects, proxies, URLs of
//! answers) we do not use, and it takes a fifth of the time of a small request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderValue, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::Body;
use rustls::ClientConfig;
use storage_types::{Result, Secret};
use tokio::net::TcpStream;
use tower_service::Service;

use super::{IDLE, Request};
use crate::tuning::Tuning;

/// How often a silent connection is looked at, and after how many looks it is given up; as reqwest has it.
const KEEPALIVE: (Duration, u32) = (Duration::from_secs(15), 3);

/// How long what was sent may wait for the acknowledgement of the other side (`TCP_USER_TIMEOUT`, tcp(7)); as reqwest has it.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// hyper's client, and the rules that say which servers it may reach. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub(super) struct Direct {
    client: Client<Connector, Body>,
    proxies: Arc<Matcher>,
}

impl Direct {
    /// `None` where the configuration names a proxy. `tls` is asked for how connections are encrypted.
    pub(super) fn new(tuning: &Tuning, tls: impl FnOnce() -> Result<ClientConfig>) -> Result<Option<Self>> {
        let proxies = match tuning.proxy.as_ref().map(Secret::expose) {
            None => Matcher::from_system(),
            Some("none") => Matcher::builder().build(),
            Some(_) => return Ok(None),
        };
        let mut client = Builder::new(TokioExecutor::new());
        client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(usize::MAX);
        let client = client.build(Connector::new(tls()?, tuning.connect_timeout));
        Ok(Some(Self { client, proxies: Arc::new(proxies) }))
    }

    /// Whether the environment names no proxy for that server.
    pub(super) fn reaches(&self, uri: &Uri) -> bool {
        self.proxies.intercept(uri).is_none()
    }

    /// Sends a request. The body of the answer is still to come.
    pub(super) async fn send(
        &self,
        mut request: Request,
    ) -> std::result::Result<http::Response<Incoming>, hyper_util::client::legacy::Error> {
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| HeaderValue::from_static(super::USER_AGENT));
        // Some firewalls in front of web servers refuse requests without it.
        headers.entry(ACCEPT).or_insert_with(|| HeaderValue::from_static("*/*"));
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
        // Keepalive is silent while something that was sent is not acknowledged.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        http.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self { https: (http, tls).into(), patience }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
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
