//! Mounts whose path is the data.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use storage::types::{ErrorKind, ReadOptions, WriteOptions};

use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, some, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    both_alphabets_and_missing_padding_are_understood if [opaque_paths];
    every_payload_comes_back if [opaque_paths];
    double_and_leading_slashes_are_data if [opaque_paths];
    writing_returns_the_new_node if [opaque_paths];
    streaming_returns_the_new_path if [opaque_paths];
    a_header_gives_the_media_type if [opaque_paths];
    text_that_is_not_encoded_is_percent_decoded if [opaque_paths];
    what_is_no_data_does_not_exist if [opaque_paths];
    data_has_size_checksum_and_ranges if [opaque_paths];
    data_has_no_children if [opaque_paths];
    copying_in_tells_the_new_path if [opaque_paths];
    copying_out_materialises if [opaque_paths];
    a_long_payload_is_cut_in_messages if [opaque_paths];
}

#[maybe_async]
async fn both_alphabets_and_missing_padding_are_understood(stage: &Stage) -> Outcome {
    let payload = b"\xfb\xff\xbe\xfb\xef";
    for text in [
        STANDARD.encode(payload),
        STANDARD_NO_PAD.encode(payload),
        URL_SAFE.encode(payload),
        URL_SAFE_NO_PAD.encode(payload),
    ] {
        equal(stage.node(&text).read().await?, &payload[..]);
    }
    equal(stage.node("SGVsbG8=").read_text().await?, "Hello");
    equal(stage.node("SGVsbG8").read_text().await?, "Hello");
    Ok(())
}

#[maybe_async]
async fn every_payload_comes_back(stage: &Stage) -> Outcome {
    for length in 0..70 {
        for seed in 0..8 {
            let payload = noise(seed, length);
            let node = stage.root().store(payload.clone()).await?;
            equal(node.read().await?, &payload);
            for text in [STANDARD_NO_PAD.encode(&payload), URL_SAFE.encode(&payload)] {
                equal(stage.node(&text).read().await?, &payload);
            }
        }
    }
    let large = noise(9, 1_500_000);
    let node = stage.root().store(large.clone()).await?;
    equal(node.read().await?, large);
    Ok(())
}

#[maybe_async]
async fn double_and_leading_slashes_are_data(stage: &Stage) -> Outcome {
    for payload in
        [&b"\xff\xff\xff"[..], b"\xff\xff\xff\xff\xff\xff", b"a\xff\xf0\x3f\xff", b"\xfc\x00\xff\xff\xff\x00"]
    {
        let text = STANDARD.encode(payload);
        let node = stage.node(&text);
        equal(node.path().as_str(), &*text);
        equal(node.read().await?, payload);
        let stored = stage.root().store(payload).await?;
        equal(stored.read().await?, payload);
    }
    equal(stage.node("////").path().as_str(), "////");
    equal(stage.node("/+/+").read().await?, &b"\xff\xef\xfe"[..]);
    Ok(())
}

#[maybe_async]
async fn writing_returns_the_new_node(stage: &Stage) -> Outcome {
    let node = stage.root().store("Hello").await?;
    equal(node.full_path(), "m:SGVsbG8=");
    let next = node.store("Goodbye").await?;
    equal(next.read_text().await?, "Goodbye");
    equal(node.read_text().await?, "Hello");
    let metadata = node.write("Third").await?;
    equal(some(metadata.location).as_str(), "VGhpcmQ=");
    let empty = stage.root().store("").await?;
    equal(empty.read().await?, "");
    Ok(())
}

#[maybe_async]
async fn streaming_returns_the_new_path(stage: &Stage) -> Outcome {
    let mut writer = stage.root().writer().await?;
    writer.write("Hel").await?;
    writer.write("lo").await?;
    let written = writer.finish().await?;
    equal(some(written.location).as_str(), "SGVsbG8=");
    Ok(())
}

