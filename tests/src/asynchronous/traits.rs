//! `AsyncRead`, `AsyncSeek`, `AsyncWrite` and `Stream`: what the traits of others do with our readers and writers.

use std::io::{self, SeekFrom};

use bytes::Bytes;
use futures_util::StreamExt;
use storage::Error;
use storage::types::{ErrorKind, WriteOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::suite::stage::Stage;
use super::suite::watched::{BROKEN, Watched};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    shutdown_publishes;
    a_writer_that_is_dropped_after_a_flush_publishes_nothing;
    a_reader_is_copied_to_a_writer;
    a_reader_is_a_stream_of_its_chunks;
    calls_and_traits_can_be_mixed;
    a_refused_shutdown_keeps_kind_and_path if [create_only];
    a_read_that_breaks_keeps_kind_and_path;
    a_write_that_breaks_keeps_kind_and_path;
    a_seek_to_before_the_start_is_refused;
}

async fn shutdown_publishes(stage: &Stage) -> Outcome {
    let content = noise(1, 700_000);
    let file = stage.node("folder/file");
    let mut writer = file.writer().await?;
    writer.write_all(&content).await?;
    writer.flush().await?;
    no(file.exists().await?);
    writer.shutdown().await?;
    equal(file.read().await?, content);
    writer.shutdown().await?;
    refused(writer.write("more").await, ErrorKind::InvalidInput);
    equal(writer.finish().await?.size, 700_000);
    Ok(())
}

async fn a_writer_that_is_dropped_after_a_flush_publishes_nothing(stage: &Stage) -> Outcome {
    let (old, new) = (stage.file("old", "old").await?, stage.node("new"));
    for file in [&old, &new] {
        let mut writer = file.writer().await?;
        writer.write_all(&noise(1, 700_000)).await?;
        writer.flush().await?;
        drop(writer);
    }
    equal(old.read_text().await?, "old");
    no(new.exists().await?);
    Ok(())
}

async fn a_reader_is_copied_to_a_writer(stage: &Stage) -> Outcome {
    let content = noise(2, 2_500_000);
    let mut reader = stage.file("from", content.clone()).await?.reader().await?;
    let to = stage.node("to");
    let mut writer = to.writer().await?;
    equal(tokio::io::copy(&mut reader, &mut writer).await?, 2_500_000);
    writer.shutdown().await?;
    equal(to.read().await?, content);
    Ok(())
}

async fn a_reader_is_a_stream_of_its_chunks(stage: &Stage) -> Outcome {
    let content = noise(3, 2_500_000);
    let reader = stage.file("file", content.clone()).await?.reader().await?;
    let chunks: Vec<storage::Result<Bytes>> = reader.collect().await;
    let mut read = Vec::new();
    for chunk in chunks {
        read.extend_from_slice(&chunk?);
    }
    yes(content == read);
    Ok(())
}

async fn calls_and_traits_can_be_mixed(stage: &Stage) -> Outcome {
    let content = noise(4, 2_500_000);
    let mut reader = stage.file("file", content.clone()).await?.reader().await?;
    let mut ten = [0; 10];
    reader.read_exact(&mut ten).await?;
    equal(&ten[..], &content[..10]);
    let mut read = reader.next().await?.unwrap_or_default().to_vec();
    equal(reader.position(), 10 + read.len() as u64);
    equal(reader.seek(SeekFrom::Current(-5)).await?, 5 + read.len() as u64);
    read.truncate(read.len() - 5);
    reader.read_to_end(&mut read).await?;
    yes(content[10..] == read);
    reader.seek_to(7).await?;
    equal(reader.read_u8().await?, content[7]);
    equal(reader.read_all().await?, content.slice(8..));

    let file = stage.node("written");
    let mut writer = file.writer().await?;
    writer.write_all(&content[..300_000]).await?;
    writer.write(content.slice(300_000..300_010)).await?;
    writer.write_all(&content[300_010..]).await?;
    equal(writer.finish().await?.size, 2_500_000);
    equal(file.read().await?, content);
    Ok(())
}

/// The error of ours that travelled through a trait of others.
#[track_caller]
fn through_io<T: std::fmt::Debug>(result: io::Result<T>, io_kind: io::ErrorKind, kind: ErrorKind) -> Error {
    match result {
        Ok(given) => panic!("expected {kind:?}, but it gave {given:?}"),
        Err(error) => {
            equal(error.kind(), io_kind);
            refused::<()>(Err(Error::from(error)), kind)
        }
    }
}

async fn a_refused_shutdown_keeps_kind_and_path(stage: &Stage) -> Outcome {
    let file = stage.node("folder/file");
    let mut writer = file.writer_with(&WriteOptions::new().create_only()).await?;
    writer.write_all(b"second").await?;
    file.write("first").await?;
    let error = through_io(writer.shutdown().await, io::ErrorKind::AlreadyExists, ErrorKind::AlreadyExists);
    equal((error.mount(), error.path()), (Some("m"), Some("folder/file")));
    equal(file.read_text().await?, "first");
    Ok(())
}

async fn a_read_that_breaks_keeps_kind_and_path(stage: &Stage) -> Outcome {
    stage.manager.add_backend("broken", Watched::breaking_after(3))?;
    let file = stage.at("broken:folder/file");
    file.write(noise(1, 10_000)).await?;
    let mut reader = file.reader().await?;
    let mut read = Vec::new();
    let result = reader.read_to_end(&mut read).await;
    let error = through_io(result, io::ErrorKind::InvalidData, ErrorKind::Corrupted);
    mentions(&error, &["`broken:folder/file`", BROKEN]);
    equal((error.mount(), error.path()), (Some("broken"), Some("folder/file")));
    equal(read, noise(1, 10_000).slice(..3000));

    let chunks: Vec<storage::Result<Bytes>> = StreamExt::take(file.reader().await?, 4).collect().await;
    equal(chunks.iter().filter(|chunk| chunk.is_ok()).count(), 3);
    for error in chunks.into_iter().filter_map(Result::err) {
        mentions(error, &["`broken:folder/file`", BROKEN]);
    }
    Ok(())
}

async fn a_write_that_breaks_keeps_kind_and_path(stage: &Stage) -> Outcome {
    stage.manager.add_backend("broken", Watched::breaking_after(1))?;
    let file = stage.at("broken:folder/file");
    let mut writer = file.writer().await?;
    writer.write_all(&noise(1, 100)).await?;
    writer.flush().await?;
    writer.write_all(&noise(2, 1000)).await?;
    let error = through_io(writer.flush().await, io::ErrorKind::InvalidData, ErrorKind::Corrupted);
    mentions(&error, &["`broken:folder/file`", BROKEN]);
    // A writer that has failed publishes nothing, however it is ended.
    refused(writer.finish().await, ErrorKind::InvalidInput);
    no(file.exists().await?);
    Ok(())
}

async fn a_seek_to_before_the_start_is_refused(stage: &Stage) -> Outcome {
    let mut reader = stage.file("file", "content").await?.reader().await?;
    reader.seek(SeekFrom::Start(3)).await?;
    let refused = reader.seek(SeekFrom::Current(-4)).await;
    through_io(refused, io::ErrorKind::InvalidInput, ErrorKind::InvalidInput);
    equal(reader.read_all().await?, "tent");
    Ok(())
}
