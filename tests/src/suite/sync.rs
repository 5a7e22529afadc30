//! Syncing: what is copied, what is left alone, what is deleted, and what is refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use storage::types::{
    CopyOptions, CopyReport, ErrorKind, ListOptions, Skip, SkipReason, StoragePath, SyncOptions,
    TransferEvent, WriteOptions,
};

use super::api::{Plan, StorageNode};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_sync_makes_the_same_tree if [list];
    a_second_sync_has_nothing_to_do if [list];
    a_sync_copies_what_changed_and_nothing_else if [list];
    a_sync_between_stores_has_nothing_to_do_the_second_time if [list];
    a_sync_from_another_store_has_nothing_to_do_the_second_time if [list];
    an_older_file_of_the_same_size_is_copied if [list, set_modified];
    a_sync_by_hash_sees_what_size_and_time_hide if [list];
    a_sync_leaves_extra_files_alone if [list];
    extra_files_are_deleted_on_request if [list, delete];
    extra_directories_are_deleted_on_request if [list, delete];
    a_dry_run_changes_nothing_and_tells_everything if [list, delete];
    a_plan_tells_every_step_and_runs if [list, delete];
    a_plan_of_a_single_file;
    a_plan_of_what_is_missing_is_not_found;
    an_empty_source_deletes_nothing_unless_forced if [list, delete];
    more_than_allowed_is_not_deleted if [list, delete];
    what_is_left_out_is_not_deleted if [list, delete];
    a_failed_file_keeps_extra_files if [list, delete, directories];
    rules_of_gitignore_hold if [list];
    limits_of_size_hold if [list];
    limits_of_time_hold if [list, set_modified];
    a_single_file_is_synced;
    a_missing_source_is_not_found;
    a_tree_into_itself_is_refused_by_sync if [list];
    names_with_odd_order_are_paired if [list];
    many_files_are_paired if [list];
    events_tell_what_happens if [list, delete];
    the_report_of_a_sync_is_serialised if [list];
    a_bandwidth_limit_gives_the_same_bytes if [list];
}

const TREE: [(&str, &str); 6] = [
    ("a.txt", "first"),
    ("b/c.txt", "second"),
    ("b/d/e", "third"),
    ("b-c", "dash"),
    ("b.d", "dot"),
    ("\u{fc}n\u{ef}/\u{1f600}", "face"),
];

#[maybe_async]
async fn fill(root: &StorageNode, files: &[(&str, &str)]) -> storage::Result<()> {
    for (path, content) in files {
        root.child(path)?.write(content.to_string()).await?;
    }
    Ok(())
}

#[maybe_async]
async fn two_trees(stage: &Stage) -> storage::Result<(StorageNode, StorageNode)> {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &TREE).await?;
    Ok((source, destination))
}

/// Every file below a directory with its content, sorted by path.
#[maybe_async]
async fn content(root: &StorageNode) -> storage::Result<Vec<(String, String)>> {
    let (mut all, mut directories) = (Vec::new(), vec![root.clone()]);
    while let Some(directory) = directories.pop() {
        let mut children = match directory.children_with(&ListOptions::new()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            children => children?,
        };
        while let Some(entry) = children.next().await? {
            if entry.metadata.is_dir() {
                directories.push(entry.node);
            } else {
                let text = entry.node.read_text().await?;
                let path = entry.node.path().strip_prefix(root.path()).unwrap_or_else(StoragePath::root);
                all.push((path.as_str().to_owned(), text));
            }
        }
    }
    all.sort();
    Ok(all)
}

#[maybe_async]
async fn same_trees(one: &StorageNode, other: &StorageNode) -> Outcome {
    let (one, other) = (content(one).await?, content(other).await?);
    equal(one, other);
    Ok(())
}

fn counts(report: &CopyReport) -> (u64, u64, u64, u64) {
    (report.copied_count, report.skipped_count, report.deleted_count, report.failed_count)
}

fn delete_extra() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

