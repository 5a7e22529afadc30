//! Content type, cache control and the caller's own pairs.

use storage::types::{CopyOptions, ErrorKind, WriteOptions};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    content_type_cache_control_and_user_metadata_are_stored if [user_metadata] else user_metadata_is_unsupported;
    a_streamed_write_stores_them_too if [user_metadata];
    metadata_may_hold_any_text if [user_metadata];
    a_plain_overwrite_stores_none if [user_metadata];
    metadata_is_replaced_and_the_content_stays if [user_metadata] else user_metadata_is_unsupported;
    metadata_of_what_is_missing_is_not_found if [user_metadata];
    the_stored_content_type_is_that_of_the_data_uri if [user_metadata];
    a_read_gives_the_stored_metadata if [user_metadata];
    encoding_disposition_and_language_are_stored if [user_metadata];
    they_stay_when_other_metadata_is_replaced if [user_metadata];
    a_copy_takes_them_along if [user_metadata];
    a_copy_gets_the_headers_that_are_asked_for if [user_metadata];
    headers_that_cannot_be_kept_fail_a_copy if [!user_metadata];
}

fn packed() -> WriteOptions {
    WriteOptions::new()
        .content_encoding("gzip")
        .content_disposition("attachment; filename=\"notes.md\"")
        .content_language("de-CH")
}

#[maybe_async]
async fn check_packed(node: &super::api::StorageNode) -> Outcome {
    let metadata = node.metadata().await?;
    equal(metadata.content_encoding.as_deref(), Some("gzip"));
    equal(metadata.content_disposition.as_deref(), Some("attachment; filename=\"notes.md\""));
    equal(metadata.content_language.as_deref(), Some("de-CH"));
    equal(node.read().await?, PACKED);
    equal(node.read_range(2..4).await?, &PACKED[2..4]);
    Ok(())
}

/// `x`, as gzip packs it: stores that unpack what they give out would give it without that.
const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x00\x00\x83\x16\xdc\x8c\x01\x00\x00\x00";

#[maybe_async]
async fn encoding_disposition_and_language_are_stored(stage: &Stage) -> Outcome {
    let (whole, streamed) = (stage.node("whole"), stage.node("streamed"));
    whole.write_with(PACKED, &packed()).await?;
    check_packed(&whole).await?;
    let mut writer = streamed.writer_with(&packed()).await?;
    writer.write(PACKED).await?;
    writer.finish().await?;
    check_packed(&streamed).await?;
    whole.write(PACKED).await?;
    let metadata = whole.metadata().await?;
    equal(
        (metadata.content_encoding, metadata.content_disposition, metadata.content_language),
        (None, None, None),
    );
    Ok(())
}

#[maybe_async]
async fn they_stay_when_other_metadata_is_replaced(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with(PACKED, &packed()).await?;
    node.set_metadata(&WriteOptions::new().content_type("text/plain").user("a", "b")).await?;
    check_packed(&node).await?;
    node.set_metadata(&WriteOptions::new().content_language("fr")).await?;
    let metadata = node.metadata().await?;
    equal(
        (metadata.content_language.as_deref(), metadata.content_encoding.as_deref()),
        (Some("fr"), Some("gzip")),
    );
    Ok(())
}

#[maybe_async]
async fn a_copy_takes_them_along(stage: &Stage) -> Outcome {
    let (from, to) = (stage.node("from"), stage.node("to"));
    from.write_with(PACKED, &packed()).await?;
    from.copy_to(&to).await?;
    check_packed(&to).await
}

#[maybe_async]
async fn a_copy_gets_the_headers_that_are_asked_for(stage: &Stage) -> Outcome {
    let from = stage.node("tree/from");
    from.write_with(PACKED, &packed().user("author", "ada")).await?;
    let options = CopyOptions::new().content_type("text/html").content_language("fr");
    let (copy, elsewhere, moved) =
        (stage.node("copy"), stage.memory().await?.child("copy")?, stage.node("moved"));
    from.copy_to_with(&copy, &options).await?;
    from.copy_to_with(&elsewhere, &options).await?;
    elsewhere.copy_to_with(&stage.node("back"), &options).await?;
    from.parent().copy_to_with(&stage.node("copy of tree"), &options).await?.into_result()?;
    from.move_to_with(&moved, &options).await?;
    let in_tree = stage.node("copy of tree/from");
    for node in [copy, elsewhere, stage.node("back"), in_tree, moved] {
        let metadata = node.metadata().await?;
        equal(
            (metadata.content_type.as_deref(), metadata.content_language.as_deref()),
            (Some("text/html"), Some("fr")),
        );
        equal(metadata.content_encoding.as_deref(), Some("gzip"));
        equal(metadata.user.get("author").map(String::as_str), Some("ada"));
        equal(node.read().await?, PACKED);
    }
    Ok(())
}

