//! Symbolic links: never a way out, never followed by listings and deletes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use storage::types::{
    CopyOptions, DeleteOptions, EntryKind, ErrorKind, SkipReason, SymlinkPolicy, WalkOptions,
};

use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, refused_as_one_of, yes};
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_link_inside_the_mount_is_followed if [symlinks, local_path];
    a_link_out_of_the_mount_is_a_wall if [symlinks, local_path];
    a_link_in_the_middle_of_a_path_is_a_wall_too if [symlinks, local_path];
    listings_show_links_as_such if [symlinks, local_path, list];
    a_walk_never_follows_a_link_to_a_directory if [symlinks, local_path, list];
    deleting_a_link_deletes_the_link if [symlinks, local_path, delete];
    deleting_a_tree_leaves_what_its_links_point_at if [symlinks, local_path, delete];
    a_broken_link_does_not_exist_and_can_be_deleted if [symlinks, local_path, delete];
    links_in_a_circle_are_an_error_and_no_endless_loop if [symlinks, local_path];
    writing_over_a_link_out_of_the_mount_leaves_its_target if [symlinks, local_path];
    a_copy_skips_links_and_reports_them if [symlinks, local_path, list];
    a_copy_follows_links_when_asked_to if [symlinks, local_path, list];
    a_copy_that_follows_does_not_run_in_a_circle if [symlinks, local_path, list];
    a_copy_that_follows_does_not_leave_the_mount if [symlinks, local_path, list];
    a_copy_preserves_links_when_asked_to if [symlinks, local_path, list];
    links_cannot_be_preserved_on_other_stores if [symlinks, local_path, list];
    a_move_takes_links_along if [symlinks, local_path, list, delete];
    links_are_made_and_read if [symlinks, local_path];
    a_device_is_left_out_and_reported if [local_path, list];
}

/// A folder beside the mount, with a file that must never be touched.
struct Outside {
    folder: tempfile::TempDir,
}

impl Outside {
    fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("secret"), "secret")?;
        fs::create_dir(folder.path().join("tree"))?;
        fs::write(folder.path().join("tree/file"), "secret")?;
        Ok(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn check(&self) -> Outcome {
        equal(disk::everything_below(self.folder.path())?, ["secret", "tree", "tree/file"]);
        equal(fs::read_to_string(self.path("secret"))?, "secret");
        equal(fs::read_to_string(self.path("tree/file"))?, "secret");
        Ok(())
    }
}

