//! Paths on this machine for content of every mount.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use storage::types::{Access, CancelToken, ErrorKind, LocalPathOptions, WriteOptions};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, mentions, no, refused, refused_as_one_of, some, yes};
use crate::support::disk::everything_below;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_local_path_has_the_content_and_the_suffix;
    a_local_path_for_writing_of_a_local_mount_is_the_file_itself if [local_path];
    a_local_path_of_other_mounts_is_temporary if [!local_path];
    a_staged_path_leaves_the_mount_alone_until_the_commit;
    an_edited_file_is_stored_with_what_was_known_about_it if [user_metadata];
    nothing_is_stored_without_a_commit;
    a_commit_of_nothing_is_refused;
    a_local_path_for_changing_begins_empty_where_nothing_is_stored;
    a_local_path_of_nothing_is_not_found;
    a_local_path_of_a_directory_is_refused if [directories];
    a_local_path_for_reading_cannot_be_committed;
    a_commit_under_a_condition_that_does_not_hold_is_refused if [compare_and_set];
    a_read_only_mount_gives_no_path_for_writing if [write];
    a_long_or_strange_name_gets_a_path_too;
    a_cancelled_token_stops_filling_and_storing;
}

/// Temporary files in a folder of their own, so that what is left behind shows.
fn staged(access: Access) -> Result<(tempfile::TempDir, LocalPathOptions), Failure> {
    let folder = tempfile::tempdir()?;
    let options = LocalPathOptions::new(access).staged(true).folder(folder.path());
    Ok((folder, options))
}

fn nothing_below(folder: &tempfile::TempDir) -> Outcome {
    equal(everything_below(folder.path())?, [""; 0]);
    Ok(())
}

#[maybe_async]
async fn a_local_path_has_the_content_and_the_suffix(stage: &Stage) -> Outcome {
    let node = stage.file("folder/some file.tar.gz", SAMPLE).await?;
    let path = node.local_path(Access::Read).await?;
    equal(fs::read_to_string(&path)?, SAMPLE);
    equal(path.file_name().and_then(|name| name.to_str()), Some("some file.tar.gz"));
    yes(path.is_absolute());
    let large = vec![b'x'; 3_000_000];
    let node = stage.file("large.bin", large.clone()).await?;
    let path = node.local_path(Access::Read).await?;
    equal(fs::read(path.path())?, large);
    Ok(())
}

#[maybe_async]
async fn a_local_path_for_writing_of_a_local_mount_is_the_file_itself(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file.txt", "old").await?;
    let file = stage.folder().await?.join("folder/file.txt");
    for access in [Access::Write, Access::ReadWrite] {
        let path = node.local_path(access).await?;
        equal(path.path(), file.as_path());
        no(path.is_temporary());
    }
    yes(file.exists());
    let path = stage.node("new/folder/file.txt").local_path(Access::Write).await?;
    fs::write(&path, "new")?;
    equal(path.commit().await?.size, 3);
    equal(stage.node("new/folder/file.txt").read_text().await?, "new");
    Ok(())
}

