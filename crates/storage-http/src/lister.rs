//! One level of a directory, by WebDAV or from the page that the server makes of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use http::Method;
use storage_core::{Entry, ListStream, Lister};
use storage_types::{Error, ErrorKind, Metadata, Result, StoragePath};

use crate::children::{self, Link};
use crate::client::Ask;
use crate::config::Listing;
use crate::head;
use crate::html;
use crate::site::{Site, bounded, no_webdav};
use crate::webdav;

/// Entries of a batch whose metadata takes no request.
const BATCH: usize = 1024;

/// Opens the listing of a directory.
pub(crate) async fn list(site: &Arc<Site>, path: &StoragePath, kind_only: bool) -> Result<Lister> {
    match site.listing {
        Listing::None => {
            Err(Error::unsupported("list directories: `listing` is `none` in its configuration"))
        }
        Listing::Webdav => by_webdav(site, path).await?.ok_or_else(no_webdav),
        Listing::Index => by_index(site, path, kind_only).await,
        Listing::Auto => {
            if site.webdav.get() != Some(&false)
                && let Some(lister) = by_webdav(site, path).await?
            {
                let _ = site.webdav.set(true);
                return Ok(lister);
            }
            by_index(site, path, kind_only).await
        }
    }
}

/// One PROPFIND. `None` when the server does not offer that.
async fn by_webdav(site: &Site, path: &StoragePath) -> Result<Option<Lister>> {
    let got = match site.client.send(&webdav::ask(site.folder(path)?, "1")?).await {
        Ok(got) if got.answer.status() == 207 => got,
        Err(refused) if refused.error.kind() == ErrorKind::NotFound => {
            // Who does not know the method may answer so as well.
            return if site.webdav.get().is_none() && site.listing == Listing::Auto {
                Ok(None)
            } else {
                missing(site, path, refused.error).await
            };
        }
        // What stands before the server may refuse methods that it does not know, here and not elsewhere.
        Err(refused) if matches!(refused.status(), 400 | 403) => return Ok(None),
        Err(refused) if !matches!(refused.status(), 405 | 415 | 501) => return Err(refused.error),
        _ => {
            let _ = site.webdav.set(false);
            return Ok(None);
        }
    };
    let url = got.url.clone();
    let level = webdav::level(&url, &bounded(got.answer).await?)?;
    let children: BTreeMap<_, _> = webdav::demand_directory(level)?.into_iter().collect();
    let mut scratch = String::new();
    let mut entries = Vec::with_capacity(children.len());
    for (name, found) in children {
        // What no path can name is not shown.
        let Ok(path) = path.child_segment(&name, &mut scratch) else { continue };
        let metadata = if found.sized { Ok(found.metadata) } else { site.place(&path)?.stat().await };
        match metadata {
            Ok(metadata) => entries.push(Ok(Entry { path, metadata })),
            Err(error) if error.kind() == ErrorKind::NotFound => entries.push(Err(denied(&path))),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(Lister::new(Box::new(Listed(Some(entries))))))
}

/// One GET; and unless only kinds are wanted, one HEAD for each file, because pages round sizes and times.
async fn by_index(site: &Arc<Site>, path: &StoragePath, kind_only: bool) -> Result<Lister> {
    let ask = Ask::new(Method::GET, site.folder(path)?).header("accept", "text/html")?;
    let got = match site.client.send(&ask).await {
        Ok(got) => got,
        Err(refused) if refused.error.kind() == ErrorKind::NotFound => {
            return missing(site, path, refused.error).await;
        }
        Err(refused) if refused.status() == 403 => {
            return Err(refused.error.with_hint("let the server list directories (nginx: `autoindex on`)"));
        }
        Err(refused) => return Err(refused.error),
    };
    if got.answer.status() != 200 || !head::is_html(got.answer.headers()) {
        return missing(site, path, no_page()).await;
    }
    let url = got.url.clone();
    let ends_by_itself = head::has_end(got.answer.headers());
    let page = bounded(got.answer).await?;
    if !ends_by_itself && !html::is_whole(&page) {
        return Err(Error::new(ErrorKind::Interrupted, "the page of the directory ends before its end"));
    }
    let mut names = BTreeMap::new();
    for href in html::links(&String::from_utf8_lossy(&page)) {
        if let Link::Child { name, slash } = children::link(&url, &href) {
            *names.entry(name).or_insert(false) |= slash;
        }
    }
    let names = names.into_iter().collect();
    Ok(Lister::new(Box::new(IndexLister { site: site.clone(), path: path.clone(), names, kind_only })))
}

fn no_page() -> Error {
    Error::unsupported("list this directory: the server shows something else than a page of its entries")
        .with_hint("let the server list directories (nginx: `autoindex on`)")
}

/// The error for what cannot be listed: a file stands there, or nothing.
async fn missing<T>(site: &Site, path: &StoragePath, error: Error) -> Result<T> {
    let metadata = site.stat(path).await?;
    Err(if metadata.is_file() { Error::not_a_directory() } else { error })
}

/// The error of an entry that is listed and then not there. It was deleted in between, is a link to nothing, or somebody on the way
/// answered; nothing is known of it, so nobody may take it for deleted.
fn denied(path: &StoragePath) -> Error {
    let message = format!("the server lists `{}`, and then says that it is not there", path.name());
    Error::new(ErrorKind::Unexpected, message)
        .with_hint("list again; if it stays so, look for a link to nothing on the server")
        .with_retryable(true)
}

/// Entries that came in one answer.
struct Listed(Option<Vec<Result<Entry>>>);

#[async_trait]
impl ListStream for Listed {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        Ok(self.0.take())
    }
}

struct IndexLister {
    site: Arc<Site>,
    path: StoragePath,
    names: VecDeque<(String, bool)>,
    kind_only: bool,
}

#[async_trait]
impl ListStream for IndexLister {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        while !self.names.is_empty() {
            let size = if self.kind_only { BATCH } else { self.site.concurrency };
            let names: Vec<_> = self.names.iter().take(size).cloned().collect();
            let entries = names.iter().map(|(name, slash)| self.entry(name, *slash)).collect::<Vec<_>>();
            let batch: Vec<_> = stream::iter(entries).buffered(self.site.concurrency).collect().await;
            self.names.drain(..names.len());
            let batch: Vec<_> = batch.into_iter().flatten().collect();
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl IndexLister {
    /// `None`: what no path can name.
    async fn entry(&self, name: &str, slash: bool) -> Option<Result<Entry>> {
        let path = self.path.child_segment(name, &mut String::new()).ok()?;
        let metadata = if slash {
            Ok(Metadata::directory())
        } else if self.kind_only {
            Ok(Metadata::file(0))
        } else {
            match self.site.place(&path) {
                Ok(place) => place.stat().await,
                Err(error) => Err(error),
            }
        };
        match metadata {
            Ok(metadata) => Some(Ok(Entry { path, metadata })),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Err(denied(&path))),
            Err(error) => Some(Err(error.with_path_if_unset(path.as_str()))),
        }
    }
}
