//! A sync to a bucket or from one that is killed at a random moment.

use std::time::{Duration, Instant};

use storage::types::{CopyOptions, DeleteOptions, LeftoverKind, StoragePath, WalkOptions};

use super::api::{ResumeNote, StorageNode};
use super::clouds::fresh_prefix;
use super::killed::{Between, agree, kills, mirrored, mount};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, yes};
use crate::support::content::noise;
use crate::support::mirror::{Mirror, Snapshot};
use crate::support::outcome::{Failure, Outcome};
use crate::support::process::Helper;

behaviours! {
    a_sync_to_a_bucket_and_back_killed_at_any_moment_is_finished_by_the_next if [list, delete];
    a_large_file_killed_again_and_again_goes_on_each_time if [list, delete];
    an_upload_that_was_killed_is_found_without_its_note_and_removed if [list, delete];
}

const FILES: u64 = 150;

/// Bytes of each of the two large files: two parts.
const LARGE: u64 = 10 << 20;

/// Every object below a node.
#[maybe_async]
async fn objects(root: &StorageNode) -> Result<Snapshot, Failure> {
    let mut found = Snapshot::new();
    let mut walk = root.walk(&WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        if entry.metadata.is_file() {
            let path = entry.node.path().strip_prefix(root.path()).unwrap_or_else(StoragePath::root);
            found.insert(path.as_str().to_owned(), entry.node.read().await?.to_vec());
        }
    }
    Ok(found)
}

/// From a folder to a bucket, and from there to another folder.
struct Way {
    mirror: Mirror,
    up: Between,
    down: Between,
    from: StorageNode,
    bucket: StorageNode,
    to: StorageNode,
}

impl Way {
    fn new(stage: &Stage) -> Result<Self, Failure> {
        let mirror = Mirror::new(FILES, LARGE, true)?;
        let (from, to) = (mirror.source(), mirror.destination());
        let (from, to) = (format!("local={}", from.display()), format!("local={}", to.display()));
        let bucket = format!("s3={}", fresh_prefix());
        let mounted = |name, place: &str| mount(&stage.manager, name, place);
        Ok(Self {
            from: mounted("from", &from)?,
            bucket: mounted("bucket", &bucket)?,
            to: mounted("to", &to)?,
            up: Between::new(from, bucket.clone()),
            down: Between::new(bucket, to),
            mirror,
        })
    }
}

#[maybe_async]
impl Way {
    /// Kills a sync to the bucket, then finishes it. Tells whether it was killed before its end.
    async fn up(&mut self) -> Result<bool, Failure> {
        let (source, before) = (self.mirror.source_now()?, objects(&self.bucket).await?);
        let killed = self.up.kill(&mut self.mirror)?;
        self.mirror.is_whole(&source, &before, &objects(&self.bucket).await?)?;
        self.from.sync_to_with(&self.bucket, &mirrored()).await?.into_result()?;
        self.mirror.are_equal(&source, &objects(&self.bucket).await?)?;
        agree(&self.mirror, &self.from, &self.bucket).await?;
        Ok(killed)
    }

    /// The same from the bucket to the other folder.
    async fn down(&mut self) -> Result<bool, Failure> {
        let (source, before) = (objects(&self.bucket).await?, self.mirror.destination_now()?);
        let killed = self.down.kill(&mut self.mirror)?;
        self.mirror.is_whole(&source, &before, &self.mirror.destination_now()?)?;
        self.bucket.sync_to_with(&self.to, &mirrored()).await?.into_result()?;
        self.mirror.is_equal()?;
        Ok(killed)
    }
}

