//! Writing: replacing, streaming, appending, and what is there when it fails.

use bytes::Bytes;
use storage::types::{ErrorKind, Metadata, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{different, equal, no, refused, some, yes};
use crate::support::content::{noise, version, whole_version};
use crate::support::disk;
use crate::support::outcome::Outcome;

behaviours! {
    a_write_creates_its_parents;
    a_write_replaces_what_was_there;
    a_write_tells_what_is_known_now;
    storing_gives_the_node_that_holds_the_content;
    a_reader_in_a_loop_sees_only_whole_versions;
    a_reader_in_a_loop_sees_only_whole_streamed_versions;
    eight_writers_on_one_key_leave_one_whole_content;
    nothing_is_visible_before_a_writer_finishes;
    a_dropped_writer_leaves_nothing;
    an_aborted_writer_leaves_nothing;
    a_dropped_writer_leaves_the_old_content;
    a_writer_takes_small_and_large_pieces;
    a_writer_is_write_of_the_language;
    an_empty_writer_makes_an_empty_file;
    a_directory_is_not_overwritten if [directories];
    a_file_and_a_directory_may_share_a_name if [!directories];
    create_only_creates_beside_a_directory_of_its_name if [!directories, create_only];
    a_file_may_lie_below_a_file if [!directories, delete];
    a_file_is_no_directory_to_write_into if [directories];
    the_root_is_not_overwritten;
    a_write_if_changed_tells_whether_it_wrote;
    an_append_creates_file_and_parents if [append] else appending_is_unsupported;
    an_append_adds_at_the_end if [append] else appending_is_unsupported;
    appending_to_a_directory_is_refused if [append, directories];
    appending_to_the_root_is_refused if [append];
    an_append_keeps_content_type_and_user_metadata if [append, user_metadata];
    the_mode_of_an_overwritten_file_stays if [unix_mode];
    a_write_may_set_the_time_of_modification if [set_modified];
    no_temporary_file_is_left if [local_path, list];
    a_large_write_is_kept_exactly;
}

#[maybe_async]
async fn a_write_creates_its_parents(stage: &Stage) -> Outcome {
    let node = stage.file("a/b/c/d.txt", "deep").await?;
    equal(node.read_text().await?, "deep");
    for path in ["a", "a/b", "a/b/c"] {
        yes(stage.node(path).is_dir().await?);
    }
    let streamed = stage.node("e/f/g.txt");
    let mut writer = streamed.writer().await?;
    writer.write("streamed").await?;
    writer.finish().await?;
    equal(streamed.read_text().await?, "streamed");
    Ok(())
}

#[maybe_async]
async fn a_write_replaces_what_was_there(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    for content in ["short", "something much longer than before", "", "x"] {
        node.write(content).await?;
        equal(node.read_text().await?, content);
        equal(node.size().await?, content.len() as u64);
    }
    Ok(())
}

#[maybe_async]
async fn a_write_tells_what_is_known_now(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let one_shot = node.write("0123456789").await?;
    let stat = node.stat().await?;
    yes(one_shot.is_file());
    equal((one_shot.size, &one_shot.etag), (10, &stat.etag));
    told_the_time(stage, &one_shot, &stat);
    equal(one_shot.version, stat.version);

    let mut writer = node.writer().await?;
    writer.write("abc").await?;
    equal(writer.written(), 3);
    let streamed = writer.finish().await?;
    let stat = node.stat().await?;
    equal((streamed.size, &streamed.etag), (3, &stat.etag));
    told_the_time(stage, &streamed, &stat);
    different(streamed.etag, one_shot.etag);
    Ok(())
}

/// What a write says of the time is the truth. A store that does not tell it with the answer to the write need not be
/// asked once more.
#[track_caller]
fn told_the_time(stage: &Stage, written: &Metadata, stat: &Metadata) {
    if stage.capabilities().directories || written.modified.is_some() {
        equal(written.modified, stat.modified);
    }
}

#[maybe_async]
async fn storing_gives_the_node_that_holds_the_content(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let holder = node.store("content").await?;
    equal(&holder, &node);
    equal(holder.read_text().await?, "content");
    Ok(())
}

const WHOLE: usize = 300_000;
const VERSIONS: u64 = 40;

/// One replaces the file again and again, the others read it all the while.
#[maybe_async]
async fn a_reader_in_a_loop_sees_only_whole_versions(stage: &Stage) -> Outcome {
    let node = stage.file("file", version(0, WHOLE)).await?;
    let ends = rt::together(3, |number| {
        let node = node.clone();
        async move { if number == 0 { replace(&node).await } else { watch(&node).await } }
    })
    .await;
    ends.into_iter().collect()
}

#[maybe_async]
async fn a_reader_in_a_loop_sees_only_whole_streamed_versions(stage: &Stage) -> Outcome {
    let node = stage.file("file", version(0, WHOLE)).await?;
    let ends = rt::together(3, |number| {
        let node = node.clone();
        async move { if number == 0 { replace_streaming(&node).await } else { watch_streaming(&node).await } }
    })
    .await;
    ends.into_iter().collect()
}

#[maybe_async]
async fn replace(node: &StorageNode) -> Outcome {
    for number in 1..=VERSIONS {
        node.write(version(number, WHOLE)).await?;
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn replace_streaming(node: &StorageNode) -> Outcome {
    for number in 1..=VERSIONS {
        let content = version(number, WHOLE);
        let mut writer = node.writer().await?;
        for piece in content.chunks(100_000) {
            writer.write(Bytes::copy_from_slice(piece)).await?;
            rt::pause().await;
        }
        writer.finish().await?;
    }
    Ok(())
}

/// Reads until the last version is there; each read is a whole version, and none is older than the one before.
#[maybe_async]
async fn watch(node: &StorageNode) -> Outcome {
    let mut seen = 0;
    while seen < VERSIONS {
        let content = node.read().await?;
        let number = some(whole_version(&content, WHOLE));
        yes(number >= seen);
        seen = number;
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn watch_streaming(node: &StorageNode) -> Outcome {
    let mut seen = 0;
    while seen < VERSIONS {
        let mut reader = node.reader().await?;
        let mut content = Vec::new();
        while let Some(piece) = reader.next().await? {
            content.extend_from_slice(&piece);
            rt::pause().await;
        }
        let number = some(whole_version(&content, WHOLE));
        yes(number >= seen);
        seen = number;
    }
    Ok(())
}

#[maybe_async]
async fn eight_writers_on_one_key_leave_one_whole_content(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let ends = rt::together(8, |number| {
        let node = node.clone();
        async move { write_often(&node, number as u64).await }
    })
    .await;
    ends.into_iter().collect::<Outcome>()?;
    let last = some(whole_version(&node.read().await?, 100_000));
    yes(last < 8);
    Ok(())
}

#[maybe_async]
async fn write_often(node: &StorageNode, number: u64) -> Outcome {
    for _ in 0..5 {
        node.write(version(number, 100_000)).await?;
        let mut writer = node.writer().await?;
        writer.write(version(number, 100_000)).await?;
        writer.finish().await?;
    }
    Ok(())
}

#[maybe_async]
async fn nothing_is_visible_before_a_writer_finishes(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let mut writer = node.writer().await?;
    writer.write(noise(1, 1_500_000)).await?;
    no(node.exists().await?);
    equal(writer.written(), 1_500_000);
    writer.finish().await?;
    equal(node.size().await?, 1_500_000);

    let mut writer = node.writer().await?;
    writer.write("new").await?;
    equal(node.size().await?, 1_500_000);
    writer.finish().await?;
    equal(node.read_text().await?, "new");
    Ok(())
}

#[maybe_async]
async fn a_dropped_writer_leaves_nothing(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    for length in [0, 10, 1_500_000] {
        let mut writer = node.writer().await?;
        writer.write(noise(2, length)).await?;
        drop(writer);
        no(node.exists().await?);
    }
    left_over(stage, &[]).await
}

#[maybe_async]
async fn an_aborted_writer_leaves_nothing(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    for length in [0, 10, 1_500_000] {
        let mut writer = node.writer().await?;
        writer.write(noise(3, length)).await?;
        writer.abort().await?;
        no(node.exists().await?);
    }
    left_over(stage, &[]).await
}

#[maybe_async]
async fn a_dropped_writer_leaves_the_old_content(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let before = node.stat().await?;
    let mut writer = node.writer().await?;
    writer.write(noise(4, 1_500_000)).await?;
    drop(writer);
    let mut writer = node.writer().await?;
    writer.write(noise(5, 300_000)).await?;
    writer.abort().await?;
    equal(node.read_text().await?, "old");
    equal(node.stat().await?.modified, before.modified);
    left_over(stage, &["file"]).await
}

/// What is really in the folder of a mount that has one, hidden files included; elsewhere, what is listed.
#[maybe_async]
async fn left_over(stage: &Stage, expected: &[&str]) -> Outcome {
    let can = stage.capabilities();
    if can.local_path {
        equal(disk::everything_below(&stage.folder().await?)?, expected);
    } else if can.list {
        let listed = stage.root().list().await?;
        let names: Vec<&str> = listed.iter().map(|entry| entry.node.name()).collect();
        equal(names, expected);
    }
    Ok(())
}

#[maybe_async]
async fn a_writer_takes_small_and_large_pieces(stage: &Stage) -> Outcome {
    let content = noise(6, 2_000_000);
    let node = stage.node("file");
    let mut writer = node.writer().await?;
    let mut start = 0;
    for length in (0..).map(|step: usize| if step % 3 == 2 { 700_000 } else { step * 31 + 1 }) {
        let end = (start + length).min(content.len());
        writer.write(content.slice(start..end)).await?;
        start = end;
        if start == content.len() {
            break;
        }
    }
    equal(writer.written(), 2_000_000);
    equal(writer.finish().await?.size, 2_000_000);
    equal(node.read().await?, content);
    Ok(())
}

#[maybe_async]
async fn a_writer_is_write_of_the_language(stage: &Stage) -> Outcome {
    let content = noise(7, 1_000_000);
    let node = stage.node("file");
    let mut writer = node.writer().await?;
    rt::write_pieces(&mut writer, &content[..600_000], 8191).await?;
    writer.write(content.slice(600_000..700_000)).await?;
    rt::write_pieces(&mut writer, &content[700_000..], 300_000).await?;
    no(node.exists().await?);
    writer.finish().await?;
    equal(node.read().await?, content);
    Ok(())
}

#[maybe_async]
async fn an_empty_writer_makes_an_empty_file(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let writer = node.writer().await?;
    equal(writer.finish().await?.size, 0);
    yes(node.is_file().await?);
    equal(node.read().await?, "");
    Ok(())
}

#[maybe_async]
async fn a_directory_is_not_overwritten(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    let folder = stage.node("folder");
    refused(folder.write("x").await, ErrorKind::IsADirectory);
    refused(folder.write_text("x").await, ErrorKind::IsADirectory);
    refused(folder.store("x").await, ErrorKind::IsADirectory);
    refused(folder.write_if_changed("x").await, ErrorKind::IsADirectory);
    refused(
        folder.write_with("x", &WriteOptions::new().content_type("text/plain")).await,
        ErrorKind::IsADirectory,
    );
    refused(stream_into(&folder).await, ErrorKind::IsADirectory);
    yes(folder.is_dir().await?);
    equal(stage.node("folder/file").read_text().await?, "kept");

    let empty = stage.directory("empty").await?;
    refused(empty.write("x").await, ErrorKind::IsADirectory);
    refused(stream_into(&empty).await, ErrorKind::IsADirectory);
    yes(empty.is_dir().await?);
    Ok(())
}

/// Where a directory is no more than the files below it, a write asks nobody whether there is one of that name.
#[maybe_async]
async fn a_file_and_a_directory_may_share_a_name(stage: &Stage) -> Outcome {
    stage.file("folder/file", "below").await?;
    let folder = stage.node("folder");
    for content in ["one", "two"] {
        folder.write(content).await?;
        equal(folder.read_text().await?, content);
        yes(folder.is_file().await?);
        equal(folder.size().await?, 3);
    }
    stream_into(&folder).await?;
    equal(folder.read_text().await?, "x");
    equal(stage.node("folder/file").read_text().await?, "below");
    Ok(())
}

#[maybe_async]
async fn create_only_creates_beside_a_directory_of_its_name(stage: &Stage) -> Outcome {
    stage.file("folder/file", "below").await?;
    let folder = stage.node("folder");
    let only = WriteOptions::new().create_only();
    folder.write_with("created", &only).await?;
    refused(folder.write_with("again", &only).await, ErrorKind::AlreadyExists);
    equal(folder.read_text().await?, "created");
    equal(stage.node("folder/file").read_text().await?, "below");
    Ok(())
}

#[maybe_async]
async fn a_file_may_lie_below_a_file(stage: &Stage) -> Outcome {
    let above = stage.file("file", "above").await?;
    let below = stage.file("file/far/below", "below").await?;
    equal(above.read_text().await?, "above");
    equal(below.read_text().await?, "below");
    above.delete().await?;
    no(above.is_file().await?);
    yes(above.is_dir().await?);
    equal(below.read_text().await?, "below");
    above.write("again").await?;
    below.delete().await?;
    equal(above.read_text().await?, "again");
    no(below.exists().await?);
    Ok(())
}

#[maybe_async]
async fn stream_into(node: &StorageNode) -> storage::Result<()> {
    let mut writer = node.writer().await?;
    writer.write("x").await?;
    writer.finish().await?;
    Ok(())
}

#[maybe_async]
async fn a_file_is_no_directory_to_write_into(stage: &Stage) -> Outcome {
    let file = stage.file("file", "kept").await?;
    for path in ["file/below", "file/far/below"] {
        let below = stage.node(path);
        refused(below.write("x").await, ErrorKind::NotADirectory);
        refused(stream_into(&below).await, ErrorKind::NotADirectory);
    }
    equal(file.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn the_root_is_not_overwritten(stage: &Stage) -> Outcome {
    stage.file("file", "kept").await?;
    refused(stage.root().write("x").await, ErrorKind::IsADirectory);
    refused(stream_into(&stage.root()).await, ErrorKind::IsADirectory);
    yes(stage.root().is_dir().await?);
    equal(stage.node("file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_write_if_changed_tells_whether_it_wrote(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    yes(node.write_if_changed("content").await?);
    let before = node.stat().await?;
    no(node.write_if_changed("content").await?);
    let after = node.stat().await?;
    equal((after.modified, after.etag), (before.modified, before.etag));
    yes(node.write_if_changed("CONTENT").await?);
    yes(node.write_if_changed("CONTENT and more").await?);
    equal(node.read_text().await?, "CONTENT and more");
    yes(node.write_if_changed("").await?);
    no(node.write_if_changed("").await?);

    let large = noise(8, 2_100_000);
    yes(node.write_if_changed(large.clone()).await?);
    no(node.write_if_changed(large.clone()).await?);
    let mut last_byte = large.to_vec();
    last_byte[2_099_999] ^= 1;
    yes(node.write_if_changed(last_byte).await?);
    Ok(())
}

#[maybe_async]
async fn an_append_creates_file_and_parents(stage: &Stage) -> Outcome {
    let node = stage.node("a/b/log");
    let written = node.append("first\n").await?;
    equal(written.size, 6);
    equal(node.read_text().await?, "first\n");
    Ok(())
}

#[maybe_async]
async fn an_append_adds_at_the_end(stage: &Stage) -> Outcome {
    let node = stage.file("log", "one\n").await?;
    node.append("two\n").await?;
    node.append("").await?;
    let large = noise(9, 400_000);
    let written = node.append(large.clone()).await?;
    equal(written.size, 400_008);
    equal(node.read().await?, [&b"one\ntwo\n"[..], &large].concat());
    Ok(())
}

#[maybe_async]
async fn appending_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.append("x").await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}

#[maybe_async]
async fn appending_to_a_directory_is_refused(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    refused(stage.node("folder").append("x").await, ErrorKind::IsADirectory);
    equal(stage.node("folder/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn appending_to_the_root_is_refused(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    refused(stage.root().append("x").await, ErrorKind::IsADirectory);
    equal(stage.node("folder/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn an_append_keeps_content_type_and_user_metadata(stage: &Stage) -> Outcome {
    let node = stage.node("log");
    node.write_with("one\n", &WriteOptions::new().content_type("text/x-log").user("owner", "ann")).await?;
    node.append("two\n").await?;
    let metadata = node.metadata().await?;
    equal(metadata.content_type.as_deref(), Some("text/x-log"));
    equal(metadata.user.get("owner").map(String::as_str), Some("ann"));
    Ok(())
}

#[maybe_async]
async fn the_mode_of_an_overwritten_file_stays(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let path = stage.folder().await?.join("file");
    for mode in [0o600, 0o755, 0o640] {
        disk::set_mode(&path, mode)?;
        node.write("new").await?;
        equal(disk::mode(&path)?, mode);
        stream_into(&node).await?;
        equal(disk::mode(&path)?, mode);
        equal(node.stat().await?.mode, Some(mode));
    }
    Ok(())
}

#[maybe_async]
async fn a_write_may_set_the_time_of_modification(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let mut options = WriteOptions::new();
    options.modified = Some(long_ago);
    node.write_with("x", &options).await?;
    equal(node.modified().await?, Some(long_ago));
    Ok(())
}

#[maybe_async]
async fn no_temporary_file_is_left(stage: &Stage) -> Outcome {
    stage.file("a/file", "x").await?;
    stage.file("a/file", noise(10, 700_000)).await?;
    stream_into(&stage.node("b")).await?;
    refused(stage.node("a").write("x").await, ErrorKind::IsADirectory);
    refused(stage.node("b/below").write("x").await, ErrorKind::NotADirectory);
    refused(
        stage.node("b").write_with("x", &WriteOptions::new().create_only()).await,
        ErrorKind::AlreadyExists,
    );
    equal(disk::everything_below(&stage.folder().await?)?, ["a", "a/file", "b"]);
    Ok(())
}

#[maybe_async]
async fn a_large_write_is_kept_exactly(stage: &Stage) -> Outcome {
    for length in [256 << 10, (256 << 10) + 1, 1 << 20, (1 << 20) - 1, 5_000_000] {
        let content = noise(length as u64, length);
        let node = stage.file("file", content.clone()).await?;
        equal(node.read().await?, &content);
        let mut writer = node.writer().await?;
        writer.write(content.clone()).await?;
        writer.finish().await?;
        equal(node.read().await?, content);
    }
    Ok(())
}
