//! How a copy goes: progress, callbacks, cancelling, verifying, preserving.

use std::time::{Duration, SystemTime};

use storage::types::{CancelToken, CopyOptions, ErrorKind, Progress, Skip, WriteOptions};

use super::api::StorageNode;
use super::copy::told_bytes;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, no, refused, some, yes};
use crate::support::content::noise;
use crate::support::disk;
use crate::support::notes::Notes;
use crate::support::outcome::Outcome;

behaviours! {
    progress_is_told_for_a_single_file;
    progress_is_told_for_a_single_file_between_stores;
    progress_counts_the_files_and_bytes_of_a_tree if [list];
    progress_has_totals_of_a_tree_when_asked_for if [list];
    callbacks_see_every_file if [list, directories];
    callbacks_see_a_single_file;
    a_cancelled_token_stops_before_anything_is_written;
    a_token_cancels_a_file_half_way;
    a_token_cancels_a_tree_half_way if [list];
    a_cancelled_copy_leaves_the_old_content;
    a_copy_is_verified;
    preserve_keeps_the_time_of_modification if [set_modified];
    preserve_keeps_the_mode if [unix_mode];
    without_preserve_the_copy_is_new if [set_modified];
    any_number_of_files_in_flight_gives_the_same_tree if [list];
    a_report_tells_what_happened if [list];
}

fn noting_progress(notes: &Notes<Progress>) -> CopyOptions {
    let notes = notes.clone();
    CopyOptions::new().progress(move |progress| notes.add(*progress))
}

/// Never backwards, and at the end everything.
fn check_progress(notes: &[Progress], files: u64, bytes: u64) {
    yes(notes.windows(2).all(|pair| pair[0].bytes <= pair[1].bytes && pair[0].files <= pair[1].files));
    let last = some(notes.last());
    equal((last.files, last.bytes), (files, bytes));
}

#[maybe_async]
async fn progress_is_told_for_a_single_file(stage: &Stage) -> Outcome {
    for length in [0, 10, 3_000_000] {
        let source = stage.file("source", noise(1, length)).await?;
        let notes = Notes::new();
        source.copy_to_with(&stage.node("copy"), &noting_progress(&notes)).await?;
        let notes = notes.take();
        let last = some(notes.last());
        told_bytes(stage, last.bytes, length as u64);
        check_progress(&notes, 1, last.bytes);
        equal((last.total_files, last.total_bytes), (Some(1), Some(last.bytes)));
    }
    Ok(())
}

#[maybe_async]
async fn progress_is_told_for_a_single_file_between_stores(stage: &Stage) -> Outcome {
    let memory = stage.memory().await?.child("copy")?;
    let source = stage.file("source", noise(2, 5_000_000)).await?;
    let notes = Notes::new();
    source.copy_to_with(&memory, &noting_progress(&notes)).await?;
    check_progress(&notes.take(), 1, 5_000_000);
    memory.copy_to_with(&stage.node("back"), &noting_progress(&notes)).await?;
    check_progress(&notes.take(), 1, 5_000_000);
    Ok(())
}

#[maybe_async]
async fn progress_counts_the_files_and_bytes_of_a_tree(stage: &Stage) -> Outcome {
    let source = grow(stage, 12).await?;
    source.child("large")?.write(noise(3, 3_000_000)).await?;
    for destination in [stage.node("copy"), stage.memory().await?] {
        let notes = Notes::new();
        let options = noting_progress(&notes).concurrency(1).exclude("/03");
        source.copy_to_with(&destination, &options).await?;
        // Files left out are handled, but nothing of them is written.
        check_progress(&notes.take(), 13, 3_000_000 + 11 * 4);
    }
    Ok(())
}

/// Files `00`, `01`, ... of four bytes each.
#[maybe_async]
async fn grow(stage: &Stage, files: usize) -> storage::Result<StorageNode> {
    let source = stage.node("source");
    let options = WriteOptions::new().durability(storage::Durability::None);
    for number in 0..files {
        source.child(format!("{number:02}"))?.write_with(format!("of{number:02}"), &options).await?;
    }
    Ok(source)
}

#[maybe_async]
async fn progress_has_totals_of_a_tree_when_asked_for(stage: &Stage) -> Outcome {
    let source = grow(stage, 3).await?;
    source.child("deep/left out.tmp")?.write("12345").await?;
    source.child("deep/more")?.write("1234").await?;
    for (totals, expected) in [(true, (Some(5), Some(16))), (false, (None, None))] {
        let notes = Notes::new();
        let options = noting_progress(&notes).totals(totals).exclude("*.tmp");
        source.copy_to_with(&stage.node(&format!("copy of {totals}")), &options).await?;
        let notes = notes.take();
        yes(notes.iter().all(|progress| (progress.total_files, progress.total_bytes) == expected));
        let last = some(notes.last());
        equal(last.files, 5);
    }
    Ok(())
}

