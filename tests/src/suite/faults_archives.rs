//! Faults that users met with archives of other programs and of their own, one behaviour for each.

use storage::types::{
    ArchiveEntry, ArchiveOptions, CopyOptions, EntryKind, ErrorKind, ExtractOptions, SkipReason,
    SymlinkPolicy,
};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use super::zip::{names, seen};
use crate::support::archive::{Member, archive};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;
use crate::support::tree::Tree;

behaviours! {
    an_entry_for_the_folder_itself_is_no_danger if [list];
    what_came_through_a_pipe_is_a_file if [list];
    backslashes_of_dos_separate_folders if [list];
    a_directory_is_one_without_a_slash if [list];
    something_behind_the_archive_does_not_hide_it if [list];
    what_packs_well_is_no_bomb if [list];
    names_of_many_directories_take_no_more_memory_than_they_may;
    a_list_needs_no_limits;
    a_list_says_what_would_not_be_unpacked;
    of_two_entries_of_one_name_the_last_counts_and_the_other_is_told if [list];
    names_are_in_the_encoding_that_is_asked_for;
    a_unicode_name_beside_another_counts;
    links_are_restored_when_asked_for if [symlinks, list];
    links_that_leave_the_folder_are_refused if [symlinks, list];
    nothing_is_written_through_a_link_of_the_archive if [symlinks, list];
    links_of_an_archive_are_not_followed;
    only_unsafe_names_left_out_is_no_file;
    damage_anywhere_is_an_error_or_another_archive if [list];
}

#[maybe_async]
async fn unpack(stage: &Stage, members: &[Member]) -> storage::Result<Tree> {
    let packed = stage.file("other.zip", archive(members)).await?;
    packed.extract_to(&stage.node("unpacked")).await?;
    seen(&stage.node("unpacked")).await
}

/// As bsdtar writes it: `bsdtar --format zip -cf x.zip .`
#[maybe_async]
async fn an_entry_for_the_folder_itself_is_no_danger(stage: &Stage) -> Outcome {
    let members = [Member::directory("./"), Member::file("./a", "a"), Member::file("./b/c", "c")];
    equal(unpack(stage, &members).await?, Tree::new().file("a", "a").file("b/c", "c"));
    Ok(())
}

/// As Info-ZIP writes it: `echo hi | zip y.zip -`
#[maybe_async]
async fn what_came_through_a_pipe_is_a_file(stage: &Stage) -> Outcome {
    let members = [Member::file("-", "hi\n").mode(0o010_600), Member::file("tty", "x").mode(0o020_600)];
    equal(unpack(stage, &members).await?, Tree::new().file("-", "hi\n").file("tty", "x"));
    Ok(())
}

#[maybe_async]
async fn backslashes_of_dos_separate_folders(stage: &Stage) -> Outcome {
    let members = [
        Member::file("folder\\", "").from_dos(),
        Member::file("folder\\deep\\a.txt", "a").from_dos(),
        Member::file("b.txt", "b").from_dos(),
    ];
    equal(unpack(stage, &members).await?, Tree::new().file("b.txt", "b").file("folder/deep/a.txt", "a"));
    Ok(())
}

#[maybe_async]
async fn a_directory_is_one_without_a_slash(stage: &Stage) -> Outcome {
    let members = [Member::file("folder", "").mode(0o040_755), Member::file("folder/a", "a")];
    equal(unpack(stage, &members).await?, Tree::new().file("folder/a", "a"));
    Ok(())
}

/// A line feed of a download, the zeros that a tape is filled up with.
#[maybe_async]
async fn something_behind_the_archive_does_not_hide_it(stage: &Stage) -> Outcome {
    let whole = archive(&[Member::file("a", "a")]);
    for behind in [&b"\n"[..], &[0; 5000], b"PK\x05\x06"] {
        let packed = stage.file("more.zip", [&whole[..], behind].concat()).await?;
        equal(names(&packed).await?, ["a"]);
        equal(packed.open_zip().await?.child("a")?.read_text().await?, "a");
    }
    Ok(())
}

