//! Copies, moves and syncs that lost data, or said that they succeeded when they did not.

use std::time::{Duration, SystemTime};

use storage::types::{
    Attributes, CopyOptions, CopyReport, DeleteOptions, EntryKind, ErrorKind, SkipReason, SymlinkPolicy,
    SyncOptions, TransferEvent, WriteOptions,
};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::notes::Notes;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    trees_that_lie_in_each_other_are_refused_both_ways if [list];
    an_excluded_directory_may_lie_in_the_source if [list];
    a_source_of_nothing_but_directories_empties_nothing if [list, delete, directories];
    a_source_of_which_nothing_is_wanted_empties_nothing if [list, delete];
    a_file_and_a_directory_replace_each_other_in_one_run if [list, delete, directories];
    a_conflict_without_deletion_fails_and_changes_nothing if [list, directories];
    what_is_excluded_keeps_a_directory_from_being_replaced if [list, delete, directories];
    a_dry_run_and_its_run_take_the_same_steps if [list, delete];
    directories_count_for_the_limit_of_deletions if [list, delete, directories];
    a_link_in_the_way_is_replaced_and_never_written_through if [list, delete, symlinks, local_path];
    a_copy_never_writes_through_a_link if [list, symlinks, local_path];
    a_skipped_link_protects_what_stands_in_its_place if [list, delete, symlinks, local_path];
    links_are_compared_by_their_targets if [list, symlinks, local_path];
    a_link_to_a_directory_is_preserved_again_and_again if [list, symlinks, local_path];
    a_move_takes_links_to_another_mount if [list, delete, symlinks, local_path];
    a_move_that_follows_leaves_what_lies_behind_a_link if [list, delete, symlinks, local_path];
    a_link_into_the_destination_is_not_followed if [list, symlinks, local_path];
    a_link_is_not_moved_onto_its_own_target if [delete, symlinks, local_path];
    a_private_directory_stays_private if [list, unix_mode];
    a_script_stays_a_script_and_a_secret_a_secret if [unix_mode];
    a_move_keeps_modes_and_times if [list, delete, unix_mode, set_modified];
    a_sync_gives_directories_their_times if [list, unix_mode, set_modified];
    a_sync_gives_unchanged_files_their_modes if [list, unix_mode, set_modified];
    an_empty_directory_arrives_at_a_store_without_directories if [list, folder_markers];
    an_older_file_of_the_same_size_is_copied if [list, user_metadata, !set_modified];
    a_tree_that_was_renamed_is_no_file if [list, delete, rename, directories];
}

fn deleting() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

/// Everything below a directory: paths, kinds, contents.
#[maybe_async]
async fn below(root: &StorageNode) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    let mut walk = root.walk(&storage::types::WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        let path = entry.node.path().strip_prefix(root.path()).unwrap_or_else(storage::StoragePath::root);
        match entry.metadata.kind {
            EntryKind::Directory => all.push(format!("{path}/")),
            EntryKind::File => {
                let content = entry.node.read_text().await?;
                all.push(format!("{path}={content}"));
            }
            _ => all.push(format!("{path}@")),
        }
    }
    all.sort();
    Ok(all)
}

#[maybe_async]
async fn trees_that_lie_in_each_other_are_refused_both_ways(stage: &Stage) -> Outcome {
    stage.file("d/s/f", "source").await?;
    stage.file("d/o", "other").await?;
    let (outer, inner) = (stage.node("d"), stage.node("d/s"));
    for options in [SyncOptions::new(), deleting(), deleting().force(true)] {
        let error = refused(inner.sync_to_with(&outer, &options).await, ErrorKind::InvalidInput);
        mentions(&error, &["lies in the destination"]);
        refused(outer.sync_to_with(&inner, &options).await, ErrorKind::InvalidInput);
    }
    refused(inner.copy_to(&outer).await, ErrorKind::InvalidInput);
    refused(outer.copy_to(&inner).await, ErrorKind::InvalidInput);
    let second = stage.relative("second", "d", "delete")?;
    refused(inner.sync_to_with(&second, &deleting()).await, ErrorKind::InvalidInput);
    refused(second.copy_to(&inner).await, ErrorKind::InvalidInput);
    equal(below(&outer).await?, ["o=other", "s/", "s/f=source"]);
    Ok(())
}

