//! Zip archives: made while they are read, opened and unpacked where they are stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use storage::types::{
    ArchiveOptions, CancelToken, CopyOptions, EntryKind, ErrorKind, ExtractOptions, SkipReason,
    SymlinkPolicy, WalkOptions, WriteOptions, ZipOptions,
};

use super::api::{StorageNode, Zip};
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::archive::{Member, archive};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;
use crate::support::tree::Tree;

behaviours! {
    a_tree_comes_out_of_its_archive_as_it_was if [list];
    a_file_alone_is_an_archive_of_one;
    an_archive_of_several_has_their_names if [list];
    a_concatenation_is_archived_as_its_parts;
    equal_names_are_made_unique;
    an_archive_is_opened_where_it_lies if [list];
    an_archive_in_the_tree_that_it_holds_is_left_out if [list];
    an_archive_of_what_is_missing_is_not_found;
    patterns_choose_what_is_archived if [list];
    times_and_modes_come_along if [set_modified, list];
    links_are_left_out_followed_or_kept if [symlinks, list];
    progress_of_an_archive;
    a_cancelled_archive_leaves_nothing if [list];
    an_archive_of_many_files;
    an_archive_is_no_place_to_write;
    an_empty_archive_is_one if [list];
    names_that_lead_out_are_refused_before_anything_is_written if [list];
    names_that_lead_out_can_be_left_out if [list];
    links_in_an_archive_are_left_out if [list];
    more_than_the_limits_is_refused_before_anything_is_written if [list];
    contents_that_overlap_are_refused;
    damage_is_noticed_and_nothing_half_is_left if [list];
    a_truncated_archive_is_corrupted;
    what_is_no_archive_is_corrupted;
    what_is_encrypted_or_packed_otherwise_is_unsupported if [list];
    archives_of_others;
    an_archive_in_an_archive;
    a_backslash_in_a_name_comes_back;
}

fn tree() -> Tree {
    Tree::new()
        .file("a.txt", "a")
        .file("empty", "")
        .file("deep/er/b.txt", "b".repeat(10_000))
        .file("deep/c d.txt", "c")
        .file("deep-er/é.txt", "e")
        .file("some.d/x", "x")
        .file("photo.jpg", noise(1, 5000))
        .file("zeros", vec![0; 1_500_000])
        .file("large.mp4", noise(2, 700_000))
        .file("large", noise(3, 1_300_000))
}

#[maybe_async]
pub(super) async fn grow(root: &StorageNode, tree: &Tree) -> storage::Result<()> {
    let options = WriteOptions::new().durability(storage::Durability::None);
    for (path, content) in tree.files() {
        root.child(path)?.write_with(content.clone(), &options).await?;
    }
    for path in tree.directories() {
        root.child(path)?.create_dir_all().await?;
    }
    Ok(())
}

#[maybe_async]
pub(super) async fn seen(root: &StorageNode) -> storage::Result<Tree> {
    let mut seen = Tree::new();
    let mut walk = root.walk(&WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        let path = entry.node.path().strip_prefix(root.path()).unwrap_or_else(storage::StoragePath::root);
        seen = if entry.metadata.is_dir() {
            seen.directory(path.as_str())
        } else {
            seen.file(path.as_str(), entry.node.read().await?)
        };
    }
    Ok(seen)
}

#[maybe_async]
pub(super) async fn names(archive: &StorageNode) -> storage::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut walk = archive.open_zip().await?.walk(&WalkOptions::new()).await?;
    while let Some(entry) = walk.next().await? {
        let slash = if entry.metadata.is_dir() { "/" } else { "" };
        names.push(format!("{}{slash}", entry.node.path()));
    }
    Ok(names)
}