#[maybe_async]
async fn headers_that_cannot_be_kept_fail_a_copy(stage: &Stage) -> Outcome {
    let from = stage.file("from", "content").await?;
    let options = CopyOptions::new().content_encoding("gzip");
    let copied = from.copy_to_with(&stage.node("to"), &options).await;
    refused(copied.and_then(storage::types::CopyReport::into_result), ErrorKind::Unsupported);
    Ok(())
}

fn all() -> WriteOptions {
    WriteOptions::new()
        .content_type("text/x-markdown; charset=utf-8")
        .cache_control("public, max-age=60")
        .user("owner", "ann")
        .user("reviewed-by", "bob")
}

#[maybe_async]
async fn check_all(node: &super::api::StorageNode) -> Outcome {
    let metadata = node.metadata().await?;
    equal(metadata.content_type.as_deref(), Some("text/x-markdown; charset=utf-8"));
    equal(metadata.cache_control.as_deref(), Some("public, max-age=60"));
    let pairs: Vec<(&str, &str)> =
        metadata.user.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    equal(pairs, [("owner", "ann"), ("reviewed-by", "bob")]);
    Ok(())
}

#[maybe_async]
async fn content_type_cache_control_and_user_metadata_are_stored(stage: &Stage) -> Outcome {
    let node = stage.node("folder/notes.md");
    node.write_with("# Notes", &all()).await?;
    check_all(&node).await?;
    equal(node.read_text().await?, "# Notes");
    Ok(())
}

#[maybe_async]
async fn a_streamed_write_stores_them_too(stage: &Stage) -> Outcome {
    let node = stage.node("folder/notes.md");
    let mut writer = node.writer_with(&all()).await?;
    writer.write("# Notes").await?;
    writer.finish().await?;
    check_all(&node).await
}

#[maybe_async]
async fn metadata_may_hold_any_text(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let long = "v".repeat(500);
    let values = ["", "é € \u{1f980}", "a=b;c,\"d\"", &long];
    let mut options = WriteOptions::new();
    for (number, value) in values.iter().enumerate() {
        options = options.user(format!("key{number}"), *value);
    }
    node.write_with("x", &options).await?;
    let metadata = node.metadata().await?;
    let stored: Vec<&str> = metadata.user.values().map(String::as_str).collect();
    equal(stored, values);
    Ok(())
}

#[maybe_async]
async fn a_plain_overwrite_stores_none(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("one", &all()).await?;
    node.write("two").await?;
    let metadata = node.metadata().await?;
    equal((metadata.content_type, metadata.cache_control), (None, None));
    yes(metadata.user.is_empty());
    Ok(())
}

#[maybe_async]
async fn metadata_is_replaced_and_the_content_stays(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("content", &WriteOptions::new().content_type("text/plain").user("old", "x")).await?;
    node.set_metadata(&all()).await?;
    check_all(&node).await?;
    equal(node.read_text().await?, "content");
    node.set_metadata(&WriteOptions::new()).await?;
    let metadata = node.metadata().await?;
    equal((metadata.content_type, metadata.cache_control), (None, None));
    yes(metadata.user.is_empty());
    Ok(())
}

#[maybe_async]
async fn metadata_of_what_is_missing_is_not_found(stage: &Stage) -> Outcome {
    refused(stage.node("missing").set_metadata(&all()).await, ErrorKind::NotFound);
    refused(stage.node("missing").metadata().await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn the_stored_content_type_is_that_of_the_data_uri(stage: &Stage) -> Outcome {
    let node = stage.node("hello.txt");
    node.write_with("Hello", &WriteOptions::new().content_type("application/x-hello")).await?;
    equal(node.to_data_uri().await?, "data:application/x-hello;base64,SGVsbG8=");
    Ok(())
}

#[maybe_async]
async fn a_read_gives_the_stored_metadata(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("0123", &all()).await?;
    let metadata = node.metadata().await?;
    let stat = node.stat().await?;
    equal((metadata.size, &metadata.etag, metadata.modified), (4, &stat.etag, stat.modified));
    Ok(())
}

#[maybe_async]
async fn user_metadata_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.set_metadata(&all()).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
