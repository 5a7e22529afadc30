//! What befalls a sync: sources that change, vanish and cannot be listed, things in the way, links in a circle.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use storage::types::{CopyOptions, CopyReport, ErrorKind, SymlinkPolicy, SyncOptions};

use super::api::StorageNode;
use super::odd::Odd;
use super::stage::Stage;
use super::{maybe_async, rt};
use crate::support::checks::{equal, mentions, no, yes};
use crate::support::content::noise;
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_file_that_changes_while_it_is_copied_is_copied_again;
    a_file_replaced_while_it_is_copied_is_one_or_the_other;
    a_file_that_never_rests_is_a_failure_and_leaves_the_old_copy;
    a_file_that_vanishes_before_it_is_synced_keeps_extras;
    a_source_that_cannot_be_listed_to_its_end_deletes_nothing;
    a_directory_that_cannot_be_listed_keeps_its_counterpart;
    an_unreadable_file_keeps_its_counterpart;
    a_file_where_a_directory_should_go_is_left_and_reported;
    links_in_a_circle_end_the_sync_of_that_link_alone;
    a_source_replaced_by_a_file_while_it_is_synced_deletes_nothing;
}

const LENGTH: usize = 3_000_000;

fn delete_extra() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

fn counts(report: &CopyReport) -> (u64, u64, u64, u64) {
    (report.copied_count, report.skipped_count, report.deleted_count, report.failed_count)
}

/// Where things go: another mount of the kind, in the kernel, and memory, through the caller.
#[maybe_async]
async fn destinations(stage: &Stage) -> Result<[StorageNode; 2], Failure> {
    Ok([stage.another().await?, stage.memory().await?])
}

/// How somebody writes to a file that is being copied.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// It gets longer.
    Grow,
    /// It is truncated and written anew, shorter.
    Shrink,
    /// Another file takes its place.
    Replace,
}

impl Change {
    fn make(self, path: &Path, number: u32) -> std::io::Result<()> {
        let content = noise(number.into(), LENGTH / 2 + number as usize % 1000);
        match self {
            Self::Grow => fs::OpenOptions::new().append(true).open(path)?.write_all(b"more"),
            Self::Shrink => fs::write(path, content),
            Self::Replace => {
                let fresh = path.with_extension("fresh");
                fs::write(&fresh, content)?;
                fs::rename(fresh, path)
            }
        }
    }
}

/// Options whose progress changes the file under the copy, once in each of the first tries.
fn changing(path: PathBuf, change: Change, tries: u32) -> CopyOptions {
    let (left, before) = (AtomicU32::new(tries), AtomicU64::new(0));
    SyncOptions::new().copy.exclude("*.fresh").concurrency(1).progress(move |progress| {
        // What an earlier try has moved does not count.
        let before = before.swap(progress.bytes, Ordering::SeqCst);
        let begins = progress.bytes > 0 && (before == 0 || progress.bytes <= before);
        let still = |left: u32| left.checked_sub(1).filter(|_| begins);
        if let Ok(left) = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, still) {
            let _ = change.make(&path, left);
        }
    })
}

