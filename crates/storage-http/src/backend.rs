//! A web server as a backend.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use storage_core::{Backend, Content, Lister, Reader, Writer};
use storage_types::{
    Capabilities, Colour, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, PresignMethod,
    PresignOptions, ReadOptions, Result, StoragePath, WriteOptions,
};

use crate::client::Ask;
use crate::config::{HttpConfig, Listing};
use crate::lister;
use crate::reader;
use crate::site::Site;

/// A mount of a web server, for reading.
pub struct HttpBackend {
    site: Arc<Site>,
}

impl HttpBackend {
    /// The folder that `config` names. No request is made.
    ///
    /// # Errors
    ///
    /// `Config`, naming the field and what is allowed.
    pub fn new(config: &HttpConfig) -> Result<Self> {
        Ok(Self { site: Arc::new(Site::new(config)?) })
    }

    /// The HTTP client of the current runtime: connections of the mount, without its credentials. It follows no redirect.
    ///
    /// # Errors
    ///
    /// `Config` when the machine has no usable TLS setup, or the file of `ca_bundle` cannot be used.
    pub fn client(&self) -> Result<reqwest::Client> {
        self.site.client.http()
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }
}

impl fmt::Debug for HttpBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBackend").field("host", &self.site.host()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for HttpBackend {
    fn kind(&self) -> &str {
        "http"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.list = self.site.listing != Listing::None;
        can.url = true;
        can
    }

    async fn probe(&self) -> Result<Capabilities> {
        let ask = Ask::new(Method::HEAD, self.site.folder(&StoragePath::root())?);
        match self.site.client.send(&ask).await {
            Ok(_) => Ok(self.capabilities()),
            // The server is there, and shows no page of its root.
            Err(refused) if matches!(refused.status(), 403 | 404 | 405 | 501) => Ok(self.capabilities()),
            Err(refused) => Err(refused.error),
        }
    }

    fn native(&self) -> Colour {
        Colour::Async
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.site.stat(path).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        refuse_root(path)?;
        reader::get(self.site.place(path)?, options).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        refuse_root(path)?;
        reader::open(self.site.place(path)?, options).await
    }

    async fn put(&self, _: &StoragePath, _: Bytes, _: &WriteOptions) -> Result<Metadata> {
        Err(Error::unsupported("write"))
    }

    async fn write(&self, _: &StoragePath, _: &WriteOptions) -> Result<Writer> {
        Err(Error::unsupported("write"))
    }

    async fn delete(&self, _: &StoragePath, _: &DeleteOptions) -> Result<()> {
        Err(Error::unsupported("delete"))
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        lister::list(&self.site, path, options.kind_only).await
    }

    /// The plain URL, without credentials and without an end.
    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        match options.method {
            PresignMethod::Get => Ok(self.site.url(path)?.into()),
            _ => Err(Error::new(ErrorKind::Unsupported, "this mount cannot make URLs for uploads")),
        }
    }
}

fn refuse_root(path: &StoragePath) -> Result<()> {
    if path.is_root() { Err(Error::is_a_directory()) } else { Ok(()) }
}
