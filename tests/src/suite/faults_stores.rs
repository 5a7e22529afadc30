//! What stores hold that no path can name, folders that stores keep, and deleting what somebody replaced meanwhile.

use storage::types::{
    CopyOptions, DeleteOptions, EntryKind, ErrorKind, SyncOptions, TransferEvent, WriteOptions,
};

use super::api::StorageNode;
use super::clouds::Kind;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, some, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    content_under_the_name_of_a_directory_is_reported if [list, folder_markers];
    content_under_the_name_of_a_directory_stays_in_a_move if [list, delete, folder_markers];
    content_under_the_name_of_a_directory_stays_in_a_sync if [list, delete, folder_markers];
    an_empty_marker_is_no_content if [list, delete, folder_markers];
    folders_that_a_store_keeps_are_directories if [list, folder_markers];
    folders_that_a_store_keeps_are_copied_and_moved if [list, delete, folder_markers];
    folders_that_a_store_keeps_are_deleted_like_directories if [list, delete, folder_markers];
    a_file_is_deleted_only_if_it_is_the_same if [delete, conditional_delete] else no_file_is_deleted_under_a_condition;
    directories_are_not_deleted_under_a_condition if [delete, conditional_delete, list];
    a_source_that_was_replaced_after_its_copy_stays if [list, delete, folder_markers];
    many_files_are_deleted_in_one_call if [delete];
    a_copy_of_one_file_tells_its_size;
    a_write_tells_size_and_etag;
}

const MARKER: &str = "application/x-directory";

#[maybe_async]
async fn names(directory: &StorageNode) -> Result<Vec<(String, EntryKind)>, Failure> {
    let listed = directory.list().await?;
    Ok(listed.into_iter().map(|entry| (entry.node.name().to_owned(), entry.metadata.kind)).collect())
}

#[maybe_async]
async fn content_under_the_name_of_a_directory_is_reported(stage: &Stage) -> Outcome {
    let Some(raw) = stage.raw()? else { return Ok(()) };
    raw.put("folder/odd/", "content", WriteOptions::new())?;
    stage.file("folder/odd/beside", "x").await?;
    equal(names(&stage.node("folder")).await?, [("odd".to_owned(), EntryKind::Directory)]);
    let mut children = stage.node("folder/odd").children().await?;
    let error = refused(children.next().await, ErrorKind::InvalidInput);
    mentions(&error, &["folder/odd/`", "7 bytes"]);
    equal(some(children.next().await?).node.name(), "beside");
    yes(children.next().await?.is_none());
    let copy = stage.memory().await?.child("copy")?;
    let report = stage.node("folder").copy_to_with(&copy, &CopyOptions::new()).await?;
    equal((report.failed_count, report.copied_count), (1, 1));
    Ok(())
}

#[maybe_async]
async fn content_under_the_name_of_a_directory_stays_in_a_move(stage: &Stage) -> Outcome {
    let Some(raw) = stage.raw()? else { return Ok(()) };
    let elsewhere = stage.memory().await?;
    for (number, to) in [elsewhere.child("moved")?, stage.node("moved")].iter().enumerate() {
        let source = stage.node(&format!("source{number}"));
        let key = format!("source{number}/odd/");
        stage.file(&format!("source{number}/a"), "a").await?;
        raw.put(&key, "content", WriteOptions::new())?;
        let report = source.move_to_with(to, &CopyOptions::new()).await?;
        equal(report.failed_count, 1);
        mentions(&report.failed[0].error, &[&key]);
        equal(to.child("a")?.read_text().await?, "a");
        no(source.child("a")?.exists().await?);
        equal(raw.get(&key)?, "content");
    }
    Ok(())
}

