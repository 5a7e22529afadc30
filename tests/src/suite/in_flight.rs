//! How much happens at once: the limit of a copy, many readers, and a token that somebody else cancels.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use storage::types::{CancelToken, CopyOptions, ErrorKind};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use super::watched::{BROKEN, Watched};
use crate::support::checks::{equal, mentions, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_copy_has_no_more_files_in_flight_than_it_may;
    a_move_has_no_more_files_in_flight_than_it_may;
    large_files_in_flight_are_limited_too;
    a_source_that_breaks_half_way_leaves_the_old_content;
    a_destination_that_breaks_half_way_leaves_the_old_content;
    a_token_is_cancelled_by_another_thread;
    a_token_cancelled_by_another_thread_stops_a_file_half_way;
    many_read_at_once;
}

/// Two watched mounts with a tree of files in the first.
struct Pair {
    from: Arc<Watched>,
    to: Arc<Watched>,
    source: StorageNode,
    destination: StorageNode,
}

const FILES: usize = 40;

#[maybe_async]
async fn pair(stage: &Stage, length: usize) -> Result<Pair, Failure> {
    let (from, to) = (Watched::new(), Watched::new());
    stage.manager.add_backend("from", from.clone())?;
    stage.manager.add_backend("to", to.clone())?;
    let (source, destination) = (stage.at("from:tree"), stage.at("to:tree"));
    for number in 0..FILES {
        source
            .join(&[format!("d{}", number % 3), format!("f{number}")])?
            .write(noise(number as u64, length))
            .await?;
    }
    Ok(Pair { from, to, source, destination })
}

impl Pair {
    #[track_caller]
    fn at_most(&self, limit: usize) {
        let most = (self.from.reads.most(), self.to.writes.most());
        assert!(most.0 <= limit && most.1 <= limit, "{most:?} in flight where {limit} are allowed");
        yes(most.1 > 0);
        equal((self.from.reads.now(), self.to.writes.now()), (0, 0));
    }
}

#[maybe_async]
async fn a_copy_has_no_more_files_in_flight_than_it_may(stage: &Stage) -> Outcome {
    for limit in [1, 2, 5, 16] {
        let pair = pair(stage, 100).await?;
        let report =
            pair.source.copy_to_with(&pair.destination, &CopyOptions::new().concurrency(limit)).await?;
        equal((report.copied_count, report.failed_count), (FILES as u64, 0));
        pair.at_most(limit);
    }
    let pair = pair(stage, 100).await?;
    pair.source.copy_to(&pair.destination).await?;
    pair.at_most(8);
    Ok(())
}

#[maybe_async]
async fn a_move_has_no_more_files_in_flight_than_it_may(stage: &Stage) -> Outcome {
    for limit in [1, 3] {
        let pair = pair(stage, 100).await?;
        let report =
            pair.source.move_to_with(&pair.destination, &CopyOptions::new().concurrency(limit)).await?;
        equal(report.copied_count, FILES as u64);
        pair.at_most(limit);
        equal(pair.source.exists().await?, false);
    }
    Ok(())
}

#[maybe_async]
async fn large_files_in_flight_are_limited_too(stage: &Stage) -> Outcome {
    let pair = pair(stage, 300_000).await?;
    pair.source.copy_to_with(&pair.destination, &CopyOptions::new().concurrency(3)).await?;
    pair.at_most(3);
    equal(pair.destination.join(["d1", "f1"])?.read().await?, noise(1, 300_000));
    Ok(())
}

#[maybe_async]
async fn a_source_that_breaks_half_way_leaves_the_old_content(stage: &Stage) -> Outcome {
    stage.manager.add_backend("from", Watched::breaking_after(3))?;
    let (source, destination) = (stage.at("from:file"), stage.node("file"));
    source.write(noise(1, 3_000_000)).await?;
    destination.write("old").await?;
    let error = refused(source.copy_to(&destination).await, ErrorKind::Corrupted);
    mentions(error, &["`from:file`", BROKEN]);
    equal(destination.read_text().await?, "old");
    equal(stage.root().list().await?.len(), 1);
    Ok(())
}

