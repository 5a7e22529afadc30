//! Several names of one file (hard links).

use storage::types::{CopyOptions, ErrorKind, SyncOptions, TransferEvent};

use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::notes::Notes;
use crate::support::outcome::Outcome;

behaviours! {
    several_names_of_one_file_stay_that_on_request if [list, local_path, hard_links];
    a_move_keeps_several_names_of_one_file if [list, delete, local_path, hard_links];
    a_store_without_hard_links_says_so_first if [list, !hard_links];
}

/// `source/a`, `source/d/b` and `source/z` are one file.
#[maybe_async]
async fn three_names(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    stage.file("source/a", "one file").await?;
    stage.file("source/alone", "alone").await?;
    stage.directory("source/d").await?;
    for name in ["d/b", "z"] {
        std::fs::hard_link(folder.join("source/a"), folder.join("source").join(name))?;
    }
    Ok(())
}

#[maybe_async]
async fn several_names_of_one_file_stay_that_on_request(stage: &Stage) -> Outcome {
    three_names(stage).await?;
    let (source, copy) = (stage.node("source"), stage.node("copy"));
    let notes = Notes::new();
    let listener = notes.clone();
    let copies = CopyOptions::new().hard_links(true).on_event(move |event| {
        if let TransferEvent::Copied(file) = event {
            listener.add((file.source.path().name().to_owned(), file.hard_link, file.bytes));
        }
    });
    let planned = source.sync_to_with(&copy, &SyncOptions::new().dry_run(true).copy(copies.clone())).await?;
    equal((planned.copied_count, planned.hard_links, planned.bytes), (4, 2, 13));
    let report = source.copy_to_with(&copy, &copies).await?.into_result()?;
    equal((report.copied_count, report.hard_links, report.bytes), (4, 2, 13));
    let mut told = notes.take();
    told.sort();
    let expected = [("a", false, 8), ("alone", false, 5), ("b", true, 0), ("z", true, 0)];
    equal(told, expected.map(|(name, linked, bytes)| (name.to_owned(), linked, bytes)).to_vec());
    let first = copy.child("a")?.stat().await?;
    for name in ["d/b", "z"] {
        let other = copy.child(name)?;
        equal(other.stat().await?.file_id, first.file_id);
        equal(other.read_text().await?, "one file");
    }
    yes(copy.child("alone")?.stat().await?.file_id != first.file_id);

    // Without the option, each is a file of its own.
    let apart = stage.node("apart");
    let report = source.copy_to(&apart).await?;
    equal((report.copied_count, report.hard_links), (4, 0));
    yes(apart.child("a")?.stat().await?.file_id != apart.child("z")?.stat().await?.file_id);
    Ok(())
}

#[maybe_async]
async fn a_move_keeps_several_names_of_one_file(stage: &Stage) -> Outcome {
    for (hard_links, number) in [(true, 2), (false, 0)] {
        three_names(stage).await?;
        let (source, moved) = (stage.node("source"), stage.node(if hard_links { "linked" } else { "apart" }));
        // A pattern keeps the tree from being renamed as a whole.
        let options = CopyOptions::new().hard_links(hard_links).exclude("nothing");
        let report = source.move_to_with(&moved, &options).await?.into_result()?;
        equal((report.copied_count, report.hard_links), (4, number));
        no(source.exists().await?);
        let (first, last) = (moved.child("a")?.stat().await?, moved.child("z")?.stat().await?);
        equal(first.file_id == last.file_id, hard_links);
    }
    Ok(())
}

#[maybe_async]
async fn a_store_without_hard_links_says_so_first(stage: &Stage) -> Outcome {
    stage.file("source/a", "content").await?;
    let copy = stage.node("copy");
    let options = CopyOptions::new().hard_links(true);
    let error = refused(stage.node("source").copy_to_with(&copy, &options).await, ErrorKind::Unsupported);
    mentions(&error, &["no hard links"]);
    mentions(error.hint().unwrap_or_default(), &["`hard_links`"]);
    no(copy.exists().await?);
    Ok(())
}
