//! The HTTP client for programs, and where a file is.

use std::fmt;

use http::{HeaderMap, Method};
use reqwest::{Client, RequestBuilder, Url};
use storage_types::{Error, Result, StoragePath};

use crate::backend::HttpBackend;
use crate::redirect::same_origin;

/// The HTTP client with the connections of a mount (its authorities, its proxy, its limits of time for connecting), and the
/// URL that a path names.
///
/// The client by itself sends no credentials, so none can go astray. [`request`](Self::request) adds those of the mount, for
/// its own origin. No redirect is followed: an answer of 3xx is given as it is. The client goes wherever it is sent, into
/// private networks too.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpNative {
    /// Cheap to clone. Its connections belong to the tokio runtime that first uses it, so it should not be used from several.
    pub client: Client,
    /// The URL of the file.
    pub url: Url,
    credentials: HeaderMap,
}

impl HttpNative {
    /// The client of `backend`, and the URL that `path` has there. No request is made.
    ///
    /// # Errors
    ///
    /// `Config` when the connections cannot be set up; `InvalidInput` when the path makes no URL.
    pub fn new(backend: &HttpBackend, path: &StoragePath) -> Result<Self> {
        let site = backend.site();
        let url = if path.is_root() { site.folder(path)? } else { site.url(path)? };
        Ok(Self { client: backend.client()?, url, credentials: site.client.credentials().clone() })
    }

    /// A request about the file, with the credentials and further headers of the mount.
    pub fn request(&self, method: Method) -> RequestBuilder {
        self.client.request(method, self.url.clone()).headers(self.credentials.clone())
    }

    /// The same about another page of the origin: `reference` is relative to the URL of the file (RFC 3986, section 5).
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is no URL, or one of another origin, which must not see the credentials.
    pub fn request_to(&self, method: Method, reference: &str) -> Result<RequestBuilder> {
        let url =
            self.url.join(reference).map_err(|error| Error::invalid(format!("this is no URL: {error}")))?;
        if !same_origin(&url, &self.url) {
            return Err(Error::invalid("the URL is not of the mount's own origin")
                .with_hint("send it with `client`, which knows no credentials"));
        }
        Ok(self.client.request(method, url).headers(self.credentials.clone()))
    }
}

impl fmt::Debug for HttpNative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpNative").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