#[maybe_async]
async fn a_destination_that_breaks_half_way_leaves_the_old_content(stage: &Stage) -> Outcome {
    let to = Watched::breaking_after(1);
    stage.manager.add_backend("to", to.clone())?;
    let (source, destination) = (stage.node("file"), stage.at("to:file"));
    source.write(noise(1, 3_000_000)).await?;
    destination.write("old").await?;
    let mut writer = destination.writer().await?;
    writer.write(noise(1, 300_000)).await?;
    let error = refused(writer.write(noise(2, 300_000)).await, ErrorKind::Corrupted);
    mentions(error, &["`to:file`", BROKEN]);
    refused(writer.write("more").await, ErrorKind::InvalidInput);
    refused(writer.finish().await, ErrorKind::InvalidInput);
    equal(destination.stat().await?.size, 3);
    equal(to.writes.now(), 0);
    Ok(())
}

/// Options of a copy whose first callback waits until another thread has cancelled it.
fn cancelled_by_a_thread(
    of: impl Fn(CopyOptions, Box<dyn Fn() + Send + Sync>) -> CopyOptions,
) -> CopyOptions {
    let token = CancelToken::new();
    let (ask, asked) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let cancels = token.clone();
    std::thread::spawn(move || {
        while asked.recv().is_ok() {
            cancels.cancel();
            if tell.send(()).is_err() {
                return;
            }
        }
    });
    let channels = Mutex::new((ask, told));
    let call = move || {
        let (ask, told) = &*channels.lock().unwrap_or_else(PoisonError::into_inner);
        if ask.send(()).is_ok() {
            let _ = told.recv();
        }
    };
    of(CopyOptions::new().cancel(token), Box::new(call))
}

#[maybe_async]
async fn a_token_is_cancelled_by_another_thread(stage: &Stage) -> Outcome {
    let pair = pair(stage, 100).await?;
    let options = cancelled_by_a_thread(|options, call| options.concurrency(1).on_file(move |_| call()));
    let error = refused(pair.source.copy_to_with(&pair.destination, &options).await, ErrorKind::Interrupted);
    equal(error.is_retryable(), false);
    let copied = pair.destination.list().await?;
    equal(copied.len(), 1);
    equal(copied[0].node.list().await?.len(), 1);
    equal((pair.from.reads.now(), pair.to.writes.now()), (0, 0));
    Ok(())
}

#[maybe_async]
async fn a_token_cancelled_by_another_thread_stops_a_file_half_way(stage: &Stage) -> Outcome {
    let source = stage.file("source", noise(1, 5_000_000)).await?;
    let to = Watched::new();
    stage.manager.add_backend("to", to.clone())?;
    let destination = stage.at("to:file");
    destination.write("old").await?;
    let options = cancelled_by_a_thread(|options, call| options.progress(move |_| call()));
    refused(source.copy_to_with(&destination, &options).await, ErrorKind::Interrupted);
    equal(destination.read_text().await?, "old");
    equal(to.writes.now(), 0);
    Ok(())
}

#[maybe_async]
async fn many_read_at_once(stage: &Stage) -> Outcome {
    let local = stage.local().await?;
    for folder in [stage.root(), local] {
        let file = folder.child("file")?;
        let content = noise(5, 20_000);
        file.write(content.clone()).await?;
        let reads = rt::together(200, |number| read_one(file.clone(), number)).await;
        for read in reads {
            equal(read?, content.clone());
        }
    }
    Ok(())
}

#[maybe_async]
async fn read_one(owned: StorageNode, number: usize) -> storage::Result<Bytes> {
    let file = owned;
    if number.is_multiple_of(2) { file.read().await } else { file.reader().await?.read_all().await }
}