#[maybe_async]
async fn a_sync_makes_the_same_tree(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    let report = source.sync_to(&destination).await?;
    equal(counts(&report), (6, 0, 0, 0));
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn a_second_sync_has_nothing_to_do(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    source.sync_to(&destination).await?;
    for _ in 0..2 {
        let report = source.sync_to_with(&destination, &delete_extra()).await?;
        equal(counts(&report), (0, 6, 0, 0));
        yes(report.skipped.iter().all(|file| file.reason == SkipReason::Unchanged));
    }
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn a_sync_copies_what_changed_and_nothing_else(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    source.sync_to(&destination).await?;
    fill(&source, &[("b/d/e", "a longer third"), ("new/file", "new")]).await?;
    let report = source.sync_to(&destination).await?;
    equal(counts(&report), (2, 5, 0, 0));
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn a_sync_between_stores_has_nothing_to_do_the_second_time(stage: &Stage) -> Outcome {
    let (source, _) = two_trees(stage).await?;
    for destination in [stage.memory().await?, stage.local().await?, stage.another().await?] {
        equal(counts(&source.sync_to(&destination).await?), (6, 0, 0, 0));
        equal(counts(&source.sync_to_with(&destination, &delete_extra()).await?), (0, 6, 0, 0));
        same_trees(&source, &destination).await?;
    }
    Ok(())
}

#[maybe_async]
async fn a_sync_from_another_store_has_nothing_to_do_the_second_time(stage: &Stage) -> Outcome {
    let destination = stage.node("destination");
    for (number, source) in [stage.memory().await?, stage.local().await?].into_iter().enumerate() {
        let destination = destination.child(number.to_string())?;
        // Stores that know no fractions of a second cannot tell what was stored in the second in which it changed.
        for (path, content) in TREE {
            source.child(path)?.write_with(content, &of_day(3)).await?;
        }
        equal(counts(&source.sync_to(&destination).await?), (6, 0, 0, 0));
        equal(counts(&source.sync_to_with(&destination, &delete_extra()).await?), (0, 6, 0, 0));
        same_trees(&source, &destination).await?;
    }
    Ok(())
}

fn of_day(number: u64) -> WriteOptions {
    let mut options = WriteOptions::new();
    options.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(number * 86_400));
    options
}

#[maybe_async]
async fn an_older_file_of_the_same_size_is_copied(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    source.child("file")?.write_with("today's", &of_day(20)).await?;
    source.sync_to(&destination).await?;
    source.child("file")?.write_with("earlier", &of_day(10)).await?;
    equal(counts(&source.sync_to(&destination).await?), (1, 0, 0, 0));
    same_trees(&source, &destination).await?;
    let stat = destination.child("file")?.stat().await?;
    equal(stat.modified, of_day(10).modified);
    Ok(())
}

#[maybe_async]
async fn a_sync_by_hash_sees_what_size_and_time_hide(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &[("same", "equal"), ("other", "one")]).await?;
    // Written later, so by size and time they look up to date.
    fill(&destination, &[("same", "equal"), ("other", "two")]).await?;
    let by_hash = SyncOptions::new().copy(CopyOptions::new().skip(Skip::Hash));
    let report = source.sync_to_with(&destination, &by_hash).await?;
    equal(counts(&report), (1, 1, 0, 0));
    equal(report.skipped[0].reason, SkipReason::SameContent);
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn a_sync_leaves_extra_files_alone(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("extra", "kept"), ("b/extra", "kept too")]).await?;
    source.sync_to(&destination).await?;
    equal(destination.child("extra")?.read_text().await?, "kept");
    equal(destination.child("b/extra")?.read_text().await?, "kept too");
    Ok(())
}

