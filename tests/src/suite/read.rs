//! Reading: whole, in ranges, under conditions, as text and as a stream.

use std::io::SeekFrom;
use std::time::{Duration, SystemTime};

use storage::types::{ByteRange, EntryKind, ErrorKind, Operation, ReadOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::{MOUNT, Stage};
use crate::support::checks::{different, equal, mentions, no, refused, refused_as_one_of, some, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    text_comes_back_exactly;
    text_has_the_encoding_that_was_named;
    undecodable_text_is_corrupted_and_the_byte_is_named;
    an_unknown_encoding_is_refused;
    text_that_an_encoding_cannot_express_is_refused;
    the_size_is_in_bytes;
    an_empty_file_is_a_file;
    what_is_missing_is_not_there_and_not_found;
    an_error_names_mount_path_and_operation;
    nothing_is_below_a_file;
    a_directory_cannot_be_read;
    a_range_is_bounded_open_or_a_suffix;
    a_range_that_starts_past_the_end_is_refused;
    a_range_of_a_large_file_gives_just_those_bytes;
    several_ranges_come_in_the_order_asked_for;
    several_ranges_are_refused_as_one_would_be;
    several_ranges_may_be_of_one_content_only;
    several_ranges_are_of_one_content_while_it_is_replaced if [delete];
    a_read_may_demand_an_etag;
    a_read_may_refuse_a_known_etag;
    a_read_may_demand_a_change_since;
    content_comes_with_its_metadata;
    a_reader_gives_everything_in_pieces;
    a_reader_of_a_range_knows_its_length;
    a_reader_with_little_memory_gives_the_same;
    a_reader_seeks_to_and_fro;
    a_reader_is_read_and_seek_of_the_language;
    an_open_reader_keeps_the_content_it_was_opened_on if [directories];
    an_open_reader_never_mixes_two_contents if [!directories];
    the_md5_is_that_of_the_content;
    reading_does_not_change_the_time_of_modification;
    an_old_version_cannot_be_read_where_none_are_kept if [!versions];
    the_media_type_follows_the_extension;
    the_content_is_given_as_a_data_uri;
}

#[maybe_async]
async fn text_comes_back_exactly(stage: &Stage) -> Outcome {
    let texts = [
        "",
        "one line",
        "unix\nlines\n",
        "dos\r\nlines\r\n",
        "old\rmac\r",
        "\u{feff}with a byte order mark",
        "nul \0 inside",
        "日本語 \u{1f980} é e\u{301}",
        "\n\n\n",
    ];
    for text in texts {
        let node = stage.node("text.txt");
        node.write_text(text).await?;
        equal(node.read_text().await?, text);
        equal(node.read().await?, text.as_bytes());
    }
    Ok(())
}

#[maybe_async]
async fn text_has_the_encoding_that_was_named(stage: &Stage) -> Outcome {
    let cases: [(&str, &str, &[u8]); 5] = [
        ("windows-1252", "café €", b"caf\xe9 \x80"),
        ("iso-8859-15", "10 €", b"10 \xa4"),
        ("shift_jis", "日本", b"\x93\xfa\x96\x7b"),
        ("utf-16le", "hé", b"h\0\xe9\0"),
        ("UTF-8", "hé", b"h\xc3\xa9"),
    ];
    for (encoding, text, bytes) in cases {
        let node = stage.node(encoding);
        node.write_text_as(text, encoding).await?;
        equal(node.read().await?, bytes);
        equal(node.read_text_as(encoding).await?, text);
    }
    Ok(())
}

#[maybe_async]
async fn undecodable_text_is_corrupted_and_the_byte_is_named(stage: &Stage) -> Outcome {
    let node = stage.file("binary", &b"fine \xff not"[..]).await?;
    let error = refused(node.read_text().await, ErrorKind::Corrupted);
    mentions(&error, &["UTF-8", "byte 5", "m:binary"]);

    let cut = stage.file("cut", &b"caf\xc3"[..]).await?;
    mentions(refused(cut.read_text().await, ErrorKind::Corrupted), &["byte 3"]);

    let japanese = stage.file("japanese", &b"\x93\xfa\xff"[..]).await?;
    mentions(
        refused(japanese.read_text_as("shift_jis").await, ErrorKind::Corrupted),
        &["Shift_JIS", "byte 2"],
    );
    equal(node.read().await?, &b"fine \xff not"[..]);
    Ok(())
}

#[maybe_async]
async fn an_unknown_encoding_is_refused(stage: &Stage) -> Outcome {
    let node = stage.file("text", "kept").await?;
    mentions(refused(node.read_text_as("utf-9").await, ErrorKind::InvalidInput), &["`utf-9`"]);
    refused(node.write_text_as("new", "utf-9").await, ErrorKind::InvalidInput);
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn text_that_an_encoding_cannot_express_is_refused(stage: &Stage) -> Outcome {
    let node = stage.file("text", "kept").await?;
    refused(node.write_text_as("日本", "windows-1252").await, ErrorKind::InvalidInput);
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn the_size_is_in_bytes(stage: &Stage) -> Outcome {
    let node = stage.file("text", "é€\u{1f980}").await?;
    equal(node.size().await?, 9);
    equal(node.stat().await?.size, 9);
    equal(stage.file("zeros", vec![0; 70_001]).await?.size().await?, 70_001);
    Ok(())
}

#[maybe_async]
async fn an_empty_file_is_a_file(stage: &Stage) -> Outcome {
    let node = stage.file("empty", "").await?;
    yes(node.exists().await?);
    yes(node.is_file().await?);
    no(node.is_dir().await?);
    equal(node.size().await?, 0);
    equal(node.read().await?, "");
    let mut reader = node.reader().await?;
    yes(reader.is_empty());
    equal(reader.next().await?, None);
    Ok(())
}

#[maybe_async]
async fn what_is_missing_is_not_there_and_not_found(stage: &Stage) -> Outcome {
    stage.file("neighbour", "x").await?;
    for path in ["missing", "neighbou", "neighbour2", "no/such/folder/file"] {
        let node = stage.node(path);
        no(node.exists().await?);
        no(node.is_file().await?);
        no(node.is_dir().await?);
        refused(node.read().await, ErrorKind::NotFound);
        refused(node.read_text().await, ErrorKind::NotFound);
        refused(node.read_range(0..1).await, ErrorKind::NotFound);
        refused(node.reader().await, ErrorKind::NotFound);
        refused(node.stat().await, ErrorKind::NotFound);
        refused(node.metadata().await, ErrorKind::NotFound);
        refused(node.size().await, ErrorKind::NotFound);
        refused(node.modified().await, ErrorKind::NotFound);
        refused(node.md5().await, ErrorKind::NotFound);
        refused(node.to_data_uri().await, ErrorKind::NotFound);
        no(node.exists().await?);
    }
    Ok(())
}

#[maybe_async]
async fn an_error_names_mount_path_and_operation(stage: &Stage) -> Outcome {
    let node = stage.node("no/such/file");
    let error = refused(node.read().await, ErrorKind::NotFound);
    equal((error.mount(), error.path()), (Some(MOUNT), Some("no/such/file")));
    equal(error.operation(), Some(Operation::Read));
    mentions(&error, &["`m:no/such/file`"]);
    no(error.to_string().contains('\n'));
    equal(refused(node.stat().await, ErrorKind::NotFound).operation(), Some(Operation::Stat));
    no(error.is_retryable());
    Ok(())
}

#[maybe_async]
async fn nothing_is_below_a_file(stage: &Stage) -> Outcome {
    stage.file("file", "x").await?;
    let below = stage.node("file/below");
    no(below.exists().await?);
    no(below.is_file().await?);
    no(below.is_dir().await?);
    yes(below.read().await.is_err());
    Ok(())
}

#[maybe_async]
async fn a_directory_cannot_be_read(stage: &Stage) -> Outcome {
    stage.file("folder/file", "x").await?;
    for node in [stage.node("folder"), stage.root()] {
        refused(node.read().await, ErrorKind::IsADirectory);
        refused(node.read_text().await, ErrorKind::IsADirectory);
        refused(node.read_range(0..1).await, ErrorKind::IsADirectory);
        refused(node.reader().await, ErrorKind::IsADirectory);
        refused(node.md5().await, ErrorKind::IsADirectory);
        refused(node.size().await, ErrorKind::IsADirectory);
        refused(node.to_data_uri().await, ErrorKind::IsADirectory);
        yes(node.is_dir().await?);
        no(node.is_file().await?);
        equal(node.stat().await?.kind, EntryKind::Directory);
    }
    Ok(())
}

#[maybe_async]
async fn a_range_is_bounded_open_or_a_suffix(stage: &Stage) -> Outcome {
    let node = stage.file("digits", "0123456789").await?;
    let cases: [(ByteRange, &str); 12] = [
        ((0..4).into(), "0123"),
        ((3..4).into(), "3"),
        ((..4).into(), "0123"),
        ((8..100).into(), "89"),
        ((5..5).into(), ""),
        ((7..).into(), "789"),
        ((..).into(), "0123456789"),
        ((10..).into(), ""),
        ((10..20).into(), ""),
        (ByteRange::Suffix(3), "789"),
        (ByteRange::Suffix(100), "0123456789"),
        (ByteRange::Suffix(0), ""),
    ];
    for (range, expected) in cases {
        equal(node.read_range(range).await?, expected);
        let options = ReadOptions::new().range(range);
        equal(node.read_with(&options).await?, expected);
        let mut reader = node.reader_with(&options).await?;
        equal(reader.read_all().await?, expected);
    }
    Ok(())
}

#[maybe_async]
async fn a_range_that_starts_past_the_end_is_refused(stage: &Stage) -> Outcome {
    let node = stage.file("digits", "0123456789").await?;
    for range in [
        ByteRange::From(11),
        (11..12).into(),
        ByteRange::Bounded { start: 5, end: 2 },
        ByteRange::From(u64::MAX),
    ] {
        refused(node.read_range(range).await, ErrorKind::InvalidInput);
        refused(node.reader_with(&ReadOptions::new().range(range)).await, ErrorKind::InvalidInput);
    }
    Ok(())
}

#[maybe_async]
async fn a_range_of_a_large_file_gives_just_those_bytes(stage: &Stage) -> Outcome {
    let content = noise(1, 3_000_000);
    let node = stage.file("large", content.clone()).await?;
    for (start, end) in [(0, 1), (999_999, 2_500_001), (1 << 20, 2 << 20), (2_999_999, 3_000_000)] {
        let expected = content.slice(start..end);
        let range = start as u64..end as u64;
        equal(node.read_range(range.clone()).await?, &expected);
        let mut reader = node.reader_with(&ReadOptions::new().range(range)).await?;
        equal(reader.read_all().await?, &expected);
    }
    equal(node.read_range(ByteRange::Suffix(12)).await?, content.slice(2_999_988..));
    Ok(())
}

#[maybe_async]
async fn several_ranges_come_in_the_order_asked_for(stage: &Stage) -> Outcome {
    let content = noise(3, 4_000_000);
    let node = stage.file("large", content.clone()).await?;
    let ranges =
        [3_999_990..4_000_100, 0..10, 5..15, 2_000_000..2_000_010, 12..12, 1_100_000..1_100_001, 0..10];
    let parts = node.read_ranges(&ranges).await?;
    for (range, part) in ranges.iter().zip(&parts) {
        equal(part, &content.slice(range.start..range.end.min(content.len())));
    }
    equal(parts.len(), ranges.len());
    let mixed: [ByteRange; 3] = [ByteRange::Suffix(7), (3_999_999..).into(), (1..=2).into()];
    let parts = node.read_ranges(mixed).await?;
    equal(parts, [content.slice(3_999_993..), content.slice(3_999_999..), content.slice(1..3)]);
    let none: [ByteRange; 0] = [];
    equal(node.read_ranges(none).await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn several_ranges_are_refused_as_one_would_be(stage: &Stage) -> Outcome {
    let node = stage.file("digits", "0123456789").await?;
    equal(node.read_ranges([0..2, 10..12, 8..100]).await?, ["01", "", "89"]);
    refused(node.read_ranges([0..2, 11..12]).await, ErrorKind::InvalidInput);
    refused(node.read_ranges([ByteRange::Bounded { start: 5, end: 2 }]).await, ErrorKind::InvalidInput);
    refused(stage.node("missing").read_ranges([0..2, 5_000_000..5_000_002]).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn several_ranges_may_be_of_one_content_only(stage: &Stage) -> Outcome {
    let node = stage.file("file", noise(4, 3_000_000)).await?;
    let etag = some(node.stat().await?.etag);
    let ranges = [0..10, 2_900_000..2_900_010];
    let options = ReadOptions::new().if_match(etag);
    equal(node.read_ranges_with(&ranges, &options).await?.len(), 2);
    // Of another size: some servers make tags of size and time alone.
    node.write(noise(5, 2_950_000)).await?;
    refused(node.read_ranges_with(&ranges, &options).await, ErrorKind::PreconditionFailed);
    Ok(())
}

/// Contents of one letter each, and of different sizes: some servers make tags of size and time alone.
fn letters(number: u8) -> Vec<u8> {
    vec![b'a' + number; 3_000_000 + 1000 * usize::from(number)]
}

#[maybe_async]
async fn several_ranges_are_of_one_content_while_it_is_replaced(stage: &Stage) -> Outcome {
    let node = stage.file("file", letters(0)).await?;
    let ends: Vec<Outcome> = rt::together(2, |number| {
        let node = node.clone();
        async move { if number == 0 { replace_often(&node).await } else { read_ranges_often(&node).await } }
    })
    .await;
    ends.into_iter().collect()
}

#[maybe_async]
async fn replace_often(node: &StorageNode) -> Outcome {
    for number in 1..10 {
        node.write(letters(number)).await?;
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn read_ranges_often(node: &StorageNode) -> Outcome {
    for _ in 0..20 {
        match node.read_ranges([0..10, 1_500_000..1_500_010, 2_999_990..3_000_000]).await {
            Ok(parts) => {
                let all = parts.concat();
                equal(all.len(), 30);
                yes(all.iter().all(|byte| *byte == all[0]));
            }
            Err(error) => equal(error.kind(), ErrorKind::Interrupted),
        }
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn a_read_may_demand_an_etag(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let etag = some(node.stat().await?.etag);
    let wanted = ReadOptions::new().if_match(etag.clone());
    equal(node.read_with(&wanted).await?, "one");
    equal(node.read_with(&ReadOptions::new().if_match(format!("\"{etag}\""))).await?, "one");
    let mut reader = node.reader_with(&wanted).await?;
    equal(reader.read_all().await?, "one");

    node.write("other").await?;
    refused(node.read_with(&wanted).await, ErrorKind::PreconditionFailed);
    refused(node.reader_with(&wanted).await, ErrorKind::PreconditionFailed);
    equal(node.read().await?, "other");
    Ok(())
}

#[maybe_async]
async fn a_read_may_refuse_a_known_etag(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let known = ReadOptions::new().if_none_match(some(node.stat().await?.etag));
    refused(node.read_with(&known).await, ErrorKind::NotModified);
    refused(node.reader_with(&known).await, ErrorKind::NotModified);

    node.write("other").await?;
    equal(node.read_with(&known).await?, "other");
    let mut reader = node.reader_with(&known).await?;
    equal(reader.read_all().await?, "other");
    Ok(())
}

#[maybe_async]
async fn a_read_may_demand_a_change_since(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let stored = some(node.modified().await?);
    let since = |time: SystemTime| ReadOptions::new().if_modified_since(time);
    let hour = Duration::from_secs(3600);
    equal(node.read_with(&since(stored - hour)).await?, "one");
    refused(node.read_with(&since(stored + hour)).await, ErrorKind::NotModified);
    refused(node.read_with(&since(stored)).await, ErrorKind::NotModified);
    refused(node.reader_with(&since(stored + hour)).await, ErrorKind::NotModified);
    Ok(())
}

#[maybe_async]
async fn content_comes_with_its_metadata(stage: &Stage) -> Outcome {
    let node = stage.file("file", "0123456789").await?;
    let stat = node.stat().await?;
    let content = node.get_with(&ReadOptions::new().range(2..4)).await?;
    equal(content.bytes, "23");
    equal(content.metadata.size, 10);
    equal(content.metadata.etag, stat.etag.clone());
    equal(content.metadata.modified, stat.modified);
    let reader = node.reader().await?;
    equal((reader.metadata().size, &reader.metadata().etag), (10, &stat.etag));
    Ok(())
}

#[maybe_async]
async fn a_reader_gives_everything_in_pieces(stage: &Stage) -> Outcome {
    let content = noise(2, 3_500_000);
    let node = stage.file("large", content.clone()).await?;
    let mut reader = node.reader().await?;
    equal(reader.len(), content.len() as u64);
    let mut gathered = Vec::new();
    while let Some(piece) = reader.next().await? {
        no(piece.is_empty());
        gathered.extend_from_slice(&piece);
        equal(reader.position(), gathered.len() as u64);
    }
    equal(gathered, content.clone());
    equal(reader.next().await?, None);
    let mut again = node.reader().await?;
    equal(again.read_all().await?, content);
    Ok(())
}

#[maybe_async]
async fn a_reader_of_a_range_knows_its_length(stage: &Stage) -> Outcome {
    let node = stage.file("digits", "0123456789").await?;
    let mut reader = node.reader_with(&ReadOptions::new().range(2..6)).await?;
    equal((reader.len(), reader.position()), (4, 0));
    equal(reader.metadata().size, 10);
    reader.seek_to(1).await?;
    equal(reader.read_all().await?, "345");
    Ok(())
}

#[maybe_async]
async fn a_reader_with_little_memory_gives_the_same(stage: &Stage) -> Outcome {
    // More than two parts of every store.
    let content = noise(4, 18_000_000);
    let node = stage.file("large", content.clone()).await?;
    for memory in [0, 1 << 20, 10 << 20, 1 << 30] {
        let little = || ReadOptions::new().memory(memory);
        let mut reader = node.reader_with(&little()).await?;
        equal(reader.len(), content.len() as u64);
        yes(reader.read_all().await? == content);
        reader.seek_to(9_000_000).await?;
        yes(reader.read_all().await? == content[9_000_000..]);
        let mut reader = node.reader_with(&little().range(5..12_000_000)).await?;
        yes(reader.read_all().await? == content[5..12_000_000]);
    }
    let empty = stage.file("empty", "").await?;
    equal(empty.reader_with(&ReadOptions::new().memory(0)).await?.read_all().await?, "");
    Ok(())
}

#[maybe_async]
async fn a_reader_seeks_to_and_fro(stage: &Stage) -> Outcome {
    let content = noise(3, 2_200_000);
    let node = stage.file("large", content.clone()).await?;
    let mut reader = node.reader().await?;
    for position in [2_000_000, 5, 1_048_576, 0, 2_199_999, 1_500_000] {
        reader.seek_to(position as u64).await?;
        equal(reader.position(), position as u64);
        let piece = some(reader.next().await?);
        equal(&piece, &content.slice(position..position + piece.len()));
    }
    reader.seek_to(0).await?;
    equal(reader.read_all().await?, &content);
    reader.seek_to(5_000_000).await?;
    equal(reader.next().await?, None);
    reader.seek_to(2_199_990).await?;
    equal(reader.read_all().await?, content.slice(2_199_990..));
    Ok(())
}

#[maybe_async]
async fn a_reader_is_read_and_seek_of_the_language(stage: &Stage) -> Outcome {
    let content = noise(4, 1_300_000);
    let node = stage.file("large", content.clone()).await?;
    let mut reader = node.reader().await?;
    let mut head = [0; 10];
    rt::read_exact(&mut reader, &mut head).await?;
    equal(&head[..], &content[..10]);
    equal(rt::seek(&mut reader, SeekFrom::Current(-4)).await?, 6);
    rt::read_exact(&mut reader, &mut head).await?;
    equal(&head[..], &content[6..16]);
    equal(rt::seek(&mut reader, SeekFrom::End(-7)).await?, 1_299_993);
    equal(rt::read_to_end(&mut reader).await?, &content[1_299_993..]);
    equal(rt::seek(&mut reader, SeekFrom::Start(1)).await?, 1);
    equal(rt::read_to_end(&mut reader).await?, &content[1..]);
    yes(rt::seek(&mut reader, SeekFrom::Current(-2_000_000)).await.is_err());
    // The traits of the language and the reader's own calls share one position.
    rt::seek(&mut reader, SeekFrom::Start(3)).await?;
    rt::read_exact(&mut reader, &mut head).await?;
    equal(reader.position(), 13);
    equal(reader.read_all().await?, content.slice(13..));
    Ok(())
}

#[maybe_async]
async fn an_open_reader_keeps_the_content_it_was_opened_on(stage: &Stage) -> Outcome {
    let old = noise(5, 2_500_000);
    let node = stage.file("large", old.clone()).await?;
    let mut reader = node.reader().await?;
    let first = some(reader.next().await?);
    node.write(noise(6, 2_500_000)).await?;
    let rest = reader.read_all().await?;
    equal([first, rest].concat(), old);
    Ok(())
}

/// A store may drop the old content while it is read; then the reader fails, and never goes on with the new one.
#[maybe_async]
async fn an_open_reader_never_mixes_two_contents(stage: &Stage) -> Outcome {
    let old = noise(5, 12_500_000);
    let node = stage.file("large", old.clone()).await?;
    let mut reader = node.reader().await?;
    let first = some(reader.next().await?);
    node.write(noise(6, 12_500_000)).await?;
    match reader.read_all().await {
        Ok(rest) => yes([first, rest].concat() == old),
        Err(error) => drop(refused_as_one_of::<()>(
            Err(error),
            &[ErrorKind::PreconditionFailed, ErrorKind::Interrupted, ErrorKind::Corrupted],
        )),
    }
    yes(node.read().await? == noise(6, 12_500_000));
    Ok(())
}

#[maybe_async]
async fn the_md5_is_that_of_the_content(stage: &Stage) -> Outcome {
    // RFC 1321, appendix A.5.
    let cases = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ];
    for (content, md5) in cases {
        let node = stage.file("file", content).await?;
        equal(node.md5().await?, md5);
    }
    let million = stage.file("million", "a".repeat(1_000_000)).await?;
    equal(million.md5().await?, "7707d6ae4e027c70eea2a935c2296f21");
    Ok(())
}

#[maybe_async]
async fn reading_does_not_change_the_time_of_modification(stage: &Stage) -> Outcome {
    let node = stage.file("file", "untouched").await?;
    let before = node.stat().await?;
    yes(before.modified.is_some());
    node.read().await?;
    node.md5().await?;
    stage.file("neighbour", "x").await?;
    let after = node.stat().await?;
    equal((after.modified, after.etag), (before.modified, before.etag));
    Ok(())
}

#[maybe_async]
async fn an_old_version_cannot_be_read_where_none_are_kept(stage: &Stage) -> Outcome {
    let node = stage.file("file", "x").await?;
    let options = ReadOptions::new().version("1");
    refused(node.read_with(&options).await, ErrorKind::Unsupported);
    refused(node.reader_with(&options).await, ErrorKind::Unsupported);
    Ok(())
}

#[maybe_async]
async fn the_media_type_follows_the_extension(stage: &Stage) -> Outcome {
    let cases = [
        ("a/report.pdf", Some("application/pdf")),
        ("page.html", Some("text/html")),
        ("photo.JPEG", Some("image/jpeg")),
        ("data.json", Some("application/json")),
        ("README", None),
        (".html", None),
        ("x.no-such-extension", None),
    ];
    for (path, media_type) in cases {
        equal(stage.node(path).media_type().as_deref(), media_type);
    }
    different(stage.node("a.png").media_type(), stage.node("a.jpg").media_type());
    Ok(())
}

#[maybe_async]
async fn the_content_is_given_as_a_data_uri(stage: &Stage) -> Outcome {
    let text = stage.file("hello.txt", "Hello").await?;
    equal(text.to_data_uri().await?, "data:text/plain;base64,SGVsbG8=");
    let bytes = stage.file("unknown", &b"\xfb\xff\xbe"[..]).await?;
    equal(bytes.to_data_uri().await?, "data:application/octet-stream;base64,+/++");
    let empty = stage.file("empty.json", "").await?;
    equal(empty.to_data_uri().await?, "data:application/json;base64,");
    Ok(())
}
