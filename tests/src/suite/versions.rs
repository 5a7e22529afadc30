//! Old versions, where they are kept.

use std::time::{Duration, SystemTime};

use storage::types::{DeleteOptions, ErrorKind, ReadOptions, VersionSelector, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{different, equal, no, refused, some, yes};
use crate::support::outcome::Outcome;

behaviours! {
    versions_are_listed_newest_first if [versions] else versions_are_unsupported;
    a_version_is_read_by_id_and_by_index if [versions] else versions_are_unsupported;
    a_version_is_read_as_of_a_time if [versions, set_modified];
    a_version_that_is_not_there_is_not_found if [versions];
    a_plain_read_accepts_the_id_of_a_version if [versions];
    deleting_leaves_a_marker_and_the_old_versions if [versions, delete];
    restoring_makes_an_old_version_current if [versions];
    a_deleted_file_is_restored if [versions, delete];
    one_version_is_deleted_for_good if [versions];
    deleting_the_newest_version_uncovers_the_one_before if [versions];
    equal_neighbours_are_compacted if [versions];
    a_dry_compaction_deletes_nothing if [versions];
    versions_of_the_same_second_keep_their_order if [versions];
    versions_keep_content_type_and_user_metadata if [versions, user_metadata];
    versions_of_what_was_never_there_are_not_found if [versions];
    a_streamed_write_makes_one_version if [versions];
    a_refused_write_makes_no_version if [versions, create_only];
}

#[maybe_async]
async fn contents(node: &StorageNode) -> storage::Result<Vec<String>> {
    let mut contents = Vec::new();
    for version in node.versions().await? {
        if version.is_delete_marker {
            contents.push("(deleted)".to_owned());
        } else {
            let content = node.read_with(&ReadOptions::new().version(&version.id)).await?;
            contents.push(String::from_utf8_lossy(&content).into_owned());
        }
    }
    Ok(contents)
}

#[maybe_async]
async fn written(stage: &Stage, contents: &[&str]) -> storage::Result<StorageNode> {
    let node = stage.node("folder/file");
    for content in contents {
        node.write((*content).to_owned()).await?;
    }
    Ok(node)
}

#[maybe_async]
async fn versions_are_listed_newest_first(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "three", "fifteen"]).await?;
    let versions = node.versions().await?;
    equal(versions.len(), 3);
    equal(versions.iter().map(|version| version.size).collect::<Vec<_>>(), [7, 5, 3]);
    equal(versions.iter().map(|version| version.is_latest).collect::<Vec<_>>(), [true, false, false]);
    no(versions.iter().any(|version| version.is_delete_marker));
    yes(versions.iter().all(|version| version.modified.is_some() && version.etag.is_some()));
    yes(versions.windows(2).all(|pair| pair[0].modified >= pair[1].modified));
    different(&versions[0].id, &versions[1].id);
    equal(Some(&versions[0].id), node.stat().await?.version.as_ref());
    equal(&versions[0].etag, &node.stat().await?.etag);
    Ok(())
}

#[maybe_async]
async fn a_version_is_read_by_id_and_by_index(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "two", "three"]).await?;
    let versions = node.versions().await?;
    for (index, expected) in ["three", "two", "one"].into_iter().enumerate() {
        let by_index = node.read_version(&VersionSelector::Index(index)).await?;
        equal(by_index.bytes, expected);
        let by_id = node.read_version(&VersionSelector::Id(versions[index].id.clone())).await?;
        equal(by_id.bytes, expected);
        equal(node.version(&VersionSelector::Index(index)).await?, versions[index].clone());
    }
    equal(node.read_text().await?, "three");
    Ok(())
}

#[maybe_async]
async fn a_version_is_read_as_of_a_time(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let day = |number: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(number * 86_400);
    for number in [10, 20, 30] {
        let mut options = WriteOptions::new();
        options.modified = Some(day(number));
        node.write_with(format!("of day {number}"), &options).await?;
    }
    for (at, expected) in
        [(10, "of day 10"), (19, "of day 10"), (20, "of day 20"), (29, "of day 20"), (400, "of day 30")]
    {
        let content = node.read_version(&VersionSelector::AsOf(day(at))).await?;
        equal(content.bytes, expected);
    }
    refused(node.read_version(&VersionSelector::AsOf(day(9))).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_version_that_is_not_there_is_not_found(stage: &Stage) -> Outcome {
    let node = written(stage, &["one"]).await?;
    let nonsense = VersionSelector::Id("no such id".to_owned());
    refused(node.read_version(&nonsense).await, ErrorKind::NotFound);
    refused(node.restore_version(&nonsense).await, ErrorKind::NotFound);
    refused(node.delete_version(&nonsense).await, ErrorKind::NotFound);
    refused(node.version(&VersionSelector::Index(1)).await, ErrorKind::NotFound);
    refused(node.read_with(&ReadOptions::new().version("no such id")).await, ErrorKind::NotFound);
    equal(contents(&node).await?, ["one"]);
    Ok(())
}

#[maybe_async]
async fn a_plain_read_accepts_the_id_of_a_version(stage: &Stage) -> Outcome {
    let node = written(stage, &["0123456789", "new"]).await?;
    let id = node.version(&VersionSelector::Index(1)).await?.id;
    let options = ReadOptions::new().version(id).range(2..5);
    equal(node.read_with(&options).await?, "234");
    let mut reader = node.reader_with(&options).await?;
    equal(reader.read_all().await?, "234");
    Ok(())
}

#[maybe_async]
async fn deleting_leaves_a_marker_and_the_old_versions(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "two"]).await?;
    node.delete().await?;
    no(node.exists().await?);
    refused(node.read().await, ErrorKind::NotFound);
    equal(contents(&node).await?, ["(deleted)", "two", "one"]);
    let newest = node.version(&VersionSelector::Index(0)).await?;
    yes(newest.is_delete_marker && newest.is_latest);
    equal(newest.size, 0);
    refused(node.read_version(&VersionSelector::Index(0)).await, ErrorKind::NotFound);

    node.write("three").await?;
    equal(contents(&node).await?, ["three", "(deleted)", "two", "one"]);
    stage.node("folder").delete_with(&DeleteOptions::recursive()).await?;
    equal(contents(&node).await?, ["(deleted)", "three", "(deleted)", "two", "one"]);
    Ok(())
}

