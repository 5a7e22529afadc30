//! Writes under conditions: create only, and compare and set, also when many try at once.

use bytes::Bytes;
use storage::types::{ErrorKind, Metadata, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, no, refused, refused_as_one_of, some, yes};
use crate::support::content::noise;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    create_only_creates if [create_only] else conditions_are_unsupported;
    create_only_leaves_what_is_there if [create_only] else conditions_are_unsupported;
    create_only_does_not_overwrite_a_directory if [create_only, directories];
    of_eight_that_create_exactly_one_wins if [create_only] else conditions_are_unsupported;
    of_eight_that_create_by_streaming_exactly_one_wins if [create_only];
    compare_and_set_replaces_the_known_content if [compare_and_set] else conditions_are_unsupported;
    compare_and_set_refuses_what_others_changed if [compare_and_set] else conditions_are_unsupported;
    compare_and_set_refuses_what_is_missing if [compare_and_set];
    compare_and_set_by_streaming_is_checked_at_the_end if [compare_and_set];
    the_same_content_written_again_has_an_etag_that_still_matches_its_own if [compare_and_set];
    five_writers_and_ten_increments_end_at_fifty if [compare_and_set] else conditions_are_unsupported;
    five_streaming_writers_and_ten_increments_end_at_fifty if [compare_and_set];
    an_update_is_repeated_until_it_holds if [compare_and_set] else updating_is_unsupported;
}

#[maybe_async]
async fn create_only_creates(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    node.write_with("new", &WriteOptions::new().create_only()).await?;
    equal(node.read_text().await?, "new");

    let streamed = stage.node("folder/streamed");
    let mut writer = streamed.writer_with(&WriteOptions::new().create_only()).await?;
    writer.write("new").await?;
    writer.finish().await?;
    equal(streamed.read_text().await?, "new");
    Ok(())
}

#[maybe_async]
async fn create_only_leaves_what_is_there(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let before = node.stat().await?;
    let only = WriteOptions::new().create_only();
    refused(node.write_with("new", &only).await, ErrorKind::AlreadyExists);
    refused(stream(&node, "new".into(), &only).await, ErrorKind::AlreadyExists);
    equal(node.read_text().await?, "old");
    equal(node.stat().await?, before);
    Ok(())
}

