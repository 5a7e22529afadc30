//! Which files a copy leaves alone: skip rules, patterns and filters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use storage::types::{CopyOptions, CopyReport, Error, ErrorKind, Skip, SkipReason, WriteOptions};

use super::api::{SkipWhen, StorageNode, skip_when};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    never_copies_always;
    exists_leaves_whatever_is_there;
    size_leaves_files_of_equal_size;
    newer_leaves_files_that_are_not_older if [set_modified];
    newer_leaves_a_copy_that_was_just_made;
    hash_leaves_files_of_equal_content;
    a_custom_rule_sees_both_sides;
    a_rule_may_ask_the_stores;
    a_rule_is_asked_only_if_the_destination_exists;
    a_rule_made_of_a_closure_may_ask_the_stores;
    an_error_of_a_rule_is_an_error_of_that_file if [list];
    an_error_while_comparing_is_no_silent_copy if [directories];
    skip_rules_hold_for_single_files_too;
    skip_rules_hold_between_stores if [list];
    an_unknown_strategy_is_refused_with_the_nearest_name;
    an_unknown_symlink_policy_is_refused_with_the_nearest_name;
    include_copies_only_what_matches if [list];
    exclude_leaves_out_what_matches if [list];
    exclude_beats_include if [list];
    an_excluded_directory_is_not_entered if [list];
    a_filter_leaves_out_what_it_does_not_want if [list];
    patterns_hold_for_a_single_file_too;
    a_filter_holds_for_a_single_file_too;
    a_bad_pattern_is_refused_before_anything_is_written;
    what_is_left_out_is_reported_with_its_reason if [list];
}

/// Three files at the source; at the destination one is equal, one has the same size, one is missing.
#[maybe_async]
async fn two_sides(stage: &Stage) -> storage::Result<(StorageNode, StorageNode)> {
    let (source, destination) = (stage.node("source"), stage.node("destination"));
    for (path, content) in
        [("equal", "same"), ("sized", "new!"), ("missing", "only here"), ("longer", "longer now")]
    {
        source.child(path)?.write(content).await?;
    }
    for (path, content) in [("equal", "same"), ("sized", "old!"), ("longer", "short")] {
        destination.child(path)?.write(content).await?;
    }
    Ok((source, destination))
}

/// Copies each of the four files by itself and tells which were copied.
#[maybe_async]
async fn copied_one_by_one(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
) -> storage::Result<Vec<(&'static str, Option<SkipReason>)>> {
    let mut ends = Vec::new();
    for name in ["equal", "sized", "missing", "longer"] {
        let report = source.child(name)?.copy_to_with(&destination.child(name)?, options).await?;
        ends.push((name, reason(&report)));
    }
    Ok(ends)
}

/// Why the only file of a report was left out; none when it was copied.
fn reason(report: &CopyReport) -> Option<SkipReason> {
    match (&report.copied[..], &report.skipped[..], &report.failed[..]) {
        ([_], [], []) => None,
        ([], [skipped], []) => Some(skipped.reason),
        _ => panic!("one file was expected in {report:?}"),
    }
}

#[maybe_async]
async fn never_copies_always(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let ends = copied_one_by_one(&source, &destination, &CopyOptions::new().skip(Skip::Never)).await?;
    equal(ends, [("equal", None), ("sized", None), ("missing", None), ("longer", None)]);
    equal(destination.child("sized")?.read_text().await?, "new!");
    Ok(())
}

#[maybe_async]
async fn exists_leaves_whatever_is_there(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let ends = copied_one_by_one(&source, &destination, &CopyOptions::new().skip(Skip::Exists)).await?;
    let there = Some(SkipReason::Exists);
    equal(ends, [("equal", there), ("sized", there), ("missing", None), ("longer", there)]);
    equal(destination.child("longer")?.read_text().await?, "short");
    equal(destination.child("missing")?.read_text().await?, "only here");
    Ok(())
}

#[maybe_async]
async fn size_leaves_files_of_equal_size(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let ends = copied_one_by_one(&source, &destination, &CopyOptions::new().skip(Skip::Size)).await?;
    let sized = Some(SkipReason::SameSize);
    equal(ends, [("equal", sized), ("sized", sized), ("missing", None), ("longer", None)]);
    equal(destination.child("sized")?.read_text().await?, "old!");
    equal(destination.child("longer")?.read_text().await?, "longer now");
    Ok(())
}

fn of_day(number: u64) -> WriteOptions {
    let mut options = WriteOptions::new();
    options.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(number * 86_400));
    options
}

