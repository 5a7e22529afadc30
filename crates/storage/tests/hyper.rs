//! Answers of `serve` through a real web server.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use storage::types::ServeRequest;
use storage::{LocalBackend, ServeBody, ServeResponse, StorageManager};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn handle(
    storage: StorageManager,
    request: Request<Incoming>,
) -> Result<Response<ServeBody>, Infallible> {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let asked = ServeRequest::new(request.method().as_str(), headers);
    let node = storage.node(format!("files:{}", request.uri().path().trim_start_matches('/')));
    let answer = match node {
        Ok(node) => node.serve(&asked).await,
        Err(error) => Err(error),
    };
    Ok(answer.unwrap_or_else(|error| ServeResponse::of_error(&error)).into())
}

/// Sends one request; gives the head of the answer, and what came after it until the connection was closed.
async fn ask(storage: &StorageManager, request: &str) -> (String, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = storage.clone();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(move |request| handle(served.clone(), request));
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{request}Host: test\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is broken off is an answer, too.
    let _ = stream.read_to_end(&mut answer).await;
    let _ = server.await.unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
    (head, answer.split_off(end + 4))
}

fn storage(folder: &std::path::Path) -> StorageManager {
    let storage = StorageManager::new();
    storage.add_backend("files", Arc::new(LocalBackend::at(folder).unwrap())).unwrap();
    storage
}

#[tokio::test]
async fn whole_parts_and_refusals_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    storage.node("files:a/file.bin").unwrap().write(content.clone()).await.unwrap();

    let (head, body) = ask(&storage, "GET /a/file.bin HTTP/1.1\r\n").await;
    assert!(head.starts_with("http/1.1 200 ok\r\n") && head.contains("content-length: 3000000"), "{head}");
    assert!(body == content);

    let (head, body) = ask(&storage, "GET /a/file.bin HTTP/1.1\r\nRange: bytes=1000-2000999\r\n").await;
    assert!(head.starts_with("http/1.1 206 ") && head.contains("content-length: 2000000"), "{head}");
    assert!(head.contains("content-range: bytes 1000-2000999/3000000"), "{head}");
    assert!(body == content[1000..2_001_000]);

    let (head, body) = ask(&storage, "HEAD /a/file.bin HTTP/1.1\r\n").await;
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-length: 3000000"), "{head}");
    assert!(body.is_empty());

    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().replace("w/", "W/");
    let (head, body) = ask(&storage, &format!("GET /a/file.bin HTTP/1.1\r\nIf-None-Match: {etag}\r\n")).await;
    assert!(head.starts_with("http/1.1 304 ") && !head.contains("content-length"), "{head}");
    assert!(body.is_empty());

    for (request, status) in [
        ("GET /missing HTTP/1.1\r\n", "404"),
        ("GET /a HTTP/1.1\r\n", "404"),
        ("GET /../x HTTP/1.1\r\n", "400"),
        ("PUT /a/file.bin HTTP/1.1\r\nContent-Length: 0\r\n", "405"),
        ("GET /a/file.bin HTTP/1.1\r\nRange: bytes=3000000-\r\n", "416"),
        ("GET /a/file.bin HTTP/1.1\r\nIf-Match: \"other\"\r\n", "412"),
    ] {
        let (head, body) = ask(&storage, request).await;
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{request}: {head}");
        assert!(body.is_empty(), "{request}");
    }
}

/// Half of something must never look like all of it.
#[tokio::test]
async fn content_that_breaks_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());
    let file = folder.path().join("shrinking");
    std::fs::write(&file, vec![b'x'; 64 << 20]).unwrap();
    let node = storage.node("files:shrinking").unwrap();
    let mut answer = node.serve(&ServeRequest::get()).await.unwrap();
    assert_eq!(answer.header("content-length"), Some("67108864"));
    std::fs::File::options().write(true).open(&file).unwrap().set_len(1 << 20).unwrap();
    let mut body = answer.body.take().unwrap();
    let mut given = 0;
    let error = loop {
        match body.next().await {
            Ok(Some(chunk)) => given += chunk.len(),
            Ok(None) => panic!("{given} bytes look like all of it"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), storage::ErrorKind::Corrupted);
    assert!(given <= 1 << 20);
}