#[maybe_async]
async fn an_excluded_directory_may_lie_in_the_source(stage: &Stage) -> Outcome {
    stage.file("d/f", "content").await?;
    stage.file("d/backup/old", "kept").await?;
    let options = SyncOptions::new().copy(CopyOptions::new().exclude("backup"));
    stage.node("d").sync_to_with(&stage.node("d/backup"), &options).await?.into_result()?;
    equal(stage.node("d/backup/f").read_text().await?, "content");
    no(stage.node("d/backup/backup").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_source_of_nothing_but_directories_empties_nothing(stage: &Stage) -> Outcome {
    stage.node("source/mnt").create_dir_all().await?;
    let destination = stage.file("destination/kept", "kept").await?.parent();
    let report = stage.node("source").sync_to_with(&destination, &deleting()).await?;
    equal((report.failed_count, report.deleted_count), (1, 0));
    mentions(&report.failed[0].error, &["nothing was taken from the source"]);
    equal(stage.node("destination/kept").read_text().await?, "kept");
    let report = stage.node("source").sync_to_with(&destination, &deleting().force(true)).await?;
    equal((report.failed_count, report.deleted_count), (0, 1));
    Ok(())
}

#[maybe_async]
async fn a_source_of_which_nothing_is_wanted_empties_nothing(stage: &Stage) -> Outcome {
    stage.file("source/x.log", "x").await?;
    stage.file("destination/kept", "kept").await?;
    let options = deleting().copy(CopyOptions::new().exclude("*.log"));
    let report = stage.node("source").sync_to_with(&stage.node("destination"), &options).await?;
    equal((report.failed_count, report.deleted_count), (1, 0));
    yes(stage.node("destination/kept").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_file_and_a_directory_replace_each_other_in_one_run(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    stage.file("source/n/f", "x").await?;
    stage.file("source/m", "file").await?;
    stage.file("destination/n", "old").await?;
    stage.file("destination/m/a/b", "old").await?;
    stage.file("destination/m/c", "old").await?;
    for _ in 0..2 {
        source.sync_to_with(&destination, &deleting()).await?.into_result()?;
        equal(below(&destination).await?, ["m=file", "n/", "n/f=x"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_conflict_without_deletion_fails_and_changes_nothing(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    stage.file("source/n/f", "x").await?;
    stage.file("source/m", "file").await?;
    stage.file("destination/n", "old").await?;
    stage.file("destination/m/a", "old").await?;
    for dry_run in [true, false] {
        let report = source.sync_to_with(&destination, &SyncOptions::new().dry_run(dry_run)).await?;
        let mut kinds: Vec<_> = report.failed.iter().map(|file| file.error.kind()).collect();
        kinds.sort_by_key(|kind| kind.describe());
        equal(kinds, [ErrorKind::IsADirectory, ErrorKind::NotADirectory]);
        equal(below(&destination).await?, ["m/", "m/a=old", "n=old"]);
    }
    Ok(())
}

#[maybe_async]
async fn what_is_excluded_keeps_a_directory_from_being_replaced(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    stage.file("source/n", "file").await?;
    stage.file("destination/n/keep.me", "kept").await?;
    stage.file("destination/n/other", "old").await?;
    let options = deleting().copy(SyncOptions::new().copy.exclude("*.me"));
    let report = source.sync_to_with(&destination, &options).await?;
    equal(report.failed_count > 0, true);
    equal(stage.node("destination/n/keep.me").read_text().await?, "kept");
    Ok(())
}

/// A tree with every kind of step for this mount.
#[maybe_async]
async fn many_steps(stage: &Stage) -> Result<(StorageNode, StorageNode), Failure> {
    for (path, content) in
        [("new", "new"), ("sub/changed", "changed"), ("sub/same", "same"), ("deep/er/file", "deep")]
    {
        stage.file(&format!("source/{path}"), content).await?;
    }
    for (path, content) in [("sub/changed", "old"), ("extra", "extra"), ("gone/x/y", "y"), ("gone/z", "z")] {
        stage.file(&format!("destination/{path}"), content).await?;
    }
    stage
        .node("source/sub/same")
        .copy_to_with(&stage.node("destination/sub/same"), &CopyOptions::new().preserve(true))
        .await?;
    if stage.capabilities().directories {
        stage.node("source/empty").create_dir().await?;
        stage.file("source/kind/file", "in a directory").await?;
        stage.file("destination/kind", "a file").await?;
    }
    Ok((stage.node("source"), stage.node("destination")))
}

/// Copied, made, set, deleted, deleted directories.
fn counts(report: &CopyReport) -> [u64; 5] {
    [
        report.copied_count,
        report.directories_made,
        report.attributes_set,
        report.deleted_count,
        report.directories_deleted,
    ]
}

/// The steps that events tell of.
fn steps(events: &[TransferEvent]) -> Vec<String> {
    let mut steps: Vec<String> = events
        .iter()
        .filter(|event| matches!(event, TransferEvent::Planned { .. } | TransferEvent::Deleted(_)))
        .map(ToString::to_string)
        .collect();
    steps.sort();
    steps
}

#[maybe_async]
async fn a_dry_run_and_its_run_take_the_same_steps(stage: &Stage) -> Outcome {
    let (source, destination) = many_steps(stage).await?;
    let before = below(&destination).await?;
    let mut told = Vec::new();
    for dry_run in [true, false] {
        let events = Notes::new();
        let note = events.clone();
        let mut options = deleting().dry_run(dry_run);
        options.copy = options.copy.on_event(move |event| note.add(event.clone()));
        let report = source.sync_to_with(&destination, &options).await?;
        equal(report.failed_count, 0);
        if dry_run {
            equal(below(&destination).await?, before.clone());
        }
        told.push((steps(&events.take()), counts(&report)));
    }
    equal(told[0].clone(), told[1].clone());
    yes(told[0].1[0] >= 3 && told[0].1[3] >= 3);
    equal(below(&destination).await?, below(&source).await?);
    let report = source.sync_to_with(&destination, &deleting()).await?;
    equal(counts(&report), [0; 5]);
    Ok(())
}

#[maybe_async]
async fn directories_count_for_the_limit_of_deletions(stage: &Stage) -> Outcome {
    stage.file("source/a", "a").await?;
    stage.file("destination/a", "a").await?;
    stage.node("destination/x/y").create_dir_all().await?;
    let report =
        stage.node("source").sync_to_with(&stage.node("destination"), &deleting().max_delete(1)).await?;
    equal((report.failed_count, report.directories_deleted), (1, 0));
    yes(stage.node("destination/x/y").is_dir().await?);
    let report =
        stage.node("source").sync_to_with(&stage.node("destination"), &deleting().max_delete(2)).await?;
    equal((report.failed_count, report.directories_deleted), (0, 2));
    no(stage.node("destination/x").exists().await?);
    Ok(())
}

#[maybe_async]
async fn link(node: &StorageNode, target: &str) -> Outcome {
    node.backend().create_link(node.path(), target).await?;
    Ok(())
}

#[maybe_async]
async fn a_link_in_the_way_is_replaced_and_never_written_through(stage: &Stage) -> Outcome {
    stage.file("source/l/f", "content").await?;
    stage.file("out/kept", "kept").await?;
    stage.node("destination").create_dir().await?;
    link(&stage.node("destination/l"), "../out").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    source.sync_to_with(&destination, &deleting()).await?.into_result()?;
    equal(below(&destination).await?, ["l/", "l/f=content"]);
    equal(below(&stage.node("out")).await?, ["kept=kept"]);
    Ok(())
}

#[maybe_async]
async fn a_copy_never_writes_through_a_link(stage: &Stage) -> Outcome {
    stage.file("source/l/f", "content").await?;
    stage.file("out/kept", "kept").await?;
    stage.node("destination").create_dir().await?;
    link(&stage.node("destination/l"), "../out").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    let only_some = CopyOptions::new().include("**/f");
    for options in [CopyOptions::new(), only_some, SyncOptions::new().copy] {
        let report = source.copy_to_with(&destination, &options).await?;
        yes(report.failed_count > 0);
        equal(below(&stage.node("out")).await?, ["kept=kept"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_skipped_link_protects_what_stands_in_its_place(stage: &Stage) -> Outcome {
    stage.file("source/a", "a").await?;
    link(&stage.node("source/D"), "../real").await?;
    stage.file("destination/D/x", "kept").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    source.sync_to_with(&destination, &deleting()).await?.into_result()?;
    equal(below(&destination).await?, ["D/", "D/x=kept", "a=a"]);
    // One that leads nowhere, followed: nobody knows what it was.
    let mut options = deleting().force(true);
    options.copy = options.copy.symlinks(SymlinkPolicy::Follow);
    let report = source.sync_to_with(&destination, &options).await?;
    equal(report.failed_count, 1);
    equal(below(&destination).await?, ["D/", "D/x=kept", "a=a"]);
    Ok(())
}

#[maybe_async]
async fn links_are_compared_by_their_targets(stage: &Stage) -> Outcome {
    stage.file("source/a", "a").await?;
    link(&stage.node("source/l"), "a").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    let mut options = deleting();
    options.copy = options.copy.symlinks(SymlinkPolicy::Preserve);
    equal(source.sync_to_with(&destination, &options).await?.links, 1);
    let report = source.sync_to_with(&destination, &options).await?;
    equal((report.copied_count, report.skipped_by_reason.get(&SkipReason::Unchanged)), (0, Some(&2)));
    link(&stage.node("source/l"), "b").await?;
    equal(source.sync_to_with(&destination, &options).await?.links, 1);
    equal(destination.backend().read_link(destination.child("l")?.path()).await?, "b");
    Ok(())
}

#[maybe_async]
async fn a_link_to_a_directory_is_preserved_again_and_again(stage: &Stage) -> Outcome {
    stage.file("source/r/x", "x").await?;
    link(&stage.node("source/l"), "r").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Preserve);
    for _ in 0..3 {
        source.copy_to_with(&destination, &options).await?.into_result()?;
        equal(below(&destination).await?, ["l@", "r/", "r/x=x"]);
    }
    link(&stage.node("source/l"), "elsewhere").await?;
    source.copy_to_with(&destination, &options).await?.into_result()?;
    equal(destination.backend().read_link(destination.child("l")?.path()).await?, "elsewhere");
    Ok(())
}

#[maybe_async]
async fn a_move_takes_links_to_another_mount(stage: &Stage) -> Outcome {
    stage.file("source/a", "a").await?;
    link(&stage.node("source/l"), "a").await?;
    let destination = stage.local().await?.child("moved")?;
    // Patterns keep it from being renamed as a whole.
    let options = CopyOptions::new().exclude("nothing-of-this-name");
    stage.node("source").move_to_with(&destination, &options).await?.into_result()?;
    equal(destination.backend().read_link(destination.child("l")?.path()).await?, "a");
    no(stage.node("source").exists().await?);
    let memory = stage.memory().await?.child("moved")?;
    let report = destination.move_to_with(&memory, &CopyOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (1, 1));
    equal(destination.backend().read_link(destination.child("l")?.path()).await?, "a");
    Ok(())
}

#[maybe_async]
async fn a_move_that_follows_leaves_what_lies_behind_a_link(stage: &Stage) -> Outcome {
    stage.file("outside/kept", "kept").await?;
    stage.file("source/a", "a").await?;
    link(&stage.node("source/l"), "../outside").await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Follow).exclude("nothing-of-this-name");
    stage.node("source").move_to_with(&stage.node("moved"), &options).await?.into_result()?;
    equal(below(&stage.node("moved")).await?, ["a=a", "l/", "l/kept=kept"]);
    equal(below(&stage.node("outside")).await?, ["kept=kept"]);
    no(stage.node("source").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_link_into_the_destination_is_not_followed(stage: &Stage) -> Outcome {
    stage.file("a/f", "f").await?;
    stage.file("b/old", "old").await?;
    link(&stage.node("a/l"), "../b").await?;
    let options = CopyOptions::new().symlinks(SymlinkPolicy::Follow);
    for _ in 0..2 {
        let report = stage.node("a").copy_to_with(&stage.node("b"), &options).await?;
        equal(report.failed_count, 1);
        mentions(&report.failed[0].error, &["leads into the destination"]);
        equal(below(&stage.node("b")).await?, ["f=f", "old=old"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_link_is_not_moved_onto_its_own_target(stage: &Stage) -> Outcome {
    let target = stage.file("f", "content").await?;
    link(&stage.node("l"), "f").await?;
    mentions(refused(stage.node("l").move_to(&target).await, ErrorKind::InvalidInput), &["same file"]);
    equal(target.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn mode(node: &StorageNode) -> Result<u32, Failure> {
    Ok(node.stat().await?.mode.unwrap_or_default())
}

#[maybe_async]
async fn set_mode(node: &StorageNode, mode: u32) -> Outcome {
    node.backend().set_attributes(node.path(), &Attributes::new().unix_mode(mode)).await?;
    Ok(())
}

#[maybe_async]
async fn a_private_directory_stays_private(stage: &Stage) -> Outcome {
    let key = stage.file("source/p/key", "key").await?;
    set_mode(&key, 0o600).await?;
    set_mode(&key.parent(), 0o700).await?;
    let other = stage.local().await?;
    for (name, options) in [
        ("plain", CopyOptions::new()),
        ("preserved", CopyOptions::new().preserve(true)),
        ("some", CopyOptions::new().include("**/key")),
        ("synced", SyncOptions::new().copy),
    ] {
        for root in [stage.root(), other.clone()] {
            let copy = root.child(name)?;
            stage.node("source").copy_to_with(&copy, &options).await?.into_result()?;
            equal((name, mode(&copy.child("p")?).await? & 0o077), (name, 0));
            equal((name, mode(&copy.child("p/key")?).await?), (name, 0o600));
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_script_stays_a_script_and_a_secret_a_secret(stage: &Stage) -> Outcome {
    let other = stage.local().await?;
    for (name, bits) in [("run.sh", 0o755), ("key", 0o600)] {
        let source = stage.file(name, "content").await?;
        set_mode(&source, bits).await?;
        for copy in [stage.node("copy"), other.child("copy")?] {
            source.copy_to(&copy).await?;
            equal((name, mode(&copy).await? & 0o700), (name, bits & 0o700));
            equal((name, mode(&copy).await? & !bits), (name, 0));
            copy.delete().await?;
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_move_keeps_modes_and_times(stage: &Stage) -> Outcome {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    let other = stage.local().await?;
    for (name, options) in
        [("renamed", CopyOptions::new()), ("copied", CopyOptions::new().exclude("nothing-of-this-name"))]
    {
        for root in [stage.root(), other.clone()] {
            let file = stage.file("source/d/key", "key").await?;
            let attributes = Attributes::new().modified(time);
            for (node, bits) in [(file.clone(), 0o600), (file.parent(), 0o750), (stage.node("source"), 0o700)]
            {
                node.backend().set_attributes(node.path(), &attributes.unix_mode(bits)).await?;
            }
            let moved = root.child(name)?;
            stage.node("source").move_to_with(&moved, &options).await?.into_result()?;
            for (path, bits) in [("d/key", 0o600), ("d", 0o750)] {
                let now = moved.child(path)?.stat().await?;
                equal((name, path, now.mode, now.modified), (name, path, Some(bits), Some(time)));
            }
            equal((mode(&moved).await?, moved.modified().await?), (0o700, Some(time)));
            no(stage.node("source").exists().await?);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_sync_gives_directories_their_times(stage: &Stage) -> Outcome {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_400_000_000);
    stage.file("source/d/one", "one").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    let directory = stage.node("source/d");
    directory
        .backend()
        .set_attributes(directory.path(), &Attributes::new().modified(time).unix_mode(0o711))
        .await?;
    stage.file("destination/d/extra", "extra").await?;
    source.sync_to_with(&destination, &deleting()).await?.into_result()?;
    let there = stage.node("destination/d").stat().await?;
    equal((there.modified, there.mode), (Some(time), Some(0o711)));
    let report = source.sync_to_with(&destination, &deleting()).await?;
    equal(counts(&report), [0; 5]);
    Ok(())
}

#[maybe_async]
async fn a_sync_gives_unchanged_files_their_modes(stage: &Stage) -> Outcome {
    let file = stage.file("source/file", "content").await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    source.sync_to(&destination).await?;
    set_mode(&file, 0o640).await?;
    let report = source.sync_to(&destination).await?;
    equal((report.copied_count, report.attributes_set), (0, 1));
    equal(mode(&stage.node("destination/file")).await?, 0o640);
    Ok(())
}

#[maybe_async]
async fn an_empty_directory_arrives_at_a_store_without_directories(stage: &Stage) -> Outcome {
    let source = stage.local().await?;
    source.child("full/file")?.write("content").await?;
    source.child("empty/er")?.create_dir_all().await?;
    let destination = stage.node("copy");
    source.copy_to(&destination).await?;
    yes(destination.child("empty/er")?.is_dir().await?);
    let report = source.sync_to_with(&destination, &deleting()).await?;
    equal((report.directories_made, report.deleted_count, report.directories_deleted), (0, 0, 0));
    source.child("empty/er")?.delete_with(&DeleteOptions::recursive()).await?;
    let _ = source.sync_to_with(&destination, &deleting()).await?;
    no(destination.child("empty/er")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_older_file_of_the_same_size_is_copied(stage: &Stage) -> Outcome {
    let source = stage.local().await?;
    let file = source.child("file")?;
    file.write("one").await?;
    let destination = stage.node("copy");
    source.sync_to(&destination).await?.into_result()?;
    equal(source.sync_to(&destination).await?.copied_count, 0);
    let older = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let mut options = WriteOptions::new();
    options.modified = Some(older);
    file.write_with("two", &options).await?;
    equal(source.sync_to(&destination).await?.copied_count, 1);
    equal(destination.child("file")?.read_text().await?, "two");
    // The store knows the time that the content had here, so nothing comes back for its time.
    equal(destination.sync_to(&source).await?.copied_count, 0);
    Ok(())
}

#[maybe_async]
async fn a_tree_that_was_renamed_is_no_file(stage: &Stage) -> Outcome {
    stage.file("source/a", "a").await?;
    let files = Notes::new();
    let note = files.clone();
    let options = CopyOptions::new().on_file(move |file| note.add(file.source.to_string()));
    let report = stage.node("source").move_to_with(&stage.node("moved"), &options).await?;
    if report.trees_renamed == 1 {
        equal((report.copied_count, files.take().len()), (0, 0));
    }
    equal(below(&stage.node("moved")).await?, ["a=a"]);
    Ok(())
}