#[maybe_async]
async fn newer_leaves_files_that_are_not_older(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    source.write_with("of day 20", &of_day(20)).await?;
    let options = CopyOptions::new().skip(Skip::Newer);
    for (day, expected) in [(10, None), (20, Some(SkipReason::NotOlder)), (30, Some(SkipReason::NotOlder))] {
        let destination = stage.node(&format!("destination{day}"));
        destination.write_with("there already", &of_day(day)).await?;
        let report = source.copy_to_with(&destination, &options).await?;
        equal(reason(&report), expected);
        let content = if expected.is_some() { "there already" } else { "of day 20" };
        equal(destination.read_text().await?, content);
    }
    Ok(())
}

#[maybe_async]
async fn newer_leaves_a_copy_that_was_just_made(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    let options = CopyOptions::new().skip(Skip::Newer);
    for destination in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        equal(reason(&source.copy_to_with(&destination, &options).await?), None);
        equal(reason(&source.copy_to_with(&destination, &options).await?), Some(SkipReason::NotOlder));
    }
    Ok(())
}

#[maybe_async]
async fn hash_leaves_files_of_equal_content(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let ends = copied_one_by_one(&source, &destination, &CopyOptions::new().skip(Skip::Hash)).await?;
    equal(
        ends,
        [("equal", Some(SkipReason::SameContent)), ("sized", None), ("missing", None), ("longer", None)],
    );
    equal(destination.child("sized")?.read_text().await?, "new!");
    Ok(())
}

#[maybe_async]
async fn a_custom_rule_sees_both_sides(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = seen.clone();
    let options = CopyOptions::new().skip_if(move |from, to| {
        if let Ok(mut notes) = notes.lock() {
            notes.push(format!("{}:{} {} {}", from.mount, from.path, from.metadata.size, to.metadata.size));
        }
        to.path.as_str() == "destination/sized"
    });
    let ends = copied_one_by_one(&source, &destination, &options).await?;
    equal(ends, [("equal", None), ("sized", Some(SkipReason::Custom)), ("missing", None), ("longer", None)]);
    let notes = seen.lock().map(|notes| notes.clone()).unwrap_or_default();
    equal(notes, ["m:source/equal 4 4", "m:source/sized 4 4", "m:source/longer 10 5"]);
    Ok(())
}

/// Leaves files whose first byte is the same, which it has to read.
struct SameFirstByte {
    asked: AtomicUsize,
}

#[maybe_async]
impl SkipWhen for SameFirstByte {
    async fn skip(&self, source: &StorageNode, destination: &StorageNode) -> storage::Result<bool> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let ours = source.read_range(0..1).await?;
        let theirs = destination.read_range(0..1).await?;
        Ok(ours == theirs)
    }
}

#[maybe_async]
async fn a_rule_may_ask_the_stores(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let rule = SameFirstByte { asked: AtomicUsize::new(0) };
    let options = CopyOptions::new();
    let mut ends = Vec::new();
    for name in ["equal", "sized", "missing", "longer"] {
        let report = source.child(name)?.copy_to_when(&destination.child(name)?, &options, &rule).await?;
        ends.push(reason(&report));
    }
    equal(ends, [Some(SkipReason::Custom), None, None, None]);
    equal(rule.asked.load(Ordering::Relaxed), 3);
    Ok(())
}

#[maybe_async]
async fn a_rule_is_asked_only_if_the_destination_exists(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    let options = CopyOptions::new().skip_if(|_, _| true);
    equal(reason(&source.copy_to_with(&stage.node("copy"), &options).await?), None);
    equal(reason(&source.copy_to_with(&stage.node("copy"), &options).await?), Some(SkipReason::Custom));
    let rule = SameFirstByte { asked: AtomicUsize::new(0) };
    source.copy_to_when(&stage.node("another"), &CopyOptions::new(), &rule).await?;
    equal(rule.asked.load(Ordering::Relaxed), 0);
    Ok(())
}

#[maybe_async]
async fn a_rule_made_of_a_closure_may_ask_the_stores(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let rule = skip_when(|from: StorageNode, to: StorageNode| async move { from.same_content(&to).await });
    let options = CopyOptions::new();
    let same = source.child("equal")?.copy_to_when(&destination.child("equal")?, &options, &rule).await?;
    equal(reason(&same), Some(SkipReason::Custom));
    let other = source.child("sized")?.copy_to_when(&destination.child("sized")?, &options, &rule).await?;
    equal(reason(&other), None);
    Ok(())
}