/// Zeros shrink a thousandfold, which is the most that deflate can do, and who packed them wants them back.
#[maybe_async]
async fn what_packs_well_is_no_bomb(stage: &Stage) -> Outcome {
    let zeros = Member::deflated("zeros", &vec![0; 1_200_000], 1_200_000_000, 0);
    equal(names(&stage.file("zeros.zip", archive(&[zeros])).await?).await?, ["zeros"]);
    Ok(())
}

/// A name of 64 KiB can stand for 30,000 directories, whose names would take a gibibyte.
#[maybe_async]
async fn names_of_many_directories_take_no_more_memory_than_they_may(stage: &Stage) -> Outcome {
    let deep = Member::file("d/".repeat(30_000) + "file", "x");
    let packed = stage.file("deep.zip", archive(&[deep])).await?;
    mentions(refused(packed.open_zip().await, ErrorKind::QuotaExceeded), &["memory"]);
    Ok(())
}

#[maybe_async]
async fn listed(packed: &StorageNode, options: &ArchiveOptions) -> storage::Result<Vec<ArchiveEntry>> {
    let (mut entries, mut list) = (packed.zip_entries(options).await?, Vec::new());
    while let Some(entry) = entries.next().await? {
        list.push(entry);
    }
    Ok(list)
}

#[maybe_async]
async fn a_list_needs_no_limits(stage: &Stage) -> Outcome {
    let bomb = Member::deflated("bomb", &[0; 1000], u32::MAX - 1, 0);
    let packed = stage.file("bomb.zip", archive(&[bomb, Member::file("a", "a")])).await?;
    let strict = ArchiveOptions::new().max_bytes(1).max_entries(1).max_ratio(1);
    refused(packed.open_zip_with(&strict).await, ErrorKind::QuotaExceeded);
    let list = listed(&packed, &strict).await?;
    let shown: Vec<(&str, u64, u64)> =
        list.iter().map(|entry| (&*entry.name, entry.size, entry.packed)).collect();
    equal(shown, [("bomb", u64::from(u32::MAX) - 1, 1000), ("a", 1, 1)]);
    refused(stage.file("none", "no archive").await?.zip_entries(&strict).await, ErrorKind::Corrupted);
    Ok(())
}

#[maybe_async]
async fn a_list_says_what_would_not_be_unpacked(stage: &Stage) -> Outcome {
    let members = [
        Member::directory("folder/"),
        Member::file("../out", "x"),
        Member::file("secret", "x").flags(1),
        Member::file("rare", "x").method(97),
        Member::link("link", "folder"),
        Member::file(b"\xff", "x"),
        Member::file("fine", "x"),
    ];
    let list = listed(&stage.file("odd.zip", archive(&members)).await?, &ArchiveOptions::new()).await?;
    let problems: Vec<&str> = list.iter().map(|entry| entry.problem.as_deref().unwrap_or_default()).collect();
    equal((list.len(), problems[0], problems[4], problems[6]), (7, "", "", ""));
    for (number, words) in [(1, "goes up"), (2, "encrypted"), (3, "wavpack"), (5, "UTF-8")] {
        yes(problems[number].contains(words));
    }
    let kinds: Vec<EntryKind> = list.iter().map(|entry| entry.kind).collect();
    equal((kinds[0], kinds[4], kinds[6]), (EntryKind::Directory, EntryKind::Symlink, EntryKind::File));
    yes(list[2].encrypted);
    Ok(())
}

#[maybe_async]
async fn of_two_entries_of_one_name_the_last_counts_and_the_other_is_told(stage: &Stage) -> Outcome {
    let members = [Member::file("twice", "first"), Member::file("./twice", "second"), Member::file("a", "a")];
    let packed = stage.file("twice.zip", archive(&members)).await?;
    let report = packed.extract_to(&stage.node("unpacked")).await?;
    equal((report.copied_count, report.skipped_count), (2, 1));
    equal(report.skipped[0].reason, SkipReason::Duplicate);
    yes(report.skipped[0].source.to_string().ends_with("twice.zip:twice"));
    equal(seen(&stage.node("unpacked")).await?, Tree::new().file("a", "a").file("twice", "second"));
    Ok(())
}