#[maybe_async]
async fn extra_files_are_deleted_on_request(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("extra", "1"), ("b/extra", "22"), ("zz", "333"), ("a.txt", "old")]).await?;
    let report = source.sync_to_with(&destination, &delete_extra()).await?;
    equal(counts(&report), (6, 0, 3, 0));
    let mut sizes: Vec<u64> = report.deleted.iter().map(|file| file.bytes).collect();
    sizes.sort_unstable();
    equal(sizes, [1, 2, 3]);
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn extra_directories_are_deleted_on_request(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("gone/a", "1"), ("gone/deep/er/b", "2"), ("b/gone/c", "3")]).await?;
    if stage.capabilities().directories {
        destination.child("empty/inside")?.create_dir_all().await?;
    }
    let report = source.sync_to_with(&destination, &delete_extra()).await?;
    equal(counts(&report), (6, 0, 3, 0));
    for path in ["gone", "b/gone", "empty"] {
        no(destination.child(path)?.exists().await?);
    }
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn a_dry_run_changes_nothing_and_tells_everything(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("extra", "kept"), ("a.txt", "an older one")]).await?;
    let before = content(&destination).await?;
    let options = delete_extra().dry_run(true);
    let report = source.sync_to_with(&destination, &options).await?;
    equal((counts(&report), report.dry_run), ((6, 0, 1, 0), true));
    equal(content(&destination).await?, before);
    no(destination.child("b")?.exists().await?);
    let done = source.sync_to_with(&destination, &delete_extra()).await?;
    equal(counts(&done), counts(&report));
    let again = source.sync_to_with(&destination, &options).await?;
    equal(counts(&again), (0, 6, 0, 0));
    Ok(())
}

#[maybe_async]
async fn an_empty_source_deletes_nothing_unless_forced(stage: &Stage) -> Outcome {
    let source = stage.memory().await?;
    let destination = stage.node("destination");
    fill(&destination, &TREE).await?;
    let report = source.sync_to_with(&destination, &delete_extra()).await?;
    equal(counts(&report), (0, 0, 0, 1));
    equal(report.failed[0].error.kind(), ErrorKind::PreconditionFailed);
    mentions(&report.failed[0].error, &["nothing was taken", "stayed"]);
    equal(content(&destination).await?.len(), TREE.len());
    let report = source.sync_to_with(&destination, &delete_extra().force(true)).await?;
    equal(counts(&report), (0, 0, 6, 0));
    equal(content(&destination).await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn more_than_allowed_is_not_deleted(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("x", "1"), ("y", "2"), ("z", "3")]).await?;
    let report = source.sync_to_with(&destination, &delete_extra().max_delete(2)).await?;
    equal(counts(&report), (6, 0, 0, 1));
    mentions(&report.failed[0].error, &["3 entries", "2 are allowed"]);
    yes(destination.child("z")?.exists().await?);
    let report = source.sync_to_with(&destination, &delete_extra().max_delete(3)).await?;
    equal(counts(&report), (0, 6, 3, 0));
    Ok(())
}

#[maybe_async]
async fn what_is_left_out_is_not_deleted(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(
        &destination,
        &[("keep.log", "1"), ("logs/x", "2"), ("logs/y.log", "3"), ("gone", "4"), ("tiny", "")],
    )
    .await?;
    let copy = SyncOptions::new().copy.exclude("*.log").ignore("logs/").min_size(1);
    let report = source.sync_to_with(&destination, &delete_extra().copy(copy)).await?;
    equal(counts(&report).2, 1);
    for kept in ["keep.log", "logs/x", "logs/y.log", "tiny"] {
        yes(destination.child(kept)?.exists().await?);
    }
    no(destination.child("gone")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_failed_file_keeps_extra_files(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&destination, &[("a.txt/in the way.keep", "1"), ("extra", "2")]).await?;
    let copy = SyncOptions::new().copy.exclude("*.keep");
    let report = source.sync_to_with(&destination, &delete_extra().copy(copy)).await?;
    equal(report.deleted_count, 0);
    equal(report.failed_count, 2);
    equal(report.failed[0].error.kind(), ErrorKind::IsADirectory);
    mentions(&report.failed[1].error, &["not everything", "force"]);
    yes(destination.child("extra")?.exists().await?);
    Ok(())
}

#[maybe_async]
async fn rules_of_gitignore_hold(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    fill(&source, &[("x.o", "1"), ("keep.o", "2"), ("target/x", "3"), ("b/target/y", "4")]).await?;
    let rules = ["# built", "*.o", "!keep.o", "target/"];
    let copy = rules.into_iter().fold(CopyOptions::new(), CopyOptions::ignore);
    let report = source.copy_to_with(&destination, &copy).await?;
    equal(report.copied_count, 7);
    yes(report.skipped.iter().all(|file| file.reason == SkipReason::Ignored));
    equal(report.skipped_count, 3);
    no(destination.child("target")?.exists().await?);
    yes(destination.child("keep.o")?.exists().await?);
    let wrong = source.copy_to_with(&destination, &CopyOptions::new().ignore("a[z")).await;
    equal(wrong.err().map(|error| error.kind()), Some(ErrorKind::InvalidInput));
    Ok(())
}

#[maybe_async]
async fn limits_of_size_hold(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &[("0", ""), ("1", "1"), ("5", "12345"), ("9", "123456789")]).await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new().min_size(1).max_size(5)).await?;
    equal(counts(&report), (2, 2, 0, 0));
    let mut reasons: Vec<_> = report.skipped.iter().map(|file| (file.source.clone(), file.reason)).collect();
    reasons.sort_by(|one, other| one.0.cmp(&other.0));
    equal(
        reasons.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(),
        vec![SkipReason::TooSmall, SkipReason::TooLarge],
    );
    Ok(())
}

