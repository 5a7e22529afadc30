//! A disk that is full: the old content stays, and nothing is left behind.

use storage::types::{CopyOptions, ErrorKind, MountConfig, SyncOptions, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};
use crate::support::small_disk::SmallDisk;

behaviours! {
    a_write_to_a_full_disk_leaves_the_old_content;
    a_streamed_write_to_a_full_disk_leaves_the_old_content;
    an_append_to_a_full_disk_leaves_the_old_content;
    a_copy_to_a_full_disk_leaves_the_old_content;
    a_copy_within_a_full_disk_leaves_the_old_content;
    a_tree_copied_to_a_full_disk_reports_what_did_not_fit;
    a_move_to_a_full_disk_keeps_the_source;
    a_sync_to_a_full_disk_deletes_nothing_and_is_finished_when_there_is_room;
}

const ROOM: usize = 1 << 20;
const TOO_MUCH: usize = 3 << 20;

/// A mount with little room and one file in it.
#[maybe_async]
async fn nearly_full(stage: &Stage) -> Result<(SmallDisk, StorageNode), Failure> {
    let disk = SmallDisk::with_room_for(ROOM)?;
    stage.manager.add_mount(&MountConfig::local("small", disk.path()))?;
    let file = stage.at("small:folder/file");
    file.write(noise(1, 100_000)).await?;
    Ok((disk, file))
}

/// The old content is there, nothing else is, and there is room again for something that fits.
#[maybe_async]
async fn unharmed(disk: &SmallDisk, file: &StorageNode) -> Outcome {
    yes(file.read().await? == noise(1, 100_000));
    equal(disk::everything_below(disk.path())?, ["folder", "folder/file"]);
    let small = file.parent().child("small")?;
    small.write(noise(2, 700_000)).await?;
    small.delete().await?;
    Ok(())
}

#[maybe_async]
async fn a_write_to_a_full_disk_leaves_the_old_content(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    for durability in [storage::Durability::Full, storage::Durability::None] {
        let options = WriteOptions::new().durability(durability);
        let error = refused(file.write_with(noise(3, TOO_MUCH), &options).await, ErrorKind::QuotaExceeded);
        mentions(&error, &["small:folder/file", "space"]);
        let fresh = file.parent().child("fresh")?;
        refused(fresh.write_with(noise(3, TOO_MUCH), &options).await, ErrorKind::QuotaExceeded);
        no(fresh.exists().await?);
        unharmed(&disk, &file).await?;
    }

    // Little by little: contents that are written while the folder is locked fill the disk too.
    let at_once = WriteOptions::new().durability(storage::Durability::None);
    let filler = file.parent().child("filler")?;
    filler.write(noise(4, 800_000)).await?;
    refused(file.write_with(noise(5, 200_000), &at_once).await, ErrorKind::QuotaExceeded);
    filler.delete().await?;
    unharmed(&disk, &file).await
}

#[maybe_async]
async fn a_streamed_write_to_a_full_disk_leaves_the_old_content(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    for path in ["file", "fresh"] {
        let node = file.parent().child(path)?;
        let error = refused(stream_too_much(&node).await, ErrorKind::QuotaExceeded);
        mentions(&error, &["space"]);
        unharmed(&disk, &file).await?;
    }
    Ok(())
}

#[maybe_async]
async fn stream_too_much(node: &StorageNode) -> storage::Result<()> {
    let mut writer = node.writer().await?;
    for part in 0..6 {
        writer.write(noise(part, TOO_MUCH / 6)).await?;
    }
    writer.finish().await?;
    Ok(())
}

#[maybe_async]
async fn an_append_to_a_full_disk_leaves_the_old_content(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    refused(file.append(noise(3, TOO_MUCH)).await, ErrorKind::QuotaExceeded);
    unharmed(&disk, &file).await
}