#[maybe_async]
async fn names_are_in_the_encoding_that_is_asked_for(stage: &Stage) -> Outcome {
    let members = [Member::file(b"\x93\xfa\x96{", "x").flags(0), Member::file("é", "y")];
    let packed = stage.file("old.zip", archive(&members)).await?;
    for (encoding, name) in [("shift_jis", "日本"), ("cp850", "ô·û{"), ("cp437", "ô·û{"), ("cp866", "У·Ц{")]
    {
        let root = packed.open_zip_with(&ArchiveOptions::new().encoding(encoding)).await?;
        equal(root.child(name)?.read_text().await?, "x");
        // What says that it is UTF-8 is not asked again.
        equal(root.child("é")?.read_text().await?, "y");
    }
    let error = refused(
        packed.open_zip_with(&ArchiveOptions::new().encoding("klingon")).await,
        ErrorKind::InvalidInput,
    );
    mentions(error, &["`klingon`"]);
    let error =
        refused(packed.open_zip_with(&ArchiveOptions::new().encoding("utf-8")).await, ErrorKind::Corrupted);
    mentions(error, &["UTF-8"]);
    Ok(())
}

/// The field of Info-ZIP beside a name in a code page: version 1, CRC-32 of that name, the name in UTF-8.
#[maybe_async]
async fn a_unicode_name_beside_another_counts(stage: &Stage) -> Outcome {
    let field = |old: &[u8], name: &str| {
        [&[1][..], &crate::support::archive::crc32(old).to_le_bytes(), name.as_bytes()].concat()
    };
    let members = [
        Member::file("old", "x").flags(0).extra(0x7075, &field(b"old", "日本")),
        // Made for another name, which was changed since.
        Member::file("new", "y").flags(0).extra(0x7075, &field(b"other", "wrong")),
    ];
    let root = stage.file("unicode.zip", archive(&members)).await?.open_zip().await?;
    equal(root.child("日本")?.read_text().await?, "x");
    equal(root.child("new")?.read_text().await?, "y");
    no(root.child("wrong")?.exists().await?);
    Ok(())
}

fn keep_links() -> ExtractOptions {
    ExtractOptions::new().copy(CopyOptions::new().symlinks(SymlinkPolicy::Preserve))
}

#[maybe_async]
async fn target(node: &StorageNode) -> storage::Result<String> {
    node.backend().read_link(node.path()).await
}

#[maybe_async]
async fn links_are_restored_when_asked_for(stage: &Stage) -> Outcome {
    let members = [
        Member::file("folder/file", "content"),
        Member::link("link", "folder/file"),
        Member::link("folder/up", "../folder/./file"),
        Member::link("way", "folder"),
        Member::link("dangling", "nothing"),
    ];
    let packed = stage.file("links.zip", archive(&members)).await?;
    let report = packed.extract_to_with(&stage.node("unpacked"), &keep_links()).await?;
    equal((report.failed_count, report.skipped_count), (0, 0));
    for (link, to) in [
        ("link", "folder/file"),
        ("folder/up", "../folder/./file"),
        ("way", "folder"),
        ("dangling", "nothing"),
    ] {
        equal(target(&stage.node(&format!("unpacked/{link}"))).await?, to);
    }
    // And our own come back.
    let options = storage::types::ZipOptions::new().symlinks(SymlinkPolicy::Preserve);
    stage.node("unpacked").zip().with_options(options).write_to(&stage.node("ours.zip")).await?;
    stage.node("ours.zip").extract_to_with(&stage.node("again"), &keep_links()).await?;
    equal(target(&stage.node("again/folder/up")).await?, "../folder/./file");
    Ok(())
}

