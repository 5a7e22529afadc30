//! Listings and metadata by WebDAV (RFC 4918).

use http::Method;
use reqwest::Url;
use storage_cloud::xml::{self, Visit};
use storage_types::options::unquoted;
use storage_types::{EntryKind, Error, Metadata, Result};

use crate::children::{self, Link};
use crate::client::Ask;
use crate::error::protocol;

/// The properties that metadata is made of.
const PROPERTIES: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
    <propfind xmlns=\"DAV:\"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/><getcontenttype/>\
    </prop></propfind>";

/// The request for the properties of `url`, and with depth 1 of what is in it.
pub(crate) fn ask(url: Url, depth: &'static str) -> Result<Ask> {
    let method = Method::from_bytes(b"PROPFIND").map_err(|_| protocol("PROPFIND is no method"))?;
    let mut ask = Ask::new(method, url).header("depth", depth)?.header("content-type", "application/xml")?;
    ask.body = PROPERTIES;
    Ok(ask)
}

/// What a directory and those in it are.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) itself: Found,
    pub(crate) children: Vec<(String, Found)>,
}

/// What the server could tell about a resource.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) metadata: Metadata,
    /// The size is known. Content that is made when it is asked for has none beforehand (RFC 4918, 15.4).
    pub(crate) sized: bool,
}

/// Reads a multistatus that came from `url`.
pub(crate) fn level(url: &Url, document: &[u8]) -> Result<Level> {
    let mut found = Multistatus::default();
    xml::read_as(document, &["multistatus"], &mut found)?;
    let (mut itself, mut children) = (None, Vec::new());
    for (href, resource) in found.resources {
        match children::link(url, &href) {
            Link::Itself => itself = Some(resource),
            Link::Child { name, .. } => children.push((name, resource)),
            Link::Foreign => {}
        }
    }
    match itself {
        Some(itself) => Ok(Level { itself, children }),
        None => Err(protocol("the server's WebDAV answer says nothing about what it was asked for")
            .with_hint("check that `url` is the server's own one, or set `listing: index`")),
    }
}

/// The error of a listing of what is no directory.
pub(crate) fn demand_directory(level: Level) -> Result<Vec<(String, Found)>> {
    if level.itself.metadata.is_dir() { Ok(level.children) } else { Err(Error::not_a_directory()) }
}

/// The resources of a multistatus (RFC 4918, 13), as far as the server could tell about them.
#[derive(Debug, Default)]
struct Multistatus {
    resources: Vec<(String, Found)>,
    href: Option<String>,
    /// The properties of the `propstat` that is open.
    open: Properties,
    told: Option<Properties>,
    depth: Vec<String>,
}

#[derive(Debug, Default)]
struct Properties {
    collection: bool,
    size: Option<u64>,
    modified: Option<String>,
    etag: Option<String>,
    content_type: Option<String>,
    succeeded: bool,
}

impl Visit for Multistatus {
    fn open(&mut self, name: &str) {
        match name {
            "response" => (self.href, self.told) = (None, None),
            "propstat" => self.open = Properties::default(),
            _ => {}
        }
        self.depth.push(name.to_owned());
    }

    fn close(&mut self, name: &str, text: &str) {
        self.depth.pop();
        let inside = self.depth.last().map_or("", String::as_str);
        let text = text.trim();
        let own = || (!text.is_empty()).then(|| text.to_owned());
        match (inside, name) {
            ("response", "href") => self.href = own(),
            ("resourcetype", "collection") => self.open.collection = true,
            ("prop", "getcontentlength") => self.open.size = text.parse().ok(),
            ("prop", "getlastmodified") => self.open.modified = own(),
            ("prop", "getetag") => self.open.etag = own(),
            ("prop", "getcontenttype") => self.open.content_type = own(),
            ("propstat", "status") => self.open.succeeded = text.split(' ').nth(1) == Some("200"),
            ("response", "propstat") if self.open.succeeded => {
                self.told = Some(std::mem::take(&mut self.open));
            }
            ("multistatus", "response") => {
                if let (Some(href), Some(told)) = (self.href.take(), self.told.take()) {
                    self.resources.push((href, told.found()));
                }
            }
            _ => {}
        }
    }
}

impl Properties {
    fn found(self) -> Found {
        let sized = self.collection || self.size.is_some();
        let kind = if self.collection { EntryKind::Directory } else { EntryKind::File };
        let mut metadata = Metadata::of(kind, if self.collection { 0 } else { self.size.unwrap_or(0) });
        metadata.modified = self.modified.and_then(|date| httpdate::parse_http_date(&date).ok());
        if !self.collection {
            metadata.etag = self.etag.map(|etag| unquoted(&etag).to_owned());
            metadata.content_type = self.content_type;
        }
        Found { metadata, sized }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_real_servers() {
        for (url, document) in [
            ("http://127.0.0.1/dav/", &include_bytes!("../tests/fixtures/apache-dav.xml")[..]),
            ("http://127.0.0.1/", &include_bytes!("../tests/fixtures/wsgidav.xml")[..]),
        ] {
            let level = level(&url.parse().unwrap(), document).unwrap();
            assert!(level.itself.metadata.is_dir());
            let mut names: Vec<_> = level.children.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            let expected = [
                "+semi;.txt",
                ".hidden",
                "a very long name that is longer than the fifty characters nginx shows of it.txt",
                "a.txt",
                "b & c <d>.txt",
                "col:on.txt",
                "q\"uote's.txt",
                "sub dir",
                "é#?%.txt",
            ];
            assert_eq!(names, expected, "{url}");
            let of =
                |wanted: &str| &level.children.iter().find(|(name, _)| name == wanted).unwrap().1.metadata;
            assert!(of("sub dir").is_dir());
            let file = of("a.txt");
            assert_eq!((file.size, file.is_file()), (5, true));
            assert!(file.modified.is_some());
            assert!(file.etag.as_deref().is_some_and(|etag| !etag.contains('"')), "{file:?}");
        }
    }

    #[test]
    fn what_the_server_could_not_tell_is_left_out() {
        let document = br#"<D:multistatus xmlns:D="DAV:">
            <D:response><D:href>/a</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>7</D:getcontentlength></D:prop>
              <D:status>HTTP/1.1 200 OK</D:status></D:propstat>
              <D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>
            <D:response><D:href>/a/b</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>
            </D:multistatus>"#;
        let level = level(&"http://h/a/".parse().unwrap(), document).unwrap();
        let itself = &level.itself;
        assert_eq!((itself.metadata.size, itself.metadata.etag.as_deref(), itself.sized), (7, None, true));
        assert!(level.children.is_empty());
        assert!(demand_directory(level).is_err());
    }

    #[test]
    fn an_answer_about_something_else_is_no_listing() {
        let document = b"<multistatus xmlns=\"DAV:\"><response><href>/x</href></response></multistatus>";
        assert!(level(&"http://h/a/".parse().unwrap(), document).is_err());
        assert!(level(&"http://h/a/".parse().unwrap(), b"<html>").is_err());
    }
}
