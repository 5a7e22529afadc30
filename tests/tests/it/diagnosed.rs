//! What is wrong with a mount is said precisely, with what to do about it.
//!
//! The servers have to be running: `cargo xtask servers up`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use storage::ErrorKind;
use storage::blocking::{StorageManager, StorageNode};
use storage::types::MountConfig;
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::{equal, mentions, refused};
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;

fn mounted(config: &MountConfig) -> Result<StorageNode, Failure> {
    let manager = StorageManager::new();
    manager.add_mount(config)?;
    Ok(manager.node(config.name())?)
}

fn config(kind: Kind) -> Result<MountConfig, Failure> {
    Ok(kind.config("m", &fresh_prefix(), None)?.option("attempts", 2))
}

/// The message of the probe of a mount that does not work, and the same of a read.
fn told(config: &MountConfig, kind: ErrorKind, words: &[&str]) -> Outcome {
    let root = mounted(config)?;
    let error = refused(root.probe(), kind);
    mentions(&error, words);
    mentions(&error, &["`m"]);
    let read = root.child("file")?.write("x");
    refused(read, kind);
    Ok(())
}

#[test]
fn a_store_that_knows_no_tags_keeps_the_content() -> Outcome {
    let file = mounted(&config(Kind::Rclone)?)?.child("file")?;
    file.write("content")?;
    let tags = BTreeMap::from([("state".to_owned(), "final".to_owned())]);
    refused(file.set_tags(&tags), ErrorKind::Unsupported);
    equal(file.read_text()?, "content");
    file.delete()?;
    Ok(())
}

#[test]
fn a_wrong_secret_is_told() -> Outcome {
    let wrong = config(Kind::S3)?.option("secret_access_key", "wrong-and-secret");
    told(&wrong, ErrorKind::Unauthenticated, &["secret_access_key"])?;
    let wrong = config(Kind::Azure)?.option("account_key", "d3JvbmctYW5kLXNlY3JldA==");
    told(&wrong, ErrorKind::Unauthenticated, &["account_key"])
}

#[test]
fn an_unknown_access_key_is_told() -> Outcome {
    let wrong = config(Kind::S3)?.option("access_key_id", "nobody");
    told(&wrong, ErrorKind::Unauthenticated, &["access_key_id"])
}

#[test]
fn no_secret_is_in_any_message() -> Outcome {
    let wrong = config(Kind::S3)?.option("secret_access_key", "wrong-and-secret");
    let error = refused(mounted(&wrong)?.probe(), ErrorKind::Unauthenticated);
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        all.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!all.contains("wrong-and-secret"), "{all}");
    Ok(())
}

#[test]
fn a_missing_bucket_is_told_with_its_name() -> Outcome {
    for (kind, key) in
        [(Kind::S3, "bucket"), (Kind::Ministack, "bucket"), (Kind::Azure, "container"), (Kind::Gcs, "bucket")]
    {
        let missing = config(kind)?.option(key, "no-such-bucket");
        let root = mounted(&missing)?;
        let error = refused(root.probe(), ErrorKind::Config);
        mentions(&error, &["no-such-bucket"]);
        // Nothing in it is taken for missing.
        let file = root.child("file")?;
        for error in [
            refused(file.exists(), ErrorKind::Config),
            refused(file.read(), ErrorKind::Config),
            refused(file.write("x"), ErrorKind::Config),
            refused(file.delete(), ErrorKind::Config),
            refused(root.list(), ErrorKind::Config),
        ] {
            mentions(&error, &["no-such-bucket"]);
        }
    }
    Ok(())
}

#[test]
fn credentials_that_may_only_read_are_told() -> Outcome {
    let server = Server::running("s3")?;
    let reader = config(Kind::S3)?
        .option("access_key_id", server.get("reader_access_key_id")?)
        .option("secret_access_key", server.get("reader_secret_access_key")?);
    let root = mounted(&reader)?;
    root.probe()?;
    let error = refused(root.child("file")?.write("x"), ErrorKind::PermissionDenied);
    mentions(&error, &["allowed"]);
    refused(root.child("file")?.read(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_port_on_which_nobody_listens_is_told() -> Outcome {
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    for kind in [Kind::S3, Kind::Azure, Kind::Gcs] {
        let nobody = config(kind)?.option("endpoint", format!("http://{free}"));
        let error = refused(mounted(&nobody)?.probe(), ErrorKind::Interrupted);
        mentions(&error, &["nobody listens", "endpoint"]);
        equal(error.is_retryable(), true);
    }
    Ok(())
}

#[test]
fn a_host_that_nobody_knows_is_told() -> Outcome {
    let unknown = config(Kind::S3)?.option("endpoint", "http://no-such-host.invalid");
    let error = refused(mounted(&unknown)?.probe(), ErrorKind::Interrupted);
    mentions(&error, &["name", "DNS"]);
    Ok(())
}

#[test]
fn a_server_without_tls_is_told() -> Outcome {
    let server = Server::running("s3")?;
    let secure = config(Kind::S3)?.option("endpoint", format!("https://{}", server.authority()?));
    let error = refused(mounted(&secure)?.probe(), ErrorKind::Interrupted);
    mentions(&error, &["TLS", "http://"]);
    Ok(())
}

/// A server that gives every request the same answer.
fn canned(answer: String) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                // The client ends the connection; one that is gone needs no answer.
                let mut request = [0; 8192];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    if stream.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(endpoint)
}

fn xml(status: &str, headers: &str, code: &str, more: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message>{more}</Error>");
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn told_by(answer: String, kind: ErrorKind, words: &[&str]) -> Outcome {
    let config = config(Kind::S3)?.option("endpoint", canned(answer)?);
    let error = refused(mounted(&config)?.child("file")?.read(), kind);
    mentions(&error, words);
    Ok(())
}

#[test]
fn another_region_is_told_by_name() -> Outcome {
    let moved =
        xml("301 Moved Permanently", "x-amz-bucket-region: eu-central-1\r\n", "PermanentRedirect", "");
    told_by(moved, ErrorKind::Config, &["region: eu-central-1"])?;
    let malformed = xml("400 Bad Request", "", "AuthorizationHeaderMalformed", "<Region>ap-south-1</Region>");
    told_by(malformed, ErrorKind::Config, &["region: ap-south-1"])
}

#[test]
fn a_wrong_clock_is_told() -> Outcome {
    let skewed = xml("403 Forbidden", "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "RequestTimeTooSkewed", "");
    told_by(skewed, ErrorKind::Unauthenticated, &["clock", "NTP"])
}

#[test]
fn expired_credentials_are_told() -> Outcome {
    told_by(xml("400 Bad Request", "", "ExpiredToken", ""), ErrorKind::Unauthenticated, &["expired"])
}

#[test]
fn an_error_page_of_a_middlebox_is_told() -> Outcome {
    let page = "<html><head><title>Bad gateway</head><body><p>try later<br></html>";
    let answer = format!("HTTP/1.1 502 Bad Gateway\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    told_by(answer, ErrorKind::Unexpected, &["502"])
}
