//! Answers of servers that break the protocol.

use storage_core::ErrorKind;
use storage_core::types::ReadOptions;

use crate::server::{Server, answer, content, ranged};

const FACTS: &str = "etag: \"v1\"\r\n";

fn digits(size: usize) -> Vec<u8> {
    (0..size).map(|at| b"0123456789"[at % 10]).collect()
}

#[tokio::test]
async fn a_part_is_a_part_whatever_its_status() {
    let server = Server::start(|request| {
        let answer = String::from_utf8(ranged(request, FACTS, &digits(20))).unwrap();
        answer.replace("206 Partial Content", "200 OK").into_bytes()
    });
    let node = server.node("x");
    assert_eq!(node.read_range(5..10).await.unwrap(), "56789");
    assert_eq!(node.read_range(15..).await.unwrap(), "56789");
    assert_eq!(node.read().await.unwrap(), digits(20));
}

#[tokio::test]
async fn a_part_that_is_called_the_whole_is_refused() {
    let server = Server::start(|request| match request.method.as_str() {
        "HEAD" => content(request, FACTS, &digits(20)),
        _ => answer("200 OK", FACTS, &digits(20)[5..10]),
    });
    let error = server.node("x").read_range(5..10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
}

/// It ignores ranges and cuts at the same byte each time.
#[tokio::test]
async fn a_download_that_does_not_get_on_ends() {
    let server = Server::start(|request| {
        let mut bytes = content(request, FACTS, &digits(3_000_000));
        bytes.truncate(1_000_000);
        bytes
    });
    let node = server.mount(r#", "attempts": 3"#).node("web:x").unwrap();
    let error = node.read().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!(server.seen().len(), 3);
    let error = node.reader().await.unwrap().read_all().await.unwrap_err();
    assert_eq!((error.kind(), server.seen().len()), (ErrorKind::Interrupted, 6), "{error}");
}

#[tokio::test]
async fn a_success_without_content_is_no_empty_file() {
    let server = Server::start(|_| b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec());
    let node = server.node("x");
    for range in [None, Some((2..5).into())] {
        let mut options = ReadOptions::new();
        options.range = range;
        assert_eq!(node.read_with(&options).await.unwrap_err().kind(), ErrorKind::Unexpected);
    }
    assert!(node.stat().await.is_err());
}

#[tokio::test]
async fn what_comes_compressed_is_refused_unless_it_is_stored_so() {
    let packed = "content-encoding: gzip\r\netag: \"v1\"\r\n";
    let stored = Server::start(move |request| ranged(request, packed, &digits(20)));
    assert_eq!(stored.node("x").read().await.unwrap(), digits(20));
    let changed = Server::start(move |request| match request.method.as_str() {
        "HEAD" => content(request, FACTS, &digits(20)),
        _ => answer("200 OK", packed, &digits(9)),
    });
    let error = changed.node("x").read().await.unwrap_err();
    assert!(error.message().contains("compressed"), "{error}");
}

#[tokio::test]
async fn a_listing_that_is_cut_without_a_length_is_refused() {
    let page = "<html><body><a href=\"a\">a</a><a href=\"b\">b</a></body></html>";
    for (sent, whole) in [(page.len(), true), (page.len() / 2, false)] {
        let server = Server::start(move |request| match request.method.as_str() {
            "GET" => {
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n";
                format!("{head}{}", &page[..sent]).into_bytes()
            }
            "HEAD" => content(request, "", b"x"),
            _ => answer("405 Method Not Allowed", "", b""),
        });
        let listed = server.mount("").node("web:").unwrap().list().await;
        assert_eq!(listed.map(|entries| entries.len()).ok(), whole.then_some(2));
    }
}
