//! Large files that are stopped half-way, and go on.

use std::fs;
use std::path::Path;

use storage::types::{CancelToken, CopyOptions, CopyReport, DeleteOptions, ErrorKind, Skip};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_file_that_was_stopped_goes_on if [resume];
    a_file_that_was_stopped_begins_anew_when_the_source_is_another if [resume];
    a_note_that_is_none_begins_anew if [resume];
    a_foreign_note_begins_anew if [resume];
    a_read_that_was_stopped_goes_on_elsewhere if [!opaque_paths];
    a_copy_inside_the_store_that_was_stopped_goes_on if [resume, local_path];
    a_directory_with_a_part_in_it_is_an_empty_one if [resume, local_path];
    a_note_of_a_file_that_is_there_goes if [resume, list];
    what_was_left_of_a_file_that_is_gone_goes if [resume, list];
    without_a_folder_for_notes_nothing_is_left if [resume];
    a_folder_that_cannot_be_made_does_no_harm if [resume];
}

/// Bytes of the file: more than four parts of every store.
const SIZE: usize = (36 << 20) + 5;

/// So many have been handed over when it is stopped: one part at least has arrived by then, and two may be on their way.
const STOPPED: u64 = 28 << 20;

/// At least so many must have arrived then, in bytes.
const ARRIVED: u64 = 8 << 20;

pub(super) struct Notes(tempfile::TempDir);

impl Notes {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self(tempfile::tempdir()?))
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn options(&self) -> CopyOptions {
        CopyOptions::new().resume(self.folder())
    }

    fn files(&self) -> Result<Vec<std::path::PathBuf>, Failure> {
        let entries = fs::read_dir(self.folder())?;
        Ok(entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?)
    }

    fn replace(&self, change: impl Fn(&str) -> String) -> Outcome {
        let files = self.files()?;
        equal(files.len(), 1);
        for file in files {
            let text = fs::read_to_string(&file)?;
            fs::write(&file, change(&text))?;
        }
        Ok(())
    }
}

/// Copies, and stops when so many bytes have moved.
#[maybe_async]
pub(super) async fn stop_half_way(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
) -> Outcome {
    let token = CancelToken::new();
    let stop = token.clone();
    let options = options.clone().cancel(token).progress(move |progress| {
        if progress.bytes >= STOPPED {
            stop.cancel();
        }
    });
    refused(source.copy_to_with(destination, &options).await, ErrorKind::Interrupted);
    yes(!destination.exists().await?);
    Ok(())
}

#[maybe_async]
async fn go_on(
    source: &StorageNode,
    destination: &StorageNode,
    notes: &Notes,
) -> Result<CopyReport, Failure> {
    let report = source.copy_to_with(destination, &notes.options()).await?;
    yes(source.same_bytes(destination).await?);
    equal(notes.files()?.len(), 0);
    Ok(report)
}

#[maybe_async]
pub(super) async fn large_in_memory(stage: &Stage, seed: u64) -> Result<StorageNode, Failure> {
    let source = stage.memory().await?.child("large")?;
    source.write(noise(seed, SIZE)).await?;
    Ok(source)
}

#[maybe_async]
async fn a_file_that_was_stopped_goes_on(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 1).await?, stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    equal(notes.files()?.len(), 1);
    let report = go_on(&source, &destination, &notes).await?;
    yes((ARRIVED..SIZE as u64).contains(&report.bytes_resumed));
    equal(report.bytes, SIZE as u64);
    // The next copy has nothing to go on with.
    equal(go_on(&source, &destination, &notes).await?.bytes_resumed, 0);
    Ok(())
}

#[maybe_async]
async fn a_file_that_was_stopped_begins_anew_when_the_source_is_another(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 2).await?, stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    source.write(noise(3, SIZE)).await?;
    equal(go_on(&source, &destination, &notes).await?.bytes_resumed, 0);
    Ok(())
}

#[maybe_async]
async fn a_note_that_is_none_begins_anew(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 4).await?, stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    notes.replace(|text| text[..text.len() / 2].to_owned())?;
    equal(go_on(&source, &destination, &notes).await?.bytes_resumed, 0);
    Ok(())
}

#[maybe_async]
async fn a_foreign_note_begins_anew(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 5).await?, stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    notes.replace(|text| {
        let mut record: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        record["note"] = "0123456789abcdef0123456789abcdef".into();
        record.to_string()
    })?;
    equal(go_on(&source, &destination, &notes).await?.bytes_resumed, 0);
    Ok(())
}

