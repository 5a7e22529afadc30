//! Listing directories.

use storage_core::ErrorKind;
use storage_core::types::WalkOptions;

use crate::server::{Request, Server, answer, content, not_found, redirect};

const HTML: &str = "content-type: text/html\r\n";
const PAGE: &[u8] = br#"<h1>Index of /d/</h1><a href="../">../</a> <a href="?C=N">Name</a>
    <a href="b.txt">b</a> <a href="a%20b.txt">a b</a> <a href="sub/">sub/</a> <a href="gone.txt">gone</a>
    <a href="b.txt"><img></a> <a href="https://elsewhere.example/d/x">x</a>"#;

/// Files, and a page of the directory `d`.
fn pages(request: &Request) -> Vec<u8> {
    match (&*request.method, &*request.path) {
        ("PROPFIND", _) => answer("405 Method Not Allowed", "", b""),
        (_, "/d/" | "/") => content(request, HTML, PAGE),
        (_, "/d/sub/") => content(request, HTML, b"<a href=\"../\">../</a>"),
        (_, "/d") => redirect("/d/"),
        (_, "/d/sub") => redirect("/d/sub/"),
        (_, "/d/b.txt" | "/d/a%20b.txt") => content(request, "etag: \"v1\"\r\n", b"hello"),
        _ => not_found(),
    }
}

/// The names and sizes of what is there; what is listed and then denied has the size `None`.
async fn listed(server: &Server, path: &str) -> Vec<(String, Option<u64>)> {
    let mut children = server.node(path).children().await.unwrap();
    let mut found = Vec::new();
    while let Some(child) = children.next().await.transpose() {
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
                assert!(error.is_retryable(), "{error}");
                let name = error.message().split('`').nth(1).unwrap_or_default();
                found.push((name.to_owned(), None));
                continue;
            }
        };
        let slash = if child.metadata.is_dir() { "/" } else { "" };
        found.push((format!("{}{slash}", child.node.name()), Some(child.metadata.size)));
    }
    found
}

#[tokio::test]
async fn a_page_becomes_a_sorted_listing_with_true_sizes() {
    let server = Server::start(pages);
    let expected = [("a b.txt", Some(5)), ("b.txt", Some(5)), ("gone.txt", None), ("sub/", Some(0))];
    let expected = expected.map(|(name, size)| (name.to_owned(), size));
    assert_eq!(listed(&server, "d").await, expected);
}

#[tokio::test]
async fn kinds_alone_take_no_request_per_file() {
    let server = Server::start(pages);
    let mut walk = server.node("d").walk(&WalkOptions::new().kind_only()).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = walk.next().await.unwrap() {
        names.push(entry.node.path().to_string());
    }
    assert_eq!(names, ["d/a b.txt", "d/b.txt", "d/gone.txt", "d/sub"]);
    assert!(server.lines().iter().all(|line| !line.starts_with("HEAD /d/")), "{:?}", server.lines());
}

#[tokio::test]
async fn webdav_is_tried_once() {
    let server = Server::start(pages);
    let storage = server.mount("");
    for _ in 0..2 {
        let mut children = storage.node("web:d").unwrap().children().await.unwrap();
        while children.next().await.transpose().is_some() {}
    }
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("PROPFIND")).count(), 1);
}

#[tokio::test]
async fn what_is_no_directory_cannot_be_listed() {
    let server = Server::start(pages);
    let kind = async |path: &str| match server.node(path).children().await {
        Ok(mut children) => children.next().await.unwrap_err().kind(),
        Err(error) => error.kind(),
    };
    assert_eq!(kind("d/b.txt").await, ErrorKind::NotADirectory);
    assert_eq!(kind("nothing").await, ErrorKind::NotFound);
}

#[tokio::test]
async fn listing_can_be_switched_off() {
    let server = Server::start(pages);
    let storage = server.mount(r#", "listing": "none""#);
    let node = storage.node("web:d").unwrap();
    assert!(!node.capabilities().list);
    assert_eq!(node.children().await.err().map(|error| error.kind()), Some(ErrorKind::Unsupported));
}

const MULTISTATUS: &[u8] = br#"<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">
    <D:response><D:href>/d/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>
      <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    <D:response><D:href>/d/z%20%26.txt</D:href><D:propstat><D:prop><D:resourcetype/>
      <D:getcontentlength>7</D:getcontentlength><D:getetag>"e"</D:getetag>
      <D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified></D:prop>
      <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    <D:response><D:href>/d/e</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>
      <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"#;

fn webdav(request: &Request) -> Vec<u8> {
    match (&*request.method, &*request.path, request.header("depth")) {
        ("PROPFIND", "/d/", Some("1")) | ("PROPFIND", "/d" | "/d/", Some("0")) => {
            answer("207 Multi-Status", "content-type: application/xml\r\n", MULTISTATUS)
        }
        _ => not_found(),
    }
}

#[tokio::test]
async fn webdav_lists_with_one_request() {
    let server = Server::start(webdav);
    let expected = [("e/".to_owned(), Some(0)), ("z &.txt".to_owned(), Some(7))];
    assert_eq!(listed(&server, "d").await, expected);
    assert_eq!(server.lines(), ["PROPFIND /d/"]);
}

#[tokio::test]
async fn webdav_by_configuration_tells_directories_itself() {
    let server = Server::start(webdav);
    let storage = server.mount(r#", "listing": "webdav""#);
    assert!(storage.node("web:d").unwrap().is_dir().await.unwrap());
    assert_eq!(server.lines(), ["PROPFIND /d"]);
    assert!(!storage.node("web:nothing").unwrap().exists().await.unwrap());

    let server = Server::start(pages);
    let node = server.mount(r#", "listing": "webdav""#).node("web:d").unwrap();
    let error = node.children().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
