//! Moving files and trees.

use storage::types::{CopyOptions, ErrorKind, Skip, SkipReason, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, no, refused, refused_as_one_of, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    a_file_is_moved if [delete] else moving_is_refused_where_nothing_is_deleted;
    a_moved_file_replaces_a_file if [delete];
    move_onto_itself_keeps_the_file if [delete];
    move_onto_a_directory_is_refused if [delete];
    move_of_what_is_missing_is_not_found if [delete];
    move_creates_the_parents_of_its_destination if [delete];
    move_to_another_mount_and_back if [delete];
    a_tree_is_moved if [delete, list];
    a_tree_is_moved_to_another_store_and_back if [delete, list];
    a_tree_is_merged_into_a_tree_that_is_there if [delete, list];
    a_tree_into_itself_is_refused if [delete, list];
    a_tree_onto_itself_is_kept if [delete, list];
    a_tree_onto_a_file_is_refused if [delete, list, directories];
    the_root_is_not_moved if [delete, list];
    move_keeps_content_type_and_user_metadata if [delete, user_metadata];
    what_is_left_out_stays_where_it_was if [delete, list];
    what_fails_stays_where_it_was if [delete, list, directories];
    a_skipped_single_file_stays_where_it_was if [delete];
    move_reports_what_it_moved if [delete];
}