#[maybe_async]
async fn content_under_the_name_of_a_directory_stays_in_a_sync(stage: &Stage) -> Outcome {
    let Some(raw) = stage.raw()? else { return Ok(()) };
    let (source, destination) = (stage.memory().await?, stage.file("d/old", "old").await?.parent());
    source.child("a")?.write("a").await?;
    raw.put("d/odd/", "content", WriteOptions::new())?;
    raw.put("d/deep/odd/", "content", WriteOptions::new())?;
    for force in [false, true] {
        let options = SyncOptions::new().delete_extra(true).force(force);
        let report = source.sync_to_with(&destination, &options).await?;
        yes(report.failed_count > 0);
        equal(raw.get("d/odd/")?, "content");
        equal(raw.get("d/deep/odd/")?, "content");
    }
    equal(destination.child("a")?.read_text().await?, "a");
    no(destination.child("old")?.exists().await?);
    refused(
        destination.child("odd")?.delete_with(&DeleteOptions::empty_dir()).await,
        ErrorKind::IsADirectory,
    );
    equal(raw.get("d/odd/")?, "content");
    destination.delete_with(&DeleteOptions::recursive()).await?;
    no(destination.exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_empty_marker_is_no_content(stage: &Stage) -> Outcome {
    let Some(raw) = stage.raw()? else { return Ok(()) };
    raw.put("source/empty/", "", WriteOptions::new().content_type(MARKER))?;
    stage.file("source/a", "a").await?;
    equal(stage.node("source/empty").list().await?.len(), 0);
    let moved = stage.memory().await?.child("moved")?;
    let report = stage.node("source").move_to(&moved).await?;
    equal(report.failed_count, 0);
    yes(moved.child("empty")?.is_dir().await?);
    no(raw.get("source/empty/").is_ok());
    Ok(())
}

/// A tree with folders as accounts with a hierarchical namespace keep them.
#[maybe_async]
async fn with_folders(stage: &Stage) -> Result<bool, Failure> {
    let Some(raw) = stage.raw()?.filter(|_| stage.cloud() == Some(Kind::Azure)) else { return Ok(false) };
    let folder = || WriteOptions::new().user("hdi_isfolder", "true");
    for key in ["tree", "tree/dir", "tree/dir/inner", "tree/empty"] {
        raw.put(key, "", folder())?;
    }
    for path in ["tree/dir/file", "tree/dir/inner/file", "tree/dir-a", "tree/dir.txt"] {
        stage.file(path, "content").await?;
    }
    Ok(true)
}

#[maybe_async]
async fn folders_that_a_store_keeps_are_directories(stage: &Stage) -> Outcome {
    if !with_folders(stage).await? {
        return Ok(());
    }
    let (tree, dir) = (stage.node("tree"), stage.node("tree/dir"));
    yes(dir.is_dir().await?);
    refused(dir.size().await, ErrorKind::IsADirectory);
    refused(dir.read().await, ErrorKind::IsADirectory);
    refused(dir.reader().await, ErrorKind::IsADirectory);
    refused(dir.read_range(..3).await, ErrorKind::IsADirectory);
    let (file, directory) = (EntryKind::File, EntryKind::Directory);
    let expected = [("dir", directory), ("dir-a", file), ("dir.txt", file), ("empty", directory)];
    equal(names(&tree).await?, expected.map(|(name, kind)| (name.to_owned(), kind)));
    equal(
        names(&dir).await?,
        [("file", file), ("inner", directory)].map(|(name, kind)| (name.to_owned(), kind)),
    );
    equal(stage.node("tree/empty").list().await?.len(), 0);
    yes(stage.node("tree/empty").exists().await?);
    // What is made beside them is one of them.
    stage.node("tree/made").create_dir().await?;
    yes(stage.node("tree/made").is_dir().await?);
    refused(stage.node("tree/empty").create_dir().await, ErrorKind::AlreadyExists);
    refused(stage.node("tree/dir-a").create_dir().await, ErrorKind::NotADirectory);
    Ok(())
}

#[maybe_async]
async fn folders_that_a_store_keeps_are_copied_and_moved(stage: &Stage) -> Outcome {
    if !with_folders(stage).await? {
        return Ok(());
    }
    // On a mount that has not seen a folder yet.
    let report = stage.node("tree").copy_to(&stage.node("copy")).await?;
    equal((report.failed_count, report.copied_count), (0, 4));
    equal(stage.node("copy/dir/inner/file").read_text().await?, "content");
    let memory = stage.memory().await?;
    let report = stage.node("tree").move_to(&memory.child("moved")?).await?;
    equal((report.failed_count, report.copied_count), (0, 4));
    equal(memory.child("moved/dir/inner/file")?.read_text().await?, "content");
    yes(memory.child("moved/empty")?.is_dir().await?);
    no(stage.node("tree").exists().await?);
    Ok(())
}

#[maybe_async]
async fn folders_that_a_store_keeps_are_deleted_like_directories(stage: &Stage) -> Outcome {
    if !with_folders(stage).await? {
        return Ok(());
    }
    let dir = stage.node("tree/dir");
    yes(dir.is_dir().await?);
    refused(dir.delete().await, ErrorKind::IsADirectory);
    refused(dir.delete_with(&DeleteOptions::empty_dir()).await, ErrorKind::IsADirectory);
    equal(dir.list().await?.len(), 2);
    let empty = stage.node("tree/empty");
    refused(empty.delete().await, ErrorKind::IsADirectory);
    empty.delete_with(&DeleteOptions::empty_dir()).await?;
    no(empty.exists().await?);
    stage.node("tree").delete_with(&DeleteOptions::recursive()).await?;
    no(stage.node("tree").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_file_is_deleted_only_if_it_is_the_same(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let old = some(node.stat().await?.etag);
    node.write("other").await?;
    let condition = |etag: &str| DeleteOptions::new().if_match(etag);
    refused(node.delete_with(&condition(&old)).await, ErrorKind::PreconditionFailed);
    equal(node.read_text().await?, "other");
    let now = some(node.stat().await?.etag);
    node.delete_with(&condition(&format!("\"{now}\""))).await?;
    no(node.exists().await?);
    refused(node.delete_with(&condition(&now)).await, ErrorKind::PreconditionFailed);
    Ok(())
}

#[maybe_async]
async fn no_file_is_deleted_under_a_condition(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    let deleted = node.delete_with(&DeleteOptions::new().if_match("x")).await;
    refused(deleted, ErrorKind::Unsupported);
    yes(node.exists().await?);
    Ok(())
}

#[maybe_async]
async fn directories_are_not_deleted_under_a_condition(stage: &Stage) -> Outcome {
    let directory = stage.file("directory/file", "x").await?.parent();
    for options in [DeleteOptions::recursive(), DeleteOptions::empty_dir()] {
        refused(directory.delete_with(&options.if_match("x")).await, ErrorKind::InvalidInput);
    }
    yes(directory.child("file")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_source_that_was_replaced_after_its_copy_stays(stage: &Stage) -> Outcome {
    let Some(raw) = stage.raw()? else { return Ok(()) };
    let elsewhere = [stage.memory().await?, stage.local().await?, stage.node("moved")];
    for (number, to) in elsewhere.iter().enumerate() {
        let source = stage.node(&format!("source{number}"));
        source.child("a")?.write("old").await?;
        source.child("b")?.write("b").await?;
        // It is replaced when the file behind it begins, so after it was copied and before it goes.
        let (store, key) = (raw.clone(), format!("source{number}/a"));
        let options = CopyOptions::new().concurrency(1).on_event(move |event: &TransferEvent| {
            if let TransferEvent::Started { source, .. } = event
                && source.path().name() == "b"
            {
                let _ = store.put(&key, "new", WriteOptions::new());
            }
        });
        let to = to.child("tree")?;
        let report = source.move_to_with(&to, &options).await?;
        equal((report.copied_count, report.failed_count), (1, 1));
        equal(source.child("a")?.read_text().await?, "new");
        equal(to.child("a")?.read_text().await?, "old");
        no(source.child("b")?.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn many_files_are_deleted_in_one_call(stage: &Stage) -> Outcome {
    for path in ["folder/a", "folder/b/c", "folder/kept", "kept"] {
        stage.file(path, "x").await?;
    }
    let folder = stage.node("folder");
    folder.delete_many(["a", "b/c", "missing"]).await?;
    folder.delete_many(&[String::from("a")]).await?;
    folder.delete_many([""; 0]).await?;
    for (path, there) in [("folder/a", false), ("folder/b/c", false), ("folder/kept", true), ("kept", true)] {
        equal((path, stage.node(path).exists().await?), (path, there));
    }
    refused(folder.delete_many(["../kept"]).await, ErrorKind::InvalidInput);
    yes(stage.node("kept").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_copy_of_one_file_tells_its_size(stage: &Stage) -> Outcome {
    let source = stage.file("source", "twelve bytes").await?;
    let report = source.copy_to(&stage.node("copy")).await?;
    equal((report.copied_count, report.bytes), (1, 12));
    let report = source.move_to(&stage.node("moved")).await?;
    equal((report.copied_count, report.bytes), (1, 12));
    Ok(())
}

#[maybe_async]
async fn a_write_tells_size_and_etag(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let written = node.write("content").await?;
    let there = node.stat().await?;
    equal((written.size, &written.etag, &written.version), (7, &there.etag, &there.version));
    let mut writer = node.writer().await?;
    writer.write("other content").await?;
    let written = writer.finish().await?;
    let there = node.stat().await?;
    equal((written.size, &written.etag, &written.version), (13, &there.etag, &there.version));
    Ok(())
}
