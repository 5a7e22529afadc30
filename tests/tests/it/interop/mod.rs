//! Other programs read what we write, and we read what they write: the vendors' own Python SDKs, rclone and s5cmd.
//!
//! The servers have to be running: `cargo xtask servers up`. It installs the programs too.

mod program;
mod uploads;

use std::fs;

use bytes::Bytes;
use storage::blocking::{StorageManager, StorageNode};
use storage::types::{CopyOptions, DeleteOptions, WriteOptions};
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::content::noise;
use storage_tests::support::outcome::Outcome;

use self::program::{Program, Seen};

/// Two tests for each program: it reads what we write, and we read what it writes.
macro_rules! with {
    ($($module:ident: $program:expr, $kind:ident;)*) => {
        $(mod $module {
            use super::*;

            #[test]
            fn it_reads_what_we_write() -> Outcome {
                theirs(&$program?, Kind::$kind)
            }

            #[test]
            fn we_read_what_it_writes() -> Outcome {
                ours(&$program?, Kind::$kind)
            }
        })*
    };
}

with! {
    boto3: Program::python("s3", "with_boto3.py"), S3;
    boto3_on_ministack: Program::python("ministack", "with_boto3.py"), Ministack;
    azure_storage_blob: Program::python("azure", "with_azure_storage_blob.py"), Azure;
    google_cloud_storage: Program::python("gcs", "with_google_cloud_storage.py"), Gcs;
    rclone_on_s3: Program::rclone("s3"), S3;
    rclone_on_azure: Program::rclone("azure"), Azure;
    rclone_on_gcs: Program::rclone("gcs"), Gcs;
    s5cmd: Program::s5cmd("s3"), S3;
}

/// Names that are easily spoilt on the way, and contents that take one request, none and several.
fn cases() -> [(&'static str, Bytes); 6] {
    [
        ("plain.txt", Bytes::from_static(b"plain")),
        ("empty", Bytes::new()),
        ("two words/100%41+plus.txt", noise(1, 1000)),
        ("a&b=c#d/\u{e9}t\u{e9}.txt", noise(2, 1000)),
        ("\u{65e5}\u{672c}\u{8a9e}/~tilde'quote.bin", noise(3, 70_000)),
        ("large.bin", noise(4, 20_000_000)),
    ]
}

fn described() -> WriteOptions {
    WriteOptions::new().content_type("text/x-notes").cache_control("no-cache").user("owner", "ann")
}

fn root(kind: Kind, prefix: &str) -> storage::Result<StorageNode> {
    let manager = StorageManager::new();
    manager.add_mount(&kind.config("m", prefix, None)?)?;
    manager.node("m")
}

fn clear(root: &StorageNode) -> Outcome {
    for entry in root.list()? {
        entry.node.delete_with(&DeleteOptions::recursive())?;
    }
    Ok(())
}

fn theirs(program: &Program, kind: Kind) -> Outcome {
    let (prefix, folder) = (fresh_prefix(), tempfile::tempdir()?);
    let root = root(kind, &prefix)?;
    for (number, (name, content)) in cases().into_iter().enumerate() {
        let node = root.child(name)?;
        if number % 2 == 0 {
            node.write_with(content.clone(), &described())?;
        } else {
            let mut writer = node.writer_with(&described())?;
            writer.write(content.clone())?;
            writer.finish()?;
        }
        let file = folder.path().join("read");
        let seen = program.read(&format!("{prefix}/{name}"), &file)?;
        assert!(fs::read(&file)? == content, "{name} came out wrong");
        if let Some(seen) = seen {
            assert_eq!(seen, Seen::expected(), "{name}");
        }
        fs::remove_file(file)?;
    }
    clear(&root)
}

fn ours(program: &Program, kind: Kind) -> Outcome {
    let (prefix, folder) = (fresh_prefix(), tempfile::tempdir()?);
    let root = root(kind, &prefix)?;
    for (name, content) in cases() {
        let file = folder.path().join("written.txt");
        fs::write(&file, &content)?;
        program.write(&file, &format!("{prefix}/{name}"))?;
        let node = root.child(name)?;
        assert!(node.read()? == content, "{name} came out wrong");
        assert_eq!(node.size()?, content.len() as u64);
        if program.describes() {
            let metadata = node.metadata()?;
            let seen = Seen {
                content_type: metadata.content_type,
                cache_control: metadata.cache_control,
                user: metadata.user,
            };
            assert_eq!(seen, Seen::expected(), "{name}");
        }
        let copy = root.child("copies")?.child(name)?;
        node.copy_to_with(&copy, &CopyOptions::new().verify(true))?;
        assert!(copy.read()? == content, "the copy of {name} came out wrong");
    }
    assert_eq!(root.list()?.len(), cases().len() + 1);
    clear(&root)
}
