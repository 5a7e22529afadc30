//! A mount: the server, the folder, and how it is asked.

use std::sync::{Arc, OnceLock};

use reqwest::Url;
use storage_cloud::config::no_secret_in_clear;
use storage_cloud::keys::encode_key;
use storage_types::{Error, Metadata, Result, StoragePath};

use crate::client::{Client, Rules};
use crate::config::{HttpConfig, Listing, MAX_REDIRECTS};
use crate::credentials::secret_header;
use crate::download::compressed;
use crate::head;
use crate::place::Place;
use crate::redirect::Slash;
use crate::webdav;

/// An answer that lists a directory is read up to this size, in bytes.
const LISTING: usize = 64 << 20;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) client: Arc<Client>,
    /// Its path ends with a slash.
    folder: Url,
    pub(crate) listing: Listing,
    pub(crate) concurrency: usize,
    /// Whether the server offers WebDAV, once that is known.
    pub(crate) webdav: OnceLock<bool>,
}

impl Site {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self> {
        let folder = config.folder()?;
        let tuning = config.tuning()?;
        let rules = Rules {
            max_redirects: config.max_redirects.unwrap_or(MAX_REDIRECTS),
            allow_private: config.allow_private,
            trust_origin: true,
        };
        let concurrency = tuning.concurrency;
        let headers = config.credentials()?;
        if let Some(name) = secret_header(&headers) {
            let secret = format!("the header `{name}`");
            no_secret_in_clear("url", folder.as_str(), &secret, config.allow_plain_http)?;
        }
        let client = Client::new(folder.clone(), headers, tuning, rules);
        Ok(Self {
            client: Arc::new(client),
            folder,
            listing: config.listing,
            concurrency,
            webdav: OnceLock::new(),
        })
    }

    /// The host, which is no secret.
    pub(crate) fn host(&self) -> &str {
        self.folder.host_str().unwrap_or_default()
    }

    /// The URL of a file.
    pub(crate) fn url(&self, path: &StoragePath) -> Result<Url> {
        self.at(&encode_key(path.as_str()))
    }

    /// The URL of a directory, with a slash at its end.
    pub(crate) fn folder(&self, path: &StoragePath) -> Result<Url> {
        if path.is_root() { Ok(self.folder.clone()) } else { self.at(&(encode_key(path.as_str()) + "/")) }
    }

    fn at(&self, encoded: &str) -> Result<Url> {
        let url = format!("{}{encoded}", self.folder);
        url.parse().map_err(|error| Error::invalid(format!("the path makes no URL: {error}")))
    }

    pub(crate) fn place(&self, path: &StoragePath) -> Result<Place> {
        Ok(Place { client: self.client.clone(), url: self.url(path)?, slash: Slash::Tells })
    }

    pub(crate) async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        if path.is_root() {
            return Ok(Metadata::directory());
        }
        if self.listing != Listing::Webdav {
            return self.place(path)?.stat().await;
        }
        match self.client.send(&webdav::ask(self.url(path)?, "0")?).await {
            Ok(got) if got.answer.status() == 207 => {
                let url = got.url.clone();
                let itself = webdav::level(&url, &bounded(got.answer).await?)?.itself;
                if itself.sized { Ok(itself.metadata) } else { self.place(path)?.stat().await }
            }
            Ok(_) => Err(no_webdav()),
            Err(refused) if refused.error.kind() == storage_types::ErrorKind::IsADirectory => {
                Ok(Metadata::directory())
            }
            Err(refused) => Err(refused.error),
        }
    }
}

/// The server does not do what the configuration says.
pub(crate) fn no_webdav() -> Error {
    Error::unsupported("list by WebDAV: the server does not offer it")
        .with_hint("set `listing: index`, or take `listing` out of the configuration")
}

/// The whole body of a listing.
pub(crate) async fn bounded(answer: storage_cloud::transport::Answer) -> Result<Vec<u8>> {
    if answer.is_encoded() {
        return Err(compressed());
    }
    let length = head::length(answer.headers());
    let mut body = answer.into_body(length);
    let mut all = Vec::new();
    while let Some(piece) = body.next().await? {
        if all.len() + piece.len() > LISTING {
            return Err(Error::new(
                storage_types::ErrorKind::QuotaExceeded,
                format!("the listing of the directory is larger than {} MiB", LISTING >> 20),
            )
            .with_hint("mount a smaller folder of the server"));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}