#[maybe_async]
async fn a_link_inside_the_mount_is_followed(stage: &Stage) -> Outcome {
    let file = stage.file("a/b/file", "content").await?;
    let folder = stage.folder().await?;
    symlink("b/file", folder.join("a/link"))?;
    symlink("../a", folder.join("a/up"))?;
    symlink("a/b", folder.join("to-b"))?;
    for path in ["a/link", "to-b/file", "a/up/link", "a/up/b/file"] {
        equal(stage.node(path).read_text().await?, "content");
        yes(stage.node(path).is_file().await?);
        equal(stage.node(path).size().await?, 7);
    }
    yes(stage.node("to-b").is_dir().await?);
    stage.node("to-b/new").write("x").await?;
    equal(stage.node("a/b/new").read_text().await?, "x");
    equal(file.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn a_link_out_of_the_mount_is_a_wall(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    let folder = stage.folder().await?;
    symlink(outside.path("secret"), folder.join("absolute"))?;
    let mut up = "../".repeat(40);
    up.push_str(outside.path("secret").to_string_lossy().trim_start_matches('/'));
    symlink(&up, folder.join("relative"))?;
    symlink("/etc/passwd", folder.join("passwd"))?;
    for name in ["absolute", "relative", "passwd"] {
        let node = stage.node(name);
        let walls = [ErrorKind::PermissionDenied, ErrorKind::NotFound];
        refused_as_one_of(node.read().await, &walls);
        refused_as_one_of(node.reader().await, &walls);
        refused_as_one_of(node.md5().await, &walls);
        refused_as_one_of(node.stat().await, &walls);
    }
    outside.check()
}

#[maybe_async]
async fn a_link_in_the_middle_of_a_path_is_a_wall_too(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    let folder = stage.folder().await?;
    symlink(outside.path("tree"), folder.join("tree"))?;
    symlink(outside.path(""), folder.join("all"))?;
    for path in ["tree/file", "all/secret", "all/tree/file"] {
        let node = stage.node(path);
        let walls = [ErrorKind::PermissionDenied, ErrorKind::NotFound];
        refused_as_one_of(node.read().await, &walls);
        refused_as_one_of(node.write("x").await, &walls);
        refused_as_one_of(node.append("x").await, &walls);
        refused_as_one_of(node.writer().await, &walls);
        refused_as_one_of(node.create_dir_all().await, &[ErrorKind::PermissionDenied, ErrorKind::NotFound]);
        yes(node.delete().await.is_err() || !stage.capabilities().delete);
        outside.check()?;
    }
    refused_as_one_of(
        stage.node("tree/new").write("x").await,
        &[ErrorKind::PermissionDenied, ErrorKind::NotFound],
    );
    refused_as_one_of(stage.node("tree").list().await, &[ErrorKind::PermissionDenied, ErrorKind::NotFound]);
    outside.check()
}

#[maybe_async]
async fn listings_show_links_as_such(stage: &Stage) -> Outcome {
    stage.file("file", "x").await?;
    stage.file("folder/inside", "x").await?;
    let folder = stage.folder().await?;
    symlink("file", folder.join("to-file"))?;
    symlink("folder", folder.join("to-folder"))?;
    symlink("nowhere", folder.join("to-nothing"))?;
    let listed = stage.root().list().await?;
    let listed: Vec<_> = listed.iter().map(|entry| (entry.node.name(), entry.metadata.kind)).collect();
    let expected = [
        ("file", EntryKind::File),
        ("folder", EntryKind::Directory),
        ("to-file", EntryKind::Symlink),
        ("to-folder", EntryKind::Symlink),
        ("to-nothing", EntryKind::Symlink),
    ];
    equal(listed, expected);
    Ok(())
}

#[maybe_async]
async fn a_walk_never_follows_a_link_to_a_directory(stage: &Stage) -> Outcome {
    stage.file("t/folder/file", "x").await?;
    let folder = stage.folder().await?;
    symlink("folder", folder.join("t/to-folder"))?;
    symlink("..", folder.join("t/folder/up"))?;
    symlink(".", folder.join("t/self"))?;
    let mut walk = stage.node("t").walk(&WalkOptions::new()).await?;
    let mut found = Vec::new();
    while let Some(entry) = walk.next().await? {
        found.push(entry.node.path().as_str().to_owned());
    }
    equal(found, ["t/folder", "t/folder/file", "t/folder/up", "t/self", "t/to-folder"]);
    Ok(())
}

#[maybe_async]
async fn deleting_a_link_deletes_the_link(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    let file = stage.file("file", "kept").await?;
    stage.file("folder/file", "kept").await?;
    let folder = stage.folder().await?;
    symlink("file", folder.join("to-file"))?;
    symlink("folder", folder.join("to-folder"))?;
    symlink(outside.path("secret"), folder.join("to-secret"))?;
    symlink(outside.path("tree"), folder.join("to-tree"))?;
    stage.node("to-file").delete().await?;
    stage.node("to-folder").delete_with(&DeleteOptions::recursive()).await?;
    stage.node("to-secret").delete().await?;
    stage.node("to-tree").delete_with(&DeleteOptions::recursive()).await?;
    equal(disk::everything_below(&folder)?, ["file", "folder", "folder/file"]);
    equal(file.read_text().await?, "kept");
    outside.check()
}

#[maybe_async]
async fn deleting_a_tree_leaves_what_its_links_point_at(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    stage.file("kept/file", "kept").await?;
    stage.file("t/deep/file", "x").await?;
    let folder = stage.folder().await?;
    symlink(outside.path("tree"), folder.join("t/deep/to-tree"))?;
    symlink("../kept", folder.join("t/to-kept"))?;
    symlink("..", folder.join("t/deep/up"))?;
    stage.node("t").delete_with(&DeleteOptions::recursive()).await?;
    equal(disk::everything_below(&folder)?, ["kept", "kept/file"]);
    outside.check()
}

#[maybe_async]
async fn a_broken_link_does_not_exist_and_can_be_deleted(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    symlink("nowhere", folder.join("broken"))?;
    let node = stage.node("broken");
    no(node.exists().await?);
    refused(node.read().await, ErrorKind::NotFound);
    node.delete().await?;
    equal(disk::everything_below(&folder)?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn links_in_a_circle_are_an_error_and_no_endless_loop(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    symlink("b", folder.join("a"))?;
    symlink("a", folder.join("b"))?;
    yes(stage.node("a").read().await.is_err());
    yes(stage.node("a/x").read().await.is_err());
    yes(stage.node("a/x").write("x").await.is_err());
    equal(disk::everything_below(&folder)?, ["a", "b"]);
    Ok(())
}

#[maybe_async]
async fn writing_over_a_link_out_of_the_mount_leaves_its_target(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    let folder = stage.folder().await?;
    for (number, content) in ["one shot", "streamed"].into_iter().enumerate() {
        let link = folder.join(format!("link{number}"));
        symlink(outside.path("secret"), &link)?;
        let node = stage.node(&format!("link{number}"));
        let written =
            if number == 0 { node.write(content).await.map(drop) } else { stream(&node, content).await };
        // The link may be replaced by a file, or the write refused; what it points at is not touched.
        match written {
            Ok(()) => equal(fs::read_to_string(&link)?, content),
            Err(error) => equal(error.kind(), ErrorKind::PermissionDenied),
        }
        outside.check()?;
        yes(node.append("x").await.is_ok() || fs::symlink_metadata(&link)?.is_symlink());
        outside.check()?;
    }
    Ok(())
}

#[maybe_async]
async fn stream(node: &super::api::StorageNode, content: &'static str) -> storage::Result<()> {
    let mut writer = node.writer().await?;
    writer.write(content).await?;
    writer.finish().await.map(drop)
}

/// A tree with a file, a link to it, a link to a directory and a broken one.
#[maybe_async]
async fn linked(stage: &Stage) -> Result<super::api::StorageNode, Failure> {
    stage.file("t/file", "content").await?;
    stage.file("t/folder/inside", "inside").await?;
    let folder = stage.folder().await?.join("t");
    symlink("file", folder.join("to-file"))?;
    symlink("folder", folder.join("to-folder"))?;
    Ok(stage.node("t"))
}

#[maybe_async]
async fn a_copy_skips_links_and_reports_them(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    for destination in [stage.node("copy"), stage.memory().await?] {
        let report = source.copy_to(&destination).await?;
        equal((report.copied_count, report.skipped_count), (2, 2));
        let mut skipped: Vec<_> =
            report.skipped.iter().map(|skipped| (skipped.source.path().as_str(), skipped.reason)).collect();
        skipped.sort_unstable_by_key(|(source, _)| *source);
        equal(skipped, [("t/to-file", SkipReason::Symlink), ("t/to-folder", SkipReason::Symlink)]);
        no(destination.child("to-file")?.exists().await?);
        equal(destination.child("folder/inside")?.read_text().await?, "inside");
    }
    Ok(())
}

#[maybe_async]
async fn a_copy_follows_links_when_asked_to(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Follow);
    for destination in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        let report = source.copy_to_with(&destination, &options).await?;
        equal((report.copied_count, report.skipped_count, report.failed_count), (4, 0, 0));
        equal(destination.child("to-file")?.read_text().await?, "content");
        equal(destination.child("to-folder/inside")?.read_text().await?, "inside");
    }
    let copy = stage.folder().await?.join("copy");
    no(fs::symlink_metadata(copy.join("to-file"))?.is_symlink());
    no(fs::symlink_metadata(copy.join("to-folder"))?.is_symlink());
    Ok(())
}

#[maybe_async]
async fn a_copy_that_follows_does_not_run_in_a_circle(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    symlink("..", stage.folder().await?.join("t/folder/up"))?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Follow);
    let report = source.copy_to_with(&stage.memory().await?, &options).await?;
    yes(report.failed_count > 0);
    yes(report.failed.iter().all(|failed| failed.source.to_string().ends_with("/up")));
    mentions(&report.failed[0].error, &["link"]);
    equal(report.copied_count, 4);
    Ok(())
}

#[maybe_async]
async fn a_copy_that_follows_does_not_leave_the_mount(stage: &Stage) -> Outcome {
    let outside = Outside::new()?;
    stage.file("t/file", "content").await?;
    symlink(outside.path("secret"), stage.folder().await?.join("t/secret"))?;
    symlink(outside.path("tree"), stage.folder().await?.join("t/tree"))?;
    let memory = stage.memory().await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Follow);
    let report = stage.node("t").copy_to_with(&memory, &options).await?;
    equal((report.copied_count, report.failed_count), (1, 2));
    no(memory.child("secret")?.exists().await?);
    no(memory.child("tree/file")?.exists().await?);
    outside.check()
}