#[maybe_async]
async fn limits_of_time_hold(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    for day in [1, 5, 9] {
        source.child(format!("day{day}"))?.write_with("x", &of_day(day)).await?;
    }
    let mut options = CopyOptions::new();
    (options.newer_than, options.older_than) = (of_day(2).modified, of_day(6).modified);
    let report = source.copy_to_with(&destination, &options).await?;
    equal(report.copied.iter().map(|file| file.bytes).collect::<Vec<_>>(), [1]);
    yes(destination.child("day5")?.exists().await?);
    let mut reasons: Vec<_> = report.skipped.iter().map(|file| file.reason.describe()).collect();
    reasons.sort_unstable();
    equal(reasons, ["newer than wanted", "older than wanted"]);
    Ok(())
}

#[maybe_async]
async fn a_single_file_is_synced(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source.txt"), stage.node("destination.txt"));
    source.write("content").await?;
    equal(counts(&source.sync_to(&destination).await?), (1, 0, 0, 0));
    equal(counts(&source.sync_to(&destination).await?), (0, 1, 0, 0));
    equal(destination.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn a_missing_source_is_not_found(stage: &Stage) -> Outcome {
    let destination = stage.node("destination");
    fill(&destination, &TREE).await?;
    let result = stage.node("missing").sync_to_with(&destination, &delete_extra().force(true)).await;
    equal(result.err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    equal(content(&destination).await?.len(), TREE.len());
    Ok(())
}

#[maybe_async]
async fn a_tree_into_itself_is_refused_by_sync(stage: &Stage) -> Outcome {
    let (source, _) = two_trees(stage).await?;
    let result = source.sync_to_with(&source.child("b/inside")?, &delete_extra()).await;
    equal(result.err().map(|error| error.kind()), Some(ErrorKind::InvalidInput));
    equal(content(&source).await?.len(), TREE.len());
    Ok(())
}

/// Byte order of keys and order of names differ here: `a/` lies behind `a-b` and `a.b` as a key, and before them by name.
#[maybe_async]
async fn names_with_odd_order_are_paired(stage: &Stage) -> Outcome {
    const ODD: [(&str, &str); 9] = [
        ("a-b", "1"),
        ("a/x", "2"),
        ("a/x-y/z", "3"),
        ("a/x.y", "4"),
        ("a.b", "5"),
        ("a b/c", "6"),
        ("a0", "7"),
        ("A/x", "8"),
        ("a!/b", "9"),
    ];
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &ODD).await?;
    equal(counts(&source.sync_to(&destination).await?), (9, 0, 0, 0));
    equal(counts(&source.sync_to_with(&destination, &delete_extra()).await?), (0, 9, 0, 0));
    destination.child("a/x.y")?.delete().await?;
    fill(&destination, &[("a-c", "extra")]).await?;
    equal(counts(&source.sync_to_with(&destination, &delete_extra()).await?), (1, 8, 1, 0));
    same_trees(&source, &destination).await
}

#[maybe_async]
async fn many_files_are_paired(stage: &Stage) -> Outcome {
    let names = |from: usize, to: usize| (from..to).map(|number| format!("d{}/f{number:04}", number % 3));
    stage.files(names(0, 150).map(|name| format!("source/{name}")).collect()).await?;
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    equal(counts(&source.sync_to(&destination).await?), (150, 0, 0, 0));
    stage.files(names(150, 200).map(|name| format!("destination/{name}")).collect()).await?;
    let report = source.sync_to_with(&destination, &delete_extra()).await?;
    equal(counts(&report), (0, 150, 50, 0));
    Ok(())
}

#[maybe_async]
async fn events_tell_what_happens(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &[("new", "12345"), ("same", "1")]).await?;
    source.child("same")?.copy_to(&destination.child("same")?).await?;
    fill(&destination, &[("extra", "22")]).await?;
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = told.clone();
    let copy = CopyOptions::new().skip(Skip::Size).concurrency(1).on_event(move |event: &TransferEvent| {
        let event = serde_json::to_value(event).unwrap_or_default();
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        listener.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    });
    source.sync_to_with(&destination, &delete_extra().copy(copy)).await?;
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).join(" ");
    equal(told.as_str(), "planned started progress copied skipped deleted");
    Ok(())
}