#[maybe_async]
async fn a_file_is_moved(stage: &Stage) -> Outcome {
    let source = stage.file("folder/source", "content").await?;
    let destination = stage.node("folder/destination");
    source.move_to(&destination).await?;
    equal(destination.read_text().await?, "content");
    no(source.exists().await?);
    yes(stage.node("folder").is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn a_moved_file_replaces_a_file(stage: &Stage) -> Outcome {
    let source = stage.file("source", "new").await?;
    let destination = stage.file("destination", "old and longer").await?;
    source.move_to(&destination).await?;
    equal(destination.read_text().await?, "new");
    no(source.exists().await?);
    Ok(())
}

#[maybe_async]
async fn move_onto_itself_keeps_the_file(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "content").await?;
    let alias = stage.relative("alias", "folder", "delete")?.child("file")?;
    for destination in [&node, &stage.node("folder/./file"), &alias] {
        let report = node.move_to(destination).await?;
        equal(report.copied_count, 0);
        equal(node.read_text().await?, "content");
        node.move_to_with(destination, &CopyOptions::new().exclude("nothing*")).await?;
        equal(node.read_text().await?, "content");
    }
    alias.move_to(&node).await?;
    equal(node.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn move_onto_a_directory_is_refused(stage: &Stage) -> Outcome {
    let source = stage.file("source", "content").await?;
    stage.file("folder/kept", "kept").await?;
    let memory = stage.memory().await?;
    memory.child("folder/kept")?.write("kept").await?;
    let mut folders = vec![stage.root(), memory.child("folder")?, memory.clone()];
    if stage.capabilities().directories {
        folders.push(stage.node("folder"));
    }
    for folder in folders {
        refused(source.move_to(&folder).await, ErrorKind::IsADirectory);
        refused(
            source.move_to_with(&folder, &CopyOptions::new().preserve(true)).await,
            ErrorKind::IsADirectory,
        );
    }
    equal(source.read_text().await?, "content");
    equal(stage.node("folder/kept").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn move_of_what_is_missing_is_not_found(stage: &Stage) -> Outcome {
    let destination = stage.file("destination", "kept").await?;
    refused(stage.node("missing").move_to(&destination).await, ErrorKind::NotFound);
    let elsewhere = stage.memory().await?.child("x")?;
    refused(stage.node("missing").move_to(&elsewhere).await, ErrorKind::NotFound);
    equal(destination.read_text().await?, "kept");
    no(elsewhere.exists().await?);
    Ok(())
}

#[maybe_async]
async fn move_creates_the_parents_of_its_destination(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    source.move_to(&stage.node("a/b/c")).await?;
    equal(stage.node("a/b/c").read_text().await?, "x");
    no(source.exists().await?);
    if stage.capabilities().list {
        stage.node("a/b").move_to(&stage.node("d/e/f")).await?;
        equal(stage.node("d/e/f/c").read_text().await?, "x");
        no(stage.node("a/b").exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn move_to_another_mount_and_back(stage: &Stage) -> Outcome {
    for length in [7, 2_500_000] {
        let source = stage.file("source", noise(1, length)).await?;
        for other in [stage.another().await?.child("a/b")?, stage.memory().await?.child("a/b")?] {
            source.move_to(&other).await?;
            no(source.exists().await?);
            equal(other.read().await?, noise(1, length));
            other.move_to(&source).await?;
            no(other.exists().await?);
            equal(source.read().await?, noise(1, length));
        }
    }
    Ok(())
}

#[maybe_async]
async fn grow(stage: &Stage) -> storage::Result<StorageNode> {
    for path in ["a", "deep/er/b", "deep/c", ".hidden"] {
        stage.file(&format!("tree/{path}"), path).await?;
    }
    if stage.capabilities().directories {
        stage.directory("tree/empty").await?;
    }
    Ok(stage.node("tree"))
}

#[maybe_async]
async fn is_grown(root: &StorageNode, with_empty: bool) -> Outcome {
    for path in ["a", "deep/er/b", "deep/c", ".hidden"] {
        equal(root.child(path)?.read_text().await?, path);
    }
    equal(root.child("empty")?.is_dir().await?, with_empty);
    Ok(())
}

#[maybe_async]
async fn a_tree_is_moved(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    let destination = stage.node("elsewhere/tree");
    tree.move_to(&destination).await?;
    is_grown(&destination, stage.capabilities().directories).await?;
    no(tree.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_tree_is_moved_to_another_store_and_back(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    for other in [stage.another().await?, stage.memory().await?, stage.local().await?] {
        let there = other.child("moved/tree")?;
        tree.move_to(&there).await?;
        no(tree.exists().await?);
        is_grown(&there, stage.capabilities().directories).await?;
        there.move_to(&tree).await?;
        no(there.exists().await?);
        is_grown(&tree, stage.capabilities().directories).await?;
    }
    Ok(())
}

#[maybe_async]
async fn a_tree_is_merged_into_a_tree_that_is_there(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    stage.file("there/kept", "kept").await?;
    stage.file("there/deep/c", "old").await?;
    tree.move_to(&stage.node("there")).await?;
    is_grown(&stage.node("there"), stage.capabilities().directories).await?;
    equal(stage.node("there/kept").read_text().await?, "kept");
    no(tree.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_tree_into_itself_is_refused(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    for path in ["tree/inside", "tree/deep/er/new", "tree/deep"] {
        refused(tree.move_to(&stage.node(path)).await, ErrorKind::InvalidInput);
        let options = CopyOptions::new().exclude("nothing*");
        refused(tree.move_to_with(&stage.node(path), &options).await, ErrorKind::InvalidInput);
    }
    let alias = stage.relative("alias", "tree/deep", "delete")?;
    refused(tree.move_to(&alias.child("new")?).await, ErrorKind::InvalidInput);
    is_grown(&tree, stage.capabilities().directories).await
}

#[maybe_async]
async fn a_tree_onto_itself_is_kept(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    let alias = stage.relative("alias", "", "delete")?.child("tree")?;
    for destination in [&tree, &stage.node("tree/"), &alias] {
        tree.move_to(destination).await?;
        tree.move_to_with(destination, &CopyOptions::new().exclude("nothing*")).await?;
        is_grown(&tree, stage.capabilities().directories).await?;
    }
    Ok(())
}

#[maybe_async]
async fn a_tree_onto_a_file_is_refused(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    let file = stage.file("file", "kept").await?;
    let elsewhere = stage.memory().await?.child("file")?;
    elsewhere.write("kept").await?;
    for file in [file, elsewhere] {
        refused(tree.move_to(&file).await, ErrorKind::NotADirectory);
        equal(file.read_text().await?, "kept");
    }
    is_grown(&tree, true).await
}

#[maybe_async]
async fn the_root_is_not_moved(stage: &Stage) -> Outcome {
    let tree = grow(stage).await?;
    refused(stage.root().move_to(&stage.memory().await?).await, ErrorKind::InvalidInput);
    refused(stage.root().move_to(&stage.node("inside")).await, ErrorKind::InvalidInput);
    is_grown(&tree, stage.capabilities().directories).await
}

#[maybe_async]
async fn move_keeps_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    let memory = stage.memory().await?;
    let options = WriteOptions::new().content_type("text/x-notes").user("owner", "ann");
    stage.node("start").write_with("x", &options).await?;
    let way = [stage.node("start"), stage.node("renamed"), memory.child("away")?, stage.node("back")];
    for pair in way.windows(2) {
        pair[0].move_to(&pair[1]).await?;
        let metadata = pair[1].metadata().await?;
        equal(metadata.content_type.as_deref(), Some("text/x-notes"));
        equal(metadata.user.get("owner").map(String::as_str), Some("ann"));
    }
    Ok(())
}

#[maybe_async]
async fn what_is_left_out_stays_where_it_was(stage: &Stage) -> Outcome {
    for (name, destination) in [("here", stage.node("there")), ("away", stage.memory().await?)] {
        for path in ["a.txt", "a.rs", "deep/b.txt", "deep/b.rs"] {
            stage.file(&format!("{name}/{path}"), path).await?;
        }
        let source = stage.node(name);
        let report = source.move_to_with(&destination, &CopyOptions::new().include("*.txt")).await?;
        equal((report.copied_count, report.skipped_count), (2, 2));
        for path in ["a.txt", "deep/b.txt"] {
            equal(destination.child(path)?.read_text().await?, path);
            no(source.child(path)?.exists().await?);
        }
        for path in ["a.rs", "deep/b.rs"] {
            equal(source.child(path)?.read_text().await?, path);
            no(destination.child(path)?.exists().await?);
        }
    }
    Ok(())
}

#[maybe_async]
async fn what_fails_stays_where_it_was(stage: &Stage) -> Outcome {
    for path in ["a", "b", "c"] {
        stage.file(&format!("source/{path}"), path).await?;
    }
    stage.file("destination/b/in the way", "kept").await?;
    let report = stage.node("source").move_to_with(&stage.node("destination"), &CopyOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (2, 1));
    equal(stage.node("source/b").read_text().await?, "b");
    equal(stage.node("destination/b/in the way").read_text().await?, "kept");
    equal(stage.node("destination/c").read_text().await?, "c");
    no(stage.node("source/a").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_skipped_single_file_stays_where_it_was(stage: &Stage) -> Outcome {
    let source = stage.file("source.txt", "new").await?;
    let destination = stage.file("destination.txt", "old").await?;
    let cases = [
        (CopyOptions::new().skip(Skip::Exists), SkipReason::Exists),
        (CopyOptions::new().exclude("*.txt"), SkipReason::Excluded),
        (CopyOptions::new().filter(|_| false), SkipReason::Filtered),
        (CopyOptions::new().skip_if(|_, _| true), SkipReason::Custom),
    ];
    for (options, reason) in cases {
        let report = source.move_to_with(&destination, &options).await?;
        equal(report.skipped[0].reason, reason);
        equal(source.read_text().await?, "new");
        equal(destination.read_text().await?, "old");
    }
    Ok(())
}

#[maybe_async]
async fn move_reports_what_it_moved(stage: &Stage) -> Outcome {
    let source = stage.file("source", "content").await?;
    let report = source.move_to(&stage.node("destination")).await?;
    equal((report.copied_count, report.bytes), (1, 7));
    equal(report.copied[0].source.to_string(), "m:source");
    equal(report.copied[0].destination.to_string(), "m:destination");
    Ok(())
}

#[maybe_async]
async fn moving_is_refused_where_nothing_is_deleted(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    let destination = stage.memory().await?.child("moved")?;
    refused_as_one_of(
        node.move_to(&destination).await,
        &[ErrorKind::Unsupported, ErrorKind::PermissionDenied],
    );
    no(destination.exists().await?);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