#[maybe_async]
async fn a_header_gives_the_media_type(stage: &Stage) -> Outcome {
    let node = stage.node("data:image/png;base64,SGVsbG8=");
    equal(node.read_text().await?, "Hello");
    equal(node.media_type().as_deref(), Some("image/png"));
    equal(node.to_data_uri().await?, "data:image/png;base64,SGVsbG8=");
    equal(stage.node("text/plain;base64,SGVsbG8").read_text().await?, "Hello");
    equal(stage.node("data:;base64,SGVsbG8=").read_text().await?, "Hello");

    let written =
        stage.root().write_with("Hello", &WriteOptions::new().content_type("text/x-greeting")).await?;
    let path = some(written.location);
    let node = stage.node(path.as_str());
    equal(node.media_type().as_deref(), Some("text/x-greeting"));
    equal(node.to_data_uri().await?, "data:text/x-greeting;base64,SGVsbG8=");
    Ok(())
}

#[maybe_async]
async fn text_that_is_not_encoded_is_percent_decoded(stage: &Stage) -> Outcome {
    equal(stage.node("data:,Hello%2C%20World%21").read_text().await?, "Hello, World!");
    equal(stage.node("data:text/plain;charset=utf-8,caf%C3%A9").read_text().await?, "café");
    Ok(())
}

#[maybe_async]
async fn what_is_no_data_does_not_exist(stage: &Stage) -> Outcome {
    for text in ["not base64!", "SGVsbG8=*", "A", "data:image/png;base64,***"] {
        let node = stage.node(text);
        no(node.exists().await?);
        no(node.is_file().await?);
        no(node.is_dir().await?);
        refused(node.stat().await, ErrorKind::NotFound);
        yes(node.read().await.is_err());
    }
    Ok(())
}

#[maybe_async]
async fn data_has_size_checksum_and_ranges(stage: &Stage) -> Outcome {
    let node = stage.root().store("0123456789").await?;
    equal(node.size().await?, 10);
    yes(node.is_file().await?);
    equal(node.md5().await?, "781e5e245d69b566979b86e28d23f2c7");
    equal(node.read_range(2..5).await?, "234");
    let mut reader = node.reader_with(&ReadOptions::new().range(7..)).await?;
    equal(reader.read_all().await?, "789");
    yes(node.same_content(&stage.node("MDEyMzQ1Njc4OQ")).await?);
    Ok(())
}

#[maybe_async]
async fn data_has_no_children(stage: &Stage) -> Outcome {
    let node = stage.root().store("Hello").await?;
    refused(node.child("x"), ErrorKind::Unsupported);
    refused(stage.root().join(["x"]), ErrorKind::Unsupported);
    Ok(())
}

#[maybe_async]
async fn copying_in_tells_the_new_path(stage: &Stage) -> Outcome {
    let source = stage.memory().await?.child("hello.txt")?;
    source.write("Hello").await?;
    let report = source.copy_to(&stage.root()).await?;
    let path = some(report.location);
    equal(stage.node(path.as_str()).read_text().await?, "Hello");
    Ok(())
}

#[maybe_async]
async fn copying_out_materialises(stage: &Stage) -> Outcome {
    let destination = stage.memory().await?.child("folder/hello.txt")?;
    stage.node("data:text/x-greeting;base64,SGVsbG8=").copy_to(&destination).await?;
    equal(destination.read_text().await?, "Hello");
    Ok(())
}

#[maybe_async]
async fn a_long_payload_is_cut_in_messages(stage: &Stage) -> Outcome {
    let text = format!("{}*", "A".repeat(100_000));
    let error = stage.node(&text).read().await;
    let error =
        crate::support::checks::refused_as_one_of(error, &[ErrorKind::InvalidInput, ErrorKind::NotFound]);
    yes(error.to_string().len() < 1000);
    mentions(&error, &["m:AAAA"]);
    yes(format!("{:?}", stage.node(&text)).len() < 1000);
    Ok(())
}
