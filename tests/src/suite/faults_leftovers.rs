//! What stopped runs leave in stores is found and removed, and what is alive stays.

use storage::types::{Access, Checkpoint, ErrorKind, Leftover, LeftoverKind, LeftoverOptions, WriteOptions};

use super::api::{ResumeNote, StorageNode};
use super::maybe_async;
use super::resume::{Notes, large_in_memory, stop_half_way};
use super::stage::Stage;
use crate::support::checks::{equal, no, refused, some, yes};
use crate::support::content::noise;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    what_a_stopped_copy_left_is_found_and_removed if [resume];
    nothing_is_left_over_where_nothing_was_stopped if [list];
    what_is_being_written_is_in_use_and_stays if [resume, local_path];
    a_part_of_a_mount_tells_its_own_leftovers if [resume, local_path];
    only_names_of_unfinished_files_are_removed if [resume, local_path];
}

/// Whether the store says which uploads are open.
fn lists(stage: &Stage) -> bool {
    !matches!(stage.root().resolved().0.kind(), "azure" | "gcs")
}

#[maybe_async]
async fn leftovers(node: &StorageNode) -> Result<Vec<Leftover>, Failure> {
    Ok(node.leftovers().await?.into_iter().collect::<Result<_, _>>()?)
}

#[maybe_async]
async fn what_a_stopped_copy_left_is_found_and_removed(stage: &Stage) -> Outcome {
    let kept = stage.file("folder/kept", "kept").await?;
    let (source, file, notes) = (large_in_memory(stage, 61).await?, stage.node("folder/copy"), Notes::new()?);
    stop_half_way(&source, &file, &notes.options()).await?;
    let all = ResumeNote::all(notes.folder()).await?;
    equal(all.len(), 1);
    equal(stage.root().noted(&all[0]).as_ref(), Some(&file));
    equal(stage.node("folder").noted(&all[0]).as_ref(), Some(&file));
    equal(stage.node("elsewhere").noted(&all[0]), None);
    if lists(stage) {
        let found = leftovers(&stage.root()).await?;
        equal(found.len(), 1);
        yes(all[0].names(&found[0]));
        no(found[0].in_use);
        yes(some(found[0].size) > 0 && found[0].modified.is_some());
        equal(leftovers(&stage.node("folder")).await?.len(), 1);
        yes(stage.root().remove_leftover(&found[0]).await?);
        no(stage.root().remove_leftover(&found[0]).await?);
        equal(leftovers(&stage.root()).await?.len(), 0);
    } else {
        equal(leftovers(&stage.root()).await?.len(), 0);
        file.discard(&all[0]).await?;
    }
    yes(all[0].remove().await?);
    no(all[0].remove().await?);
    equal(ResumeNote::all(notes.folder()).await?.len(), 0);
    equal(kept.read_text().await?, "kept");
    no(file.exists().await?);
    Ok(())
}

#[maybe_async]
async fn nothing_is_left_over_where_nothing_was_stopped(stage: &Stage) -> Outcome {
    stage.file("folder/file", "text").await?;
    equal(leftovers(&stage.root()).await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn what_is_being_written_is_in_use_and_stays(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let checkpoint = Checkpoint::new(None, |_| Ok(()));
    let mut writer = node.writer_with(&WriteOptions::new().checkpoint(checkpoint)).await?;
    writer.write(noise(62, 20 << 20)).await?;
    let found = leftovers(&stage.root()).await?;
    equal(found.len(), 1);
    equal((found[0].kind, found[0].in_use), (LeftoverKind::Part, true));
    no(stage.root().remove_leftover(&found[0]).await?);
    writer.finish().await?;
    equal(leftovers(&stage.root()).await?.len(), 0);
    equal(node.size().await?, 20 << 20);
    Ok(())
}

#[maybe_async]
async fn a_part_of_a_mount_tells_its_own_leftovers(stage: &Stage) -> Outcome {
    stage.file("one/two/file", "text").await?;
    let folder = stage.folder().await?;
    for name in ["one/.storage-tmp~part-0", "one/two/.storage-tmp~part-1", ".storage-tmp~part-2"] {
        std::fs::write(folder.join(name), "half")?;
    }
    let part = stage.relative("part", "one", "delete")?;
    let found = leftovers(&part).await?;
    let paths: Vec<&str> = found.iter().map(|leftover| leftover.path.as_str()).collect();
    equal(paths, [".storage-tmp~part-0", "two/.storage-tmp~part-1"]);
    let level = part.leftovers_with(&LeftoverOptions::new().recursive(false)).await?;
    equal(level.len(), 1);
    let look = stage.relative("look", "one", "readonly")?;
    equal(leftovers(&look).await?.len(), 2);
    refused(look.remove_leftover(&found[0]).await, ErrorKind::PermissionDenied);
    yes(part.remove_leftover(&found[0]).await?);
    yes(part.remove_leftover(&found[1]).await?);
    equal(leftovers(&stage.root()).await?.len(), 1);
    Ok(())
}

#[maybe_async]
async fn only_names_of_unfinished_files_are_removed(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "text").await?;
    let wrong = Leftover::new(LeftoverKind::Part, node.path().clone(), "file");
    refused(stage.root().remove_leftover(&wrong).await, ErrorKind::InvalidInput);
    equal(node.read_text().await?, "text");
    yes(node.native_path(Access::Read).await?.exists());
    Ok(())
}