#[maybe_async]
async fn a_sync_to_a_bucket_and_back_killed_at_any_moment_is_finished_by_the_next(stage: &Stage) -> Outcome {
    let kills = kills(20, 6);
    let mut way = Way::new(stage)?;
    for _ in 0..2 {
        // Everything, then what changes from round to round.
        way.up.measure()?;
        way.down.measure()?;
        way.mirror.is_equal()?;
        way.mirror.change(false)?;
    }
    let (mut killed, mut rounds) = (0, 0);
    while killed < kills {
        way.mirror.change(false)?;
        killed += u64::from(way.up().await?);
        killed += u64::from(way.down().await?);
        rounds += 1;
        if rounds > 4 * kills {
            return Err(way.mirror.failure(format!("of {rounds} rounds only {killed} had a kill")));
        }
    }
    for entry in way.bucket.list().await? {
        entry.node.delete_with(&DeleteOptions::recursive()).await?;
    }
    Ok(())
}

/// Bytes of a file of seven parts.
const SEVEN_PARTS: usize = 52 << 20;

/// Bytes of open uploads that have arrived.
#[maybe_async]
async fn arrived(bucket: &StorageNode) -> Result<u64, Failure> {
    let uploads = bucket.leftovers().await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(uploads.iter().filter_map(|upload| upload.size).sum())
}

#[maybe_async]
async fn a_large_file_killed_again_and_again_goes_on_each_time(stage: &Stage) -> Outcome {
    let (folder, notes) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (from, to) = (format!("local={}", folder.path().display()), format!("s3={}", fresh_prefix()));
    let source = mount(&stage.manager, "from", &from)?.child("large")?;
    let bucket = mount(&stage.manager, "bucket", &to)?;
    let order = ["resume", &from, &to, &notes.path().display().to_string()];
    let (mut usual, mut resumed) = (Duration::ZERO, 0);
    for round in 0..=kills(6, 2) {
        source.write(noise(round, SEVEN_PARTS)).await?;
        if round == 0 {
            let begun = Instant::now();
            equal(Helper::start(&order)?.exit_code()?, 0);
            usual = begun.elapsed();
            continue;
        }
        for part in 1..4 {
            let mut helper = Helper::start(&order)?;
            helper.wait_until_begun()?;
            if part < 3 {
                std::thread::sleep(usual * part / 6);
            }
            // However fast or slow the machine is, the last one leaves something to go on with.
            while part == 3 && arrived(&bucket).await? == 0 && !helper.has_ended()? {}
            helper.kill()?;
        }
        let options = CopyOptions::new().resume(notes.path());
        let report = source.copy_to_with(&bucket.child("large")?, &options).await?;
        resumed += report.bytes_resumed;
        yes(source.same_bytes(&bucket.child("large")?).await?);
        equal(std::fs::read_dir(notes.path())?.count(), 0);
    }
    yes(resumed > 0);
    bucket.child("large")?.delete().await?;
    Ok(())
}

#[maybe_async]
async fn an_upload_that_was_killed_is_found_without_its_note_and_removed(stage: &Stage) -> Outcome {
    let (folder, notes) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (from, to) = (format!("local={}", folder.path().display()), format!("s3={}", fresh_prefix()));
    mount(&stage.manager, "from", &from)?.child("large")?.write(noise(70, SEVEN_PARTS)).await?;
    let bucket = mount(&stage.manager, "bucket", &to)?;
    let mut helper = Helper::start(&["resume", &from, &to, &notes.path().display().to_string()])?;
    helper.wait_until_begun()?;
    let begun = Instant::now();
    while bucket.leftovers().await?.is_empty() && begun.elapsed() < Duration::from_secs(60) {}
    helper.kill()?;
    // The note is lost, as with a state folder that was removed.
    for note in ResumeNote::all(notes.path()).await? {
        note.remove().await?;
    }
    let found = bucket.leftovers().await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    equal(found.len(), 1);
    equal((found[0].kind, found[0].path.as_str()), (LeftoverKind::Upload, "large"));
    yes(found[0].modified.is_some());
    yes(bucket.remove_leftover(&found[0]).await?);
    equal(bucket.leftovers().await?.len(), 0);
    equal(bucket.list().await?.len(), 0);
    Ok(())
}
