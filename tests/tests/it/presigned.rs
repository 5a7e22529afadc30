//! URLs that carry their signature are used by a program that knows nothing of clouds.
//!
//! The servers have to be running: `cargo xtask servers up`.

use std::process::{Command, Output};
use std::time::Duration;

use storage::blocking::{StorageManager, StorageNode};
use storage::types::{DeleteOptions, PresignMethod, PresignOptions};
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};

fn mounted(kind: Kind) -> Result<StorageNode, Failure> {
    let manager = StorageManager::new();
    manager.add_mount(&kind.config("m", &fresh_prefix(), None)?)?;
    Ok(manager.node("m")?)
}

fn cleared(root: &StorageNode) -> Outcome {
    for entry in root.list()? {
        entry.node.delete_with(&DeleteOptions::recursive())?;
    }
    Ok(())
}

/// The status that `curl` gets, and the body.
fn curl(arguments: &[&str]) -> Result<(String, Vec<u8>), Failure> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "30", "--noproxy", "*"]);
    command.args(["--write-out", "%{stderr}%{http_code}"]).args(arguments);
    let run = command.output();
    let Output { stdout, stderr, .. } =
        run.map_err(|error| Failure::new(format!("`curl` is needed for this test: {error}")))?;
    Ok((String::from_utf8_lossy(&stderr).into_owned(), stdout))
}

const CLOUDS: [Kind; 3] = [Kind::S3, Kind::Ministack, Kind::Azure];

#[test]
fn curl_gets_what_we_wrote() -> Outcome {
    for kind in CLOUDS {
        let root = mounted(kind)?;
        let node = root.child("two words")?.child("\u{e9}+&%41.txt")?;
        node.write("content")?;
        let (status, body) = curl(&[&node.url()?])?;
        equal((status.as_str(), body.as_slice()), ("200", &b"content"[..]));
        cleared(&root)?;
    }
    Ok(())
}

#[test]
fn curl_puts_what_we_read() -> Outcome {
    for kind in CLOUDS {
        let root = mounted(kind)?;
        let node = root.child("new.txt")?;
        let mut options =
            PresignOptions::new().method(PresignMethod::Put).header("content-type", "text/x-sent");
        let mut arguments = vec!["--upload-file", "Cargo.toml", "--header", "content-type: text/x-sent"];
        if kind == Kind::Azure {
            // The service wants to be told what kind of blob it gets, and signs no headers.
            options = PresignOptions::new().method(PresignMethod::Put);
            arguments.extend(["--header", "x-ms-blob-type: BlockBlob"]);
        }
        let url = node.url_with(&options)?;
        arguments.push(&url);
        let (status, _) = curl(&arguments)?;
        assert!(matches!(status.as_str(), "200" | "201"), "{kind:?}: {status}");
        equal(node.read()?, std::fs::read("Cargo.toml")?);
        equal(node.metadata()?.content_type.as_deref(), Some("text/x-sent"));
        cleared(&root)?;
    }
    Ok(())
}

#[test]
fn a_url_for_getting_puts_nothing() -> Outcome {
    for kind in [Kind::S3, Kind::Azure] {
        let root = mounted(kind)?;
        let node = root.child("kept.txt")?;
        node.write("kept")?;
        let url = node.url()?;
        let arguments = ["--upload-file", "Cargo.toml", "--header", "x-ms-blob-type: BlockBlob", &url];
        let (status, _) = curl(&arguments)?;
        equal(status.as_str(), "403");
        equal(node.read_text()?, "kept");
        cleared(&root)?;
    }
    Ok(())
}

/// SeaweedFS and Azurite look at the time; the URL was good for the second that has passed when it is used.
#[test]
fn a_url_that_has_expired_gets_nothing() -> Outcome {
    for kind in [Kind::S3, Kind::Azure] {
        let root = mounted(kind)?;
        let node = root.child("kept.txt")?;
        node.write("kept")?;
        let url = node.url_with(&PresignOptions::new().expires_in(Duration::from_secs(1)))?;
        std::thread::sleep(Duration::from_millis(2500));
        let (status, _) = curl(&[&url])?;
        equal(status.as_str(), "403");
        cleared(&root)?;
    }
    Ok(())
}
