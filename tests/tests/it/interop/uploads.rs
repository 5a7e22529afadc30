//! What ListMultipartUploads says about writes that were given up, and about those that are to go on.

use std::fs;

use storage::blocking::{StorageManager, StorageNode};
use storage::types::{CancelToken, CopyOptions, ErrorKind};
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::content::noise;
use storage_tests::support::outcome::{Failure, Outcome};
use tempfile::TempDir;

use super::clear;
use super::program::Program;

/// Bytes of a file of five parts.
const SIZE: usize = 36 << 20;

/// Bytes of a part.
const PART: u64 = 8 << 20;

/// A test of its own for each server.
macro_rules! on_each_server {
    ($($test:ident as $s3:ident $ministack:ident)*) => {
        $(
            #[test]
            fn $s3() -> Outcome {
                $test("s3", Kind::S3)
            }

            #[test]
            fn $ministack() -> Outcome {
                $test("ministack", Kind::Ministack)
            }
        )*
    };
}

on_each_server! {
    only_what_goes_on_is_kept as only_what_goes_on_is_kept_on_s3 only_what_goes_on_is_kept_on_ministack
    parts_behind_a_gap_are_not_sent_again as
        parts_behind_a_gap_are_not_sent_again_to_s3 parts_behind_a_gap_are_not_sent_again_to_ministack
    an_upload_with_parts_of_another_size_goes as
        an_upload_with_parts_of_another_size_goes_on_s3 an_upload_with_parts_of_another_size_goes_on_ministack
    what_is_left_of_a_file_that_is_gone_goes as
        what_is_left_of_a_file_that_is_gone_goes_on_s3 what_is_left_of_a_file_that_is_gone_goes_on_ministack
}

struct Store {
    program: Program,
    prefix: String,
    root: StorageNode,
}

impl Store {
    fn new(server: &str, kind: Kind) -> Result<Self, Failure> {
        let prefix = fresh_prefix();
        // One part under way at a time: two have arrived when a copy is stopped.
        let manager = StorageManager::with_memory(20 << 20);
        manager.add_mount(&kind.config("m", &prefix, None)?)?;
        let root = manager.node("m")?;
        Ok(Self { program: Program::python(server, "with_boto3.py")?, prefix, root })
    }

    fn uploads(&self) -> Result<Vec<String>, Failure> {
        Ok(self.program.say(&["uploads", &self.prefix])?.lines().map(str::to_owned).collect())
    }
}

/// A large file on disk, and a folder for the notes of its copies.
struct Large {
    folder: TempDir,
    notes: TempDir,
    source: StorageNode,
    resuming: CopyOptions,
}

impl Large {
    fn new(seed: u64) -> Result<Self, Failure> {
        let (folder, notes) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let source = local(folder.path())?;
        source.write(noise(seed, SIZE))?;
        let resuming = CopyOptions::new().resume(notes.path());
        Ok(Self { folder, notes, source, resuming })
    }
}

fn local(folder: &std::path::Path) -> storage::Result<StorageNode> {
    let manager = StorageManager::new();
    manager.add_mount(&storage::MountConfig::local("local", folder))?;
    manager.node("local:large")
}

/// Copies until most of the file has moved, and then no further.
fn stop(source: &StorageNode, destination: &StorageNode, options: &CopyOptions) -> Outcome {
    let token = CancelToken::new();
    let cancel = token.clone();
    let options = options.clone().cancel(token).progress(move |progress| {
        if progress.bytes > 28 << 20 {
            cancel.cancel();
        }
    });
    match source.copy_to_with(destination, &options) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        other => Err(Failure::new(format!("the copy was not stopped: {other:?}"))),
    }
}