#[maybe_async]
async fn a_copy_preserves_links_when_asked_to(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    symlink("nowhere/at all", stage.folder().await?.join("t/broken"))?;
    let other = stage.local().await?;
    let other_folder = other.native_path(storage::types::Access::Read).await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Preserve);
    let copies = [
        (stage.node("copy"), stage.folder().await?.join("copy")),
        (other.child("copy")?, other_folder.join("copy")),
    ];
    for (destination, folder) in copies {
        source.copy_to_with(&destination, &options).await?;
        source.copy_to_with(&destination, &options).await?;
        equal(fs::read_link(folder.join("to-file"))?, PathBuf::from("file"));
        equal(fs::read_link(folder.join("to-folder"))?, PathBuf::from("folder"));
        equal(fs::read_link(folder.join("broken"))?, PathBuf::from("nowhere/at all"));
        equal(destination.child("to-file")?.read_text().await?, "content");
        equal(
            disk::everything_below(&folder)?,
            ["broken", "file", "folder", "folder/inside", "to-file", "to-folder"],
        );
    }
    Ok(())
}

#[maybe_async]
async fn links_cannot_be_preserved_on_other_stores(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    let memory = stage.memory().await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Preserve);
    let report = source.copy_to_with(&memory, &options).await?;
    equal((report.copied_count, report.failed_count), (2, 2));
    yes(report.failed.iter().all(|failed| failed.error.kind() == ErrorKind::Unsupported));
    no(memory.child("to-file")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_move_takes_links_along(stage: &Stage) -> Outcome {
    let source = linked(stage).await?;
    source.move_to(&stage.node("moved")).await?;
    let folder = stage.folder().await?;
    equal(fs::read_link(folder.join("moved/to-file"))?, PathBuf::from("file"));
    equal(fs::read_link(folder.join("moved/to-folder"))?, PathBuf::from("folder"));
    no(fs::exists(folder.join("t"))?);
    Ok(())
}

#[maybe_async]
async fn links_are_made_and_read(stage: &Stage) -> Outcome {
    stage.file("folder/file", "content").await?;
    let backend = stage.root().backend().clone();
    let link = stage.node("folder/link").path().clone();
    backend.create_link(&link, "file").await?;
    equal(backend.read_link(&link).await?, "file");
    equal(stage.node("folder/link").read_text().await?, "content");
    backend.create_link(&link, "elsewhere").await?;
    equal(backend.read_link(&link).await?, "elsewhere");
    refused(backend.read_link(stage.node("folder/file").path()).await, ErrorKind::InvalidInput);
    refused(backend.read_link(stage.node("missing").path()).await, ErrorKind::NotFound);
    equal(disk::everything_below(&stage.folder().await?)?, ["folder", "folder/file", "folder/link"]);
    Ok(())
}

#[maybe_async]
async fn a_device_is_left_out_and_reported(stage: &Stage) -> Outcome {
    stage.file("t/file", "x").await?;
    let socket = std::os::unix::net::UnixListener::bind(stage.folder().await?.join("t/socket"))?;
    let listed = stage.node("t").list().await?;
    equal(
        listed.iter().map(|entry| entry.metadata.kind).collect::<Vec<_>>(),
        [EntryKind::File, EntryKind::Other],
    );
    let memory = stage.memory().await?;
    let report = stage.node("t").copy_to(&memory).await?;
    equal((report.copied_count, report.skipped_count), (1, 1));
    equal(report.skipped[0].reason, SkipReason::Special);
    yes(stage.node("t/socket").read().await.is_err());
    drop(socket);
    Ok(())
}
