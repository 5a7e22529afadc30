//! Patterns and rules that protected nothing or took nothing without a word.

use storage::types::{CopyOptions, CopyReport, ErrorKind, PatternList, SyncOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    excluded_directories_of_the_destination_survive_deleting if [list, delete];
    rules_protect_directories_of_the_destination if [list, delete];
    what_no_pattern_includes_is_not_deleted if [list, delete];
    an_include_takes_a_directory_with_all_that_is_in_it if [list];
    a_pattern_that_can_match_nothing_is_refused_before_anything_is_written if [list, delete];
    patterns_that_matched_nothing_are_in_the_report if [list, delete];
}

#[maybe_async]
async fn fill(root: &StorageNode, files: &[&str]) -> storage::Result<()> {
    for path in files {
        root.child(path)?.write(path.to_string()).await?;
    }
    Ok(())
}

/// Every file below a directory, sorted by path.
#[maybe_async]
async fn files(root: &StorageNode) -> storage::Result<Vec<String>> {
    let mut walk = root.walk(&storage::types::WalkOptions::new()).await?;
    let mut found = Vec::new();
    while let Some(entry) = walk.next().await? {
        let path = entry.node.path().strip_prefix(root.path());
        found.extend(path.filter(|_| entry.metadata.is_file()).map(|path| path.as_str().to_owned()));
    }
    Ok(found)
}

/// What is left at the destination after a sync that deletes.
#[maybe_async]
async fn left(stage: &Stage, copy: &CopyOptions, name: &str) -> storage::Result<Vec<String>> {
    let (source, destination) = (stage.node(&format!("{name}/s")), stage.node(&format!("{name}/d")));
    fill(&source, &["a", "keep/x"]).await?;
    fill(&destination, &["build/o", "extra", "sub/build/deep/o", "sub/gone"]).await?;
    let options = SyncOptions::new().copy(copy.clone()).delete_extra(true);
    source.sync_to_with(&destination, &options).await?.into_result()?;
    files(&destination).await
}

fn syncing() -> CopyOptions {
    SyncOptions::new().copy
}

#[maybe_async]
async fn excluded_directories_of_the_destination_survive_deleting(stage: &Stage) -> Outcome {
    for (at, pattern) in
        ["build/", "build", "**/build/", "{x,build}/", "build/**", "[[:lower:]]uild/"].iter().enumerate()
    {
        let found = left(stage, &syncing().exclude(*pattern), &format!("any{at}")).await?;
        let expected: &[&str] = match *pattern {
            "build/**" => &["a", "build/o", "keep/x"],
            _ => &["a", "build/o", "keep/x", "sub/build/deep/o"],
        };
        equal(found, expected);
    }
    for (at, pattern) in ["./build", "/build/", "./build/"].iter().enumerate() {
        let found = left(stage, &syncing().exclude(*pattern), &format!("start{at}")).await?;
        equal(found, ["a", "build/o", "keep/x"]);
    }
    Ok(())
}

#[maybe_async]
async fn rules_protect_directories_of_the_destination(stage: &Stage) -> Outcome {
    let found = left(stage, &syncing().ignore("\u{feff}build/\r"), "mark").await?;
    equal(found, ["a", "build/o", "keep/x", "sub/build/deep/o"]);
    let found =
        left(stage, &syncing().ignore("/[[:lower:]]uild").ignore("sub/*").ignore("!sub/gone"), "class")
            .await?;
    equal(found, ["a", "build/o", "keep/x", "sub/build/deep/o"]);
    Ok(())
}

#[maybe_async]
async fn what_no_pattern_includes_is_not_deleted(stage: &Stage) -> Outcome {
    let found = left(stage, &syncing().include("keep/").include("/sub/gone"), "include").await?;
    equal(found, ["build/o", "extra", "keep/x", "sub/build/deep/o"]);
    let found = left(stage, &syncing().include("sub").include("a").exclude("deep/"), "both").await?;
    equal(found, ["a", "build/o", "extra", "sub/build/deep/o"]);
    Ok(())
}

#[maybe_async]
async fn an_include_takes_a_directory_with_all_that_is_in_it(stage: &Stage) -> Outcome {
    let source = stage.node("s");
    fill(&source, &["a", "src/b", "src/deep/c", "x/src/d", "x/e"]).await?;
    let cases: [(&str, &[&str]); 5] = [
        ("src", &["src/b", "src/deep/c", "x/src/d"]),
        ("/src/", &["src/b", "src/deep/c"]),
        ("./src", &["src/b", "src/deep/c"]),
        ("src/*", &["src/b", "src/deep/c"]),
        ("/*/?", &["src/b", "x/e"]),
    ];
    for (at, (pattern, expected)) in cases.into_iter().enumerate() {
        let destination = stage.node(&format!("d{at}"));
        let report = source.copy_to_with(&destination, &CopyOptions::new().include(pattern)).await?;
        equal(files(&destination).await?, expected);
        yes(report.unmatched_patterns.is_empty());
    }
    Ok(())
}

#[maybe_async]
async fn a_pattern_that_can_match_nothing_is_refused_before_anything_is_written(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("s"), stage.node("d"));
    fill(&source, &["a"]).await?;
    fill(&destination, &["build/o"]).await?;
    for wrong in ["", "/", "a//b", "../a", "a/./b", "[", "[z-a]", "[[:foo:]]", "a\\"] {
        for copy in
            [syncing().exclude(wrong), syncing().include(wrong), syncing().ignore(format!("!{wrong}"))]
        {
            let options = SyncOptions::new().copy(copy).delete_extra(true);
            let error = refused(source.sync_to_with(&destination, &options).await, ErrorKind::InvalidInput);
            mentions(&error, &["can match nothing", wrong]);
        }
    }
    let everything = syncing().include("a").exclude("*");
    let error = refused(source.copy_to_with(&destination, &everything).await, ErrorKind::InvalidInput);
    mentions(&error, &["`*`", "leaves nothing to include"]);
    equal(files(&destination).await?, ["build/o"]);
    Ok(())
}

fn unmatched(report: &CopyReport) -> Vec<(PatternList, &str)> {
    report.unmatched_patterns.iter().map(|unmatched| (unmatched.list, unmatched.pattern.as_str())).collect()
}

#[maybe_async]
async fn patterns_that_matched_nothing_are_in_the_report(stage: &Stage) -> Outcome {
    let (source, destination) = (stage.node("s"), stage.node("d"));
    fill(&source, &["a.rs", "b.py", "target/c.rs"]).await?;
    fill(&destination, &["only/there.tmp"]).await?;
    let copy = syncing()
        .include("*.rs")
        .include("target/*.rs")
        .exclude("target/")
        .exclude("buidl/")
        .exclude("*.tmp");
    let expected = [(PatternList::Include, "target/*.rs"), (PatternList::Exclude, "buidl/")];
    let options = SyncOptions::new().copy(copy.clone()).delete_extra(true);
    let report = source.sync_to_with(&destination, &options.clone().dry_run(true)).await?;
    equal(unmatched(&report), expected);
    let report = source.sync_to_with(&destination, &options).await?;
    equal(unmatched(&report), expected);
    equal(files(&destination).await?, ["a.rs", "only/there.tmp"]);
    let single = source.child("a.rs")?.copy_to_with(&stage.node("x"), &copy.exclude("*.rs")).await?;
    equal(unmatched(&single).len(), 5);
    Ok(())
}
