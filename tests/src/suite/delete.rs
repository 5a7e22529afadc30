//! Deleting.

use storage::types::{DeleteOptions, ErrorKind};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_deleted_file_is_gone if [delete] else deleting_is_unsupported;
    deleting_what_is_missing_is_fine if [delete] else deleting_is_unsupported;
    deleting_below_a_file_is_fine_and_keeps_the_file if [delete];
    a_directory_is_deleted_only_with_everything_in_it if [delete];
    an_empty_directory_is_deleted_when_asked_for if [delete, directories or folder_markers];
    a_tree_is_deleted_to_the_last_entry if [delete, list];
    the_root_is_not_deleted if [delete, list];
    a_file_is_deleted_recursively_too if [delete];
    deleting_a_file_leaves_its_namesakes if [delete];
    a_deleted_file_can_be_written_again if [delete];
    many_files_are_deleted_at_once if [delete, list];
    a_thousand_files_are_deleted_with_their_directory if [delete, list];
}

#[maybe_async]
async fn a_deleted_file_is_gone(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "x").await?;
    stage.file("folder/other", "kept").await?;
    node.delete().await?;
    no(node.exists().await?);
    refused(node.read().await, ErrorKind::NotFound);
    equal(stage.node("folder/other").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn deleting_what_is_missing_is_fine(stage: &Stage) -> Outcome {
    for path in ["missing", "no/such/folder/file"] {
        let node = stage.node(path);
        node.delete().await?;
        node.delete_with(&DeleteOptions::recursive()).await?;
        no(node.exists().await?);
        no(node.parent().is_file().await?);
    }
    Ok(())
}

#[maybe_async]
async fn deleting_below_a_file_is_fine_and_keeps_the_file(stage: &Stage) -> Outcome {
    let file = stage.file("file", "kept").await?;
    stage.node("file/below").delete().await?;
    stage.node("file/below").delete_with(&DeleteOptions::recursive()).await?;
    equal(file.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_directory_is_deleted_only_with_everything_in_it(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    let folder = stage.node("folder");
    let error = refused(folder.delete().await, ErrorKind::IsADirectory);
    mentions(&error, &["recursive"]);
    refused(folder.delete_with(&DeleteOptions::empty_dir()).await, ErrorKind::IsADirectory);
    equal(stage.node("folder/file").read_text().await?, "kept");

    folder.delete_with(&DeleteOptions::recursive()).await?;
    no(folder.exists().await?);
    no(stage.node("folder/file").exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_empty_directory_is_deleted_when_asked_for(stage: &Stage) -> Outcome {
    let empty = stage.directory("empty").await?;
    refused(empty.delete().await, ErrorKind::IsADirectory);
    yes(empty.is_dir().await?);
    empty.delete_with(&DeleteOptions::empty_dir()).await?;
    no(empty.exists().await?);

    let again = stage.directory("empty").await?;
    again.delete_with(&DeleteOptions::recursive()).await?;
    no(again.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_tree_is_deleted_to_the_last_entry(stage: &Stage) -> Outcome {
    for path in ["t/a", "t/.hidden", "t/deep/er/still/b", "t/deep/c", "t/ spaced /d", "t/tilde~"] {
        stage.file(path, "x").await?;
    }
    let can = stage.capabilities();
    if can.directories || can.folder_markers {
        stage.directory("t/empty/inside").await?;
    }
    stage.file("t2", "kept").await?;
    stage.node("t").delete_with(&DeleteOptions::recursive()).await?;
    no(stage.node("t").exists().await?);
    no(stage.node("t/deep/er/still/b").exists().await?);
    let left = stage.root().list().await?;
    let left: Vec<&str> = left.iter().map(|entry| entry.node.name()).collect();
    equal(left, ["t2"]);
    Ok(())
}

#[maybe_async]
async fn the_root_is_not_deleted(stage: &Stage) -> Outcome {
    stage.file("file", "kept").await?;
    for options in [DeleteOptions::new(), DeleteOptions::recursive(), DeleteOptions::empty_dir()] {
        for spelling in ["m", "m:", "m:/", "m:./"] {
            refused(stage.at(spelling).delete_with(&options).await, ErrorKind::InvalidInput);
        }
    }
    equal(stage.node("file").read_text().await?, "kept");

    stage.node("file").delete().await?;
    refused(stage.root().delete_with(&DeleteOptions::recursive()).await, ErrorKind::InvalidInput);
    yes(stage.root().is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn a_file_is_deleted_recursively_too(stage: &Stage) -> Outcome {
    let node = stage.file("file", "x").await?;
    node.delete_with(&DeleteOptions::recursive()).await?;
    no(node.exists().await?);
    Ok(())
}

#[maybe_async]
async fn deleting_a_file_leaves_its_namesakes(stage: &Stage) -> Outcome {
    let namesakes = ["k2", "k.txt", "k-", "K", "kk", "folder/k", "k0/x"];
    for path in namesakes {
        stage.file(path, path).await?;
    }
    let node = stage.file("k", "x").await?;
    let object_store = !stage.capabilities().directories;
    if object_store {
        stage.file("k/x", "below").await?;
    }
    node.delete().await?;
    no(node.is_file().await?);
    for path in namesakes {
        equal(stage.node(path).read_text().await?, path);
    }
    if object_store {
        equal(stage.node("k/x").read_text().await?, "below");
    }

    stage.file("d/x", "x").await?;
    stage.file("d.x/y", "kept").await?;
    stage.file("d0/y", "kept").await?;
    stage.node("d").delete_with(&DeleteOptions::recursive()).await?;
    equal(stage.node("d.x/y").read_text().await?, "kept");
    equal(stage.node("d0/y").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_deleted_file_can_be_written_again(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    node.delete().await?;
    node.write("two").await?;
    equal(node.read_text().await?, "two");
    node.delete().await?;
    stage.file("file/below", "now a directory").await?;
    yes(node.is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn many_files_are_deleted_at_once(stage: &Stage) -> Outcome {
    let mut paths = Vec::new();
    for number in 0..50 {
        paths.push(stage.file(&format!("folder/{number}"), "x").await?.path().clone());
    }
    paths.push(stage.node("folder/missing").path().clone());
    stage.file("folder/kept", "kept").await?;
    stage.root().backend().delete_many(&paths).await?;
    let left = stage.node("folder").list().await?;
    let left: Vec<&str> = left.iter().map(|entry| entry.node.name()).collect();
    equal(left, ["kept"]);
    Ok(())
}

#[maybe_async]
async fn a_thousand_files_are_deleted_with_their_directory(stage: &Stage) -> Outcome {
    stage.files((0..1100).map(|number| format!("t/{}/{number}", number % 7)).collect()).await?;
    stage.node("t").delete_with(&DeleteOptions::recursive()).await?;
    no(stage.node("t").exists().await?);
    equal(stage.root().list().await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn deleting_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.delete().await, ErrorKind::Unsupported);
    refused(node.delete_with(&DeleteOptions::recursive()).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