#[maybe_async]
async fn restoring_makes_an_old_version_current(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "two", "three"]).await?;
    node.restore_version(&VersionSelector::Index(2)).await?;
    equal(node.read_text().await?, "one");
    equal(contents(&node).await?, ["one", "three", "two", "one"]);
    Ok(())
}

#[maybe_async]
async fn a_deleted_file_is_restored(stage: &Stage) -> Outcome {
    let node = written(stage, &["one"]).await?;
    node.delete().await?;
    node.restore_version(&VersionSelector::Index(1)).await?;
    equal(node.read_text().await?, "one");
    equal(contents(&node).await?, ["one", "(deleted)", "one"]);
    Ok(())
}

#[maybe_async]
async fn one_version_is_deleted_for_good(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "two", "three"]).await?;
    let id = node.version(&VersionSelector::Index(1)).await?.id;
    node.delete_version(&VersionSelector::Id(id.clone())).await?;
    equal(contents(&node).await?, ["three", "one"]);
    refused(node.read_with(&ReadOptions::new().version(id)).await, ErrorKind::NotFound);
    equal(node.read_text().await?, "three");
    Ok(())
}

#[maybe_async]
async fn deleting_the_newest_version_uncovers_the_one_before(stage: &Stage) -> Outcome {
    let node = written(stage, &["one", "two"]).await?;
    node.delete_version(&VersionSelector::Index(0)).await?;
    equal(node.read_text().await?, "one");
    node.delete_version(&VersionSelector::Index(0)).await?;
    no(node.exists().await?);
    refused(node.versions().await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn equal_neighbours_are_compacted(stage: &Stage) -> Outcome {
    let node = written(stage, &["a", "a", "b", "b", "b", "a", "a"]).await?;
    let gone = node.compact_versions(false).await?;
    equal(gone.len(), 4);
    equal(contents(&node).await?, ["a", "b", "a"]);
    equal(node.read_text().await?, "a");
    equal(node.compact_versions(false).await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn a_dry_compaction_deletes_nothing(stage: &Stage) -> Outcome {
    let node = written(stage, &["a", "a", "b", "b"]).await?;
    let would_go = node.compact_versions(true).await?;
    equal(would_go.len(), 2);
    equal(contents(&node).await?, ["b", "b", "a", "a"]);
    let gone = node.compact_versions(false).await?;
    equal(gone, would_go);
    Ok(())
}

#[maybe_async]
async fn versions_of_the_same_second_keep_their_order(stage: &Stage) -> Outcome {
    let numbers: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let node = stage.node("file");
    for number in &numbers {
        node.write(number.clone()).await?;
    }
    let mut newest_last = contents(&node).await?;
    newest_last.reverse();
    equal(newest_last, numbers);
    Ok(())
}

#[maybe_async]
async fn versions_keep_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("one", &WriteOptions::new().content_type("text/one").user("number", "1")).await?;
    node.write("two").await?;
    let old = node.read_version(&VersionSelector::Index(1)).await?;
    equal(old.metadata.content_type.as_deref(), Some("text/one"));
    node.restore_version(&VersionSelector::Index(1)).await?;
    let metadata = node.metadata().await?;
    equal(metadata.content_type.as_deref(), Some("text/one"));
    equal(some(metadata.user.get("number")).as_str(), "1");
    Ok(())
}

#[maybe_async]
async fn versions_of_what_was_never_there_are_not_found(stage: &Stage) -> Outcome {
    refused(stage.node("missing").versions().await, ErrorKind::NotFound);
    refused(stage.node("missing").version(&VersionSelector::Index(0)).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_streamed_write_makes_one_version(stage: &Stage) -> Outcome {
    let node = written(stage, &["one"]).await?;
    let mut writer = node.writer().await?;
    for _ in 0..5 {
        writer.write(vec![b'x'; 300_000]).await?;
    }
    equal(node.versions().await?.len(), 1);
    writer.finish().await?;
    equal(node.versions().await?.len(), 2);
    let mut dropped = node.writer().await?;
    dropped.write("never").await?;
    drop(dropped);
    equal(node.versions().await?.len(), 2);
    Ok(())
}

#[maybe_async]
async fn a_refused_write_makes_no_version(stage: &Stage) -> Outcome {
    let node = written(stage, &["one"]).await?;
    refused(node.write_with("two", &WriteOptions::new().create_only()).await, ErrorKind::AlreadyExists);
    refused(
        node.write_with("two", &WriteOptions::new().if_match("stale")).await,
        ErrorKind::PreconditionFailed,
    );
    equal(contents(&node).await?, ["one"]);
    Ok(())
}

#[maybe_async]
async fn versions_are_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    let newest = VersionSelector::Index(0);
    refused(node.versions().await, ErrorKind::Unsupported);
    refused(node.version(&newest).await, ErrorKind::Unsupported);
    refused(node.read_version(&newest).await, ErrorKind::Unsupported);
    refused(node.restore_version(&newest).await, ErrorKind::Unsupported);
    refused(node.delete_version(&newest).await, ErrorKind::Unsupported);
    refused(node.compact_versions(false).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
