//! Copying files and trees.

use storage::types::{CopyOptions, ErrorKind, SkipReason, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{different, equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;
use crate::support::tree::Tree;

behaviours! {
    a_file_is_copied_and_the_source_stays;
    a_copied_file_replaces_a_file;
    a_file_onto_a_directory_is_refused if [directories];
    a_file_may_be_copied_beside_a_directory_of_its_name if [!directories];
    a_file_onto_itself_is_kept;
    a_missing_source_is_not_found;
    a_copy_creates_the_parents_of_its_destination;
    a_file_cannot_be_copied_below_a_file if [directories];
    a_copy_is_no_hard_link;
    a_copy_keeps_content_type_and_user_metadata if [user_metadata];
    a_copy_to_another_mount_keeps_content_type_and_user_metadata if [user_metadata];
    a_copy_from_another_store_keeps_content_type_and_user_metadata if [user_metadata];
    a_large_file_is_copied_exactly;
    a_tree_is_copied_and_the_source_stays if [list];
    a_tree_is_copied_to_another_mount_of_the_kind if [list];
    a_tree_is_copied_to_memory_and_back if [list];
    a_tree_is_copied_to_disk_and_back if [list];
    a_whole_mount_is_copied if [list];
    copying_twice_gives_the_same_tree if [list];
    a_tree_is_merged_into_the_destination if [list];
    empty_directories_are_kept if [list, directories];
    a_directory_into_itself_is_refused_before_anything_is_written if [list];
    a_directory_onto_itself_is_kept if [list];
    a_directory_onto_a_file_is_refused if [list, directories];
    a_sibling_with_the_same_beginning_is_not_inside if [list];
    one_failing_file_does_not_stop_the_tree if [list, directories];
    fail_fast_stops_at_the_first_failure if [list, directories];
    a_file_is_seen_whole_while_copies_replace_it;
}

/// A small tree with odd names, an empty file and one that is streamed.
fn tree() -> Tree {
    Tree::new()
        .file("a.txt", "a")
        .file("empty", "")
        .file("deep/er/b.txt", "b")
        .file("deep/c d.txt", "c")
        .file("deep-er/é.txt", "e")
        .file(".hidden/x", "x")
        .file("large", noise(1, 1_300_000))
}

#[maybe_async]
async fn grow(root: &StorageNode, tree: &Tree) -> storage::Result<()> {
    let options = WriteOptions::new().durability(storage::Durability::None);
    for (path, content) in tree.files() {
        root.child(path)?.write_with(content.clone(), &options).await?;
    }
    for path in tree.directories() {
        root.child(path)?.create_dir_all().await?;
    }
    Ok(())
}

#[maybe_async]
async fn seen(root: &StorageNode) -> storage::Result<Tree> {
    let mut seen = Tree::new();
    let mut walk = root.walk(&storage::WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        let path = entry.node.path().strip_prefix(root.path()).unwrap_or_else(storage::StoragePath::root);
        seen = if entry.metadata.is_dir() {
            seen.directory(path.as_str())
        } else {
            seen.file(path.as_str(), entry.node.read().await?)
        };
    }
    Ok(seen)
}

#[maybe_async]
async fn a_file_is_copied_and_the_source_stays(stage: &Stage) -> Outcome {
    let source = stage.file("folder/source.txt", "content").await?;
    let destination = stage.node("folder/copy.txt");
    let report = source.copy_to(&destination).await?;
    equal(destination.read_text().await?, "content");
    equal(source.read_text().await?, "content");
    equal((report.copied_count, report.skipped_count, report.failed_count), (1, 0, 0));
    told_bytes(stage, report.bytes, 7);
    equal(report.copied[0].source.to_string(), "m:folder/source.txt");
    equal(report.copied[0].destination.to_string(), "m:folder/copy.txt");
    told_bytes(stage, report.copied[0].bytes, 7);
    yes(report.is_success());
    Ok(())
}

/// How long a single file is that was copied. A cloud copies with one request, which does not tell it.
#[track_caller]
pub(super) fn told_bytes(stage: &Stage, told: u64, bytes: u64) {
    let can = stage.capabilities();
    if told != 0 || can.directories || !can.server_side_copy {
        equal(told, bytes);
    }
}

#[maybe_async]
async fn a_copied_file_replaces_a_file(stage: &Stage) -> Outcome {
    let source = stage.file("source", "new").await?;
    let destination = stage.file("destination", "old and longer").await?;
    source.copy_to(&destination).await?;
    equal(destination.read_text().await?, "new");
    let other = stage.another().await?.child("destination")?;
    other.write("old and longer").await?;
    source.copy_to(&other).await?;
    equal(other.read_text().await?, "new");
    Ok(())
}

#[maybe_async]
async fn a_file_onto_a_directory_is_refused(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    stage.file("folder/kept", "kept").await?;
    let memory = stage.memory().await?;
    memory.child("folder/kept")?.write("kept").await?;
    for folder in [stage.node("folder"), stage.root(), memory.child("folder")?, memory.clone()] {
        refused(source.copy_to(&folder).await, ErrorKind::IsADirectory);
        refused(
            source.copy_to_with(&folder, &CopyOptions::new().preserve(true)).await,
            ErrorKind::IsADirectory,
        );
        yes(folder.is_dir().await?);
    }
    equal(stage.node("folder/kept").read_text().await?, "kept");
    equal(memory.child("folder/kept")?.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_file_may_be_copied_beside_a_directory_of_its_name(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    let memory = stage.memory().await?;
    memory.child("source")?.write("from memory").await?;
    for (name, source, content) in
        [("one", source.clone(), "x"), ("two", memory.child("source")?, "from memory")]
    {
        let below = stage.file(&format!("{name}/kept"), "kept").await?;
        source.copy_to(&stage.node(name)).await?;
        equal(stage.node(name).read_text().await?, content);
        equal(below.read_text().await?, "kept");
    }
    // The root is a directory everywhere, and so is that of a store with real ones.
    memory.child("folder/kept")?.write("kept").await?;
    for folder in [stage.root(), memory.child("folder")?, memory.clone()] {
        refused(source.copy_to(&folder).await, ErrorKind::IsADirectory);
        yes(folder.is_dir().await?);
    }
    Ok(())
}

#[maybe_async]
async fn a_file_onto_itself_is_kept(stage: &Stage) -> Outcome {
    let node = stage.file("file", "content").await?;
    let before = node.stat().await?;
    let report = node.copy_to(&stage.node("./file")).await?;
    equal((report.copied_count, report.skipped_count), (0, 1));
    equal(report.skipped[0].reason, SkipReason::SameFile);
    node.copy_to_with(&node, &CopyOptions::new().preserve(true).verify(true)).await?;
    equal(node.read_text().await?, "content");
    equal(node.stat().await?.modified, before.modified);
    Ok(())
}

#[maybe_async]
async fn a_missing_source_is_not_found(stage: &Stage) -> Outcome {
    let destination = stage.file("destination", "kept").await?;
    let error = refused(stage.node("missing").copy_to(&destination).await, ErrorKind::NotFound);
    mentions(&error, &["m:missing"]);
    let elsewhere = stage.memory().await?.child("destination")?;
    refused(stage.node("missing").copy_to(&elsewhere).await, ErrorKind::NotFound);
    no(elsewhere.exists().await?);
    equal(destination.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_copy_creates_the_parents_of_its_destination(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    source.copy_to(&stage.node("a/b/c")).await?;
    equal(stage.node("a/b/c").read_text().await?, "x");
    let elsewhere = stage.another().await?.child("a/b/c")?;
    source.copy_to(&elsewhere).await?;
    equal(elsewhere.read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_file_cannot_be_copied_below_a_file(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    let file = stage.file("file", "kept").await?;
    refused(source.copy_to(&stage.node("file/below")).await, ErrorKind::NotADirectory);
    refused(source.copy_to(&stage.node("source/below")).await, ErrorKind::NotADirectory);
    equal(file.read_text().await?, "kept");
    equal(source.read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_copy_is_no_hard_link(stage: &Stage) -> Outcome {
    for content in [noise(2, 10), noise(3, 2_000_000)] {
        let source = stage.file("source", content.clone()).await?;
        let copy = stage.node("copy");
        source.copy_to(&copy).await?;
        if stage.capabilities().append {
            source.append("appended").await?;
        }
        if stage.capabilities().local_path {
            let folder = stage.folder().await?;
            std::fs::write(folder.join("source"), "changed in place")?;
        } else {
            source.write("changed").await?;
        }
        equal(copy.read().await?, &content);
        different(copy.stat().await?.etag, source.stat().await?.etag);
    }
    Ok(())
}

fn described() -> WriteOptions {
    WriteOptions::new().content_type("text/x-notes").cache_control("no-cache").user("owner", "ann")
}

#[maybe_async]
async fn is_described(node: &StorageNode) -> Outcome {
    let metadata = node.metadata().await?;
    equal(metadata.content_type.as_deref(), Some("text/x-notes"));
    equal(metadata.cache_control.as_deref(), Some("no-cache"));
    equal(metadata.user.get("owner").map(String::as_str), Some("ann"));
    Ok(())
}

#[maybe_async]
async fn a_copy_keeps_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    for (name, length) in [("small", 10), ("large", 2_000_000)] {
        let source = stage.node(name);
        source.write_with(noise(4, length), &described()).await?;
        let copy = stage.node(&format!("copies/{name}"));
        source.copy_to(&copy).await?;
        is_described(&copy).await?;
        let careful = stage.node(&format!("careful/{name}"));
        source.copy_to_with(&careful, &CopyOptions::new().verify(true).preserve(true)).await?;
        is_described(&careful).await?;
        is_described(&source).await?;
    }
    Ok(())
}

#[maybe_async]
async fn a_copy_to_another_mount_keeps_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    let other = stage.another().await?;
    let memory = stage.memory().await?;
    for (name, length) in [("small", 10), ("large", 2_000_000)] {
        let source = stage.node(name);
        source.write_with(noise(5, length), &described()).await?;
        for destination in [other.child(name)?, memory.child(name)?] {
            source.copy_to(&destination).await?;
            is_described(&destination).await?;
            equal(destination.read().await?, noise(5, length));
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_copy_from_another_store_keeps_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    let memory = stage.memory().await?;
    memory.child("tree/file")?.write_with("x", &described()).await?;
    memory.child("tree/file")?.copy_to(&stage.node("file")).await?;
    is_described(&stage.node("file")).await?;
    memory.child("tree")?.copy_to(&stage.node("tree")).await?;
    is_described(&stage.node("tree/file")).await
}

#[maybe_async]
async fn a_large_file_is_copied_exactly(stage: &Stage) -> Outcome {
    let memory = stage.memory().await?;
    for length in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9_000_000] {
        let content = noise(length as u64, length);
        let source = stage.file("source", content.clone()).await?;
        let (within, out, back) = (stage.node("within"), memory.child("out")?, stage.node("back"));
        source.copy_to(&within).await?;
        source.copy_to(&out).await?;
        out.copy_to(&back).await?;
        for copy in [within, out, back] {
            yes(copy.read().await? == content);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_tree_is_copied_and_the_source_stays(stage: &Stage) -> Outcome {
    let source = stage.node("from/source");
    grow(&source, &tree()).await?;
    let destination = stage.node("to/destination");
    let report = source.copy_to(&destination).await?;
    equal(seen(&destination).await?, tree());
    equal(seen(&source).await?, tree());
    equal((report.copied_count, report.failed_count, report.skipped_count), (7, 0, 0));
    equal(report.bytes, tree().bytes());
    equal(report.copied.len(), 7);
    Ok(())
}

#[maybe_async]
async fn a_tree_is_copied_to_another_mount_of_the_kind(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    let destination = stage.another().await?.child("destination")?;
    source.copy_to(&destination).await?;
    equal(seen(&destination).await?, tree());
    Ok(())
}

#[maybe_async]
async fn a_tree_is_copied_to_memory_and_back(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    let memory = stage.memory().await?.child("copy")?;
    let out = source.copy_to(&memory).await?;
    equal(seen(&memory).await?, tree());
    let back = memory.copy_to(&stage.node("back")).await?;
    equal(seen(&stage.node("back")).await?, tree());
    equal((out.copied_count, back.copied_count), (7, 7));
    Ok(())
}

#[maybe_async]
async fn a_tree_is_copied_to_disk_and_back(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    let disk = stage.local().await?;
    source.copy_to(&disk.child("copy")?).await?;
    equal(seen(&disk.child("copy")?).await?, tree());
    disk.child("copy")?.copy_to(&stage.node("back")).await?;
    equal(seen(&stage.node("back")).await?, tree());
    Ok(())
}

#[maybe_async]
async fn a_whole_mount_is_copied(stage: &Stage) -> Outcome {
    grow(&stage.root(), &tree()).await?;
    let other = stage.another().await?;
    stage.root().copy_to(&other).await?;
    equal(seen(&other).await?, tree());
    let memory = stage.memory().await?;
    other.copy_to(&memory.child("below")?).await?;
    equal(seen(&memory.child("below")?).await?, tree());
    Ok(())
}

#[maybe_async]
async fn copying_twice_gives_the_same_tree(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    for destination in [stage.node("copy"), stage.another().await?.child("copy")?, stage.memory().await?] {
        source.copy_to(&destination).await?;
        source.copy_to(&destination).await?;
        equal(seen(&destination).await?, tree());
    }
    Ok(())
}

#[maybe_async]
async fn a_tree_is_merged_into_the_destination(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &Tree::new().file("both", "new").file("deep/added", "added")).await?;
    let destination = stage.node("destination");
    grow(&destination, &Tree::new().file("both", "old").file("deep/kept", "kept")).await?;
    source.copy_to(&destination).await?;
    let merged = Tree::new().file("both", "new").file("deep/added", "added").file("deep/kept", "kept");
    equal(seen(&destination).await?, merged);
    Ok(())
}

#[maybe_async]
async fn empty_directories_are_kept(stage: &Stage) -> Outcome {
    let tree = Tree::new().directory("empty").directory("deep/empty").file("file", "x");
    let source = stage.node("source");
    grow(&source, &tree).await?;
    let destinations =
        [stage.node("copy"), stage.another().await?, stage.memory().await?, stage.local().await?];
    for destination in destinations {
        source.copy_to(&destination).await?;
        equal(seen(&destination).await?, tree.clone());
    }
    let nothing = stage.directory("nothing").await?;
    let report = nothing.copy_to(&stage.node("copy of nothing")).await?;
    yes(stage.node("copy of nothing").is_dir().await?);
    equal(report.copied_count, 0);
    Ok(())
}

#[maybe_async]
async fn a_directory_into_itself_is_refused_before_anything_is_written(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    for path in ["source/inside", "source/deep", "source/deep/er/new", "source/./deep//x"] {
        let error = refused(source.copy_to(&stage.node(path)).await, ErrorKind::InvalidInput);
        mentions(&error, &["itself"]);
    }
    let root = stage.root();
    refused(root.copy_to(&stage.node("source/new")).await, ErrorKind::InvalidInput);
    refused(root.copy_to(&stage.node("new")).await, ErrorKind::InvalidInput);

    // Under another name it is the same directory.
    let alias = stage.relative("alias", "source/deep", "delete")?;
    refused(source.copy_to(&alias.child("new")?).await, ErrorKind::InvalidInput);
    refused(source.copy_to(&alias).await, ErrorKind::InvalidInput);
    equal(seen(&source).await?, tree());
    no(stage.node("new").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_directory_onto_itself_is_kept(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &tree()).await?;
    let report = source.copy_to(&source).await?;
    equal((report.copied_count, report.failed_count), (0, 0));
    let alias = stage.relative("alias", "source", "delete")?;
    alias.copy_to(&source).await?;
    source.copy_to(&alias).await?;
    equal(seen(&source).await?, tree());
    Ok(())
}

#[maybe_async]
async fn a_directory_onto_a_file_is_refused(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &Tree::new().file("x", "x")).await?;
    let file = stage.file("file", "kept").await?;
    let elsewhere = stage.memory().await?.child("file")?;
    elsewhere.write("kept").await?;
    for file in [file, elsewhere] {
        refused(source.copy_to(&file).await, ErrorKind::NotADirectory);
        equal(file.read_text().await?, "kept");
    }
    Ok(())
}

#[maybe_async]
async fn a_sibling_with_the_same_beginning_is_not_inside(stage: &Stage) -> Outcome {
    let small = Tree::new().file("x/y", "x");
    grow(&stage.node("source"), &small).await?;
    stage.node("source").copy_to(&stage.node("source2")).await?;
    equal(seen(&stage.node("source2")).await?, small.clone());
    stage.node("source").copy_to(&stage.node("source-copy/x")).await?;
    equal(seen(&stage.node("source-copy/x")).await?, small);
    Ok(())
}

#[maybe_async]
async fn one_failing_file_does_not_stop_the_tree(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    grow(&source, &Tree::new().file("a", "a").file("b", "b").file("c/d", "d").file("e", "e")).await?;
    let destination = stage.node("destination");
    // A directory stands where the file `b` is to go.
    grow(&destination, &Tree::new().file("b/in the way", "kept")).await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (3, 1));
    no(report.is_success());
    equal(report.failed[0].source.to_string(), "m:source/b");
    equal(report.failed[0].error.kind(), ErrorKind::IsADirectory);
    let expected = Tree::new().file("a", "a").file("b/in the way", "kept").file("c/d", "d").file("e", "e");
    equal(seen(&destination).await?, expected);

    let error = refused(source.copy_to(&destination).await, ErrorKind::IsADirectory);
    mentions(&error, &["destination/b"]);
    Ok(())
}

#[maybe_async]
async fn fail_fast_stops_at_the_first_failure(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    let mut tree = Tree::new().file("a", "in the way of a directory");
    for number in 0..40 {
        tree = tree.file(&format!("b{number:02}"), "b");
    }
    grow(&source, &tree).await?;
    let destination = stage.node("destination");
    grow(&destination, &Tree::new().file("a/in the way", "kept")).await?;
    let options = CopyOptions::new().fail_fast(true).concurrency(1);
    refused(source.copy_to_with(&destination, &options).await, ErrorKind::IsADirectory);
    no(stage.node("destination/b39").exists().await?);
    equal(stage.node("destination/a/in the way").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_file_is_seen_whole_while_copies_replace_it(stage: &Stage) -> Outcome {
    const LENGTH: usize = 200_000;
    let one = stage.file("one", crate::support::content::version(1, LENGTH)).await?;
    let two = stage.file("two", crate::support::content::version(2, LENGTH)).await?;
    let target = stage.node("target");
    one.copy_to(&target).await?;
    let ends = super::rt::together(3, |number| {
        let (one, two, target) = (one.clone(), two.clone(), target.clone());
        async move { if number == 0 { swap(&one, &two, &target).await } else { look(&target).await } }
    })
    .await;
    ends.into_iter().collect()
}

#[maybe_async]
async fn swap(one: &StorageNode, two: &StorageNode, target: &StorageNode) -> Outcome {
    for _ in 0..20 {
        two.copy_to(target).await?;
        super::rt::pause().await;
        one.copy_to(target).await?;
        super::rt::pause().await;
    }
    target.write("end").await?;
    Ok(())
}

#[maybe_async]
async fn look(target: &StorageNode) -> Outcome {
    loop {
        let content = target.read().await?;
        if content == "end" {
            return Ok(());
        }
        yes(crate::support::content::whole_version(&content, 200_000).is_some());
        super::rt::pause().await;
    }
}