#[maybe_async]
async fn a_tree_comes_out_of_its_archive_as_it_was(stage: &Stage) -> Outcome {
    let mut tree = tree();
    if stage.capabilities().directories {
        tree = tree.directory("hollow/inside").directory("hollow too");
    }
    let source = stage.node("source");
    grow(&source, &tree).await?;
    let packed = stage.node("packed.zip");
    let report = source.zip_to(&packed).await?;
    equal((report.copied_count, report.bytes), (tree.files().count() as u64, tree.bytes()));
    yes(packed.size().await? < tree.bytes());
    let report = packed.extract_to(&stage.node("unpacked")).await?;
    equal((report.copied_count, report.bytes), (tree.files().count() as u64, tree.bytes()));
    equal(seen(&stage.node("unpacked")).await?, tree.clone());
    let memory = stage.memory().await?;
    packed.extract_to(&memory).await?;
    equal(seen(&memory).await?, tree.clone());
    memory.child("again.zip")?.write(packed.read().await?).await?;
    memory.child("again.zip")?.extract_to(&stage.node("from memory")).await?;
    equal(seen(&stage.node("from memory")).await?, tree);
    Ok(())
}

#[maybe_async]
async fn a_file_alone_is_an_archive_of_one(stage: &Stage) -> Outcome {
    let file = stage.file("folder/a.txt", "content").await?;
    let mut reader = file.zip().reader().await?;
    let bytes = rt::read_to_end(&mut reader).await?;
    let packed = stage.file("a.zip", bytes).await?;
    equal(names(&packed).await?, ["a.txt"]);
    equal(packed.open_zip().await?.child("a.txt")?.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn an_archive_of_several_has_their_names(stage: &Stage) -> Outcome {
    let sources = [
        stage.file("a.txt", "a").await?,
        stage.file("one/folder/x", "x").await?.parent(),
        stage.file("two/folder/y", "y").await?.parent(),
    ];
    let packed = stage.node("packed.zip");
    Zip::new(sources).write_to(&packed).await?;
    equal(names(&packed).await?, ["a.txt", "folder/", "folder/x", "folder (2)/", "folder (2)/y"]);
    Ok(())
}

#[maybe_async]
async fn a_concatenation_is_archived_as_its_parts(stage: &Stage) -> Outcome {
    let parts = [stage.file("a.txt", "a").await?, stage.file("b.txt", "b").await?];
    let packed = stage.node("packed.zip");
    StorageNode::concat(parts)?.zip_to(&packed).await?;
    equal(names(&packed).await?, ["a.txt", "b.txt"]);
    Ok(())
}

#[maybe_async]
async fn equal_names_are_made_unique(stage: &Stage) -> Outcome {
    let sources = [
        stage.file("one/a.txt", "1").await?,
        stage.file("two/a.txt", "2").await?,
        stage.file("three/a.txt", "3").await?,
    ];
    let packed = stage.node("packed.zip");
    Zip::new(sources).write_to(&packed).await?;
    let root = packed.open_zip().await?;
    for (name, content) in [("a.txt", "1"), ("a (2).txt", "2"), ("a (3).txt", "3")] {
        equal(root.child(name)?.read_text().await?, content);
    }
    Ok(())
}

#[maybe_async]
async fn an_archive_is_opened_where_it_lies(stage: &Stage) -> Outcome {
    let tree = tree();
    let source = stage.node("source");
    grow(&source, &tree).await?;
    let packed = stage.node("packed.zip");
    source.zip_to(&packed).await?;
    let root = packed.open_zip().await?;
    equal(seen(&root).await?, tree);
    equal(root.child("deep/c d.txt")?.full_path(), "m:packed.zip:deep/c d.txt");
    for name in ["zeros", "large", "large.mp4", "deep/er/b.txt"] {
        let (there, here) = (root.child(name)?, source.child(name)?);
        equal(there.size().await?, here.size().await?);
        equal(there.md5().await?, here.md5().await?);
        let all = here.read().await?;
        for (start, end) in [(0, 10), (9_990, 10_000), (5_000, 9_000)] {
            yes(there.read_range(start..end).await? == all[start as usize..end as usize]);
        }
        equal(there.read_range(5..5).await?, "");
        let mut reader = there.reader().await?;
        for at in [9_000, 10, 9_999] {
            reader.seek_to(at).await?;
            let few = reader.next().await?.unwrap_or_default();
            yes(all[at as usize..].starts_with(&few) && !few.is_empty());
        }
    }
    refused(root.child("deep")?.read().await, ErrorKind::IsADirectory);
    let error = refused(root.child("nothing")?.read().await, ErrorKind::NotFound);
    mentions(error, &["`m:packed.zip:nothing`"]);
    refused(root.child("a.txt/x")?.read().await, ErrorKind::NotADirectory);
    refused(root.child("a.txt")?.children().await, ErrorKind::NotADirectory);
    Ok(())
}

#[maybe_async]
async fn an_archive_in_the_tree_that_it_holds_is_left_out(stage: &Stage) -> Outcome {
    let source = stage.file("source/a", "a").await?.parent();
    let packed = stage.file("source/packed.zip", "old").await?;
    let report = source.zip_to(&packed).await?;
    equal((report.copied_count, report.skipped_count), (1, 1));
    equal(report.skipped[0].reason, SkipReason::SameFile);
    equal(names(&packed).await?, ["a"]);
    Ok(())
}

#[maybe_async]
async fn an_archive_of_what_is_missing_is_not_found(stage: &Stage) -> Outcome {
    let packed = stage.node("packed.zip");
    refused(stage.node("missing").zip_to(&packed).await, ErrorKind::NotFound);
    let there = stage.file("there", "x").await?;
    refused(Zip::new([there, stage.node("missing")]).write_to(&packed).await, ErrorKind::NotFound);
    no(packed.exists().await?);
    refused(packed.open_zip().await, ErrorKind::NotFound);
    refused(packed.extract_to(&stage.node("unpacked")).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn patterns_choose_what_is_archived(stage: &Stage) -> Outcome {
    let source = stage.node("source");
    for name in ["a.rs", "b.txt", "target/c.rs", "sub/d.rs"] {
        source.child(name)?.write("x").await?;
    }
    let packed = stage.node("packed.zip");
    let options = ZipOptions::new().include("*.rs").exclude("target");
    let report = source.zip().with_options(options).write_to(&packed).await?;
    equal((report.copied_count, report.skipped_count), (2, 2));
    equal(names(&packed).await?, ["a.rs", "sub/", "sub/d.rs"]);
    let only = ExtractOptions::new().copy(CopyOptions::new().exclude("sub"));
    packed.extract_to_with(&stage.node("unpacked"), &only).await?;
    no(stage.node("unpacked/sub/d.rs").exists().await?);
    yes(stage.node("unpacked/a.rs").exists().await?);
    Ok(())
}

#[maybe_async]
async fn times_and_modes_come_along(stage: &Stage) -> Outcome {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_001);
    let mut options = WriteOptions::new();
    options.modified = Some(time);
    options.unix_mode = Some(0o750);
    stage.node("source/run.sh").write_with("x", &options).await?;
    let packed = stage.node("packed.zip");
    stage.node("source").zip_to(&packed).await?;
    equal(packed.open_zip().await?.child("run.sh")?.modified().await?, Some(time));
    packed.extract_to(&stage.node("unpacked")).await?;
    let there = stage.node("unpacked/run.sh").stat().await?;
    equal(there.modified, Some(time));
    if stage.capabilities().unix_mode {
        equal(there.mode, Some(0o750));
    }
    Ok(())
}

#[maybe_async]
async fn links_are_left_out_followed_or_kept(stage: &Stage) -> Outcome {
    let source = stage.file("source/folder/file", "content").await?.parent().parent();
    source.backend().create_link(source.child("link")?.path(), "folder/file").await?;
    source.backend().create_link(source.child("way")?.path(), "folder").await?;
    let packed = stage.node("packed.zip");
    let report = source.zip_to(&packed).await?;
    equal((report.copied_count, report.skipped_count), (1, 2));
    equal(report.skipped[0].reason, SkipReason::Symlink);
    let follow = ZipOptions::new().symlinks(SymlinkPolicy::Follow);
    source.zip().with_options(follow.clone()).write_to(&packed).await?;
    equal(names(&packed).await?, ["folder/", "folder/file", "link", "way/", "way/file"]);
    let keep = ZipOptions::new().symlinks(SymlinkPolicy::Preserve);
    source.zip().with_options(keep).write_to(&packed).await?;
    let link = packed.open_zip().await?.list().await?;
    let kinds: Vec<EntryKind> = link.iter().map(|entry| entry.metadata.kind).collect();
    equal(kinds, [EntryKind::Directory, EntryKind::Symlink, EntryKind::Symlink]);
    source.backend().create_link(source.child("folder/up")?.path(), "..").await?;
    refused(source.zip().with_options(follow).write_to(&packed).await, ErrorKind::InvalidInput);
    Ok(())
}

#[maybe_async]
async fn progress_of_an_archive(stage: &Stage) -> Outcome {
    let sources = [stage.file("a", noise(1, 500_000)).await?, stage.file("b", "b").await?];
    let told = Arc::new(Mutex::new((Vec::new(), (0, 0))));
    let (files, last) = (told.clone(), told.clone());
    let options = ZipOptions::new()
        .on_file(move |file| {
            let mut told = files.lock().unwrap_or_else(PoisonError::into_inner);
            told.0.push(format!("{} {} {}", file.source, file.destination, file.bytes));
        })
        .progress(move |now| {
            last.lock().unwrap_or_else(PoisonError::into_inner).1 = (now.files, now.bytes);
        });
    Zip::new(sources).with_options(options).write_to(&stage.node("packed.zip")).await?;
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
    equal(told, (vec!["m:a a 500000".to_owned(), "m:b b 1".to_owned()], (2, 500_001)));
    Ok(())
}

#[maybe_async]
async fn a_cancelled_archive_leaves_nothing(stage: &Stage) -> Outcome {
    let source = stage.file("source/a", noise(1, 3_000_000)).await?.parent();
    stage.file("source/b", "b").await?;
    let token = CancelToken::new();
    let stop = token.clone();
    let options = ZipOptions::new().cancel(token).progress(move |now| {
        if now.bytes > 1_000_000 {
            stop.cancel();
        }
    });
    let packed = stage.node("packed.zip");
    refused(source.zip().with_options(options).write_to(&packed).await, ErrorKind::Interrupted);
    no(packed.exists().await?);
    source.zip_to(&packed).await?;
    let token = CancelToken::new();
    token.cancel();
    let options = ExtractOptions::new().copy(CopyOptions::new().cancel(token));
    refused(packed.extract_to_with(&stage.node("unpacked"), &options).await, ErrorKind::Interrupted);
    no(stage.node("unpacked/b").exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_archive_of_many_files(stage: &Stage) -> Outcome {
    archive_of(stage, 1_000).await
}

/// So many files of a memory mount in an archive on the trial's mount, and back.
#[maybe_async]
pub(super) async fn archive_of(stage: &Stage, count: u64) -> Outcome {
    let memory = stage.memory().await?;
    for number in 0..count {
        memory.child(format!("{}/{number}", number % 7))?.write(number.to_string()).await?;
    }
    let packed = stage.node("packed.zip");
    let report = memory.zip_to(&packed).await?;
    equal(report.copied_count, count);
    let root = packed.open_zip().await?;
    for number in [0, 1, count / 2, count - 1] {
        let file = root.child(format!("{}/{number}", number % 7))?;
        equal(file.read_text().await?, number.to_string());
    }
    let few = ArchiveOptions::new().max_entries(count - 1);
    mentions(refused(packed.open_zip_with(&few).await, ErrorKind::QuotaExceeded), &["max_entries"]);
    let unpacked = stage.memory().await?;
    let options = ExtractOptions::new().copy(CopyOptions::new().include("5/*"));
    let fifth = (0..count).filter(|number| number % 7 == 5).count() as u64;
    equal(packed.extract_to_with(&unpacked, &options).await?.copied_count, fifth);
    Ok(())
}

#[maybe_async]
async fn an_archive_is_no_place_to_write(stage: &Stage) -> Outcome {
    let root = stage.file("a.zip", archive(&[Member::file("a", "a")])).await?.open_zip().await?;
    refused(root.child("b")?.write("x").await, ErrorKind::Unsupported);
    refused(root.child("a")?.delete().await, ErrorKind::Unsupported);
    refused(root.child("folder")?.create_dir().await, ErrorKind::Unsupported);
    no(root.capabilities().write);
    Ok(())
}

#[maybe_async]
async fn an_empty_archive_is_one(stage: &Stage) -> Outcome {
    let packed = stage.node("packed.zip");
    Zip::new([]).write_to(&packed).await?;
    equal(packed.size().await?, 22);
    equal(names(&packed).await?, [""; 0]);
    equal(packed.extract_to(&stage.node("unpacked")).await?.copied_count, 0);
    Ok(())
}

const DANGEROUS: [&str; 5] = ["../out", "a/../../out", "/out", "..\\out", "a\\..\\..\\out"];

/// What leads out only where a backslash separates folders and a letter names a drive.
const DANGEROUS_ON_DOS: [&str; 4] = ["\\out", "\\out/x", "C:\\out", "c:/out"];

#[maybe_async]
async fn names_that_lead_out_are_refused_before_anything_is_written(stage: &Stage) -> Outcome {
    let unix = DANGEROUS.iter().map(|name| Member::file(name, "evil"));
    let dos = DANGEROUS.iter().chain(&DANGEROUS_ON_DOS).map(|name| Member::file(name, "evil").from_dos());
    for member in unix.chain(dos) {
        let bytes = archive(&[Member::file("fine", "fine"), member]);
        let packed = stage.file("evil.zip", bytes).await?;
        let error = refused(packed.extract_to(&stage.node("in/side")).await, ErrorKind::InvalidInput);
        mentions(error, &["m:evil.zip", "not safe"]);
        refused(packed.open_zip().await, ErrorKind::InvalidInput);
    }
    let packed = stage.file("evil.zip", archive(&[Member::file("a\0b", "x")])).await?;
    refused(packed.open_zip().await, ErrorKind::InvalidInput);
    equal(stage.root().list().await?.len(), 1);
    Ok(())
}

#[maybe_async]
async fn names_that_lead_out_can_be_left_out(stage: &Stage) -> Outcome {
    let mut members: Vec<Member> = DANGEROUS.iter().map(|name| Member::file(name, "evil")).collect();
    members.push(Member::file("fine", "fine"));
    let packed = stage.file("evil.zip", archive(&members)).await?;
    let options = ExtractOptions::new().archive(ArchiveOptions::new().skip_unsafe_names(true));
    let report = packed.extract_to_with(&stage.node("in/side"), &options).await?;
    equal((report.copied_count, report.skipped_count), (1, DANGEROUS.len() as u64));
    yes(report.skipped.iter().all(|skipped| skipped.reason == SkipReason::UnsafeName));
    equal(seen(&stage.node("in")).await?, Tree::new().file("side/fine", "fine"));
    Ok(())
}

/// A link first, then a file through it: the second step of an attack has nothing to go through.
#[maybe_async]
async fn links_in_an_archive_are_left_out(stage: &Stage) -> Outcome {
    let members = [Member::link("way", "/tmp"), Member::file("way/file", "x"), Member::link("up", "..")];
    let packed = stage.file("evil.zip", archive(&members)).await?;
    let report = packed.extract_to(&stage.node("unpacked")).await?;
    equal((report.copied_count, report.skipped_count), (1, 2));
    yes(report.skipped.iter().all(|skipped| skipped.reason == SkipReason::Symlink));
    equal(seen(&stage.node("unpacked")).await?, Tree::new().file("way/file", "x"));
    refused(packed.open_zip().await?.child("up")?.read().await, ErrorKind::Unsupported);
    Ok(())
}

#[maybe_async]
async fn more_than_the_limits_is_refused_before_anything_is_written(stage: &Stage) -> Outcome {
    // What it claims is enough: nothing of it is unpacked to find out.
    let bytes = archive(&[Member::deflated("zeros", &[0; 1000], 1_200_000_000, 0)]);
    let packed = stage.file("packed.zip", bytes).await?;
    let unpacked = stage.node("unpacked");
    mentions(
        refused(packed.extract_to(&unpacked).await, ErrorKind::QuotaExceeded),
        &["1032 times", "max_ratio"],
    );
    let trusted = ArchiveOptions::new().max_ratio(10_000_000);
    let few = ExtractOptions::new().archive(trusted.clone().max_bytes(1_199_999_999));
    mentions(
        refused(packed.extract_to_with(&unpacked, &few).await, ErrorKind::QuotaExceeded),
        &["max_bytes"],
    );
    no(unpacked.exists().await?);
    equal(packed.open_zip_with(&trusted).await?.child("zeros")?.size().await?, 1_200_000_000);
    Ok(())
}

#[maybe_async]
async fn contents_that_overlap_are_refused(stage: &Stage) -> Outcome {
    let mut members = vec![Member::file("kernel", vec![7; 1000])];
    members.extend((0..50).map(|number| Member::file(number.to_string(), vec![7; 1000]).overlapping()));
    let packed = stage.file("bomb.zip", archive(&members)).await?;
    mentions(refused(packed.open_zip().await, ErrorKind::Corrupted), &["overlap"]);
    Ok(())
}

#[maybe_async]
async fn damage_is_noticed_and_nothing_half_is_left(stage: &Stage) -> Outcome {
    // Each byte of this stands in a stored block of DEFLATE (RFC 1951, 3.2.4).
    let stored = b"\x01\x05\x00\xfa\xffhello";
    let crc = crate::support::archive::crc32(b"hello");
    let fine = Member::deflated("fine", stored, 5, crc);
    let damaged = [
        Member::file("crc", "hello").crc(1),
        Member::deflated("crc-2", stored, 5, 1),
        Member::deflated("longer", stored, 4, crc),
        Member::deflated("shorter", stored, 6, crc),
        Member::file("stored-longer", "hello").size(4),
        Member::file("stored-shorter", "hello").size(6),
        Member::deflated("cut", &stored[..7], 5, crc),
        Member::deflated("more", &[&stored[..], b"rest"].concat(), 5, crc),
        Member::deflated("noise", &[0xff; 20], 5, crc),
        Member::file("empty", "").crc(5),
        Member::file("deflate64", "noise that is none").method(9),
        Member::file("bzip2", "noise").method(12),
        Member::file("lzma", "\x09\x04\x05\x00\x5d\x00\x00\x10\x00noise noise").method(14),
        Member::file("zstd", "noise noise noise").method(93),
    ];
    for member in damaged {
        let packed = stage.file("bad.zip", archive(&[fine.clone(), member])).await?;
        let unpacked = stage.node("unpacked");
        refused(packed.extract_to(&unpacked).await, ErrorKind::Corrupted);
        equal(seen(&unpacked).await?, Tree::new().file("fine", "hello"));
        let report = packed.extract_to_with(&stage.node("again"), &ExtractOptions::new()).await?;
        equal((report.copied_count, report.failed_count), (1, 1));
    }
    // One that is streamed fails at its end, when most of it was handed over.
    let large = Member::file("large", noise(1, 3_000_000)).crc(1);
    let packed = stage.file("bad.zip", archive(&[large])).await?;
    refused(packed.extract_to(&stage.node("large")).await, ErrorKind::Corrupted);
    no(stage.node("large/large").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_truncated_archive_is_corrupted(stage: &Stage) -> Outcome {
    let whole = archive(&[Member::file("a", "alpha"), Member::file("b", "beta")]);
    // Not every server can say what the end of nothing is.
    let (first, step) = if stage.is_remote() { (1, 40) } else { (0, 1) };
    for length in (first..whole.len()).step_by(step) {
        let packed = stage.file("cut.zip", whole[..length].to_vec()).await?;
        refused(packed.open_zip().await, ErrorKind::Corrupted);
    }
    // Without its beginning, what its end says lies outside of it.
    let packed = stage.file("cut.zip", whole[20..].to_vec()).await?;
    refused(packed.open_zip().await, ErrorKind::Corrupted);
    // With something before it, it is whole: so self-extracting archives are made.
    let packed = stage.file("before.zip", [b"#!/bin/sh\n", &whole[..]].concat()).await?;
    equal(packed.open_zip().await?.child("b")?.read_text().await?, "beta");
    Ok(())
}

#[maybe_async]
async fn what_is_no_archive_is_corrupted(stage: &Stage) -> Outcome {
    for content in ["", "x", "no archive at all, but longer than an end record"] {
        // Not every server can say what the end of nothing is.
        if content.is_empty() && stage.is_remote() {
            continue;
        }
        let packed = stage.file("text.zip", content).await?;
        mentions(refused(packed.open_zip().await, ErrorKind::Corrupted), &["no zip archive"]);
    }
    Ok(())
}

#[maybe_async]
async fn what_is_encrypted_or_packed_otherwise_is_unsupported(stage: &Stage) -> Outcome {
    let members = [
        Member::file("secret", "x").flags(1),
        Member::file("rare", "x").method(97),
        Member::file("rarer", "x").method(20_000),
        Member::file("fine", "fine"),
    ];
    let packed = stage.file("odd.zip", archive(&members)).await?;
    let root = packed.open_zip().await?;
    mentions(refused(root.child("secret")?.read().await, ErrorKind::Unsupported), &["encrypted"]);
    mentions(refused(root.child("rare")?.reader().await, ErrorKind::Unsupported), &["wavpack"]);
    mentions(refused(root.child("rarer")?.reader().await, ErrorKind::Unsupported), &["method 20000"]);
    let report = packed.extract_to_with(&stage.node("unpacked"), &ExtractOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (1, 3));
    equal(seen(&stage.node("unpacked")).await?, Tree::new().file("fine", "fine"));
    Ok(())
}

/// Names in other encodings, odd but harmless names, names that come twice, modes of other systems.
#[maybe_async]
async fn archives_of_others(stage: &Stage) -> Outcome {
    let members = [
        Member::file(b"caf\x82", "cp437").flags(0),
        Member::file("é", "utf-8").flags(0),
        Member::file("./here//x", "dots"),
        Member::file("twice", "first"),
        Member::file("twice", "second"),
        Member::file("setuid", "x").mode(0o104_755),
        Member::file("modeless", "x").mode(0),
        Member::file("dos", "x").from_dos(),
    ];
    let root = stage.file("others.zip", archive(&members)).await?.open_zip().await?;
    for (name, content) in [("café", "cp437"), ("é", "utf-8"), ("here/x", "dots"), ("twice", "second")] {
        equal(root.child(name)?.read_text().await?, content);
    }
    equal(root.child("setuid")?.stat().await?.mode, Some(0o755));
    equal(root.child("modeless")?.stat().await?.mode, None);
    let dos = root.child("dos")?.stat().await?;
    equal(
        (dos.mode, dos.modified),
        (None, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400))),
    );
    let wrong = archive(&[Member::file(b"\xff", "x")]);
    refused(stage.file("wrong.zip", wrong).await?.open_zip().await, ErrorKind::Corrupted);
    Ok(())
}

#[maybe_async]
async fn an_archive_in_an_archive(stage: &Stage) -> Outcome {
    stage.file("a.txt", "a".repeat(1000)).await?.zip_to(&stage.node("inner.zip")).await?;
    stage.node("inner.zip").zip_to(&stage.node("outer.zip")).await?;
    let inner = stage.node("outer.zip").open_zip().await?.child("inner.zip")?.open_zip().await?;
    equal(inner.child("a.txt")?.size().await?, 1000);
    equal(inner.child("a.txt")?.read_text().await?, "a".repeat(1000));
    Ok(())
}

/// On Unix it is a character like any other. Some servers make it a slash, and some hide what begins with a dot, so the
/// files are in memory.
#[maybe_async]
async fn a_backslash_in_a_name_comes_back(stage: &Stage) -> Outcome {
    let tree = Tree::new()
        .file("back\\slash", "x")
        .file("\\first", "x")
        .file("c:x", "y")
        .file("c:/x", "y")
        .file(".hidden/x", "z");
    let (memory, again) = (stage.memory().await?, stage.memory().await?);
    grow(&memory, &tree).await?;
    memory.zip_to(&stage.node("packed.zip")).await?;
    stage.node("packed.zip").extract_to(&again).await?;
    equal(seen(&again).await?, tree);
    Ok(())
}
