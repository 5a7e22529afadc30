//! Tags, where files have them beside their user metadata.

use std::collections::BTreeMap;

use storage::types::{ErrorKind, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    tags_are_stored_with_the_content if [tags] else tags_are_unsupported;
    a_streamed_write_stores_tags_too if [tags];
    tags_are_replaced_and_the_rest_stays if [tags] else tags_are_unsupported;
    a_plain_overwrite_has_no_tags if [tags];
    tags_of_what_is_missing_are_not_found if [tags];
    tags_may_hold_ordinary_signs_and_other_letters if [tags];
    replaced_metadata_leaves_the_tags if [tags, user_metadata];
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn two() -> WriteOptions {
    WriteOptions::new().tag("project", "apollo").tag("state", "draft")
}

#[maybe_async]
async fn has_two(node: &StorageNode) -> Outcome {
    equal(node.tags().await?, pairs(&[("project", "apollo"), ("state", "draft")]));
    Ok(())
}

#[maybe_async]
async fn tags_are_stored_with_the_content(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    node.write_with("content", &two()).await?;
    has_two(&node).await?;
    equal(node.read_text().await?, "content");
    yes(stage.file("other", "x").await?.tags().await?.is_empty());
    Ok(())
}

#[maybe_async]
async fn a_streamed_write_stores_tags_too(stage: &Stage) -> Outcome {
    for (name, length) in [("small", 10), ("large", 12_000_000)] {
        let node = stage.node(name);
        let mut writer = node.writer_with(&two()).await?;
        writer.write(vec![b'x'; length]).await?;
        writer.finish().await?;
        has_two(&node).await?;
    }
    Ok(())
}

#[maybe_async]
async fn tags_are_replaced_and_the_rest_stays(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let mut options = two();
    if stage.capabilities().user_metadata {
        options = options.content_type("text/x-notes").user("owner", "ann");
    }
    node.write_with("content", &options).await?;
    node.set_tags(&pairs(&[("state", "final")])).await?;
    equal(node.tags().await?, pairs(&[("state", "final")]));
    equal(node.read_text().await?, "content");
    if stage.capabilities().user_metadata {
        let metadata = node.metadata().await?;
        equal(metadata.content_type.as_deref(), Some("text/x-notes"));
        equal(metadata.user.get("owner").map(String::as_str), Some("ann"));
    }
    node.set_tags(&BTreeMap::new()).await?;
    yes(node.tags().await?.is_empty());
    Ok(())
}

#[maybe_async]
async fn a_plain_overwrite_has_no_tags(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("one", &two()).await?;
    node.write("two").await?;
    yes(node.tags().await?.is_empty());
    Ok(())
}

#[maybe_async]
async fn tags_of_what_is_missing_are_not_found(stage: &Stage) -> Outcome {
    let missing = stage.node("missing");
    refused(missing.tags().await, ErrorKind::NotFound);
    refused(missing.set_tags(&pairs(&[("a", "b")])).await, ErrorKind::NotFound);
    Ok(())
}

/// What S3 and Azure both allow in keys and values: letters, digits, space and `+ - . / : = _`.
#[maybe_async]
async fn tags_may_hold_ordinary_signs_and_other_letters(stage: &Stage) -> Outcome {
    let tags = pairs(&[("a key", "a value"), ("x+y=z", "1/2:3_4-5.6"), ("empty", ""), ("K", "V")]);
    let node = stage.file("set", "x").await?;
    node.set_tags(&tags).await?;
    equal(node.tags().await?, tags.clone());
    let mut options = WriteOptions::new();
    options.tags.clone_from(&tags);
    let written = stage.node("written");
    written.write_with("x", &options).await?;
    equal(written.tags().await?, tags);
    Ok(())
}

#[maybe_async]
async fn replaced_metadata_leaves_the_tags(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("content", &two()).await?;
    node.set_metadata(&WriteOptions::new().user("owner", "ann")).await?;
    has_two(&node).await?;
    equal(node.metadata().await?.user.get("owner").map(String::as_str), Some("ann"));
    Ok(())
}

#[maybe_async]
async fn tags_are_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.tags().await, ErrorKind::Unsupported);
    refused(node.set_tags(&pairs(&[("a", "b")])).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
