//! Configuration of mounts of web servers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use serde::Deserialize;
use storage_cloud::tuning::{Tuning, TuningOptions};
use storage_core::{Backend, MountLookup, Provider};
use storage_types::{Error, MountConfig, Result, Secret};

use crate::HttpBackend;

/// How directories are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Listing {
    /// By WebDAV if the server offers it, else from index pages.
    #[default]
    Auto,
    /// From the pages that servers make of directories.
    Index,
    /// By WebDAV (RFC 4918, `PROPFIND`).
    Webdav,
    /// Not at all.
    None,
}

storage_cloud::cloud_config! {
    server
    /// The options of a mount of a web server, in configuration and in code.
    ///
    /// ```
    /// use storage_http::HttpConfig;
    ///
    /// let config = HttpConfig::new("https://example.com/files").bearer_token("secret").attempts(3);
    /// assert_eq!(config.attempts, Some(3));
    /// ```
    ///
    /// `concurrency` is that of requests for the metadata of listed files. What may go to public addresses only takes no `proxy` and
    /// does not use `client`.
    pub struct HttpConfig {
        /// The folder that the mount shows: `https://example.com/files`.
        pub url: String,
        /// User name for basic authentication (RFC 7617).
        #[serde(default)]
        pub username: Option<String>,
        /// Password for basic authentication.
        #[serde(default)]
        pub password: Option<Secret>,
        /// Token for bearer authentication (RFC 6750).
        #[serde(default)]
        pub bearer_token: Option<Secret>,
        /// Further headers, sent to the origin of `url` and nowhere else.
        #[serde(default)]
        pub headers: BTreeMap<String, Secret>,
        /// Redirects may lead to private addresses. The address of `url` itself may always be one. Without it, redirects to
        /// other origins take no proxy, because a proxy looks names up by itself.
        #[serde(default)]
        pub allow_private: bool,
        /// Credentials may go over plain `http://`, for others on the way to read. Without it they go to this machine alone.
        #[serde(default)]
        pub allow_plain_http: bool,
        /// Redirects that are followed for one request; 10 by default.
        #[serde(default)]
        pub max_redirects: Option<u32>,
        /// How directories are listed.
        #[serde(default)]
        pub listing: Listing,
    }
}

/// Redirects followed when nothing else is said.
pub(crate) const MAX_REDIRECTS: u32 = 10;

storage_cloud::setters! {
    HttpConfig {
        set { allow_private: bool, allow_plain_http: bool, listing: Listing }
        some {
            username: String,
            password: Secret,
            bearer_token: Secret,
        }
        number { max_redirects: u32 }
    }
}

impl HttpConfig {
    /// The folder at `url`, without credentials.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// The same with a further header, sent to the origin of `url` and nowhere else.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// The backend of these options. No I/O.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    pub fn build(&self) -> Result<HttpBackend> {
        HttpBackend::new(self)
    }

    /// The URL of the folder, its path ending with a slash.
    pub(crate) fn folder(&self) -> Result<Url> {
        let example = "write it like `https://example.com/files`";
        let bad = |what: &str| Error::config(format!("field `url`: {what}"));
        let mut url: Url =
            self.url.parse().map_err(|error| bad(&format!("it is no URL: {error}")).with_hint(example))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it has to begin with `http://` or `https://`").with_hint(example));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("credentials do not belong into it").with_hint("use `username` and `password`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it is a folder, and has neither `?` nor `#`")
                .with_hint("encode them as `%3F` and `%23` if they belong to a name"));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }

    pub(crate) fn tuning(&self) -> Result<Tuning> {
        let options = TuningOptions { read_only: true, ..self.connection_options() };
        Tuning::new(options, 1, u64::MAX)
    }
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConfig").field("listing", &self.listing).finish_non_exhaustive()
    }
}

/// Builds mounts of web servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpProvider;

impl Provider for HttpProvider {
    fn kind(&self) -> &'static str {
        "http"
    }

    fn aliases(&self) -> &[&str] {
        &["https"]
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: HttpConfig = config.parse_options()?;
        let backend = HttpBackend::new(&options).map_err(|error| error.with_mount(config.name()))?;
        Ok(Arc::new(backend))
    }
}

#[cfg(test)]
mod tests {
    use storage_types::ErrorKind;

    use super::*;

    fn build(mount: &MountConfig) -> Result<Arc<dyn Backend>> {
        HttpProvider.build(mount, &MountLookup::empty())
    }

    fn mount(url: &str) -> MountConfig {
        MountConfig::new("web", "http").option("url", url)
    }

    #[test]
    fn a_url_is_all_it_needs() {
        for url in ["http://h", "https://h:8443/a/b/", "http://127.0.0.1/a%20b", "http://[::1]/"] {
            assert!(build(&mount(url)).is_ok(), "{url}");
        }
        assert_eq!(HttpConfig::new("http://h/a").folder().unwrap().as_str(), "http://h/a/");
    }

    #[test]
    fn secrets_go_over_plain_http_only_where_that_is_allowed() {
        let ways: [fn(&mut HttpConfig); 3] = [
            |config| config.bearer_token = Some("hunter2".into()),
            |config| config.username = Some("me".into()),
            |config| drop(config.headers.insert("X-Api-Key".into(), "hunter2".into())),
        ];
        let built = |url: &str, change: &dyn Fn(&mut HttpConfig)| {
            let mut config = HttpConfig::new(url);
            change(&mut config);
            HttpBackend::new(&config)
        };
        for way in ways {
            let error = built("http://h/", &way).unwrap_err();
            assert!(error.to_string().contains("allow_plain_http"), "{error}");
            let allowed = |config: &mut HttpConfig| {
                way(config);
                config.allow_plain_http = true;
            };
            assert!(built("http://h/", &allowed).is_ok());
            for url in ["https://h/", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"] {
                assert!(built(url, &way).is_ok(), "{url}");
            }
        }
        let language =
            |config: &mut HttpConfig| drop(config.headers.insert("Accept-Language".into(), "de".into()));
        assert!(built("http://h/", &language).is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (MountConfig::new("web", "http"), "url"),
            (mount("h/a"), "url"),
            (mount("ftp://h/a"), "url"),
            (mount("http://me:hunter2@h/"), "username"),
            (mount("http://h/?a=b"), "url"),
            (mount("http://h/#a"), "url"),
            (mount("http://h").option("pasword", "x"), "password"),
            (mount("http://h").option("password", "hunter2"), "username"),
            (mount("http://h").option("username", "a:b"), "username"),
            (mount("http://h").option("username", "me").option("bearer_token", "hunter2"), "bearer_token"),
            (mount("http://h").option("bearer_token", "hunter2\n"), "bearer_token"),
            (mount("http://h").option("listing", "webdva"), "webdav"),
            (mount("http://h").option("attempts", 0), "attempts"),
            (mount("http://h").option("concurrency", 0), "concurrency"),
        ];
        for (mount, word) in cases {
            let error = build(&mount).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(text.contains(word) && text.contains("`web`"), "{text}");
            assert!(!text.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{text}");
        }
    }
}