fn only_what_goes_on_is_kept(server: &str, kind: Kind) -> Outcome {
    let (store, large) = (Store::new(server, kind)?, Large::new(1)?);
    let (Large { source, resuming, .. }, destination) = (&large, store.root.child("large")?);

    stop(source, &destination, &CopyOptions::new())?;
    assert_eq!(store.uploads()?, Vec::<String>::new());

    stop(source, &destination, resuming)?;
    let first = store.uploads()?;
    assert_eq!(first.len(), 1);
    stop(source, &destination, resuming)?;
    assert_eq!(store.uploads()?, first);

    // Another source has no use for it, and throws it away.
    source.write(noise(2, SIZE))?;
    stop(source, &destination, resuming)?;
    let second = store.uploads()?;
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);

    let report = source.copy_to_with(&destination, resuming)?;
    assert!(report.bytes_resumed > 0);
    assert_eq!(store.uploads()?, Vec::<String>::new());
    assert!(source.same_bytes(&destination)?);
    clear(&store.root)
}

/// Somebody's upload has its second and third part, and not the first.
fn parts_behind_a_gap_are_not_sent_again(server: &str, kind: Kind) -> Outcome {
    let (store, large) = (Store::new(server, kind)?, Large::new(3)?);
    let (Large { folder, notes, source, resuming }, destination) = (&large, store.root.child("large")?);
    stop(source, &destination, resuming)?;

    let (key, file) = (format!("{}/large", store.prefix), folder.path().join("large"));
    let upload = store.program.say(&["begin", &key, &file.to_string_lossy()])?;
    let note = fs::read_dir(notes.path())?.next().ok_or_else(|| Failure::new("no note"))??.path();
    let mut record: serde_json::Value = serde_json::from_str(&fs::read_to_string(&note)?)?;
    let first = record["note"].as_str().unwrap_or_default().to_owned();
    record["note"] = format!("{PART} {}", upload.trim()).into();
    fs::write(&note, record.to_string())?;

    let report = source.copy_to_with(&destination, resuming)?;
    assert_eq!((report.bytes, report.bytes_resumed), (SIZE as u64, 2 * PART));
    assert!(source.same_bytes(&destination)?);
    assert_eq!(store.uploads()?, [first.split_once(' ').map_or("", |(_, id)| id)]);
    store.root.backend().discard(destination.path(), &first)?;
    assert_eq!(store.uploads()?, Vec::<String>::new());
    clear(&store.root)
}

/// Parts of another size lie elsewhere in the content: the upload is thrown away.
fn an_upload_with_parts_of_another_size_goes(server: &str, kind: Kind) -> Outcome {
    let (store, large) = (Store::new(server, kind)?, Large::new(5)?);
    let Large { source, resuming, .. } = &large;
    stop(source, &store.root.child("large")?, resuming)?;

    let manager = StorageManager::new();
    manager.add_mount(&kind.config("m", &store.prefix, None)?.option("part_size", "5MiB"))?;
    let destination = manager.node("m:large")?;
    let report = source.copy_to_with(&destination, resuming)?;
    assert_eq!((report.bytes, report.bytes_resumed), (SIZE as u64, 0));
    assert!(source.same_bytes(&destination)?);
    assert_eq!(store.uploads()?, Vec::<String>::new());
    clear(&store.root)
}

/// The file of an upload that was stopped is deleted: the next run of its tree throws the upload away.
fn what_is_left_of_a_file_that_is_gone_goes(server: &str, kind: Kind) -> Outcome {
    let (store, large) = (Store::new(server, kind)?, Large::new(4)?);
    let Large { notes, source, resuming, .. } = &large;
    source.parent().child("small")?.write("small")?;
    stop(source, &store.root.child("large")?, resuming)?;
    assert_eq!(store.uploads()?.len(), 1);

    source.delete()?;
    let report = source.parent().copy_to_with(&store.root, resuming)?;
    assert_eq!((report.copied_count, report.failed_count), (1, 0));
    assert_eq!(store.uploads()?, Vec::<String>::new());
    assert_eq!(fs::read_dir(notes.path())?.count(), 0);
    clear(&store.root)
}
