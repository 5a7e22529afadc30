//! Much and large: ten thousand objects, and one beyond what a single request can carry.
//!
//! The servers have to be running: `cargo xtask servers up`. With `STORAGE_TEST_FULL=1` the numbers are larger.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::thread;

use storage::blocking::{StorageManager, StorageNode};
use storage::types::{ByteRange, CopyOptions, DeleteOptions, MountConfig};
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::process::quick;

fn mounted(kind: Kind) -> Result<(StorageManager, StorageNode), Failure> {
    let manager = StorageManager::new();
    manager.add_mount(&kind.config("m", &fresh_prefix(), None)?)?;
    let root = manager.node("m")?;
    Ok((manager, root))
}

/// Writes `count` files from eight threads.
fn fill(folder: &StorageNode, count: usize) -> Outcome {
    thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|first| {
                scope.spawn(move || {
                    (first..count)
                        .step_by(8)
                        .try_for_each(|number| folder.child(format!("{number:05}"))?.write("x").map(drop))
                })
            })
            .collect();
        for writer in writers {
            writer.join().map_err(|_| Failure::new("a writer panicked"))??;
        }
        Ok(())
    })
}

fn many(kind: Kind) -> Outcome {
    let count = if quick() { 1_500 } else { 10_000 };
    let (_manager, root) = mounted(kind)?;
    let folder = root.child("folder")?;
    fill(&folder, count)?;
    let names: Vec<String> = folder.list()?.iter().map(|entry| entry.node.name().to_owned()).collect();
    equal(names, (0..count).map(|number| format!("{number:05}")).collect::<Vec<_>>());
    folder.delete_with(&DeleteOptions::recursive())?;
    equal(folder.is_dir()?, false);
    Ok(())
}

#[test]
fn ten_thousand_objects_are_listed_and_deleted_on_s3() -> Outcome {
    many(Kind::S3)
}

#[test]
fn ten_thousand_objects_are_listed_and_deleted_on_ministack() -> Outcome {
    many(Kind::Ministack)
}

#[test]
fn ten_thousand_objects_are_listed_and_deleted_on_azure() -> Outcome {
    many(Kind::Azure)
}

#[test]
fn ten_thousand_objects_are_listed_and_deleted_on_gcs() -> Outcome {
    many(Kind::Gcs)
}

/// Beyond 5 GiB, where S3 takes no single request; a sparse file, so only the server's disk pays for it.
#[test]
fn an_object_beyond_a_single_request_goes_there_and_back() -> Outcome {
    let size: u64 = if quick() { 100 << 20 } else { (5 << 30) + 4097 };
    let folder = tempfile::tempdir()?;
    let file = File::create(folder.path().join("sparse"))?;
    file.set_len(size)?;
    let marks = [0, 12_345_678, size / 2, size - 9];
    for at in marks {
        file.write_all_at(&at.to_be_bytes(), at)?;
    }
    let (manager, root) = mounted(Kind::S3)?;
    manager.add_mount(&MountConfig::local("here", folder.path()))?;
    let (there, copy) = (root.child("large")?, root.child("copy")?);
    let report = manager.node("here:sparse")?.copy_to_with(&there, &CopyOptions::new())?;
    equal(report.bytes, size);
    there.copy_to(&copy)?;
    for node in [&there, &copy] {
        equal(node.size()?, size);
        for at in marks {
            equal(node.read_range(at..at + 8)?, at.to_be_bytes().to_vec());
        }
        equal(node.read_range(ByteRange::Suffix(1))?, vec![0]);
    }
    there.delete()?;
    copy.delete()?;
    Ok(())
}
