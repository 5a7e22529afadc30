//! Reading content and metadata.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use storage_core::ErrorKind;
use storage_core::types::{ByteRange, PresignMethod, PresignOptions, ReadOptions};

use crate::server::{Request, Server, answer, content, not_found, ranged};

const FACTS: &str = "etag: \"v1\"\r\nlast-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    content-type: text/plain; charset=utf-8\r\ncache-control: max-age=5\r\ndate: Sun, 06 Nov 1994 09:00:00 GMT\r\n";

fn digits(size: usize) -> Vec<u8> {
    (0..size).map(|at| b"0123456789"[at % 10]).collect()
}

fn options(range: impl Into<ByteRange>) -> ReadOptions {
    ReadOptions::new().range(range)
}

#[tokio::test]
async fn a_read_is_one_get_and_metadata_one_head() {
    let server = Server::start(|request| ranged(request, FACTS, b"hello"));
    let node = server.node("a b/c.txt");
    assert_eq!(node.read().await.unwrap(), "hello");
    let metadata = node.metadata().await.unwrap();
    assert_eq!((metadata.size, metadata.etag.as_deref()), (5, Some("v1")));
    assert_eq!(metadata.modified, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)));
    assert_eq!(metadata.content_type.as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(metadata.cache_control.as_deref(), Some("max-age=5"));
    assert_eq!(server.lines(), ["GET /a%20b/c.txt", "HEAD /a%20b/c.txt"]);
    assert_eq!(server.seen()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn ranges_are_those_of_the_content_whether_the_server_knows_ranges_or_not() {
    let servers = [
        Server::start(|request| ranged(request, FACTS, &digits(20))),
        Server::start(|request| content(request, FACTS, &digits(20))),
    ];
    for server in servers {
        let node = server.node("x");
        for (range, expected) in [
            (ByteRange::from(2..5), "234"),
            ((15..).into(), "56789"),
            ((15..99).into(), "56789"),
            (ByteRange::Suffix(3), "789"),
            (ByteRange::Suffix(99), "01234567890123456789"),
            ((20..).into(), ""),
            ((20..30).into(), ""),
            ((7..7).into(), ""),
            (ByteRange::Suffix(0), ""),
        ] {
            let read = node.read_with(&options(range)).await.unwrap();
            assert_eq!(read, expected, "{range}");
            let mut reader = node.reader_with(&options(range)).await.unwrap();
            assert_eq!((reader.len() as usize, reader.metadata().size), (expected.len(), 20), "{range}");
            assert_eq!(reader.read_all().await.unwrap(), expected, "{range}");
        }
        for range in [ByteRange::From(21), (30..40).into(), ByteRange::Bounded { start: 5, end: 4 }] {
            let error = node.read_with(&options(range)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{range}: {error}");
        }
    }
}

#[tokio::test]
async fn a_reader_seeks_whether_the_server_knows_ranges_or_not() {
    let size = 3 << 20;
    let servers = [
        Server::start(move |request| ranged(request, FACTS, &digits(size))),
        Server::start(move |request| content(request, FACTS, &digits(size))),
    ];
    for server in servers {
        let mut reader = server.node("x").reader_with(&options(1..)).await.unwrap();
        for position in [5, 2 << 20, 3, 100, 2_999_000, 0] {
            reader.seek_to(position).await.unwrap();
            let piece = reader.next().await.unwrap().unwrap();
            let digit = b"0123456789"[(position as usize + 1) % 10];
            assert_eq!(piece[0], digit, "{position}");
        }
        reader.seek_to(size as u64 - 1).await.unwrap();
        assert_eq!(reader.next().await.unwrap(), None);
        reader.seek_to(size as u64 + 100).await.unwrap();
        assert_eq!(reader.next().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let server = Server::start(|request| ranged(request, FACTS, b""));
    let node = server.node("x");
    assert_eq!(node.read().await.unwrap(), "");
    assert_eq!(node.read_with(&options(0..10)).await.unwrap(), "");
    assert_eq!(node.read_with(&options(ByteRange::Suffix(3))).await.unwrap(), "");
    assert!(node.is_file().await.unwrap());
}

#[tokio::test]
async fn a_server_that_refuses_head_is_asked_for_the_first_byte() {
    for (ranges, size) in [(true, 7), (false, 7), (true, 0)] {
        let server = Server::start(move |request: &Request| match (&*request.method, ranges) {
            ("HEAD", _) => answer("405 Method Not Allowed", "", b""),
            (_, true) => ranged(request, FACTS, &digits(size)),
            (_, false) => content(request, FACTS, &digits(size)),
        });
        assert_eq!(server.node("x").metadata().await.unwrap().size, size as u64);
        assert_eq!(server.lines(), ["HEAD /x", "GET /x"]);
        assert_eq!(server.seen()[1].header("range"), Some("bytes=0-0"));
    }
}

/// In chunks, and without a length.
fn chunked(request: &Request, pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    if request.method != "HEAD" {
        for piece in pieces.iter().chain([&&b""[..]]) {
            bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend_from_slice(piece);
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes
}

#[tokio::test]
async fn content_without_a_declared_length_is_whole() {
    let server = Server::start(|request| chunked(request, &[b"hello ", b"world"]));
    let node = server.node("x");
    assert_eq!(node.read().await.unwrap(), "hello world");
    assert_eq!(node.metadata().await.unwrap().size, 11);
    let mut reader = node.reader().await.unwrap();
    assert_eq!((reader.len(), reader.metadata().size), (11, 11));
    assert_eq!(reader.read_all().await.unwrap(), "hello world");
    assert_eq!(node.read_with(&options(6..9)).await.unwrap(), "wor");
    assert_eq!(node.read_with(&options(ByteRange::Suffix(2))).await.unwrap(), "ld");
}

/// The first answers to GET break off after `sent` bytes.
fn breaking(headers: &'static str, times: usize, sent: usize) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        let mut bytes = ranged(request, headers, &digits(20));
        if count.fetch_add(1, Ordering::Relaxed) < times {
            let body = 20 - request.first().unwrap_or(0);
            bytes.truncate(bytes.len() - body + sent);
        }
        bytes
    })
}

#[tokio::test]
async fn a_body_that_breaks_off_is_gone_on_with() {
    let server = breaking(FACTS, 2, 4);
    assert_eq!(server.node("x").read().await.unwrap(), digits(20));
    let seen = server.seen();
    let ranges: Vec<_> = seen.iter().map(|request| request.header("range")).collect();
    assert_eq!(ranges, [None, Some("bytes=4-"), Some("bytes=8-")]);
    assert_eq!(seen[1].header("if-range"), Some("\"v1\""));

    let dated = "last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\ndate: Sun, 06 Nov 1994 09:00:00 GMT\r\n";
    let server = breaking(dated, 1, 4);
    let mut reader = server.node("x").reader().await.unwrap();
    assert_eq!(reader.read_all().await.unwrap(), digits(20));
    assert_eq!(server.seen()[1].header("if-range"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
}

#[tokio::test]
async fn nothing_is_pieced_together_that_may_not_be_one() {
    // Neither a weak ETag nor a time within the same second shows that the bytes are the same.
    let weak = "etag: W/\"v1\"\r\nlast-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
        date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    for headers in ["", weak] {
        let server = breaking(headers, 1, 4);
        let error = server.node("x").read().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn content_that_is_replaced_meanwhile_is_an_error() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if count.fetch_add(1, Ordering::Relaxed) > 0 {
            // The server keeps to If-Range: all of the new content.
            return content(request, "etag: \"v2\"\r\n", &digits(20));
        }
        let mut bytes = content(request, FACTS, &digits(20));
        bytes.truncate(bytes.len() - 10);
        bytes
    });
    let error = server.node("x").read().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("replaced") && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn other_bytes_than_those_asked_for_are_an_error() {
    for range in ["bytes 1-4/20", "bytes 0-9/20", "bytes 5-9/20", "nonsense"] {
        let server = Server::start(move |_| {
            answer("206 Partial Content", &format!("content-range: {range}\r\n"), b"01234")
        });
        assert!(server.node("x").read_with(&options(0..5)).await.is_err(), "{range}");
    }
}

#[tokio::test]
async fn conditions_hold_with_servers_that_know_them() {
    let server = Server::start(|request| {
        let matches = |name| request.header(name).map(|etag| etag == "\"v1\"");
        if matches("if-match") == Some(false) {
            return answer("412 Precondition Failed", "", b"");
        }
        if matches("if-none-match") == Some(true) || request.header("if-modified-since").is_some() {
            return b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\netag: \"v1\"\r\n\r\n".to_vec();
        }
        ranged(request, FACTS, b"hello")
    });
    check_conditions(&server).await;
}

#[tokio::test]
async fn conditions_hold_with_servers_that_ignore_them() {
    check_conditions(&Server::start(|request| content(request, FACTS, b"hello"))).await;
}

async fn check_conditions(server: &Server) {
    let node = server.node("x");
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(800_000_000);
    for (options, expected) in [
        (ReadOptions::new().if_match("v1"), Ok("hello")),
        (ReadOptions::new().if_match("\"v1\""), Ok("hello")),
        (ReadOptions::new().if_match("v0"), Err(ErrorKind::PreconditionFailed)),
        (ReadOptions::new().if_match("W/\"v1\""), Err(ErrorKind::PreconditionFailed)),
        (ReadOptions::new().if_none_match("v1"), Err(ErrorKind::NotModified)),
        (ReadOptions::new().if_none_match("v0"), Ok("hello")),
        (ReadOptions::new().if_modified_since(late), Err(ErrorKind::NotModified)),
        (ReadOptions::new().version("1"), Err(ErrorKind::Unsupported)),
    ] {
        let read = node.read_with(&options).await.map_err(|error| error.kind());
        assert_eq!(read, expected.map(bytes::Bytes::from), "{options:?}");
    }
    let bad = ReadOptions::new().if_match("a\r\nx: y");
    assert_eq!(node.read_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn statuses_become_kinds() {
    for (status, kind) in [
        ("404 Not Found", ErrorKind::NotFound),
        ("410 Gone", ErrorKind::NotFound),
        ("401 Unauthorized", ErrorKind::Unauthenticated),
        ("403 Forbidden", ErrorKind::PermissionDenied),
        ("300 Multiple Choices", ErrorKind::Unexpected),
    ] {
        let server = Server::start(move |_| answer(status, "", b"secret page"));
        let error = server.node("x").read().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(!error.to_string().contains("secret page"));
    }
    let server = Server::start(|_| not_found());
    assert!(!server.node("x").exists().await.unwrap());
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| match count.fetch_add(1, Ordering::Relaxed) {
        0 => answer("503 Service Unavailable", "", b""),
        _ => content(request, FACTS, b"hello"),
    });
    assert_eq!(server.node("x").read().await.unwrap(), "hello");
}

#[tokio::test]
async fn the_mount_is_for_reading() {
    let server = Server::start(|request| content(request, FACTS, b"hello"));
    let node = server.node("a b/c?.txt");
    let unsupported =
        |error: storage_core::Error| assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    unsupported(node.write("x").await.unwrap_err());
    unsupported(node.writer().await.unwrap_err());
    unsupported(node.append("x").await.unwrap_err());
    unsupported(node.delete().await.unwrap_err());
    assert_eq!(node.url().await.unwrap(), format!("{}/a%20b/c%3F.txt", server.url()));
    unsupported(node.url_with(&PresignOptions::new().method(PresignMethod::Put)).await.unwrap_err());
    let can = node.capabilities();
    assert!(can.read && can.list && can.url && !can.write && !can.delete);
}