#[maybe_async]
async fn what_was_left_of_a_file_that_is_gone_goes(stage: &Stage) -> Outcome {
    let (large, notes) = (large_in_memory(stage, 12).await?, Notes::new()?);
    let (source, destination) = (large.parent(), stage.directory("copies").await?);
    source.child("small")?.write("small").await?;
    stop_half_way(&large, &destination.child("large")?, &notes.options()).await?;
    // A run of another tree is not asked.
    let elsewhere = stage.memory().await?;
    elsewhere.child("small")?.write("other").await?;
    elsewhere.copy_to_with(&destination.child("other")?, &notes.options()).await?;
    equal(notes.files()?.len(), 1);
    large.delete().await?;
    let report = source.copy_to_with(&destination, &notes.options()).await?;
    equal((report.copied_count, report.failed_count), (1, 0));
    equal(notes.files()?.len(), 0);
    // A directory in which nothing is left over can be removed.
    destination.child("small")?.delete().await?;
    destination.child("other/small")?.delete().await?;
    Ok(())
}

#[maybe_async]
async fn a_read_that_was_stopped_goes_on_elsewhere(stage: &Stage) -> Outcome {
    let source = stage.file("large", noise(6, SIZE)).await?;
    let (destination, notes) = (stage.local().await?.child("copy")?, Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    let report = go_on(&source, &destination, &notes).await?;
    yes((ARRIVED..SIZE as u64).contains(&report.bytes_resumed));
    Ok(())
}

#[maybe_async]
async fn a_copy_inside_the_store_that_was_stopped_goes_on(stage: &Stage) -> Outcome {
    let source = stage.file("large", noise(7, SIZE)).await?;
    let (destination, notes) = (stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    let report = go_on(&source, &destination, &notes).await?;
    yes((ARRIVED..SIZE as u64).contains(&report.bytes_resumed));
    let left = fs::read_dir(stage.folder().await?)?.count();
    equal(left, 2);
    Ok(())
}

#[maybe_async]
async fn without_a_folder_for_notes_nothing_is_left(stage: &Stage) -> Outcome {
    let (source, destination) = (large_in_memory(stage, 8).await?, stage.node("folder/copy"));
    stop_half_way(&source, &destination, &CopyOptions::new()).await?;
    let report = source.copy_to_with(&destination, &CopyOptions::new()).await?;
    equal(report.bytes_resumed, 0);
    Ok(())
}

#[maybe_async]
async fn a_folder_that_cannot_be_made_does_no_harm(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 9).await?, stage.node("copy"), Notes::new()?);
    let file = notes.folder().join("file");
    fs::write(&file, "in the way")?;
    let options = CopyOptions::new().resume(file.join("notes"));
    stop_half_way(&source, &destination, &options).await?;
    let report = source.copy_to_with(&destination, &options).await?;
    equal(report.bytes_resumed, 0);
    yes(source.same_bytes(&destination).await?);
    Ok(())
}

#[maybe_async]
async fn a_directory_with_a_part_in_it_is_an_empty_one(stage: &Stage) -> Outcome {
    let (source, notes) = (large_in_memory(stage, 10).await?, Notes::new()?);
    let directory = stage.directory("folder").await?;
    stop_half_way(&source, &directory.child("copy")?, &notes.options()).await?;
    equal(fs::read_dir(stage.folder().await?.join("folder"))?.count(), 1);
    directory.delete_with(&DeleteOptions::empty_dir()).await?;
    yes(!directory.exists().await?);
    // There is nothing to go on with then.
    equal(go_on(&source, &directory.child("copy")?, &notes).await?.bytes_resumed, 0);
    refused(directory.delete_with(&DeleteOptions::empty_dir()).await, ErrorKind::IsADirectory);
    Ok(())
}

#[maybe_async]
async fn a_note_of_a_file_that_is_there_goes(stage: &Stage) -> Outcome {
    let (source, destination, notes) = (large_in_memory(stage, 11).await?, stage.node("copy"), Notes::new()?);
    stop_half_way(&source, &destination, &notes.options()).await?;
    // Somebody else brings it.
    source.copy_to(&destination).await?;
    let report = source.copy_to_with(&destination, &notes.options().skip(Skip::Size)).await?;
    equal((report.copied_count, report.skipped_count), (0, 1));
    equal(notes.files()?.len(), 0);
    Ok(())
}
