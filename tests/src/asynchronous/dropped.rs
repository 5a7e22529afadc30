//! Futures that are dropped half-way: they stop, and nothing of them is left.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use storage::types::{Access, Colour, DeleteOptions, ErrorKind, WalkOptions};
use tokio::runtime::Builder;

use super::api::StorageNode;
use super::rt;
use super::suite::stage::Stage;
use crate::support::checks::{equal, mentions, refused, some, yes};
use crate::support::content::{noise, version, whole_version};
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_dropped_write_leaves_the_old_or_the_new_content;
    a_dropped_stream_leaves_the_old_content;
    a_dropped_stream_leaves_nothing_where_nothing_was;
    a_dropped_finish_leaves_the_old_or_the_new_content;
    a_dropped_append_leaves_the_old_or_the_new_content if [append];
    a_dropped_copy_leaves_the_old_or_the_new_content;
    a_dropped_copy_of_a_tree_leaves_whole_files if [list];
    a_dropped_copy_between_stores_leaves_whole_files if [list];
    a_dropped_move_of_a_tree_loses_no_file if [list, delete];
    a_dropped_delete_can_be_finished if [list, delete];
    a_dropped_read_leaves_the_file;
    a_dropped_call_of_a_reader_loses_no_byte;
    a_writer_of_which_a_call_was_dropped_publishes_nothing;
    a_dropped_listing_leaves_the_next_one_whole if [list];
    a_thousand_reads_at_once_all_complete;
}

/// More polls than any of these futures takes with contents this small; a future that needs more is dropped at the
/// last of them.
const POLLS: usize = 60;

const LENGTH: usize = 600_000;

/// Polls so many times and drops the future right after the last poll; gives what it gave, if it was done by then.
async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(given) => Poll::Ready(Some(given)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The same on a runtime of its own, whose end waits for everything that is still under way in its pool. So what is
/// seen afterwards is what is left.
async fn dropped_after<T, F, Fut>(polls: usize, work: F) -> Result<Option<T>, Failure>
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = T>,
    T: Send + 'static,
{
    let thread = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let given = runtime.block_on(polled(polls, work()));
        drop(runtime);
        Ok(given)
    });
    let joined = tokio::task::spawn_blocking(|| thread.join()).await?;
    joined.unwrap_or_else(|panicked| resume_unwind(panicked))
}

/// Nothing else is in the mount than these files.
async fn only(stage: &Stage, expected: &[&str]) -> Outcome {
    if stage.capabilities().local_path {
        equal(disk::everything_below(&stage.folder().await?)?, expected);
    } else if stage.capabilities().list {
        let listed = stage.root().list().await?;
        equal(listed.iter().map(|entry| entry.node.name().to_owned()).collect::<Vec<_>>(), expected);
    }
    Ok(())
}

async fn number(file: &StorageNode) -> Result<u64, Failure> {
    Ok(some(whole_version(&file.read().await?, LENGTH)))
}

/// Does the work on a file of version 1 again and again, dropped at every possible moment; afterwards it is version
/// 1 still or, where the work may have come to its end, version 2.
async fn replaced<F, Fut>(stage: &Stage, beside: &[&str], may_end: bool, work: F) -> Outcome
where
    F: Fn(StorageNode) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = storage::Result<()>>,
{
    let file = stage.node("file");
    let mut expected = vec!["file"];
    expected.extend_from_slice(beside);
    for polls in 0..POLLS {
        file.write(version(1, LENGTH)).await?;
        let (work, node) = (work.clone(), file.clone());
        let done = dropped_after(polls, move || work(node)).await?.transpose()?.is_some();
        let now = number(&file).await?;
        yes(now == 1 || (may_end && now == 2));
        equal(now == 2 || !done, may_end || !done);
        only(stage, &expected).await?;
        if done {
            return Ok(());
        }
    }
    Ok(())
}

async fn a_dropped_write_leaves_the_old_or_the_new_content(stage: &Stage) -> Outcome {
    replaced(stage, &[], true, |file| async move { file.write(version(2, LENGTH)).await.map(drop) }).await
}

/// Writes three pieces and leaves the writer to its fate.
async fn three_pieces(file: StorageNode) -> storage::Result<()> {
    let mut writer = file.writer().await?;
    for _ in 0..3 {
        writer.write(version(2, LENGTH / 3)).await?;
    }
    Ok(())
}

async fn a_dropped_stream_leaves_the_old_content(stage: &Stage) -> Outcome {
    replaced(stage, &[], false, three_pieces).await
}

