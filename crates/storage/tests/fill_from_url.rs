//! `fill_from_url` in both colours, into every kind of mount that needs no server.

#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "tests may fail by panicking, their helpers too")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use storage::http::FetchOptions;
use storage::{Config, ErrorKind};

/// A server whose `/short` declares more than it sends. Gives its URL.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let sent = if request[..length].starts_with(b"GET /short") { SIZE - 1 } else { SIZE };
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: {SIZE}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&vec![7; sent]).unwrap();
        }
    });
    url
}

const SIZE: usize = 3 << 20;

fn options() -> FetchOptions {
    FetchOptions::new().allow_private(true).attempts(1)
}

fn mounts(folder: &std::path::Path) -> Config {
    let json = format!(
        r#"[{{"name": "disk", "type": "local", "path": {folder:?}}}, {{"name": "box", "type": "memory"}}]"#
    );
    Config::from_json(&json).unwrap()
}

#[cfg(feature = "async")]
#[tokio::test]
async fn async_nodes_are_filled() {
    use storage::{FillFromUrl, StorageManager};

    let (url, folder) = (server(), tempfile::tempdir().unwrap());
    let storage = StorageManager::with_config(&mounts(folder.path())).unwrap();
    for mount in ["disk", "box"] {
        let node = storage.node(format!("{mount}:a/b")).unwrap();
        let refused = node.fill_from_url(&url).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        assert!(!node.exists().await.unwrap());
        assert_eq!(node.fill_from_url_with(&url, &options()).await.unwrap().size, SIZE as u64);
        let short = node.fill_from_url_with(&format!("{url}/short"), &options()).await.unwrap_err();
        assert_eq!(short.kind(), ErrorKind::Interrupted);
        assert_eq!(node.read().await.unwrap(), vec![7; SIZE]);
        assert_eq!(node.metadata().await.unwrap().content_type.as_deref(), Some("image/png"));
    }
}

#[cfg(feature = "blocking")]
mod blocking {
    use storage::blocking::{FillFromUrl, StorageManager};

    use super::*;

    fn fill() {
        let (url, folder) = (server(), tempfile::tempdir().unwrap());
        let storage = StorageManager::with_config(&mounts(folder.path())).unwrap();
        for mount in ["disk", "box"] {
            let node = storage.node(format!("{mount}:a/b")).unwrap();
            let refused = node.fill_from_url(&url).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
            assert!(!node.exists().unwrap());
            assert_eq!(node.fill_from_url_with(&url, &options()).unwrap().size, SIZE as u64);
            let short = node.fill_from_url_with(&format!("{url}/short"), &options()).unwrap_err();
            assert_eq!(short.kind(), ErrorKind::Interrupted);
            assert_eq!(node.read().unwrap(), vec![7; SIZE]);
            assert_eq!(node.metadata().unwrap().content_type.as_deref(), Some("image/png"));
        }
    }

    #[test]
    fn blocking_nodes_are_filled() {
        fill();
    }

    #[tokio::test]
    async fn blocking_nodes_are_filled_inside_async_code() {
        fill();
    }

    #[test]
    fn a_web_server_is_a_mount() {
        let config = format!(r#"[{{"name": "web", "type": "http", "url": "{}"}}]"#, server());
        let storage = StorageManager::with_config(&Config::from_json(&config).unwrap()).unwrap();
        assert_eq!(storage.node("web:a").unwrap().read().unwrap(), vec![7; SIZE]);
    }
}
