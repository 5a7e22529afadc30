//! How a URL is fetched.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use storage_cloud::tuning::Tuning;
use storage_types::Secret;

use crate::config::MAX_REDIRECTS;

/// How a URL is fetched.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchOptions {
    /// The URL and its redirects may lead to private addresses. Without it no proxy is taken, because a proxy looks
    /// names up by itself.
    pub allow_private: bool,
    /// Headers that carry secrets may go over plain `http://`, for others on the way to read. Without it they go to this
    /// machine alone.
    pub allow_plain_http: bool,
    /// Redirects that are followed.
    pub max_redirects: u32,
    /// Further headers, sent to the origin of the URL and nowhere else.
    pub headers: BTreeMap<String, Secret>,
    /// Content larger than this is refused, in bytes.
    pub max_bytes: Option<u64>,
    /// How long all of it may take.
    pub timeout: Option<Duration>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long the server may be silent.
    pub read_timeout: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
}

impl Default for FetchOptions {
    fn default() -> Self {
        let tuning = Tuning::default();
        Self {
            allow_private: false,
            allow_plain_http: false,
            max_redirects: MAX_REDIRECTS,
            headers: BTreeMap::new(),
            max_bytes: None,
            timeout: None,
            connect_timeout: tuning.connect_timeout,
            read_timeout: tuning.read_timeout,
            attempts: tuning.attempts,
        }
    }
}

impl FetchOptions {
    /// Public addresses only, 10 redirects, no limit of size and time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The URL and its redirects may lead to private addresses.
    #[must_use]
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Headers that carry secrets may go over plain `http://`, for others on the way to read.
    #[must_use]
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Redirects that are followed.
    #[must_use]
    pub fn max_redirects(mut self, limit: u32) -> Self {
        self.max_redirects = limit;
        self
    }

    /// A further header, sent to the origin of the URL and nowhere else.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Content larger than this is refused, in bytes.
    #[must_use]
    pub fn max_bytes(mut self, limit: u64) -> Self {
        self.max_bytes = Some(limit);
        self
    }

    /// How long all of it may take.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How long a connection may take.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the server may be silent.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = limit;
        self
    }

    /// How often a request is tried in all, at least once.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }
}

impl fmt::Debug for FetchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchOptions")
            .field("allow_private", &self.allow_private)
            .field("allow_plain_http", &self.allow_plain_http)
            .field("max_redirects", &self.max_redirects)
            .field("max_bytes", &self.max_bytes)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