#[maybe_async]
async fn a_local_path_of_other_mounts_is_temporary(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file.txt", "old").await?;
    let path = node.local_path(Access::ReadWrite).await?;
    yes(path.is_temporary());
    let real: PathBuf = path.to_path_buf();
    fs::write(&path, "new")?;
    equal(node.read_text().await?, "old");
    drop(path);
    no(real.exists());
    equal(node.read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn a_staged_path_leaves_the_mount_alone_until_the_commit(stage: &Stage) -> Outcome {
    let (folder, options) = staged(Access::Write)?;
    for content in ["first", "second"] {
        let node = stage.node("folder/out.txt");
        let before = if node.exists().await? { Some(node.read_text().await?) } else { None };
        let path = node.local_path_with(&options).await?;
        yes(path.is_temporary());
        no(path.exists());
        fs::write(&path, content)?;
        fs::write(path.with_extension("log"), "of the program")?;
        equal(node.exists().await?, before.is_some());
        equal(path.commit().await?.size, content.len() as u64);
        equal(node.read_text().await?, content);
        equal(stage.node("folder/out.log").exists().await?, false);
        nothing_below(&folder)?;
    }
    Ok(())
}

#[maybe_async]
async fn an_edited_file_is_stored_with_what_was_known_about_it(stage: &Stage) -> Outcome {
    let node = stage.node("file.txt");
    let known = WriteOptions::new().content_type("text/x-notes").user("owner", "ann");
    node.write_with("old", &known).await?;
    let (folder, options) = staged(Access::ReadWrite)?;
    let path = node.local_path_with(&options).await?;
    equal(fs::read_to_string(&path)?, "old");
    equal(some(path.metadata()).size, 3);
    fs::write(&path, "edited")?;
    path.commit().await?;
    equal(node.read_text().await?, "edited");
    let metadata = node.metadata().await?;
    equal(metadata.content_type.as_deref(), Some("text/x-notes"));
    equal(metadata.user.get("owner").map(String::as_str), Some("ann"));
    nothing_below(&folder)
}

#[maybe_async]
async fn nothing_is_stored_without_a_commit(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let (folder, options) = staged(Access::ReadWrite)?;
    let path = node.local_path_with(&options).await?;
    fs::write(&path, "half of the n")?;
    drop(path);
    equal(node.read_text().await?, "old");
    let path = node.local_path_with(&options).await?;
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _ = fs::write(&path, "half of the n");
        std::panic::resume_unwind(Box::new("a panic while the path is in use"));
    }));
    yes(panicked.is_err());
    equal(node.read_text().await?, "old");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_commit_of_nothing_is_refused(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let (folder, options) = staged(Access::Write)?;
    let path = node.local_path_with(&options).await?;
    mentions(refused(path.commit().await, ErrorKind::NotFound), &["nothing was written"]);
    let path = node.local_path_with(&options).await?;
    fs::create_dir(&path)?;
    refused(path.commit().await, ErrorKind::IsADirectory);
    let path = node.local_path_with(&options).await?;
    std::os::unix::fs::symlink("/etc/passwd", &path)?;
    // What a program leaves there cannot make the library read something else.
    refused_as_one_of(path.commit().await, &[ErrorKind::PermissionDenied, ErrorKind::NotFound]);
    equal(node.read_text().await?, "old");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_local_path_for_changing_begins_empty_where_nothing_is_stored(stage: &Stage) -> Outcome {
    let node = stage.node("folder/new");
    let (folder, options) = staged(Access::ReadWrite)?;
    let path = node.local_path_with(&options).await?;
    no(path.exists());
    yes(path.metadata().is_none());
    fs::write(&path, "new")?;
    path.commit().await?;
    equal(node.read_text().await?, "new");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_local_path_of_nothing_is_not_found(stage: &Stage) -> Outcome {
    let missing = stage.node("folder/missing");
    refused(missing.local_path(Access::Read).await, ErrorKind::NotFound);
    let (folder, options) = staged(Access::Read)?;
    refused(missing.local_path_with(&options).await, ErrorKind::NotFound);
    nothing_below(&folder)
}

#[maybe_async]
async fn a_local_path_of_a_directory_is_refused(stage: &Stage) -> Outcome {
    let directory = stage.directory("folder").await?;
    for access in [Access::Read, Access::Write, Access::ReadWrite] {
        let (folder, options) = staged(access)?;
        refused(directory.local_path(access).await, ErrorKind::IsADirectory);
        refused(directory.local_path_with(&options).await, ErrorKind::IsADirectory);
        refused(stage.root().local_path_with(&options).await, ErrorKind::IsADirectory);
        nothing_below(&folder)?;
    }
    Ok(())
}

#[maybe_async]
async fn a_local_path_for_reading_cannot_be_committed(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    refused(node.local_path(Access::Read).await?.commit().await, ErrorKind::InvalidInput);
    equal(node.read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn a_commit_under_a_condition_that_does_not_hold_is_refused(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let (folder, options) = staged(Access::ReadWrite)?;
    let path = node.local_path_with(&options).await?;
    let etag = some(path.metadata().and_then(|metadata| metadata.etag.clone()));
    node.write("of somebody else").await?;
    fs::write(&path, "mine")?;
    let condition = WriteOptions::new().if_match(etag);
    refused(path.commit_with(&condition).await, ErrorKind::PreconditionFailed);
    equal(node.read_text().await?, "of somebody else");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_read_only_mount_gives_no_path_for_writing(stage: &Stage) -> Outcome {
    stage.file("sub/file", "kept").await?;
    let node = stage.relative("readonly", "sub", "readonly")?.child("file")?;
    equal(fs::read_to_string(node.local_path(Access::Read).await?)?, "kept");
    for access in [Access::Write, Access::ReadWrite] {
        let (folder, options) = staged(access)?;
        refused(node.local_path(access).await, ErrorKind::PermissionDenied);
        refused(node.local_path_with(&options).await, ErrorKind::PermissionDenied);
        nothing_below(&folder)?;
    }
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_long_or_strange_name_gets_a_path_too(stage: &Stage) -> Outcome {
    let long = format!("{}.txt", "x".repeat(240));
    for name in [long.as_str(), "-rf", "a\\b", "\u{e9} \u{1f600}.txt", ".hidden"] {
        let node = stage.file(&format!("folder/{name}"), SAMPLE).await?;
        let (folder, options) = staged(Access::ReadWrite)?;
        let path = node.local_path_with(&options).await?;
        equal(fs::read_to_string(&path)?, SAMPLE);
        equal(path.extension().and_then(|end| end.to_str()), node.extension().filter(|_| name != ".hidden"));
        fs::write(&path, "new")?;
        path.commit().await?;
        equal(node.read_text().await?, "new");
        nothing_below(&folder)?;
    }
    Ok(())
}

#[maybe_async]
async fn a_cancelled_token_stops_filling_and_storing(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let (folder, options) = staged(Access::ReadWrite)?;
    let token = CancelToken::new();
    let options = options.cancel(token.clone());
    let path = node.local_path_with(&options).await?;
    fs::write(&path, "new")?;
    token.cancel();
    refused(path.commit().await, ErrorKind::Interrupted);
    refused(node.local_path_with(&options).await, ErrorKind::Interrupted);
    equal(node.read_text().await?, "old");
    nothing_below(&folder)
}
