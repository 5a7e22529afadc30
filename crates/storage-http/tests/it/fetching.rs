//! URLs into nodes.

use std::time::Duration;

use storage_core::{ErrorKind, StorageManager, StorageNode};
use storage_http::{FetchOptions, fill_from_url};

use crate::server::{Server, answer, content, redirect};

/// A node that holds something already.
async fn node() -> StorageNode {
    let storage = StorageManager::new();
    storage.configure_json(r#"[{"name": "box", "type": "memory"}]"#).unwrap();
    let node = storage.node("box:a").unwrap();
    node.write("old").await.unwrap();
    node
}

fn trusting() -> FetchOptions {
    FetchOptions::new().allow_private(true).attempts(1)
}

/// The error of a fetch that leaves the node as it was.
async fn failed(url: &str, options: &FetchOptions) -> storage_core::Error {
    let node = node().await;
    let error = fill_from_url(&node, url, options).await.unwrap_err();
    assert_eq!(node.read_text().await.unwrap(), "old");
    error
}

#[tokio::test]
async fn content_and_media_type_come_along_through_redirects() {
    let server = Server::start(|request| match &*request.path {
        "/a" => redirect("/a/"),
        _ => content(request, "content-type: image/png\r\n", &vec![7; 3 << 20]),
    });
    let node = node().await;
    let metadata = fill_from_url(&node, &format!("{}/a", server.url()), &trusting()).await.unwrap();
    assert_eq!(metadata.size, 3 << 20);
    assert_eq!(node.read().await.unwrap(), vec![7; 3 << 20]);
    assert_eq!(node.metadata().await.unwrap().content_type.as_deref(), Some("image/png"));
    assert_eq!(server.lines(), ["GET /a", "GET /a/"]);
}

#[tokio::test]
async fn anything_but_success_leaves_the_node_untouched() {
    for (status, kind) in [
        ("404 Not Found", ErrorKind::NotFound),
        ("500 Internal Server Error", ErrorKind::Unexpected),
        ("304 Not Modified", ErrorKind::NotModified),
        ("403 Forbidden", ErrorKind::PermissionDenied),
    ] {
        let server = Server::start(move |_| answer(status, "", b"an error page"));
        let error = failed(&format!("{}/a?sig=hunter2", server.url()), &trusting()).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(&server.url()), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_shorter_than_declared_leaves_the_node_untouched() {
    let server = Server::start(|request| {
        let mut bytes = content(request, "", &vec![7; 2 << 20]);
        bytes.truncate(bytes.len() - 1);
        bytes
    });
    let error = failed(&server.url(), &trusting()).await;
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
}

#[tokio::test]
async fn what_comes_behind_the_declared_length_is_no_content() {
    let server = Server::start(|request| {
        let mut bytes = content(request, "", b"hello");
        bytes.extend_from_slice(b" and more");
        bytes
    });
    let node = node().await;
    fill_from_url(&node, &server.url(), &trusting()).await.unwrap();
    assert_eq!(node.read_text().await.unwrap(), "hello");
}

#[tokio::test]
async fn too_much_is_refused_declared_or_not() {
    let declared = Server::start(|request| content(request, "", &[7; 100]));
    let error = failed(&declared.url(), &trusting().max_bytes(99)).await;
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    let node = node().await;
    assert!(fill_from_url(&node, &declared.url(), &trusting().max_bytes(100)).await.is_ok());

    let undeclared = Server::start(|_| {
        let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        bytes.extend_from_slice(&[7; 100]);
        bytes
    });
    let error = failed(&undeclared.url(), &trusting().max_bytes(99)).await;
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
}

#[tokio::test]
async fn private_addresses_are_refused_for_the_first_url_too() {
    let server = Server::start(|request| content(request, "", b"hello"));
    let options = FetchOptions::new().attempts(1);
    for url in [server.url(), server.named(), "http://169.254.169.254/".into(), "http://2130706433/".into()] {
        let error = failed(&url, &options).await;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{url}: {error}");
        assert!(error.to_string().contains("allow_private"), "{error}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn headers_go_to_the_first_origin_alone() {
    let other = Server::start(|request| content(request, "", b"hello"));
    let to = other.url();
    let server = Server::start(move |_| redirect(&to));
    let options = trusting().header("authorization", "Bearer hunter2");
    fill_from_url(&node().await, &server.url(), &options).await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer hunter2"));
    assert_eq!(other.seen()[0].header("authorization"), None);
    assert!(!format!("{options:?}").contains("hunter2"));
}

#[tokio::test]
async fn what_is_no_url_of_the_web_is_refused() {
    for url in ["", "a", "file:///etc/passwd", "ftp://h/x", "http://me:pw@h/", "http://"] {
        assert_eq!(failed(url, &FetchOptions::new()).await.kind(), ErrorKind::InvalidInput, "{url}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_not_waited_for() {
    let server = Server::start(|_| {
        loop {
            std::thread::park();
        }
    });
    let limited = trusting().timeout(Duration::from_millis(50));
    assert_eq!(failed(&server.url(), &limited).await.kind(), ErrorKind::Timeout);
    let impatient = trusting().read_timeout(Duration::from_millis(50));
    assert_eq!(failed(&server.url(), &impatient).await.kind(), ErrorKind::Timeout);
}
