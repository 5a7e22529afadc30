//! Names that are different in the source and one at the destination: capitals, and letters of two characters.

use storage::types::{CopyReport, ErrorKind, MountConfig, SyncOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::odd::{Fold, Odd, case, composed};
use super::stage::Stage;
use crate::support::checks::{equal, mentions, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    of_two_names_that_are_one_there_the_second_is_an_error;
    of_two_directories_that_are_one_there_the_second_is_an_error;
    a_file_and_a_directory_that_are_one_there_are_an_error;
    the_name_that_is_there_already_keeps_its_content;
    a_file_that_is_kept_under_another_name_is_up_to_date;
    the_other_name_of_a_file_is_no_extra;
    names_are_folded_behind_a_relative_mount_too;
    names_that_differ_on_both_sides_are_all_copied;
}

/// Two names that fold to one, the one that sorts first before the other; and how.
const PAIRS: [(&str, &str, Fold); 3] = [
    ("README", "readme", case),
    ("caf\u{65}\u{301}", "caf\u{e9}", composed),
    ("Stra\u{df}e", "stra\u{df}e", case),
];

fn delete_extra() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

/// A source in memory, and a destination that folds.
#[maybe_async]
async fn folding(stage: &Stage, fold: Fold) -> Result<[StorageNode; 2], Failure> {
    let from = stage.memory().await?;
    stage.manager.add_backend("to", Odd::folding(fold))?;
    Ok([from, stage.manager.node("to")?])
}

#[maybe_async]
async fn fill(root: &StorageNode, files: &[(&str, &str)]) -> Outcome {
    for (path, content) in files {
        root.child(path)?.write(content.to_string()).await?;
    }
    Ok(())
}

#[maybe_async]
async fn names(root: &StorageNode) -> Result<Vec<String>, Failure> {
    Ok(root.list().await?.into_iter().map(|entry| entry.node.name().to_owned()).collect())
}

/// Exactly one failure: of `second`, naming both, and saying what to do.
#[track_caller]
fn failed(report: &CopyReport, first: &str, second: &str) {
    equal(report.failed_count, 1);
    let failed = &report.failed[0];
    yes(failed.source.to_string().ends_with(&format!(":{second}")));
    equal(failed.error.kind(), ErrorKind::AlreadyExists);
    mentions(&failed.error, &[first, second, "one name"]);
    yes(failed.error.hint().is_some());
}

#[maybe_async]
async fn of_two_names_that_are_one_there_the_second_is_an_error(stage: &Stage) -> Outcome {
    for (first, second, fold) in PAIRS {
        let [from, to] = folding(stage, fold).await?;
        fill(&from, &[(first, "of the first"), (second, "the second"), ("between", "x"), ("z", "y")]).await?;
        let report = from.copy_to_with(&to, &SyncOptions::new().copy).await?;
        equal(report.copied_count, 3);
        failed(&report, first, second);
        equal(to.child(first)?.read_text().await?, "of the first");
        equal(to.list().await?.len(), 3);
        for options in [delete_extra(), delete_extra().force(true)] {
            let report = from.sync_to_with(&to, &options).await?;
            equal((report.copied_count, report.skipped_count, report.deleted_count), (0, 3, 0));
            yes(report.failed.iter().any(|file| file.error.kind() == ErrorKind::AlreadyExists));
        }
        equal(to.child(first)?.read_text().await?, "of the first");
        // The source is what it was, and tells both.
        equal(from.child(second)?.read_text().await?, "the second");
    }
    Ok(())
}

#[maybe_async]
async fn of_two_directories_that_are_one_there_the_second_is_an_error(stage: &Stage) -> Outcome {
    for (first, second, fold) in PAIRS {
        let [from, to] = folding(stage, fold).await?;
        let (one, other) = (format!("{first}/file"), format!("{second}/file"));
        fill(&from, &[(&one, "of the first"), (&other, "the second"), ("other/file", "x")]).await?;
        let report = from.sync_to_with(&to, &delete_extra()).await?;
        equal(report.copied_count, 2);
        yes(report.failed[0].error.kind() == ErrorKind::AlreadyExists);
        mentions(&report.failed[0].error, &[first, second]);
        equal(to.child(&one)?.read_text().await?, "of the first");
        equal(to.list().await?.len(), 2);
    }
    Ok(())
}

#[maybe_async]
async fn a_file_and_a_directory_that_are_one_there_are_an_error(stage: &Stage) -> Outcome {
    let [from, to] = folding(stage, case).await?;
    fill(&from, &[("Name/file", "inside"), ("name", "a file")]).await?;
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    equal((report.copied_count, report.deleted_count), (1, 0));
    failed(&report, "name", "Name");
    equal(to.child("name")?.read_text().await?, "a file");
    Ok(())
}

#[maybe_async]
async fn the_name_that_is_there_already_keeps_its_content(stage: &Stage) -> Outcome {
    let [from, to] = folding(stage, case).await?;
    fill(&from, &[("readme", "small letters")]).await?;
    from.sync_to(&to).await?;
    fill(&from, &[("README", "CAPITALS, and more of them")]).await?;
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    failed(&report, "readme", "README");
    equal((report.copied_count, report.skipped_count, report.deleted_count), (0, 1, 0));
    equal(to.child("readme")?.read_text().await?, "small letters");
    equal(names(&to).await?, vec!["readme".to_owned()]);
    Ok(())
}

#[maybe_async]
async fn a_file_that_is_kept_under_another_name_is_up_to_date(stage: &Stage) -> Outcome {
    let [from, to] = folding(stage, case).await?;
    fill(&to, &[("Folder/File", "older"), ("B", "extra")]).await?;
    fill(&from, &[("folder/FILE", "content"), ("a", "x"), ("C", "y")]).await?;
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    equal((report.copied_count, report.deleted_count, report.failed_count), (3, 1, 0));
    let report = from.sync_to_with(&to, &delete_extra()).await?;
    equal((report.copied_count, report.skipped_count, report.deleted_count), (0, 3, 0));
    equal(report.failed_count, 0);
    equal(to.child("folder/file")?.read_text().await?, "content");
    equal(names(&to).await?, ["C", "Folder", "a"].map(str::to_owned).to_vec());
    Ok(())
}

#[maybe_async]
async fn the_other_name_of_a_file_is_no_extra(stage: &Stage) -> Outcome {
    for (first, second, fold) in PAIRS {
        let [from, to] = folding(stage, fold).await?;
        fill(&from, &[(second, "content")]).await?;
        fill(&to, &[(first, "content"), ("extra", "x")]).await?;
        let report = from.sync_to_with(&to, &delete_extra().force(true)).await?;
        equal((report.deleted_count, report.failed_count), (1, 0));
        equal(to.child(second)?.read_text().await?, "content");
        equal(names(&to).await?, vec![first.to_owned()]);
    }
    Ok(())
}

#[maybe_async]
async fn names_are_folded_behind_a_relative_mount_too(stage: &Stage) -> Outcome {
    let [from, to] = folding(stage, case).await?;
    to.child("sub")?.create_dir().await?;
    stage.manager.add_mount(&MountConfig::relative("part", "to:sub", "delete"))?;
    fill(&from, &[("README", "first"), ("readme", "second")]).await?;
    let report = from.sync_to_with(&stage.at("part:"), &delete_extra()).await?;
    failed(&report, "README", "readme");
    equal(to.child("sub/readme")?.read_text().await?, "first");
    Ok(())
}

#[maybe_async]
async fn names_that_differ_on_both_sides_are_all_copied(stage: &Stage) -> Outcome {
    // Out of a store that folds, and between stores that do not.
    let [memory, folding] = folding(stage, case).await?;
    fill(&folding, &[("A", "1"), ("b", "2"), ("C/d", "3")]).await?;
    equal(folding.sync_to_with(&memory, &delete_extra()).await?.copied_count, 3);
    equal(folding.sync_to_with(&memory, &delete_extra()).await?.skipped_count, 3);
    fill(&memory, &[("a", "4"), ("B", "5")]).await?;
    let other = stage.memory().await?;
    let report = memory.sync_to_with(&other, &delete_extra()).await?;
    equal((report.copied_count, report.failed_count), (5, 0));
    Ok(())
}