#[maybe_async]
async fn callbacks_see_every_file(stage: &Stage) -> Outcome {
    let source = grow(stage, 4).await?;
    let destination = stage.node("destination");
    destination.child("01")?.write("of01").await?;
    destination.child("02/in the way")?.write("kept").await?;

    let (files, skips, errors) = (Notes::new(), Notes::new(), Notes::new());
    let (on_file, on_skip, on_error) = (files.clone(), skips.clone(), errors.clone());
    let options = CopyOptions::new()
        .skip(Skip::Size)
        .on_file(move |file| on_file.add(file.clone()))
        .on_skip(move |file| on_skip.add((file.source.to_string(), file.reason)))
        .on_error(move |file| on_error.add((file.source.to_string(), file.error.kind())));
    let report = source.copy_to_with(&destination, &options).await?;

    let mut files: Vec<String> = files.take().into_iter().map(|file| file.destination.to_string()).collect();
    files.sort();
    equal(files, ["m:destination/00", "m:destination/03"]);
    equal(skips.take(), [("m:source/01".to_owned(), storage::types::SkipReason::SameSize)]);
    equal(errors.take(), [("m:source/02".to_owned(), ErrorKind::IsADirectory)]);
    equal((report.copied_count, report.skipped_count, report.failed_count), (2, 1, 1));
    Ok(())
}

