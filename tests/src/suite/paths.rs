//! Addresses, nodes and names.

use std::collections::{BTreeSet, HashSet};

use storage::types::ErrorKind;

use super::maybe_async;
use super::stage::{MOUNT, Stage};
use crate::support::checks::{different, equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    an_address_segments_and_children_name_the_same_node;
    the_first_colon_splits;
    the_root_has_three_spellings;
    superfluous_slashes_and_single_dots_vanish;
    two_dots_are_refused_by_every_constructor;
    nul_is_refused_by_every_constructor;
    the_name_of_a_child_is_neither_empty_nor_absolute;
    an_address_without_a_mount_is_refused;
    an_unknown_mount_is_not_found_and_the_known_ones_are_listed;
    nodes_hash_compare_and_order_by_mount_and_path;
    the_parent_of_the_root_is_the_root;
    names_have_stems_and_extensions;
    percent_signs_backslashes_and_look_alikes_are_ordinary if [list];
    composed_and_decomposed_letters_are_two_names if [list];
    every_name_comes_back_unchanged if [list];
    a_name_of_255_bytes_is_kept if [list];
    the_longest_path_is_kept;
    a_name_of_256_bytes_is_refused_by_a_file_system if [local_path];
    same_content_compares_bytes_and_not_names;
}

#[maybe_async]
async fn an_address_segments_and_children_name_the_same_node(stage: &Stage) -> Outcome {
    let by_address = stage.node("docs/r.pdf");
    equal(&by_address, &stage.manager.node_at(MOUNT, ["docs", "r.pdf"])?);
    equal(&by_address, &stage.node("docs").child("r.pdf")?);
    equal(&by_address, &stage.root().join(["docs", "r.pdf"])?);
    equal(&by_address, &stage.root().child("docs/r.pdf")?);
    equal(by_address.full_path(), "m:docs/r.pdf");
    equal(by_address.to_string(), "m:docs/r.pdf");
    equal((by_address.mount_name(), by_address.path().as_str()), (MOUNT, "docs/r.pdf"));

    by_address.write("one").await?;
    let through_the_child = stage.node("docs").child("r.pdf")?.read_text().await?;
    equal(through_the_child, "one");
    Ok(())
}

#[maybe_async]
async fn the_first_colon_splits(stage: &Stage) -> Outcome {
    let node = stage.node("a:b");
    equal(node.path().as_str(), "a:b");
    node.write("colons").await?;
    equal(stage.root().child("a:b")?.read_text().await?, "colons");
    equal(stage.node("c:d/e:f").path().as_str(), "c:d/e:f");
    Ok(())
}

#[maybe_async]
async fn the_root_has_three_spellings(stage: &Stage) -> Outcome {
    for spelling in ["m", "m:", "m:/"] {
        let root = stage.manager.node(spelling)?;
        yes(root.is_root());
        equal(&root, &stage.root());
        equal((root.name(), root.full_path().as_str()), ("", "m:"));
        yes(root.is_dir().await?);
        yes(root.exists().await?);
        no(root.is_file().await?);
    }
    Ok(())
}

#[maybe_async]
async fn superfluous_slashes_and_single_dots_vanish(stage: &Stage) -> Outcome {
    for spelling in ["m://a//b/", "m:/a/b", "m:a/b/", "m:./a/./b/.", "m:a/b//", "m:///a///b///"] {
        equal(stage.manager.node(spelling)?, stage.node("a/b"));
    }
    equal(stage.node("a").child("./b//c/")?, stage.node("a/b/c"));
    equal(stage.node(".").path().as_str(), "");
    equal(stage.node("...").path().as_str(), "...");

    stage.file("a/b", "here").await?;
    equal(stage.node("//a//./b/").read_text().await?, "here");
    Ok(())
}

#[maybe_async]
async fn two_dots_are_refused_by_every_constructor(stage: &Stage) -> Outcome {
    stage.file("a/b", "here").await?;
    for text in ["..", "../x", "a/..", "a/../b", "a/../../b", "/..", "a/b/.."] {
        let error = refused(stage.manager.node(format!("m:{text}")), ErrorKind::InvalidInput);
        mentions(&error, &["`..`", "m"]);
        equal(error.mount(), Some(MOUNT));
        refused(stage.node("a").child(text.trim_start_matches('/')), ErrorKind::InvalidInput);
        refused(stage.root().join(["a", text]), ErrorKind::InvalidInput);
        refused(stage.manager.node_at(MOUNT, ["a", text]), ErrorKind::InvalidInput);
    }
    equal(stage.node("a/..b/c..").path().as_str(), "a/..b/c..");
    equal(stage.node("a/b").read_text().await?, "here");
    Ok(())
}

