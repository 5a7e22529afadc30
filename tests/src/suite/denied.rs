//! Files and folders that the operating system keeps from us.

use std::path::PathBuf;

use storage::types::{CopyOptions, DeleteOptions, ErrorKind};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::disk;
use crate::support::outcome::Outcome;

behaviours! {
    an_unreadable_file_is_denied if [unix_mode, local_path];
    an_unwritable_folder_denies_every_change if [unix_mode, local_path];
    an_unreadable_folder_is_not_listed if [unix_mode, local_path];
    an_unreadable_file_does_not_stop_the_copy_of_its_tree if [unix_mode, local_path];
    what_cannot_be_deleted_stays_and_is_an_error if [unix_mode, local_path];
    a_file_that_cannot_be_deleted_is_not_moved_away if [unix_mode, local_path];
}

/// Folders that were locked, and are opened again so that they can be removed.
struct Locked(Vec<PathBuf>);

impl Locked {
    fn new(paths: &[(PathBuf, u32)]) -> std::io::Result<Self> {
        let mut locked = Self(Vec::new());
        for (path, mode) in paths {
            disk::set_mode(path, *mode)?;
            locked.0.push(path.clone());
        }
        Ok(locked)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = disk::set_mode(path, 0o700);
        }
    }
}

#[maybe_async]
async fn an_unreadable_file_is_denied(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "secret").await?;
    disk::set_mode(&stage.folder().await?.join("folder/file"), 0)?;
    rt::unprivileged(move || async move { cannot_be_read(&node).await }).await?
}

#[maybe_async]
async fn cannot_be_read(node: &StorageNode) -> Outcome {
    let error = refused(node.read().await, ErrorKind::PermissionDenied);
    mentions(&error, &["m:folder/file", "mode"]);
    refused(node.reader().await, ErrorKind::PermissionDenied);
    refused(node.md5().await, ErrorKind::PermissionDenied);
    refused(node.read_range(0..1).await, ErrorKind::PermissionDenied);
    equal(node.size().await?, 6);
    yes(node.is_file().await?);
    Ok(())
}

#[maybe_async]
async fn an_unwritable_folder_denies_every_change(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "kept").await?;
    let folder = stage.folder().await?;
    let _locked = Locked::new(&[(folder.join("folder"), 0o500)])?;
    let checked = node.clone();
    rt::unprivileged(move || async move { cannot_be_changed(&node).await }).await??;
    equal(checked.read_text().await?, "kept");
    equal(disk::everything_below(&folder)?, ["folder", "folder/file"]);
    Ok(())
}

#[maybe_async]
async fn cannot_be_changed(node: &StorageNode) -> Outcome {
    let fresh = node.parent().child("fresh")?;
    for node in [node, &fresh] {
        refused(node.write("x").await, ErrorKind::PermissionDenied);
        refused(stream(node).await, ErrorKind::PermissionDenied);
    }
    refused(node.move_to(&fresh).await, ErrorKind::PermissionDenied);
    refused(node.delete().await, ErrorKind::PermissionDenied);
    refused(node.copy_to(&fresh).await, ErrorKind::PermissionDenied);
    refused(fresh.append("x").await, ErrorKind::PermissionDenied);
    refused(fresh.create_dir().await, ErrorKind::PermissionDenied);
    refused(node.parent().delete_with(&DeleteOptions::recursive()).await, ErrorKind::PermissionDenied);
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn stream(node: &StorageNode) -> storage::Result<()> {
    let mut writer = node.writer().await?;
    writer.write("x").await?;
    writer.finish().await?;
    Ok(())
}

#[maybe_async]
async fn an_unreadable_folder_is_not_listed(stage: &Stage) -> Outcome {
    stage.file("folder/file", "x").await?;
    let folder = stage.folder().await?;
    let _locked = Locked::new(&[(folder.join("folder"), 0)])?;
    let node = stage.node("folder");
    rt::unprivileged(move || async move { cannot_be_listed(&node).await }).await?
}

#[maybe_async]
async fn cannot_be_listed(node: &StorageNode) -> Outcome {
    yes(node.is_dir().await?);
    let error = refused(node.list().await, ErrorKind::PermissionDenied);
    mentions(&error, &["m:folder"]);
    refused(node.child("file")?.read().await, ErrorKind::PermissionDenied);
    // Whether something is there cannot be told, and "no" would be a guess.
    refused(node.child("file")?.exists().await, ErrorKind::PermissionDenied);
    Ok(())
}

#[maybe_async]
async fn an_unreadable_file_does_not_stop_the_copy_of_its_tree(stage: &Stage) -> Outcome {
    for path in ["t/a", "t/b", "t/locked/c", "t/z"] {
        stage.file(path, path).await?;
    }
    let folder = stage.folder().await?;
    let _locked = Locked::new(&[(folder.join("t/b"), 0), (folder.join("t/locked"), 0)])?;
    let (source, memory) = (stage.node("t"), stage.memory().await?);
    rt::unprivileged(move || async move { the_rest_is_copied(&source, &memory).await }).await?
}

#[maybe_async]
async fn the_rest_is_copied(source: &StorageNode, destination: &StorageNode) -> Outcome {
    let report = source.copy_to_with(destination, &CopyOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (2, 2));
    let failed: Vec<_> = report.failed.iter().map(|failed| failed.error.to_string()).collect();
    mentions(failed.join("\n"), &["`m:t/b`", "`m:t/locked`"]);
    yes(report.failed.iter().all(|failed| failed.error.kind() == ErrorKind::PermissionDenied));
    equal(destination.child("z")?.read_text().await?, "t/z");
    no(destination.child("b")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn what_cannot_be_deleted_stays_and_is_an_error(stage: &Stage) -> Outcome {
    stage.file("t/locked/file", "kept").await?;
    stage.file("t/open/file", "x").await?;
    let folder = stage.folder().await?;
    let _locked = Locked::new(&[(folder.join("t/locked"), 0o500)])?;
    let node = stage.node("t");
    rt::unprivileged(move || async move {
        refused(node.delete_with(&DeleteOptions::recursive()).await, ErrorKind::PermissionDenied);
    })
    .await?;
    equal(stage.node("t/locked/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_file_that_cannot_be_deleted_is_not_moved_away(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "kept").await?;
    let folder = stage.folder().await?;
    let _locked = Locked::new(&[(folder.join("folder"), 0o500)])?;
    let memory = stage.memory().await?.child("moved")?;
    let (source, destination) = (node.clone(), memory.clone());
    rt::unprivileged(move || async move {
        refused(source.move_to(&destination).await, ErrorKind::PermissionDenied);
    })
    .await?;
    equal(node.read_text().await?, "kept");
    Ok(())
}