#[maybe_async]
async fn the_report_of_a_sync_is_serialised(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &[("a", "12345")]).await?;
    let report = source.sync_to(&destination).await?;
    let json = serde_json::to_value(&report).map_err(|error| storage::Error::invalid(error.to_string()))?;
    equal((json["copied_count"].as_u64(), json["bytes"].as_u64()), (Some(1), Some(5)));
    yes(json["copied"][0]["destination"].as_str().is_some_and(|text| text.ends_with("destination/a")));
    yes(json["seconds"].is_f64());
    Ok(())
}

#[maybe_async]
async fn a_bandwidth_limit_gives_the_same_bytes(stage: &Stage) -> Outcome {
    let (source, destination) = two_trees(stage).await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new().bandwidth(1000)).await?;
    equal(report.copied_count, 6);
    same_trees(&source, &destination).await
}

/// The steps of a plan as lines, sorted.
#[maybe_async]
async fn steps(plan: &mut Plan) -> storage::Result<Vec<String>> {
    let mut steps = Vec::new();
    while let Some(step) = plan.next().await? {
        steps.push(step.to_string());
    }
    steps.sort();
    Ok(steps)
}

#[maybe_async]
async fn a_plan_tells_every_step_and_runs(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    fill(&source, &[("a", "one"), ("b/c", "second")]).await?;
    fill(&destination, &[("b/c", "longer than that"), ("d/extra", "x")]).await?;
    let called = Arc::new(Mutex::new(0));
    let count = called.clone();
    let copy =
        SyncOptions::new().copy.on_event(move |_| *count.lock().unwrap_or_else(PoisonError::into_inner) += 1);
    let mut plan = source.plan_sync(&destination, &delete_extra().copy(copy));
    let wanted = [
        "copy m:source/a -> m:destination/a (3 bytes)",
        "delete m:destination/d (0 bytes)",
        "delete m:destination/d/extra (1 bytes)",
        "replace m:source/b/c -> m:destination/b/c (6 bytes)",
    ];
    let mut told = steps(&mut plan).await?;
    told.retain(|step| !step.starts_with("set mode and time of "));
    equal(told, wanted);
    equal(*called.lock().unwrap_or_else(PoisonError::into_inner), 0);
    yes(!destination.child("a")?.exists().await?);
    equal(counts(&plan.run().await?), (2, 0, 1, 0));
    yes(*called.lock().unwrap_or_else(PoisonError::into_inner) > 0);
    same_trees(&source, &destination).await?;
    let mut plan = source.plan_sync(&destination, &delete_extra());
    equal(steps(&mut plan).await?.iter().filter(|step| !step.starts_with("leave ")).count(), 0);
    Ok(())
}

#[maybe_async]
async fn a_plan_of_a_single_file(stage: &Stage) -> Outcome {
    let source = stage.file("file", "content").await?;
    let destination = stage.node("copy");
    let mut plan = source.plan_sync(&destination, &SyncOptions::new());
    equal(steps(&mut plan).await?, ["copy m:file -> m:copy (7 bytes)"]);
    equal(plan.run().await?.copied_count, 1);
    Ok(())
}

#[maybe_async]
async fn a_plan_of_what_is_missing_is_not_found(stage: &Stage) -> Outcome {
    let mut plan = stage.node("missing").plan_sync(&stage.node("copy"), &SyncOptions::new());
    refused(plan.next().await, ErrorKind::NotFound);
    Ok(())
}
