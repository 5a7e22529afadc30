//! Stores that do not list by name, on either side of a sync.

use std::sync::Arc;

use bytes::Bytes;
use storage::types::{CopyOptions, EntryKind, ErrorKind, Skip, StoragePath, SyncOptions, WriteOptions};

use super::api::{Backend, MemoryBackend, StorageNode};
use super::maybe_async;
use super::odd::{Later, Odd, Order};
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_sync_between_any_two_orders_ends_equal;
    exactly_the_extras_are_deleted_in_any_order;
    long_levels_are_compared_in_any_order;
    what_cannot_be_sorted_is_copied_and_nothing_is_deleted;
    what_cannot_be_sorted_by_the_destination_is_copied_and_nothing_is_deleted;
    more_extras_than_are_kept_go_in_rounds;
    more_empty_directories_than_are_kept_go_in_rounds;
    the_limit_of_deletions_counts_what_a_second_listing_finds;
    a_second_listing_without_order_deletes_nothing_more_and_is_reported;
    a_second_listing_makes_room_for_entries_of_another_kind;
}

/// Names that orders differ about: bytes against keys, directories between files, long levels and short ones.
const NAMES: [&str; 14] = [
    "a",
    "a-b",
    "a b/c",
    "a!/b/c/d",
    "a.d/x",
    "a.d/x-y/z",
    "a.d/x.y",
    "a0",
    "A/x",
    "b/a",
    "b-c/a",
    "b.c",
    "z/\u{1f600}/\u{e9}",
    "z/\u{1f600}-/e\u{301}",
];

/// More than the engine sorts by itself.
const TOO_MANY: usize = 100_010;

fn delete_extra() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

/// Roots of two fresh mounts.
fn mounted(stage: &Stage, from: Arc<dyn Backend>, to: Arc<dyn Backend>) -> Result<[StorageNode; 2], Failure> {
    stage.manager.add_backend("from", from)?;
    stage.manager.add_backend("to", to)?;
    Ok([stage.manager.node("from")?, stage.manager.node("to")?])
}

fn ordered(stage: &Stage, (from, to): (Order, Order)) -> Result<[StorageNode; 2], Failure> {
    mounted(stage, Odd::ordered(from), Odd::ordered(to))
}

fn pairs() -> impl Iterator<Item = (Order, Order)> {
    Order::ALL.into_iter().flat_map(|from| Order::ALL.map(|to| (from, to)))
}

#[maybe_async]
async fn fill<S: AsRef<str>>(root: &StorageNode, names: &[S]) -> Outcome {
    for name in names {
        root.child(name.as_ref())?.write(name.as_ref().to_owned()).await?;
    }
    Ok(())
}

/// Both have the same files with the same contents; tells how many.
#[maybe_async]
async fn same(one: &StorageNode, other: &StorageNode) -> Result<usize, Failure> {
    let (one, other) = (files(one).await?, files(other).await?);
    equal(&one, &other);
    Ok(one.len())
}