#[maybe_async]
async fn a_copy_to_a_full_disk_leaves_the_old_content(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    let (memory, local) = (stage.memory().await?, stage.local().await?);
    for root in [memory, local] {
        for length in [700_000, TOO_MUCH] {
            // Two of these do not fit beside the old content, which stays until the new one is complete.
            let source = root.child("source")?;
            source.write(noise(3, length)).await?;
            let filler = file.parent().child("filler")?;
            filler.write(noise(4, 400_000)).await?;
            let error = refused(source.copy_to(&file).await, ErrorKind::QuotaExceeded);
            mentions(&error, &["space"]);
            refused(
                source.copy_to_with(&file, &CopyOptions::new().preserve(true)).await,
                ErrorKind::QuotaExceeded,
            );
            filler.delete().await?;
            unharmed(&disk, &file).await?;
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_copy_within_a_full_disk_leaves_the_old_content(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    let large = file.parent().child("large")?;
    large.write(noise(3, 600_000)).await?;
    refused(large.copy_to(&file).await, ErrorKind::QuotaExceeded);
    refused(large.copy_to(&file.parent().child("copy")?).await, ErrorKind::QuotaExceeded);
    yes(large.read().await? == noise(3, 600_000));
    large.delete().await?;
    unharmed(&disk, &file).await
}

#[maybe_async]
async fn a_tree_copied_to_a_full_disk_reports_what_did_not_fit(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    let source = stage.memory().await?.child("tree")?;
    source.child("a-small")?.write("fits").await?;
    source.child("b-large")?.write(noise(3, TOO_MUCH)).await?;
    source.child("c-small")?.write("fits too").await?;
    let destination = stage.at("small:tree");
    let report = source.copy_to_with(&destination, &CopyOptions::new().concurrency(1)).await?;
    equal((report.copied_count, report.failed_count), (2, 1));
    equal(report.failed[0].source.to_string().ends_with(":tree/b-large"), true);
    equal(report.failed[0].error.kind(), ErrorKind::QuotaExceeded);
    equal(
        disk::everything_below(disk.path())?,
        ["folder", "folder/file", "tree", "tree/a-small", "tree/c-small"],
    );
    yes(file.read().await? == noise(1, 100_000));
    Ok(())
}

#[maybe_async]
async fn a_move_to_a_full_disk_keeps_the_source(stage: &Stage) -> Outcome {
    let (disk, file) = nearly_full(stage).await?;
    for root in [stage.memory().await?, stage.local().await?] {
        let source = root.child("source")?;
        source.write(noise(3, TOO_MUCH)).await?;
        refused(source.move_to(&file).await, ErrorKind::QuotaExceeded);
        yes(source.read().await? == noise(3, TOO_MUCH));
        unharmed(&disk, &file).await?;
    }
    Ok(())
}

#[maybe_async]
async fn a_sync_to_a_full_disk_deletes_nothing_and_is_finished_when_there_is_room(stage: &Stage) -> Outcome {
    for source in [stage.memory().await?, stage.local().await?] {
        let (disk, extra) = nearly_full(stage).await?;
        for number in 0..20 {
            source.child(format!("f{number}"))?.write(noise(number, 60_000)).await?;
        }
        let destination = stage.at("small:");
        let options = SyncOptions::new().delete_extra(true);
        let report = source.sync_to_with(&destination, &options).await?;
        yes(report.copied_count > 5 && report.copied_count < 20);
        equal((report.copied_count + report.failed_count, report.deleted_count), (20 + 1, 0));
        yes(report.failed.iter().any(|failed| failed.error.kind() == ErrorKind::QuotaExceeded));
        yes(extra.read().await? == noise(1, 100_000));
        for name in disk::everything_below(disk.path())? {
            let number = name.strip_prefix('f').and_then(|number| number.parse().ok());
            if let Some(number) = number {
                yes(destination.child(&name)?.read().await? == noise(number, 60_000));
            }
        }
        for number in 0..12 {
            source.child(format!("f{number}"))?.delete().await?;
        }
        // Extras go only when everything is copied, so what does not fit beside them does not get in.
        let forced = source.sync_to_with(&destination, &options.clone().force(true)).await?;
        yes(forced.deleted_count > 0);
        let report = source.sync_to_with(&destination, &options).await?;
        equal(report.failed_count, 0);
        equal(disk::everything_below(disk.path())?.len(), 8);
    }
    Ok(())
}