#[maybe_async]
async fn a_file_that_changes_while_it_is_copied_is_copied_again(stage: &Stage) -> Outcome {
    for change in [Change::Grow, Change::Shrink] {
        for (number, destination) in destinations(stage).await?.into_iter().enumerate() {
            let source = stage.file(&format!("t{number}{change:?}/file"), noise(9, LENGTH)).await?;
            let path = stage.folder().await?.join(source.path().as_str());
            let options = SyncOptions::new().copy(changing(path.clone(), change, 1).retries(3));
            let report = source.parent().sync_to_with(&destination, &options).await?;
            equal(counts(&report), (1, 0, 0, 0));
            yes(report.retries >= 1);
            yes(destination.child("file")?.read().await? == fs::read(path)?);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_file_replaced_while_it_is_copied_is_one_or_the_other(stage: &Stage) -> Outcome {
    for (number, destination) in destinations(stage).await?.into_iter().enumerate() {
        let source = stage.file(&format!("t{number}/file"), noise(9, LENGTH)).await?;
        let path = stage.folder().await?.join(source.path().as_str());
        let options = SyncOptions::new().copy(changing(path.clone(), Change::Replace, 1).retries(3));
        equal(source.parent().sync_to_with(&destination, &options).await?.copied_count, 1);
        let copied = destination.child("file")?.read().await?;
        yes(copied == noise(9, LENGTH) || copied == fs::read(&path)?);
        // Whichever it was, the next sync makes them equal.
        source.parent().sync_to(&destination).await?;
        yes(destination.child("file")?.read().await? == fs::read(&path)?);
    }
    Ok(())
}

#[maybe_async]
async fn a_file_that_never_rests_is_a_failure_and_leaves_the_old_copy(stage: &Stage) -> Outcome {
    for change in [Change::Grow, Change::Shrink] {
        for (number, destination) in destinations(stage).await?.into_iter().enumerate() {
            let source = stage.file(&format!("t{number}{change:?}/file"), noise(9, LENGTH)).await?;
            stage.file(&format!("t{number}{change:?}/other"), "x").await?;
            destination.child("file")?.write("old").await?;
            destination.child("extra")?.write("kept").await?;
            let path = stage.folder().await?.join(source.path().as_str());
            let options = delete_extra().copy(changing(path, change, u32::MAX).retries(1));
            let report = source.parent().sync_to_with(&destination, &options).await?;
            // The file, and that nothing was deleted.
            equal((counts(&report), report.retries), ((1, 0, 0, 2), 1));
            let error = &report.failed[0].error;
            yes(matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Corrupted));
            mentions(error, &["file", "while it was"]);
            equal(destination.child("file")?.read_text().await?, "old");
            yes(destination.child("extra")?.exists().await?);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_file_that_vanishes_before_it_is_synced_keeps_extras(stage: &Stage) -> Outcome {
    for (number, destination) in destinations(stage).await?.into_iter().enumerate() {
        for path in ["a", "b", "c"] {
            stage.file(&format!("t{number}/{path}"), path).await?;
        }
        destination.child("extra")?.write("kept").await?;
        let doomed = stage.folder().await?.join(format!("t{number}/b"));
        let copy = SyncOptions::new().copy.concurrency(1).filter(move |entry| {
            if entry.relative == "b" {
                let _ = fs::remove_file(&doomed);
            }
            true
        });
        let report =
            stage.node(&format!("t{number}")).sync_to_with(&destination, &delete_extra().copy(copy)).await?;
        equal(counts(&report), (2, 0, 0, 2));
        equal(report.failed[0].error.kind(), ErrorKind::NotFound);
        yes(destination.child("extra")?.exists().await?);
        no(destination.child("b")?.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn a_source_that_cannot_be_listed_to_its_end_deletes_nothing(stage: &Stage) -> Outcome {
    // In the root (whose name is empty) and below it; at once and half-way.
    for (directory, after) in [("", 0), ("", 2), ("d", 0), ("d", 1)] {
        stage.manager.add_backend("from", Odd::breaking(directory, after))?;
        let (from, to) = (stage.at("from:"), stage.memory().await?);
        for path in ["a", "d/1", "d/2", "d/3", "z"] {
            from.child(path)?.write(path).await?;
            to.child(path)?.write(path).await?;
        }
        to.child("d/extra")?.write("kept").await?;
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((directory, after, report.deleted_count), (directory, after, 0));
        let kinds: Vec<_> = report.failed.iter().map(|failed| failed.error.kind()).collect();
        yes(kinds.contains(&ErrorKind::Interrupted));
        for path in ["a", "d/1", "d/2", "d/3", "z", "d/extra"] {
            yes(to.child(path)?.exists().await?);
        }
    }
    Ok(())
}

/// A tree that was synced, and then something of the source is closed, and something else is gone.
#[maybe_async]
async fn closed(stage: &Stage, path: &str) -> Result<(StorageNode, StorageNode), Failure> {
    for file in ["t/a", "t/d/1", "t/d/2", "t/z"] {
        stage.file(file, file).await?;
    }
    let (source, destination) = (stage.node("t"), stage.memory().await?);
    source.sync_to(&destination).await?;
    for file in ["t/d/1", "t/z"] {
        stage.file(file, "changed").await?;
    }
    destination.child("extra")?.write("kept").await?;
    disk::set_mode(&stage.folder().await?.join(path), 0)?;
    Ok((source, destination))
}

#[maybe_async]
async fn synced_unprivileged(source: &StorageNode, destination: &StorageNode) -> Result<CopyReport, Failure> {
    let (source, destination) = (source.clone(), destination.clone());
    Ok(rt::unprivileged(move || async move { source.sync_to_with(&destination, &delete_extra()).await })
        .await??)
}

#[maybe_async]
async fn a_directory_that_cannot_be_listed_keeps_its_counterpart(stage: &Stage) -> Outcome {
    let (source, destination) = closed(stage, "t/d").await?;
    let report = synced_unprivileged(&source, &destination).await;
    disk::set_mode(&stage.folder().await?.join("t/d"), 0o700)?;
    let report = report?;
    equal(counts(&report), (1, 1, 0, 2));
    equal(report.failed[0].error.kind(), ErrorKind::PermissionDenied);
    for path in ["a", "d/1", "d/2", "z", "extra"] {
        yes(destination.child(path)?.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn an_unreadable_file_keeps_its_counterpart(stage: &Stage) -> Outcome {
    let (source, destination) = closed(stage, "t/d/1").await?;
    let report = synced_unprivileged(&source, &destination).await?;
    equal(counts(&report), (1, 2, 0, 2));
    equal(report.failed[0].error.kind(), ErrorKind::PermissionDenied);
    mentions(&report.failed[0].error, &["t/d/1"]);
    equal(destination.child("d/1")?.read_text().await?, "t/d/1");
    yes(destination.child("extra")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_file_where_a_directory_should_go_is_left_and_reported(stage: &Stage) -> Outcome {
    for (number, destination) in destinations(stage).await?.into_iter().enumerate() {
        for path in ["a", "d/1", "d/e/2", "z"] {
            stage.file(&format!("t{number}/{path}"), path).await?;
        }
        destination.child("d")?.write("in the way").await?;
        destination.child("extra")?.write("kept").await?;
        let report =
            stage.node(&format!("t{number}")).sync_to_with(&destination, &SyncOptions::new()).await?;
        equal((report.copied_count, report.deleted_count), (2, 0));
        yes(report.failed.iter().any(|failed| failed.error.kind() == ErrorKind::NotADirectory));
        equal(destination.child("d")?.read_text().await?, "in the way");
        yes(destination.child("extra")?.exists().await?);
        equal(destination.child("z")?.read_text().await?, "z");
    }
    Ok(())
}

#[maybe_async]
async fn links_in_a_circle_end_the_sync_of_that_link_alone(stage: &Stage) -> Outcome {
    for path in ["t/a", "t/d/1", "t/z"] {
        stage.file(path, path).await?;
    }
    let folder = stage.folder().await?;
    symlink("..", folder.join("t/d/back"))?;
    symlink("itself", folder.join("t/itself"))?;
    symlink("other", folder.join("t/one"))?;
    symlink("one", folder.join("t/other"))?;
    for destination in destinations(stage).await? {
        destination.child("extra")?.write("kept").await?;
        let copy = SyncOptions::new().copy.symlinks(SymlinkPolicy::Follow);
        let report = stage.node("t").sync_to_with(&destination, &delete_extra().copy(copy)).await?;
        // The four links, and that nothing was deleted.
        equal(counts(&report), (3, 0, 0, 5));
        equal(destination.child("z")?.read_text().await?, "t/z");
        yes(destination.child("extra")?.exists().await?);
        no(destination.child("d/back")?.exists().await?);
        // Left out, they are no failures, and what only the destination has goes.
        let report = stage.node("t").sync_to_with(&destination, &delete_extra()).await?;
        equal(counts(&report), (0, 7, 1, 0));
    }
    Ok(())
}

#[maybe_async]
async fn a_source_replaced_by_a_file_while_it_is_synced_deletes_nothing(stage: &Stage) -> Outcome {
    for path in ["t/a", "t/d/1", "t/d/2"] {
        stage.file(path, path).await?;
    }
    let destination = stage.memory().await?;
    stage.node("t").sync_to(&destination).await?;
    destination.child("extra")?.write("kept").await?;
    let folder = Arc::new(stage.folder().await?.join("t/d"));
    // The filter is asked about `a` before the directory behind it is entered.
    let copy = SyncOptions::new().copy.concurrency(1).filter(move |entry| {
        if entry.relative == "a" {
            let _ = fs::remove_dir_all(&*folder);
            let _ = fs::write(&*folder, "a file now");
        }
        true
    });
    let report = stage.node("t").sync_to_with(&destination, &delete_extra().copy(copy)).await?;
    equal((report.deleted_count, report.failed_count), (0, 2));
    mentions(&report.failed[0].error, &["vanished"]);
    mentions(&report.failed[1].error, &["not everything"]);
    yes(destination.child("extra")?.exists().await?);
    equal(destination.child("d/1")?.read_text().await?, "t/d/1");
    Ok(())
}