#[maybe_async]
async fn nul_is_refused_by_every_constructor(stage: &Stage) -> Outcome {
    for text in ["\0", "a\0b", "a/\0/b", "a\0"] {
        refused(stage.manager.node(format!("m:{text}")), ErrorKind::InvalidInput);
        refused(stage.root().child(text), ErrorKind::InvalidInput);
        refused(stage.root().join([text]), ErrorKind::InvalidInput);
        refused(stage.manager.node_at(MOUNT, [text]), ErrorKind::InvalidInput);
    }
    no(stage.node("a").exists().await?);
    Ok(())
}

#[maybe_async]
async fn the_name_of_a_child_is_neither_empty_nor_absolute(stage: &Stage) -> Outcome {
    for text in ["", "/", "/b", "/etc/passwd", "//"] {
        refused(stage.node("a").child(text), ErrorKind::InvalidInput);
        refused(stage.root().join(["a", text]), ErrorKind::InvalidInput);
        refused(stage.manager.node_at(MOUNT, ["a", text]), ErrorKind::InvalidInput);
    }
    equal(stage.root().join([""; 0])?, stage.root());
    no(stage.node("a").exists().await?);
    Ok(())
}

#[maybe_async]
async fn an_address_without_a_mount_is_refused(stage: &Stage) -> Outcome {
    for text in ["", ":a", "/etc/passwd", "a/b", "m m:a", "mönt:a", "m\0:a"] {
        let error = refused(stage.manager.node(text), ErrorKind::InvalidInput);
        mentions(&error, &["mount"]);
    }
    Ok(())
}

#[maybe_async]
async fn an_unknown_mount_is_not_found_and_the_known_ones_are_listed(stage: &Stage) -> Outcome {
    let error = refused(stage.manager.node("nowhere:a"), ErrorKind::NotFound);
    mentions(&error, &["`nowhere`", "`m`"]);
    equal(error.mount(), Some("nowhere"));
    refused(stage.manager.node_at("nowhere", ["a"]), ErrorKind::NotFound);
    refused(stage.manager.mount("nowhere"), ErrorKind::NotFound);
    no(stage.manager.has_mount("nowhere"));
    yes(stage.manager.has_mount(MOUNT));
    Ok(())
}

#[maybe_async]
async fn nodes_hash_compare_and_order_by_mount_and_path(stage: &Stage) -> Outcome {
    let other = stage.another().await?;
    let here = stage.node("a/b");
    let there = other.child("a/b")?;
    equal(&here, &stage.node("a//b"));
    different(&here, &stage.node("a"));
    different(&here, &there);

    let set: HashSet<_> =
        [here.clone(), stage.node("a/b/"), there.clone(), here.clone()].into_iter().collect();
    equal(set.len(), 2);
    yes(set.contains(&stage.node("/a/b")));

    let sorted: BTreeSet<_> =
        [there.clone(), stage.node("b"), here.clone(), stage.root()].into_iter().collect();
    let sorted: Vec<String> = sorted.iter().map(ToString::to_string).collect();
    equal(sorted, vec!["m:".to_owned(), "m:a/b".to_owned(), "m:b".to_owned(), there.to_string()]);
    Ok(())
}