async fn a_dropped_stream_leaves_nothing_where_nothing_was(stage: &Stage) -> Outcome {
    stage.file("beside", "x").await?;
    for polls in 0..POLLS {
        let file = stage.node("file");
        let done = dropped_after(polls, move || three_pieces(file)).await?.transpose()?.is_some();
        equal(stage.node("file").exists().await?, false);
        only(stage, &["beside"]).await?;
        if done {
            return Ok(());
        }
    }
    Ok(())
}

async fn a_dropped_finish_leaves_the_old_or_the_new_content(stage: &Stage) -> Outcome {
    replaced(stage, &[], true, |file| async move {
        let mut writer = file.writer().await?;
        for _ in 0..3 {
            writer.write(version(2, LENGTH / 3)).await?;
        }
        writer.finish().await.map(drop)
    })
    .await
}

async fn a_dropped_append_leaves_the_old_or_the_new_content(stage: &Stage) -> Outcome {
    let file = stage.node("file");
    for polls in 0..POLLS {
        file.write("old").await?;
        let node = file.clone();
        let done = dropped_after(polls, move || async move { node.append(", new").await }).await?;
        let now = file.read_text().await?;
        yes(now == "old, new" || (now == "old" && done.is_none()));
        only(stage, &["file"]).await?;
        if done.transpose()?.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

async fn a_dropped_copy_leaves_the_old_or_the_new_content(stage: &Stage) -> Outcome {
    stage.file("source", version(2, LENGTH)).await?;
    replaced(stage, &["source"], true, |file| async move {
        file.parent().child("source")?.copy_to(&file).await.map(drop)
    })
    .await
}

const FILES: [&str; 5] = ["a", "b", "c/d", "c/e/f", "g"];

async fn tree(root: &StorageNode) -> Outcome {
    for (number, path) in FILES.iter().enumerate() {
        root.join(path.split('/').collect::<Vec<_>>())?.write(noise(number as u64, 100_000)).await?;
    }
    Ok(())
}

/// Which of the files are there; those that are, are whole, and nothing else is there.
///
/// A server may still be at work on a request that nobody waits for any more, so a file may come or go meanwhile.
async fn whole_files(root: &StorageNode) -> Result<Vec<usize>, Failure> {
    let mut there = Vec::new();
    for (number, path) in FILES.iter().enumerate() {
        let file = root.join(path.split('/').collect::<Vec<_>>())?;
        match file.read().await {
            Ok(content) => {
                equal(content, noise(number as u64, 100_000));
                there.push(number);
            }
            missing => drop(refused(missing, ErrorKind::NotFound)),
        }
    }
    let found = match root.walk(&WalkOptions::new()).await {
        Ok(walk) => rt::collect_walk(walk).await?,
        missing => {
            refused(missing, ErrorKind::NotFound);
            Vec::new()
        }
    };
    let mut files = 0;
    for node in found {
        let relative = some(node.path().strip_prefix(root.path()));
        let (file, name) = (FILES.contains(&relative.as_str()), relative.as_str());
        yes(file || name == "c" || name == "c/e");
        files += usize::from(file);
    }
    yes(files == there.len() || root.backend().native() == Colour::Async);
    if root.capabilities().local_path && root.exists().await? {
        let folder = root.native_path(Access::Read).await?;
        let names = disk::everything_below(&folder)?;
        yes(names.iter().all(|name| FILES.contains(&name.as_str()) || name == "c" || name == "c/e"));
    }
    Ok(there)
}

const ALL: [usize; 5] = [0, 1, 2, 3, 4];

async fn copied_in_parts(
    source: &StorageNode,
    to: impl Fn(usize) -> storage::Result<StorageNode>,
) -> Outcome {
    tree(source).await?;
    for polls in 0..POLLS {
        let destination = to(polls)?;
        let (from, into) = (source.clone(), destination.clone());
        let done = dropped_after(polls, move || async move { from.copy_to(&into).await }).await?;
        let there = whole_files(&destination).await?;
        equal(whole_files(source).await?, ALL);
        if done.transpose()?.is_some() {
            equal(there, ALL);
            return Ok(());
        }
        // What was interrupted can be finished.
        source.copy_to(&destination).await?;
        equal(whole_files(&destination).await?, ALL);
    }
    Ok(())
}

async fn a_dropped_copy_of_a_tree_leaves_whole_files(stage: &Stage) -> Outcome {
    copied_in_parts(&stage.node("tree"), |polls| stage.root().child(format!("copy{polls}"))).await
}

async fn a_dropped_copy_between_stores_leaves_whole_files(stage: &Stage) -> Outcome {
    let (memory, local) = (stage.memory().await?, stage.local().await?);
    copied_in_parts(&stage.node("tree"), |polls| memory.child(format!("copy{polls}"))).await?;
    copied_in_parts(&local.child("tree")?, |polls| stage.root().child(format!("copy{polls}"))).await
}

async fn a_dropped_move_of_a_tree_loses_no_file(stage: &Stage) -> Outcome {
    let elsewhere = stage.memory().await?;
    for polls in 0..POLLS {
        let source = stage.node(&format!("tree{polls}"));
        tree(&source).await?;
        let destination = elsewhere.child(format!("moved{polls}"))?;
        let (from, into) = (source.clone(), destination.clone());
        let done = dropped_after(polls, move || async move { from.move_to(&into).await }).await?;
        let mut there = whole_files(&source).await?;
        there.extend(whole_files(&destination).await?);
        there.sort_unstable();
        there.dedup();
        equal(there, ALL);
        if done.transpose()?.is_some() {
            equal(source.exists().await?, false);
            return Ok(());
        }
    }
    Ok(())
}

async fn a_dropped_delete_can_be_finished(stage: &Stage) -> Outcome {
    for polls in 0..POLLS {
        let tree_here = stage.node("tree");
        tree(&tree_here).await?;
        let node = tree_here.clone();
        let done =
            dropped_after(polls, move || async move { node.delete_with(&DeleteOptions::recursive()).await })
                .await?;
        whole_files(&tree_here).await?;
        tree_here.delete_with(&DeleteOptions::recursive()).await?;
        equal(tree_here.exists().await?, false);
        if done.transpose()?.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

async fn a_dropped_read_leaves_the_file(stage: &Stage) -> Outcome {
    replaced(stage, &[], false, |file| async move {
        file.read().await?;
        let mut reader = file.reader().await?;
        while reader.next().await?.is_some() {}
        Ok(())
    })
    .await
}

async fn a_dropped_call_of_a_reader_loses_no_byte(stage: &Stage) -> Outcome {
    let content = noise(9, 5_000_000);
    let mut reader = stage.file("file", content.clone()).await?.reader().await?;
    let mut read = Vec::new();
    for round in 0_usize.. {
        if let Some(chunk) = polled(round % 3, reader.next()).await {
            read.extend_from_slice(&chunk?.unwrap_or_default());
        }
        match reader.next().await? {
            Some(chunk) => read.extend_from_slice(&chunk),
            None => break,
        }
    }
    yes(content == read);
    Ok(())
}

async fn a_writer_of_which_a_call_was_dropped_publishes_nothing(stage: &Stage) -> Outcome {
    const PIECE: usize = 9 << 20;
    let file = stage.node("file");
    for polls in [1, 2, 3, 5, 8] {
        let mut writer = file.writer().await?;
        writer.write(noise(1, 1_000)).await?;
        let mut was_dropped = false;
        for _ in 0..4 {
            was_dropped |= polled(polls, writer.write(noise(2, PIECE))).await.is_none();
            if was_dropped {
                break;
            }
        }
        if !was_dropped {
            // A mount that never waits: everything was taken.
            equal(writer.finish().await?.size, 1_000 + 4 * PIECE as u64);
            file.delete().await?;
            continue;
        }
        let error = refused(writer.write("x").await, ErrorKind::Interrupted);
        mentions(&error, &["dropped before its end"]);
        refused(writer.write("x").await, ErrorKind::Interrupted);
        refused(writer.finish().await, ErrorKind::Interrupted);
        equal(file.exists().await?, false);
        only(stage, &[]).await?;
    }
    Ok(())
}

async fn a_dropped_listing_leaves_the_next_one_whole(stage: &Stage) -> Outcome {
    let root = stage.node("tree");
    tree(&root).await?;
    for polls in 0..POLLS {
        let node = root.clone();
        let walk = move || async move { rt::collect_walk(node.walk(&WalkOptions::new()).await?).await };
        let done = dropped_after(polls, walk).await?.transpose()?;
        equal(root.list().await?.len(), 4);
        if let Some(found) = done {
            equal(found.len(), FILES.len() + 2);
            return Ok(());
        }
    }
    Ok(())
}

async fn a_thousand_reads_at_once_all_complete(stage: &Stage) -> Outcome {
    let file = stage.file("file", noise(3, 10_000)).await?;
    let read = |number: usize| {
        let file = file.clone();
        async move {
            if number.is_multiple_of(2) { file.read().await } else { file.reader().await?.read_all().await }
        }
    };
    let reads: Vec<storage::Result<Bytes>> = rt::together(1000, read).await;
    equal(reads.len(), 1000);
    for content in reads {
        equal(content?, noise(3, 10_000));
    }
    Ok(())
}