#[maybe_async]
async fn links_that_leave_the_folder_are_refused(stage: &Stage) -> Outcome {
    let members = [
        Member::link("absolute", "/etc/passwd"),
        Member::link("up", "../out"),
        Member::link("a/deep", "../../out"),
        Member::link("over", "a/b/../../../out"),
        Member::link("empty", ""),
        Member::link("fine", "file"),
        Member::file("file", "content"),
    ];
    let packed = stage.file("evil.zip", archive(&members)).await?;
    let report = packed.extract_to_with(&stage.node("in/side"), &keep_links()).await?;
    equal(report.failed_count, 5);
    yes(report.failed.iter().all(|failed| failed.error.message().contains("not safe")));
    equal(target(&stage.node("in/side/fine")).await?, "file");
    for name in ["absolute", "up", "a/deep", "over", "empty"] {
        refused(target(&stage.node(&format!("in/side/{name}"))).await, ErrorKind::NotFound);
    }
    Ok(())
}

/// The classic attack: a link, then a file that is written through it. Here both stay inside, and still nothing goes
/// another way than its name says.
#[maybe_async]
async fn nothing_is_written_through_a_link_of_the_archive(stage: &Stage) -> Outcome {
    let attack =
        [Member::link("way", "folder"), Member::file("way/file", "x"), Member::file("folder/a", "a")];
    let backwards: Vec<Member> = attack.iter().rev().cloned().collect();
    for members in [&attack[..], &backwards] {
        let packed = stage.file("evil.zip", archive(members)).await?;
        let report = packed.extract_to_with(&stage.node("unpacked"), &keep_links()).await?;
        equal((report.copied_count, report.failed_count), (2, 1));
        mentions(&report.failed[0].error, &["way", "a directory"]);
        no(stage.node("unpacked/folder/file").exists().await?);
        equal(stage.node("unpacked/way/file").read_text().await?, "x");
    }
    Ok(())
}

#[maybe_async]
async fn links_of_an_archive_are_not_followed(stage: &Stage) -> Outcome {
    let packed = stage.file("link.zip", archive(&[Member::link("link", "file")])).await?;
    let follow = ExtractOptions::new().copy(CopyOptions::new().symlinks(SymlinkPolicy::Follow));
    let error =
        refused(packed.extract_to_with(&stage.node("unpacked"), &follow).await, ErrorKind::InvalidInput);
    mentions(error, &["not followed"]);
    Ok(())
}

#[maybe_async]
async fn only_unsafe_names_left_out_is_no_file(stage: &Stage) -> Outcome {
    let packed =
        stage.file("evil.zip", archive(&[Member::file("../a", "x"), Member::file("/b", "x")])).await?;
    let options = ExtractOptions::new().archive(ArchiveOptions::new().skip_unsafe_names(true));
    let report = packed.extract_to_with(&stage.node("in/side"), &options).await?;
    equal((report.copied_count, report.skipped_count), (0, 2));
    equal(report.skipped_by_reason.get(&SkipReason::UnsafeName), Some(&2));
    Ok(())
}

/// Whatever a byte is changed to, what is read is what the checksum says, or an error.
#[maybe_async]
async fn damage_anywhere_is_an_error_or_another_archive(stage: &Stage) -> Outcome {
    let stored = b"\x01\x05\x00\xfa\xffhello";
    let members = [
        Member::directory("folder/"),
        Member::deflated("folder/hello", stored, 5, crate::support::archive::crc32(b"hello")),
        Member::file("hello", "hello").from_dos().extra(0x5455, &[1, 0, 0, 0, 0]),
        Member::link("link", "hello"),
    ];
    let (whole, memory) = (archive(&members), stage.memory().await?);
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            let damaged = memory.child("damaged.zip")?;
            damaged.write(bytes).await?;
            let Ok(root) = damaged.open_zip().await else { continue };
            let mut walk = root.walk(&storage::types::WalkOptions::new()).await?;
            while let Some(entry) = walk.next().await? {
                let read = entry.node.read().await;
                yes(!read.is_ok_and(|read| read != "hello"));
            }
        }
    }
    Ok(())
}