#[maybe_async]
async fn callbacks_see_a_single_file(stage: &Stage) -> Outcome {
    let source = stage.file("source", "content").await?;
    for destination in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        let (files, skips) = (Notes::new(), Notes::new());
        let (on_file, on_skip) = (files.clone(), skips.clone());
        let options = CopyOptions::new()
            .on_file(move |file| {
                on_file.add((file.source.to_string(), file.destination.to_string(), file.bytes));
            })
            .on_skip(move |file| on_skip.add(file.source.to_string()));
        source.copy_to_with(&destination, &options).await?;
        let told = files.take();
        equal(told.len(), 1);
        let (from, to, bytes) = &told[0];
        equal((from.as_str(), to), ("m:source", &destination.to_string()));
        told_bytes(stage, *bytes, 7);
        equal(skips.take().len(), 0);
        source.copy_to_with(&destination, &options.skip(Skip::Exists)).await?;
        equal(files.take().len(), 0);
        equal(skips.take(), ["m:source"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_cancelled_token_stops_before_anything_is_written(stage: &Stage) -> Outcome {
    let source = stage.file("source/file", "x").await?;
    let token = CancelToken::new();
    token.cancel();
    let options = CopyOptions::new().cancel(token);
    for destination in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        let error = refused(source.copy_to_with(&destination, &options).await, ErrorKind::Interrupted);
        no(error.is_retryable());
        no(destination.exists().await?);
        if stage.capabilities().list {
            refused(source.parent().copy_to_with(&destination, &options).await, ErrorKind::Interrupted);
            no(destination.child("file")?.exists().await?);
        }
        if stage.capabilities().delete {
            refused(source.move_to_with(&destination, &options).await, ErrorKind::Interrupted);
        }
        equal(source.read_text().await?, "x");
    }
    Ok(())
}

/// Cancels as soon as some bytes were written, but not all.
fn cancelling_half_way(total: u64) -> CopyOptions {
    let token = CancelToken::new();
    let switch = token.clone();
    CopyOptions::new().cancel(token).concurrency(1).progress(move |progress| {
        if progress.bytes > 0 && progress.bytes < total {
            switch.cancel();
        }
    })
}

#[maybe_async]
async fn a_token_cancels_a_file_half_way(stage: &Stage) -> Outcome {
    // Larger than any single step of a copy.
    let content = noise(4, 20_000_000);
    let memory = stage.memory().await?;
    memory.child("source")?.write(content.clone()).await?;
    let destination = stage.node("folder/copy");
    let options = cancelling_half_way(content.len() as u64);
    let cancelled = memory.child("source")?.copy_to_with(&destination, &options).await;
    // A store that takes the whole file in one step may be too fast to be cancelled, but never half done.
    match cancelled {
        Ok(_) => yes(destination.read().await? == content),
        Err(error) => {
            equal(error.kind(), ErrorKind::Interrupted);
            no(destination.exists().await?);
        }
    }
    if stage.capabilities().local_path {
        let folder = stage.folder().await?;
        yes(disk::everything_below(&folder)?.iter().all(|path| path == "folder" || path == "folder/copy"));
    }
    Ok(())
}

#[maybe_async]
async fn a_token_cancels_a_tree_half_way(stage: &Stage) -> Outcome {
    let source = grow(stage, 30).await?;
    let destination = stage.node("copy");
    let options = cancelling_half_way(30 * 4);
    refused(source.copy_to_with(&destination, &options).await, ErrorKind::Interrupted);
    let copied = destination.list().await?;
    yes(!copied.is_empty() && copied.len() < 30);
    for entry in copied {
        equal(entry.node.read_text().await?, format!("of{}", entry.node.name()));
    }
    let rest = source.copy_to_with(&destination, &CopyOptions::new().skip(Skip::Size)).await?;
    equal(rest.copied_count + rest.skipped_count, 30);
    yes(rest.skipped_count > 0);
    equal(destination.list().await?.len(), 30);
    Ok(())
}

#[maybe_async]
async fn a_cancelled_copy_leaves_the_old_content(stage: &Stage) -> Outcome {
    let content = noise(5, 20_000_000);
    let memory = stage.memory().await?.child("source")?;
    memory.write(content.clone()).await?;
    let destination = stage.file("copy", "old").await?;
    let cancelled = memory.copy_to_with(&destination, &cancelling_half_way(content.len() as u64)).await;
    match cancelled {
        Ok(_) => yes(destination.read().await? == content),
        Err(error) => {
            equal(error.kind(), ErrorKind::Interrupted);
            equal(destination.read_text().await?, "old");
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_copy_is_verified(stage: &Stage) -> Outcome {
    let content = noise(6, 1_500_000);
    let source = stage.file("source/file", content.clone()).await?;
    let options = CopyOptions::new().verify(true);
    for destination in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        let report = source.copy_to_with(&destination, &options).await?;
        equal((report.copied_count, report.failed_count), (1, 0));
        equal(destination.read().await?, &content);
        let seen = some(report.copied[0].checksum);
        equal((seen.algorithm(), seen.to_string()), ("md5", source.md5().await?));
    }
    let report = source.copy_to_with(&stage.node("copy"), &CopyOptions::new()).await?;
    equal(report.copied[0].checksum, None);
    Ok(())
}

fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

#[maybe_async]
async fn old_file(stage: &Stage, path: &str, length: usize) -> storage::Result<StorageNode> {
    let node = stage.node(path);
    let mut options = WriteOptions::new();
    options.modified = Some(long_ago());
    node.write_with(noise(7, length), &options).await?;
    Ok(node)
}

#[maybe_async]
async fn preserve_keeps_the_time_of_modification(stage: &Stage) -> Outcome {
    let options = CopyOptions::new().preserve(true);
    let (memory, disk) = (stage.memory().await?, stage.local().await?);
    for length in [5, 2_500_000] {
        let source = old_file(stage, "source/file", length).await?;
        for root in [stage.node("copies"), memory.clone(), disk.clone()] {
            let copy = root.child("file")?;
            source.copy_to_with(&copy, &options).await?;
            equal(copy.modified().await?, Some(long_ago()));
            copy.copy_to_with(&stage.node("back"), &options).await?;
            equal(stage.node("back").modified().await?, Some(long_ago()));
            if stage.capabilities().list {
                source.parent().copy_to_with(&root.child("tree")?, &options).await?;
                equal(root.child("tree/file")?.modified().await?, Some(long_ago()));
            }
        }
    }
    Ok(())
}

#[maybe_async]
async fn preserve_keeps_the_mode(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    let disk = stage.local().await?;
    for (mode, length) in [(0o640, 5), (0o755, 5), (0o400, 2_500_000)] {
        let source = stage.file(&format!("{mode:o}"), noise(8, length)).await?;
        disk::set_mode(&folder.join(source.name()), mode)?;
        for copy in [stage.node(&format!("copy{mode:o}")), disk.child(format!("{mode:o}"))?] {
            source.copy_to_with(&copy, &CopyOptions::new().preserve(true)).await?;
            equal(copy.stat().await?.mode, Some(mode));
        }
    }
    Ok(())
}

#[maybe_async]
async fn without_preserve_the_copy_is_new(stage: &Stage) -> Outcome {
    let source = old_file(stage, "source", 5).await?;
    for copy in [stage.node("copy"), stage.memory().await?.child("copy")?] {
        source.copy_to(&copy).await?;
        yes(some(copy.modified().await?) > long_ago() + Duration::from_secs(86_400));
    }
    Ok(())
}

#[maybe_async]
async fn any_number_of_files_in_flight_gives_the_same_tree(stage: &Stage) -> Outcome {
    let source = grow(stage, 40).await?;
    let memory = stage.memory().await?;
    for concurrency in [0, 1, 2, 7, 64] {
        let options = CopyOptions::new().concurrency(concurrency);
        for root in [stage.node("copies"), memory.clone()] {
            let destination = root.child(format!("{concurrency}"))?;
            let report = source.copy_to_with(&destination, &options).await?;
            equal((report.copied_count, report.bytes), (40, 160));
            for entry in destination.list().await? {
                equal(entry.node.read_text().await?, format!("of{}", entry.node.name()));
            }
            equal(destination.list().await?.len(), 40);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_report_tells_what_happened(stage: &Stage) -> Outcome {
    let source = grow(stage, 3).await?;
    let destination = stage.node("copy");
    destination.child("01")?.write("of01").await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new().skip(Skip::Hash)).await?;
    let mut copied: Vec<_> = report
        .copied
        .iter()
        .map(|file| (file.source.path().as_str(), file.destination.path().as_str(), file.bytes))
        .collect();
    copied.sort_unstable();
    equal(copied, [("source/00", "copy/00", 4), ("source/02", "copy/02", 4)]);
    equal(report.skipped[0].source.to_string(), "m:source/01");
    equal(report.bytes, 8);
    yes(report.elapsed > Duration::ZERO);
    equal(report.to_string().as_str(), "2 copied (8 bytes), 1 skipped, 0 failed");
    yes(report.into_result().is_ok());
    Ok(())
}