#[maybe_async]
async fn the_parent_of_the_root_is_the_root(stage: &Stage) -> Outcome {
    equal(stage.node("a").parent(), stage.root());
    equal(stage.root().parent(), stage.root());
    equal(stage.node("a/b/c").parent(), stage.node("a/b"));
    equal(stage.node("a/b").parent().parent().parent(), stage.root());
    yes(stage.root().parent().is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn names_have_stems_and_extensions(stage: &Stage) -> Outcome {
    let cases = [
        ("x/a.tar.gz", "a.tar.gz", "a.tar", Some("gz")),
        (".bashrc", ".bashrc", ".bashrc", None),
        ("x/.config.json", ".config.json", ".config", Some("json")),
        ("x.y/README", "README", "README", None),
        ("ends.", "ends.", "ends.", None),
        ("été.ÖÄ", "été.ÖÄ", "été", Some("ÖÄ")),
        ("", "", "", None),
    ];
    for (path, name, stem, extension) in cases {
        let node = stage.node(path);
        equal((node.name(), node.stem(), node.extension()), (name, stem, extension));
    }
    Ok(())
}

/// Percent-encoded dots, backslashes, dots and slashes of other scripts: none of them means anything.
const ORDINARY: [&str; 8] = [
    "%2e%2e",
    "..%2f..%2fetc",
    "..\\..\\x",
    "\u{2024}\u{2024}",
    "a\u{2215}b",
    "\u{ff0e}\u{ff0e}",
    "a\u{ff0f}b",
    "C:\\x",
];

#[maybe_async]
async fn percent_signs_backslashes_and_look_alikes_are_ordinary(stage: &Stage) -> Outcome {
    round_trip_of_names(stage, &ORDINARY).await
}

#[maybe_async]
async fn composed_and_decomposed_letters_are_two_names(stage: &Stage) -> Outcome {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    different(stage.node(composed), stage.node(decomposed));
    round_trip_of_names(stage, &[composed, decomposed]).await
}

#[maybe_async]
async fn every_name_comes_back_unchanged(stage: &Stage) -> Outcome {
    let names = [
        " leading and trailing ",
        "two  spaces",
        "tab\there",
        "line\nbreak",
        "emoji \u{1f980}\u{200d}\u{1f525}",
        "100%",
        "#hash",
        "what?",
        "a&b=c+d",
        "quotes'\"`",
        "star*[x]{y}",
        "-rf",
        "~",
        "$HOME",
        "日本語",
        "שלום",
        "CON",
        "trailing dot.",
        "UPPER",
        "upper",
    ];
    round_trip_of_names(stage, &names).await
}

#[maybe_async]
async fn a_name_of_255_bytes_is_kept(stage: &Stage) -> Outcome {
    let (narrow, wide) = ("x".repeat(255), "é".repeat(127) + "x");
    equal(wide.len(), 255);
    round_trip_of_names(stage, &[&narrow, &wide]).await
}

#[maybe_async]
async fn the_longest_path_is_kept(stage: &Stage) -> Outcome {
    // 1,024 bytes on most mounts: names of 255, 255, 255, 254 and 1 bytes, and four slashes.
    let length = stage.longest_path();
    let mut path = [255, 255, 255].map(|length| "k".repeat(length)).join("/");
    path = format!("{path}/{}/k", "k".repeat(length - path.len() - 3));
    equal(path.len(), length);
    let node = stage.file(&path, "deep").await?;
    equal(node.path().as_str(), path.as_str());
    equal(node.read_text().await?, "deep");
    yes(node.is_file().await?);
    yes(node.parent().is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn a_name_of_256_bytes_is_refused_by_a_file_system(stage: &Stage) -> Outcome {
    let node = stage.node(&"x".repeat(256));
    let error = refused(node.write("x").await, ErrorKind::InvalidInput);
    mentions(&error, &["255"]);
    refused(node.create_dir().await, ErrorKind::InvalidInput);
    refused(node.append("x").await, ErrorKind::InvalidInput);
    equal(stage.root().list().await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn same_content_compares_bytes_and_not_names(stage: &Stage) -> Outcome {
    let one = stage.file("one.txt", "same").await?;
    let two = stage.file("two.bin", "same").await?;
    let equally_long = stage.file("three", "emas").await?;
    let longer = stage.file("four", "same and more").await?;
    yes(one.same_content(&two).await?);
    yes(one.same_content(&one).await?);
    no(one.same_content(&equally_long).await?);
    no(one.same_content(&longer).await?);

    let elsewhere = stage.memory().await?.child("five")?;
    elsewhere.write("same").await?;
    yes(one.same_content(&elsewhere).await?);
    yes(elsewhere.same_content(&one).await?);

    let missing = stage.node("missing");
    refused(one.same_content(&missing).await, ErrorKind::NotFound);
    refused(missing.same_content(&one).await, ErrorKind::NotFound);
    Ok(())
}

/// Writes a file under each name, and a file in a directory of that name; reads them and finds them listed.
#[maybe_async]
async fn round_trip_of_names(stage: &Stage, names: &[&str]) -> Outcome {
    for (number, name) in names.iter().enumerate() {
        let file = stage.root().join(["files", *name])?;
        file.write(format!("content {number}")).await?;
        equal(file.name(), *name);
        let inside = stage.root().join(["directories", *name, "inside"])?;
        inside.write(format!("inside {number}")).await?;
    }
    for (number, name) in names.iter().enumerate() {
        let file = stage.root().join(["files", *name])?;
        equal(file.read_text().await?, format!("content {number}"));
        let inside = stage.root().join(["directories", *name, "inside"])?;
        equal(inside.read_text().await?, format!("inside {number}"));
        yes(inside.parent().is_dir().await?);
    }
    let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    for directory in ["files", "directories"] {
        let listed = stage.node(directory).list().await?;
        let listed: Vec<String> = listed.iter().map(|entry| entry.node.name().to_owned()).collect();
        equal(&listed, &expected);
    }
    Ok(())
}