#[maybe_async]
async fn create_only_does_not_overwrite_a_directory(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    let only = WriteOptions::new().create_only();
    refused_as_one_of(
        stage.node("folder").write_with("x", &only).await,
        &[ErrorKind::IsADirectory, ErrorKind::AlreadyExists],
    );
    equal(stage.node("folder/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn of_eight_that_create_exactly_one_wins(stage: &Stage) -> Outcome {
    for round in 0..10 {
        let node = stage.node(&format!("round{round}/file"));
        let ends =
            rt::together(8, |number| {
                let node = node.clone();
                async move {
                    node.write_with(noise(number as u64, 5000), &WriteOptions::new().create_only()).await
                }
            })
            .await;
        let winner = only_winner(ends)?;
        equal(node.read().await?, noise(winner, 5000));
    }
    Ok(())
}

#[maybe_async]
async fn of_eight_that_create_by_streaming_exactly_one_wins(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let ends = rt::together(8, |number| {
        let node = node.clone();
        async move { stream(&node, noise(number as u64, 600_000), &WriteOptions::new().create_only()).await }
    })
    .await;
    let winner = only_winner(ends)?;
    equal(node.read().await?, noise(winner, 600_000));
    Ok(())
}

/// The number of the one that was not refused; all others were told that something is there already.
fn only_winner(ends: Vec<storage::Result<Metadata>>) -> Result<u64, Failure> {
    let mut winners = Vec::new();
    for (number, end) in ends.into_iter().enumerate() {
        match end {
            Ok(_) => winners.push(number as u64),
            refusal => drop(refused(refusal, ErrorKind::AlreadyExists)),
        }
    }
    match winners[..] {
        [winner] => Ok(winner),
        _ => Err(Failure::new(format!("{} of 8 created the file: {winners:?}", winners.len()))),
    }
}

#[maybe_async]
async fn stream(node: &StorageNode, content: Bytes, options: &WriteOptions) -> storage::Result<Metadata> {
    let mut writer = node.writer_with(options).await?;
    writer.write(content).await?;
    writer.finish().await
}

#[maybe_async]
async fn compare_and_set_replaces_the_known_content(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let first = some(node.stat().await?.etag);
    let written = node.write_with("two", &WriteOptions::new().if_match(&*first)).await?;
    equal(node.read_text().await?, "two");

    let second = some(written.etag);
    let quoted = WriteOptions::new().if_match(format!("\"{second}\""));
    let written = stream(&node, "three".into(), &quoted).await?;
    equal(node.read_text().await?, "three");
    equal(written.etag, node.stat().await?.etag);
    Ok(())
}

#[maybe_async]
async fn compare_and_set_refuses_what_others_changed(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let stale = WriteOptions::new().if_match(some(node.stat().await?.etag));
    node.write("two").await?;
    refused(node.write_with("three", &stale).await, ErrorKind::PreconditionFailed);
    refused(stream(&node, "three".into(), &stale).await, ErrorKind::PreconditionFailed);
    let nonsense = WriteOptions::new().if_match("no such etag");
    refused(node.write_with("three", &nonsense).await, ErrorKind::PreconditionFailed);
    equal(node.read_text().await?, "two");
    Ok(())
}

#[maybe_async]
async fn compare_and_set_refuses_what_is_missing(stage: &Stage) -> Outcome {
    let node = stage.node("folder/missing");
    let options = WriteOptions::new().if_match("anything");
    refused(node.write_with("x", &options).await, ErrorKind::PreconditionFailed);
    refused(stream(&node, "x".into(), &options).await, ErrorKind::PreconditionFailed);
    no(node.exists().await?);
    Ok(())
}

#[maybe_async]
async fn compare_and_set_by_streaming_is_checked_at_the_end(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let options = WriteOptions::new().if_match(some(node.stat().await?.etag));
    let mut writer = node.writer_with(&options).await?;
    writer.write("three").await?;
    node.write("two").await?;
    refused(writer.finish().await, ErrorKind::PreconditionFailed);
    equal(node.read_text().await?, "two");

    let only = WriteOptions::new().create_only();
    let contested = stage.node("contested");
    let mut writer = contested.writer_with(&only).await?;
    writer.write("late").await?;
    contested.write("early").await?;
    refused(writer.finish().await, ErrorKind::AlreadyExists);
    equal(contested.read_text().await?, "early");
    Ok(())
}

#[maybe_async]
async fn the_same_content_written_again_has_an_etag_that_still_matches_its_own(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    // Fast overwrites of equal length: clocks and sizes alone do not tell them apart.
    let mut etag = some(node.write("0").await?.etag);
    for number in 1..30 {
        let content = format!("{}", number % 10);
        let options = WriteOptions::new().if_match(&*etag);
        let written = node.write_with(content.clone(), &options).await?;
        refused(node.write_with("x", &options).await, ErrorKind::PreconditionFailed);
        equal(node.read_text().await?, content);
        etag = some(written.etag);
    }
    Ok(())
}

#[maybe_async]
async fn five_writers_and_ten_increments_end_at_fifty(stage: &Stage) -> Outcome {
    let node = stage.file("counter", "0").await?;
    let ends = rt::together(5, |_| {
        let node = node.clone();
        async move { increment_ten_times(&node, false).await }
    })
    .await;
    ends.into_iter().collect::<Outcome>()?;
    equal(node.read_text().await?, "50");
    Ok(())
}

#[maybe_async]
async fn five_streaming_writers_and_ten_increments_end_at_fifty(stage: &Stage) -> Outcome {
    let node = stage.file("counter", "0").await?;
    let ends = rt::together(5, |_| {
        let node = node.clone();
        async move { increment_ten_times(&node, true).await }
    })
    .await;
    ends.into_iter().collect::<Outcome>()?;
    equal(node.read_text().await?, "50");
    Ok(())
}

/// Adds one ten times, each time again until nobody came in between.
#[maybe_async]
pub(super) async fn increment_ten_times(node: &StorageNode, streaming: bool) -> Outcome {
    let mut done = 0;
    while done < 10 {
        let content = node.get_with(&storage::ReadOptions::new()).await?;
        let number: u32 = std::str::from_utf8(&content.bytes)?.parse()?;
        let next = Bytes::from((number + 1).to_string());
        let options = WriteOptions::new().if_match(some(content.metadata.etag));
        let written = if streaming {
            stream(node, next, &options).await
        } else {
            node.write_with(next, &options).await
        };
        match written {
            Ok(_) => done += 1,
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => rt::pause().await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[maybe_async]
async fn an_update_is_repeated_until_it_holds(stage: &Stage) -> Outcome {
    let node = stage.node("folder/counter");
    let ends = rt::together(5, |_| {
        let node = node.clone();
        async move { update_ten_times(&node).await }
    })
    .await;
    ends.into_iter().collect::<Outcome>()?;
    equal(node.read_text().await?, "50");
    yes(node.is_file().await?);
    Ok(())
}

#[maybe_async]
async fn update_ten_times(node: &StorageNode) -> Outcome {
    for _ in 0..10 {
        node.update(one_more).await?;
    }
    Ok(())
}

/// One more than the number that is stored; what is missing counts as 0.
fn one_more(content: Option<&[u8]>) -> Bytes {
    let number: u32 = content.and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0);
    Bytes::from((number + 1).to_string())
}

#[maybe_async]
async fn conditions_are_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    let can = stage.capabilities();
    if !can.create_only {
        refused(node.write_with("x", &WriteOptions::new().create_only()).await, ErrorKind::Unsupported);
    }
    if !can.compare_and_set {
        refused(node.write_with("x", &WriteOptions::new().if_match("e")).await, ErrorKind::Unsupported);
    }
    no(can.create_only && can.compare_and_set);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}

#[maybe_async]
async fn updating_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.update(one_more).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
