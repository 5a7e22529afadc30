//! A sync that is killed at a random moment: what is there is whole, and the next sync finishes the rest.

use std::time::{Duration, Instant};

use storage::types::{CopyOptions, MountConfig, Skip, SyncOptions};

use super::api::{StorageManager, StorageNode};
use super::clouds::Kind;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::equal;
use crate::support::mirror::Mirror;
use crate::support::outcome::{Failure, Outcome};
use crate::support::process::{self, Helper, quick};

behaviours! {
    a_sync_killed_at_any_moment_is_finished_by_the_next if [local_path, list, delete];
    a_sync_with_notes_killed_at_any_moment_goes_on_and_leaves_no_part if [local_path, list, delete, resume];
}

const FILES: u64 = 2_000;

/// Bytes of each of the two large files.
const LARGE: u64 = 8 << 20;

/// The same where parts of them are kept: more than two parts.
const WITH_NOTES: u64 = 36 << 20;

/// Kills; the other colour has as many.
pub(super) fn kills(many: u64, few: u64) -> u64 {
    if quick() { few } else { many }
}

/// What syncs of these trials do: what only the destination has goes.
pub(super) fn mirrored() -> SyncOptions {
    SyncOptions::new().delete_extra(true)
}

/// The same, keeping parts of large files when there is a folder for notes about them.
fn with_notes(notes: &str) -> SyncOptions {
    let mut options = mirrored();
    if !notes.is_empty() {
        options.copy = options.copy.resume(notes);
    }
    options
}

/// Mounts what a helper is told by one word: `local=` and a folder, or `s3=` and a prefix.
pub(super) fn mount(manager: &StorageManager, name: &str, place: &str) -> Result<StorageNode, Failure> {
    let config = match place.split_once('=') {
        Some(("local", folder)) => MountConfig::local(name, folder),
        Some(("s3", prefix)) => Kind::S3.config(name, prefix, None)?,
        _ => return Err(Failure::new(format!("there is no place `{place}`"))),
    };
    manager.add_mount(&config)?;
    Ok(manager.node(name)?)
}

/// What a helper does: it syncs, and is killed meanwhile.
#[maybe_async]
pub(super) async fn sync(from: &str, to: &str, notes: &str) -> Result<i32, Failure> {
    let manager = StorageManager::new();
    let (from, to) = (mount(&manager, "from", from)?, mount(&manager, "to", to)?);
    process::tell_begun()?;
    from.sync_to_with(&to, &with_notes(notes)).await?.into_result()?;
    Ok(0)
}

/// The same for one large file, which goes on where an earlier helper was killed.
#[maybe_async]
pub(super) async fn resume(from: &str, to: &str, notes: &str) -> Result<i32, Failure> {
    let manager = StorageManager::new();
    let (from, to) = (mount(&manager, "from", from)?, mount(&manager, "to", to)?);
    process::tell_begun()?;
    let options = CopyOptions::new().resume(notes);
    from.child("large")?.copy_to_with(&to.child("large")?, &options).await?.into_result()?;
    Ok(0)
}

/// Two places by the words for helpers, and how long a sync between them takes.
#[derive(Default)]
pub(super) struct Between {
    pub(super) from: String,
    pub(super) to: String,
    /// A folder, or nothing.
    notes: String,
    usual: Duration,
}

impl Between {
    pub(super) fn new(from: String, to: String) -> Self {
        Self { from, to, ..Self::default() }
    }

    fn start(&self) -> Result<Helper, Failure> {
        let mut helper = Helper::start(&["sync", &self.from, &self.to, &self.notes])?;
        helper.wait_until_begun()?;
        Ok(helper)
    }

    /// Lets a helper sync in peace and notes how long that takes.
    pub(super) fn measure(&mut self) -> Outcome {
        let (helper, begun) = (self.start()?, Instant::now());
        match helper.exit_code()? {
            0 => self.usual = begun.elapsed(),
            code => return Err(Failure::new(format!("the helper ended with {code}"))),
        }
        Ok(())
    }

    /// Starts a sync and kills it at a random moment of its usual time. False when it had ended by then.
    pub(super) fn kill(&self, mirror: &mut Mirror) -> Result<bool, Failure> {
        let helper = self.start()?;
        // The moment of the kill is what is random here; nothing waits for anything.
        let usual = u64::try_from(self.usual.as_micros()).unwrap_or(u64::MAX);
        std::thread::sleep(Duration::from_micros(mirror.below(usual)));
        match helper.kill()?.code() {
            None => Ok(true),
            Some(0) => Ok(false),
            Some(code) => Err(mirror.failure(format!("the helper ended with {code}"))),
        }
    }
}

/// As `storage check` does: by content, in both directions, changing nothing.
#[maybe_async]
pub(super) async fn agree(mirror: &Mirror, from: &StorageNode, to: &StorageNode) -> Outcome {
    let copy = CopyOptions::new().skip(Skip::Hash).preserve(true);
    let options = mirrored().copy(copy).force(true).dry_run(true);
    let report = from.sync_to_with(to, &options).await?;
    match (report.copied_count, report.deleted_count, report.failed_count) {
        (0, 0, 0) => Ok(()),
        found => Err(mirror.failure(format!("a check finds (copied, deleted, failed): {found:?}"))),
    }
}

#[maybe_async]
async fn a_sync_killed_at_any_moment_is_finished_by_the_next(stage: &Stage) -> Outcome {
    let mirror = Mirror::new(FILES, LARGE, false)?;
    killed_and_finished(stage, mirror, "", kills(250, 25)).await
}

#[maybe_async]
async fn a_sync_with_notes_killed_at_any_moment_goes_on_and_leaves_no_part(stage: &Stage) -> Outcome {
    let notes = tempfile::tempdir()?;
    let mirror = Mirror::new(30, WITH_NOTES, false)?.keeping_parts();
    killed_and_finished(stage, mirror, &notes.path().to_string_lossy(), kills(50, 8)).await?;
    equal(std::fs::read_dir(notes.path())?.count(), 0);
    Ok(())
}

#[maybe_async]
async fn killed_and_finished(stage: &Stage, mut mirror: Mirror, notes: &str, kills: u64) -> Outcome {
    let place = |folder: std::path::PathBuf| format!("local={}", folder.display());
    let mut between = Between::new(place(mirror.source()), place(mirror.destination()));
    notes.clone_into(&mut between.notes);
    let (from, to) =
        (mount(&stage.manager, "from", &between.from)?, mount(&stage.manager, "to", &between.to)?);
    // First everything, then what changes from round to round.
    between.measure()?;
    mirror.is_equal()?;
    mirror.change(true)?;
    between.measure()?;
    mirror.is_equal()?;
    let (mut killed, mut rounds) = (0, 0);
    while killed < kills {
        mirror.change(true)?;
        let (source, before) = (mirror.source_now()?, mirror.destination_now()?);
        killed += u64::from(between.kill(&mut mirror)?);
        mirror.is_whole(&source, &before, &mirror.destination_now()?)?;
        from.sync_to_with(&to, &with_notes(notes)).await?.into_result()?;
        mirror.is_equal()?;
        rounds += 1;
        if rounds % 10 == 0 {
            agree(&mirror, &from, &to).await?;
        }
        if rounds > 4 * kills {
            return Err(mirror.failure(format!("of {rounds} syncs only {killed} were killed")));
        }
    }
    Ok(())
}