#[maybe_async]
async fn files(root: &StorageNode) -> Result<Vec<(String, String)>, Failure> {
    let (mut found, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(directory) = open.pop() {
        for entry in directory.list().await? {
            if entry.metadata.is_dir() {
                open.push(entry.node);
            } else {
                found.push((entry.node.path().as_str().to_owned(), entry.node.read_text().await?));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[maybe_async]
async fn a_sync_between_any_two_orders_ends_equal(stage: &Stage) -> Outcome {
    for pair in pairs() {
        let [from, to] = ordered(stage, pair)?;
        fill(&from, &NAMES).await?;
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((pair, report.copied_count, report.failed_count), (pair, 14, 0));
        equal(same(&from, &to).await?, 14);
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((pair, report.copied_count, report.skipped_count), (pair, 0, 14));
        equal((pair, report.deleted_count, report.failed_count), (pair, 0, 0));
        from.child("a.d/x.y")?.write("longer than before").await?;
        to.child("b/a")?.delete().await?;
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((pair, report.copied_count, report.skipped_count), (pair, 2, 12));
        equal(same(&from, &to).await?, 14);
    }
    Ok(())
}

#[maybe_async]
async fn exactly_the_extras_are_deleted_in_any_order(stage: &Stage) -> Outcome {
    const EXTRAS: [&str; 6] = ["a-a", "a!/a", "a.d/x-y/zz", "0/1/2", "z0", "b.d/b"];
    for pair in pairs() {
        let [from, to] = ordered(stage, pair)?;
        fill(&from, &NAMES).await?;
        fill(&to, &NAMES).await?;
        fill(&to, &EXTRAS).await?;
        let report = from.sync_to_with(&to, &delete_extra().dry_run(true)).await?;
        equal((pair, report.deleted_count), (pair, 6));
        let report = from.sync_to_with(&to, &delete_extra().force(true)).await?;
        equal((pair, report.deleted_count, report.failed_count), (pair, 6, 0));
        let files = report.deleted.iter().filter(|file| file.kind == EntryKind::File);
        let mut deleted: Vec<_> = files.map(|file| file.destination.to_string()).collect();
        deleted.sort();
        let mut extras = EXTRAS.map(|name| format!("to:{name}"));
        extras.sort();
        equal(deleted, extras.to_vec());
        equal(same(&from, &to).await?, 14);
        no(to.child("0")?.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn long_levels_are_compared_in_any_order(stage: &Stage) -> Outcome {
    let names = |from: usize, to: usize| (from..to).map(|number| format!("d/{number}")).collect::<Vec<_>>();
    for pair in [(Order::Shuffled, Order::Backwards), (Order::Names, Order::Shuffled)] {
        let [from, to] = ordered(stage, pair)?;
        fill(&from, &names(0, 2_500)).await?;
        fill(&to, &names(2_500, 2_600)).await?;
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((report.copied_count, report.deleted_count, report.failed_count), (2_500, 100, 0));
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal((report.copied_count, report.skipped_count, report.deleted_count), (0, 2_500, 0));
    }
    Ok(())
}

/// Puts many empty files into a store.
#[maybe_async]
async fn crowd(store: &dyn Backend, directory: &str, count: usize) -> Outcome {
    let directory = StoragePath::parse(directory)?;
    for number in 0..count {
        let path = directory.child(format!("f{number}"))?;
        store.put(&path, Bytes::new(), &WriteOptions::new()).await?;
    }
    Ok(())
}

#[maybe_async]
async fn what_cannot_be_sorted_is_copied_and_nothing_is_deleted(stage: &Stage) -> Outcome {
    cannot_be_sorted(stage, Odd::ordered(Order::Backwards), Arc::new(MemoryBackend::new())).await
}

#[maybe_async]
async fn what_cannot_be_sorted_by_the_destination_is_copied_and_nothing_is_deleted(stage: &Stage) -> Outcome {
    cannot_be_sorted(stage, Arc::new(MemoryBackend::new()), Odd::ordered(Order::Shuffled)).await
}

/// One of the stores does not sort, and there are too many entries for the engine to do it.
#[maybe_async]
async fn cannot_be_sorted(stage: &Stage, from: Arc<dyn Backend>, to: Arc<dyn Backend>) -> Outcome {
    crowd(&*from, "d", TOO_MANY).await?;
    crowd(&*to, "d", TOO_MANY).await?;
    let [from, to] = mounted(stage, from, to)?;
    from.child("d/new")?.write("new").await?;
    to.child("d/extra")?.write("kept").await?;
    // Even then: nobody can tell an extra from what is in the source.
    let options = delete_extra().force(true).copy(CopyOptions::new().skip(Skip::Size));
    let report = from.sync_to_with(&to, &options).await?;
    equal((report.copied_count, report.skipped_count, report.deleted_count), (1, TOO_MANY as u64, 0));
    if let Some(failed) = report.failed.first() {
        equal(failed.error.kind(), ErrorKind::PreconditionFailed);
        mentions(&failed.error, &["without order"]);
    }
    equal(to.child("d/new")?.read_text().await?, "new");
    yes(to.child("d/extra")?.exists().await?);
    yes(to.child("d/f7")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn more_extras_than_are_kept_go_in_rounds(stage: &Stage) -> Outcome {
    let (source, destination) = (Arc::new(MemoryBackend::new()), Arc::new(MemoryBackend::new()));
    crowd(&*source, "kept", 10).await?;
    crowd(&*destination, "kept", 10).await?;
    crowd(&*destination, "extras/deep", TOO_MANY).await?;
    crowd(&*destination, "more", 5).await?;
    let [from, to] = mounted(stage, source, destination)?;
    let all = TOO_MANY as u64 + 5;
    // The directories count too: `extras`, `extras/deep` and `more`.
    let entries = all + 3;
    let limited = from.sync_to_with(&to, &delete_extra().max_delete(entries - 1)).await?;
    equal((limited.deleted_count, limited.failed_count), (0, 1));
    mentions(&limited.failed[0].error, &[&entries.to_string()]);
    let planned = from.sync_to_with(&to, &delete_extra().dry_run(true)).await?;
    equal((planned.deleted_count, planned.directories_deleted, planned.failed_count), (all, 3, 0));
    let report = from.sync_to_with(&to, &delete_extra().max_delete(entries)).await?;
    equal((report.deleted_count, report.directories_deleted, report.failed_count), (all, 3, 0));
    equal(report.deleted.len(), 10_000);
    let left: Vec<_> = to.list().await?.into_iter().map(|entry| entry.node.name().to_owned()).collect();
    equal(left, vec!["kept".to_owned()]);
    equal(to.child("kept")?.list().await?.len(), 10);
    Ok(())
}

#[maybe_async]
async fn more_empty_directories_than_are_kept_go_in_rounds(stage: &Stage) -> Outcome {
    let (source, destination) = (Arc::new(MemoryBackend::new()), Arc::new(MemoryBackend::new()));
    crowd(&*source, "kept", 1).await?;
    for number in 0..TOO_MANY {
        let path = StoragePath::parse(format!("empty/{number}"))?;
        let options = storage::types::CreateDirOptions::new().parents(true);
        destination.create_dir(&path, &options).await?;
    }
    let [from, to] = mounted(stage, source, destination)?;
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    equal((report.deleted_count, report.failed_count), (0, 0));
    no(to.child("empty")?.exists().await?);
    yes(to.child("kept/f0")?.exists().await?);
    Ok(())
}

/// The limit is that of the first listing, and then 20 entries come.
#[maybe_async]
async fn the_limit_of_deletions_counts_what_a_second_listing_finds(stage: &Stage) -> Outcome {
    let (source, destination) = (Arc::new(MemoryBackend::new()), Odd::changing("extras", Later::More(20)));
    crowd(&*source, "kept", 1).await?;
    crowd(&*destination, "extras", TOO_MANY).await?;
    let [from, to] = mounted(stage, source, destination)?;
    let report = from.sync_to_with(&to, &delete_extra().max_delete(TOO_MANY as u64 + 1)).await?;
    let done = report.deleted_count;
    equal((done, report.directories_deleted, report.failed_count), (100_000, 0, 1));
    let error = &report.failed[0].error;
    equal(error.kind(), ErrorKind::PreconditionFailed);
    yes(error.hint().is_some_and(|hint| hint.contains("`max_delete`")));
    mentions(error, &["100011 entries", "100000 entries"]);
    equal(to.child("extras")?.list().await?.len(), 30);
    yes(to.child("kept/f0")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_second_listing_without_order_deletes_nothing_more_and_is_reported(stage: &Stage) -> Outcome {
    let source = Arc::new(MemoryBackend::new());
    let destination = Odd::changing("d", Later::In(Order::Backwards));
    crowd(&*source, "d", 5).await?;
    crowd(&*destination, "d", TOO_MANY + 5).await?;
    let [from, to] = mounted(stage, source, destination)?;
    let report = from.sync_to_with(&to, &delete_extra().force(true)).await?;
    equal((report.failed_count, report.failed[0].error.kind()), (1, ErrorKind::PreconditionFailed));
    mentions(&report.failed[0].error, &["without order"]);
    yes(report.deleted_count < TOO_MANY as u64);
    for number in 0..5 {
        yes(to.child(format!("d/f{number}"))?.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn a_second_listing_makes_room_for_entries_of_another_kind(stage: &Stage) -> Outcome {
    let (source, destination) = (Arc::new(MemoryBackend::new()), Arc::new(MemoryBackend::new()));
    crowd(&*source, "a", 1).await?;
    crowd(&*destination, "extras", TOO_MANY).await?;
    let [from, to] = mounted(stage, source, destination)?;
    to.child("a/f0/theirs")?.write("theirs").await?;
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    equal((report.failed_count, report.deleted_count), (0, TOO_MANY as u64 + 1));
    equal(to.child("a/f0")?.read_text().await?, "");
    Ok(())
}