/// Fails for one file.
struct FailsFor(&'static str);

#[maybe_async]
impl SkipWhen for FailsFor {
    async fn skip(&self, source: &StorageNode, _: &StorageNode) -> storage::Result<bool> {
        if source.name() == self.0 { Err(Error::new(ErrorKind::Timeout, "no answer")) } else { Ok(false) }
    }
}

#[maybe_async]
async fn an_error_of_a_rule_is_an_error_of_that_file(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let report = source.copy_to_when(&destination, &CopyOptions::new(), &FailsFor("sized")).await?;
    equal((report.copied_count, report.failed_count), (3, 1));
    equal(report.failed[0].source.to_string(), "m:source/sized");
    equal(report.failed[0].error.kind(), ErrorKind::Timeout);
    equal(destination.child("sized")?.read_text().await?, "old!");
    Ok(())
}

#[maybe_async]
async fn an_error_while_comparing_is_no_silent_copy(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    stage.file("destination/in the way", "kept").await?;
    for skip in [Skip::Exists, Skip::Size, Skip::Newer, Skip::Hash] {
        let options = CopyOptions::new().skip(skip);
        refused(source.copy_to_with(&stage.node("destination"), &options).await, ErrorKind::IsADirectory);
    }
    equal(stage.node("destination/in the way").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn skip_rules_hold_for_single_files_too(stage: &Stage) -> Outcome {
    let source = stage.file("source", "new").await?;
    let destination = stage.file("destination", "old").await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new().skip(Skip::Exists)).await?;
    equal((report.copied_count, report.skipped_count), (0, 1));
    equal(report.skipped[0].source.to_string(), "m:source");
    equal(destination.read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn skip_rules_hold_between_stores(stage: &Stage) -> Outcome {
    let (source, _) = two_sides(stage).await?;
    let memory = stage.memory().await?;
    source.copy_to(&memory).await?;
    for skip in [Skip::Exists, Skip::Size, Skip::Hash] {
        let report = source.copy_to_with(&memory, &CopyOptions::new().skip(skip)).await?;
        equal((report.copied_count, report.skipped_count, report.bytes), (0, 4, 0));
    }
    memory.child("sized")?.write("old!").await?;
    let report = source.copy_to_with(&memory, &CopyOptions::new().skip(Skip::Hash)).await?;
    equal((report.copied_count, report.skipped_count, report.bytes), (1, 3, 4));
    equal(memory.child("sized")?.read_text().await?, "new!");
    Ok(())
}

#[maybe_async]
async fn an_unknown_strategy_is_refused_with_the_nearest_name(stage: &Stage) -> Outcome {
    for (text, near) in [("exist", "exists"), ("hsah", "hash"), ("Newer", "newer")] {
        let error = refused(text.parse::<Skip>(), ErrorKind::InvalidInput);
        mentions(&error, &[&format!("`{text}`"), &format!("did you mean `{near}`"), "`never`"]);
    }
    for name in Skip::NAMES {
        equal(name.parse::<Skip>()?.name(), name);
    }
    no(stage.node("anything").exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_unknown_symlink_policy_is_refused_with_the_nearest_name(stage: &Stage) -> Outcome {
    let error = refused("folow".parse::<storage::types::SymlinkPolicy>(), ErrorKind::InvalidInput);
    mentions(&error, &["`folow`", "did you mean `follow`", "`preserve`"]);
    no(stage.node("anything").exists().await?);
    Ok(())
}

#[maybe_async]
async fn grow_sources(stage: &Stage) -> storage::Result<StorageNode> {
    for path in
        ["lib.rs", "notes.txt", "src/a.rs", "src/a.txt", "src/deep/b.rs", "target/c.rs", "target/deep/d.rs"]
    {
        stage.file(&format!("project/{path}"), path).await?;
    }
    Ok(stage.node("project"))
}

#[maybe_async]
async fn files_below(root: &StorageNode) -> storage::Result<Vec<String>> {
    let mut files = Vec::new();
    if !root.exists().await? {
        return Ok(files);
    }
    let mut walk = root.walk(&storage::WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        if entry.metadata.is_file() {
            let relative = entry.node.path().strip_prefix(root.path());
            files.extend(relative.map(|path| path.as_str().to_owned()));
        }
    }
    Ok(files)
}

#[maybe_async]
async fn copied_files(stage: &Stage, options: &CopyOptions) -> storage::Result<(Vec<String>, CopyReport)> {
    let source = grow_sources(stage).await?;
    let destination = stage.memory().await?.child("copy")?;
    let report = source.copy_to_with(&destination, options).await?;
    let files = files_below(&destination).await?;
    let here = stage.node("copy");
    source.copy_to_with(&here, options).await?;
    equal(files_below(&here).await?, files.clone());
    Ok((files, report))
}

#[maybe_async]
async fn include_copies_only_what_matches(stage: &Stage) -> Outcome {
    let (files, _) = copied_files(stage, &CopyOptions::new().include("*.txt")).await?;
    equal(files, ["notes.txt", "src/a.txt"]);
    no(stage.node("copy/target").exists().await?);
    Ok(())
}

#[maybe_async]
async fn exclude_leaves_out_what_matches(stage: &Stage) -> Outcome {
    let options = CopyOptions::new().exclude("*.rs").exclude("/notes.txt");
    let (files, _) = copied_files(stage, &options).await?;
    equal(files, ["src/a.txt"]);
    Ok(())
}

#[maybe_async]
async fn exclude_beats_include(stage: &Stage) -> Outcome {
    let options = CopyOptions::new().include("*.rs").exclude("target/**").exclude("src/deep/*");
    let (files, _) = copied_files(stage, &options).await?;
    equal(files, ["lib.rs", "src/a.rs"]);
    Ok(())
}

#[maybe_async]
async fn an_excluded_directory_is_not_entered(stage: &Stage) -> Outcome {
    let (files, report) = copied_files(stage, &CopyOptions::new().exclude("target")).await?;
    equal(files, ["lib.rs", "notes.txt", "src/a.rs", "src/a.txt", "src/deep/b.rs"]);
    no(stage.node("copy/target").exists().await?);
    let skipped: Vec<_> =
        report.skipped.iter().map(|skipped| (skipped.source.path().as_str(), skipped.reason)).collect();
    equal(skipped, [("project/target", SkipReason::Excluded)]);
    Ok(())
}

#[maybe_async]
async fn a_filter_leaves_out_what_it_does_not_want(stage: &Stage) -> Outcome {
    let options =
        CopyOptions::new().filter(|entry| entry.metadata.size > 6 && !entry.relative.starts_with("src/deep"));
    let (files, report) = copied_files(stage, &options).await?;
    equal(files, ["notes.txt", "src/a.rs", "src/a.txt", "target/c.rs", "target/deep/d.rs"]);
    yes(report.skipped.iter().all(|skipped| skipped.reason == SkipReason::Filtered));
    equal(report.skipped_count, 2);
    Ok(())
}

#[maybe_async]
async fn patterns_hold_for_a_single_file_too(stage: &Stage) -> Outcome {
    let source = stage.file("folder/notes.txt", "x").await?;
    let memory = stage.memory().await?;
    for destination in [stage.node("copy"), memory.child("copy")?] {
        for options in [CopyOptions::new().exclude("*.txt"), CopyOptions::new().include("*.rs")] {
            let report = source.copy_to_with(&destination, &options).await?;
            equal(reason(&report), Some(SkipReason::Excluded));
            equal(report.skipped[0].source.to_string(), "m:folder/notes.txt");
            no(destination.exists().await?);
        }
        let report = source.copy_to_with(&destination, &CopyOptions::new().include("notes.*")).await?;
        equal(reason(&report), None);
        yes(destination.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn a_filter_holds_for_a_single_file_too(stage: &Stage) -> Outcome {
    let source = stage.file("folder/notes.txt", "12345").await?;
    let destination = stage.node("copy");
    let report = source
        .copy_to_with(&destination, &CopyOptions::new().filter(|entry| entry.metadata.size > 5))
        .await?;
    equal(reason(&report), Some(SkipReason::Filtered));
    no(destination.exists().await?);
    let report = source
        .copy_to_with(&destination, &CopyOptions::new().filter(|entry| entry.metadata.size == 5))
        .await?;
    equal(reason(&report), None);
    Ok(())
}

#[maybe_async]
async fn a_bad_pattern_is_refused_before_anything_is_written(stage: &Stage) -> Outcome {
    let source = stage.file("source", "x").await?;
    for options in [CopyOptions::new().include("a["), CopyOptions::new().exclude("{a,b")] {
        refused(source.copy_to_with(&stage.node("copy"), &options).await, ErrorKind::InvalidInput);
        no(stage.node("copy").exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn what_is_left_out_is_reported_with_its_reason(stage: &Stage) -> Outcome {
    let (source, destination) = two_sides(stage).await?;
    let options =
        CopyOptions::new().skip(Skip::Size).exclude("missing").filter(|entry| entry.relative != "longer");
    let report = source.copy_to_with(&destination, &options).await?;
    let mut skipped: Vec<_> =
        report.skipped.iter().map(|skipped| (skipped.source.path().as_str(), skipped.reason)).collect();
    skipped.sort_unstable_by_key(|(source, _)| *source);
    let expected = [
        ("source/equal", SkipReason::SameSize),
        ("source/longer", SkipReason::Filtered),
        ("source/missing", SkipReason::Excluded),
        ("source/sized", SkipReason::SameSize),
    ];
    equal(skipped, expected);
    equal((report.copied_count, report.skipped_count), (0, 4));
    Ok(())
}
