//! Listing one level, and walking a tree.

use storage::types::{EntryKind, ErrorKind, ListOptions, WalkOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, mentions, no, refused, some, yes};
use crate::support::outcome::Outcome;

behaviours! {
    an_empty_mount_has_no_children if [list] else listing_is_unsupported;
    children_are_sorted_by_the_bytes_of_their_names if [list] else listing_is_unsupported;
    children_come_with_what_is_known_about_them if [list];
    children_can_be_had_by_kind_only if [list];
    children_may_be_those_with_a_prefix if [list] else listing_is_unsupported;
    children_may_be_those_behind_a_name if [list];
    children_may_be_a_few if [list];
    nothing_that_matches_is_no_missing_directory if [list];
    children_are_one_level_only if [list];
    children_are_streamed if [list];
    children_are_never_stale if [list, delete];
    a_file_has_no_children if [list];
    what_is_missing_has_no_children if [list];
    thousands_of_children_are_all_listed_in_order if [list];
    a_directory_does_not_list_itself if [list, directories or folder_markers];
    a_file_and_a_directory_of_one_name_are_both_listed if [list, !directories];
    entries_that_come_and_go_while_listing_hide_no_other if [list, delete];
    a_walk_gives_parents_before_children_and_each_level_sorted if [list] else listing_is_unsupported;
    a_walk_goes_as_deep_as_it_is_told if [list];
    a_walk_gives_what_matches_the_glob if [list];
    a_walk_refuses_a_bad_glob if [list];
    a_walk_starts_at_a_directory_only if [list];
    a_walk_leaves_out_what_it_is_told_to_skip if [list];
    a_walk_is_streamed if [list];
    a_walk_sees_empty_directories if [list, directories or folder_markers];
}

#[maybe_async]
async fn names(node: &StorageNode) -> storage::Result<Vec<String>> {
    let listed = node.list().await?;
    Ok(listed.iter().map(|entry| entry.node.name().to_owned()).collect())
}

#[maybe_async]
async fn names_with(node: &StorageNode, options: &ListOptions) -> storage::Result<Vec<String>> {
    let listed = node.list_with(options).await?;
    let names: Vec<String> = listed.iter().map(|entry| entry.node.name().to_owned()).collect();
    let mut children = node.children_with(options).await?;
    let mut streamed = Vec::new();
    while let Some(entry) = children.next().await? {
        streamed.push(entry.node.name().to_owned());
    }
    equal(&streamed, &names);
    Ok(names)
}

/// Files `a`, `ab`, `ac`, `b` and `ba`, and a directory `aa` with a file.
#[maybe_async]
async fn letters(stage: &Stage) -> storage::Result<StorageNode> {
    for name in ["a", "ab", "ac", "b", "ba", "aa/x"] {
        stage.file(&format!("letters/{name}"), "x").await?;
    }
    Ok(stage.node("letters"))
}

#[maybe_async]
async fn children_may_be_those_with_a_prefix(stage: &Stage) -> Outcome {
    let node = letters(stage).await?;
    equal(names_with(&node, &ListOptions::new().prefix("a")).await?, ["a", "aa", "ab", "ac"]);
    equal(names_with(&node, &ListOptions::new().prefix("aa")).await?, ["aa"]);
    equal(names_with(&node, &ListOptions::new().prefix("")).await?, ["a", "aa", "ab", "ac", "b", "ba"]);
    equal(names_with(&node.parent(), &ListOptions::new().prefix("lett")).await?, ["letters"]);
    Ok(())
}

#[maybe_async]
async fn children_may_be_those_behind_a_name(stage: &Stage) -> Outcome {
    let node = letters(stage).await?;
    equal(names_with(&node, &ListOptions::new().start_after("aa")).await?, ["ab", "ac", "b", "ba"]);
    equal(names_with(&node, &ListOptions::new().start_after("abc")).await?, ["ac", "b", "ba"]);
    equal(names_with(&node, &ListOptions::new().prefix("a").start_after("ab")).await?, ["ac"]);
    Ok(())
}

#[maybe_async]
async fn children_may_be_a_few(stage: &Stage) -> Outcome {
    let node = letters(stage).await?;
    equal(names_with(&node, &ListOptions::new().limit(3)).await?, ["a", "aa", "ab"]);
    equal(names_with(&node, &ListOptions::new().limit(0)).await?.len(), 0);
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = names_with(&node, &ListOptions::new().start_after(after.as_str()).limit(4)).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        pages.push(page.join(" "));
    }
    equal(pages, ["a aa ab ac", "b ba"]);
    Ok(())
}

#[maybe_async]
async fn nothing_that_matches_is_no_missing_directory(stage: &Stage) -> Outcome {
    let node = letters(stage).await?;
    for options in [ListOptions::new().prefix("c"), ListOptions::new().start_after("c")] {
        equal(names_with(&node, &options).await?.len(), 0);
        refused(stage.node("missing").list_with(&options).await, ErrorKind::NotFound);
        refused(node.child("a")?.list_with(&options).await, ErrorKind::NotADirectory);
    }
    Ok(())
}

#[maybe_async]
async fn walked(node: &StorageNode, options: &WalkOptions) -> storage::Result<Vec<String>> {
    let mut walk = node.walk(options).await?;
    let mut found = Vec::new();
    while let Some(entry) = walk.next().await? {
        found.push(entry.node.path().as_str().to_owned());
    }
    Ok(found)
}

#[maybe_async]
async fn an_empty_mount_has_no_children(stage: &Stage) -> Outcome {
    equal(names(&stage.root()).await?, Vec::<String>::new());
    let mut children = stage.root().children().await?;
    yes(children.next().await?.is_none());
    yes(children.next().await?.is_none());
    Ok(())
}

#[maybe_async]
async fn children_are_sorted_by_the_bytes_of_their_names(stage: &Stage) -> Outcome {
    // `a-b` and `a.b` sort before `a/...` as whole keys, and after `a` as names.
    for path in [
        "b",
        "a/x",
        "a-b",
        "a.b",
        "a0",
        "B",
        "é",
        "e",
        "z",
        "_",
        "10",
        "9",
        "\u{1f980}",
        " ",
        "a b/c",
        "\u{ffff}",
    ] {
        stage.file(&format!("d/{path}"), "x").await?;
    }
    let mut expected = [
        "b",
        "a",
        "a-b",
        "a.b",
        "a0",
        "B",
        "é",
        "e",
        "z",
        "_",
        "10",
        "9",
        "\u{1f980}",
        " ",
        "a b",
        "\u{ffff}",
    ];
    expected.sort_unstable();
    equal(names(&stage.node("d")).await?, expected);
    Ok(())
}

#[maybe_async]
async fn children_come_with_what_is_known_about_them(stage: &Stage) -> Outcome {
    let file = stage.file("d/file", "12345").await?;
    stage.file("d/folder/inside", "x").await?;
    let listed = stage.node("d").list().await?;
    equal(listed.len(), 2);
    equal(&listed[0].node, &file);
    let stat = file.stat().await?;
    equal((listed[0].metadata.kind, listed[0].metadata.size), (EntryKind::File, 5));
    equal(listed[0].metadata.modified, stat.modified);
    equal(&listed[1].node, &stage.node("d/folder"));
    equal(listed[1].metadata.kind, EntryKind::Directory);
    equal(listed[0].node.read_text().await?, "12345");
    Ok(())
}

#[maybe_async]
async fn children_can_be_had_by_kind_only(stage: &Stage) -> Outcome {
    stage.file("d/file", "12345").await?;
    stage.file("d/folder/inside", "x").await?;
    let mut children = stage.node("d").children_with(&ListOptions::kind_only()).await?;
    equal(children.parent(), &stage.node("d"));
    equal(some(children.next().await?).metadata.kind, EntryKind::File);
    equal(some(children.next().await?).metadata.kind, EntryKind::Directory);
    yes(children.next().await?.is_none());
    Ok(())
}

#[maybe_async]
async fn children_are_one_level_only(stage: &Stage) -> Outcome {
    for path in ["d/a/deep/er", "d/a/x", "d/b", "dd/c", "d.c", "e"] {
        stage.file(path, "x").await?;
    }
    equal(names(&stage.node("d")).await?, ["a", "b"]);
    equal(names(&stage.node("d/a")).await?, ["deep", "x"]);
    equal(names(&stage.root()).await?, ["d", "d.c", "dd", "e"]);
    Ok(())
}

#[maybe_async]
async fn children_are_streamed(stage: &Stage) -> Outcome {
    for path in ["d/a", "d/b", "d/c"] {
        stage.file(path, "x").await?;
    }
    let listed = rt::collect(stage.node("d").children().await?).await?;
    let listed: Vec<&str> = listed.iter().map(|entry| entry.node.name()).collect();
    equal(listed, ["a", "b", "c"]);
    Ok(())
}

#[maybe_async]
async fn children_are_never_stale(stage: &Stage) -> Outcome {
    equal(names(&stage.root()).await?.len(), 0);
    stage.file("a", "x").await?;
    equal(names(&stage.root()).await?, ["a"]);
    stage.file("b/c", "x").await?;
    equal(names(&stage.root()).await?, ["a", "b"]);
    stage.node("a").delete().await?;
    equal(names(&stage.root()).await?, ["b"]);
    stage.file("b/c", "longer").await?;
    let listed = stage.node("b").list().await?;
    equal(listed[0].metadata.size, 6);
    Ok(())
}

#[maybe_async]
async fn a_file_has_no_children(stage: &Stage) -> Outcome {
    let file = stage.file("folder/file", "x").await?;
    refused(file.children().await, ErrorKind::NotADirectory);
    refused(file.list().await, ErrorKind::NotADirectory);
    Ok(())
}

#[maybe_async]
async fn what_is_missing_has_no_children(stage: &Stage) -> Outcome {
    stage.file("folder2/file", "x").await?;
    for path in ["missing", "folder", "no/such/folder"] {
        refused(stage.node(path).children().await, ErrorKind::NotFound);
        refused(stage.node(path).list().await, ErrorKind::NotFound);
    }
    Ok(())
}

#[maybe_async]
async fn thousands_of_children_are_all_listed_in_order(stage: &Stage) -> Outcome {
    // More than one page of a listing has, even where they are fewer.
    let count = if stage.is_remote() { 1100 } else { 3000 };
    // Written in another order than they are listed in; every tenth is a directory.
    let path = |number: u64| {
        let name = (number * 1_237) % count;
        if name.is_multiple_of(10) { format!("d/{name:05}/x") } else { format!("d/{name:05}") }
    };
    stage.files((0..count).map(path).collect()).await?;
    let expected: Vec<String> = (0..count).map(|name| format!("{name:05}")).collect();
    equal(names(&stage.node("d")).await?, expected);
    Ok(())
}

#[maybe_async]
async fn a_directory_does_not_list_itself(stage: &Stage) -> Outcome {
    stage.directory("d/e/f").await?;
    equal(names(&stage.root()).await?, ["d"]);
    equal(names(&stage.node("d")).await?, ["e"]);
    equal(names(&stage.node("d/e/f")).await?.len(), 0);
    equal(walked(&stage.root(), &WalkOptions::new()).await?, ["d", "d/e", "d/e/f"]);
    Ok(())
}

#[maybe_async]
async fn a_file_and_a_directory_of_one_name_are_both_listed(stage: &Stage) -> Outcome {
    for path in ["d/a", "d/both", "d/both/inside", "d/both-too", "d/both.txt", "d/c"] {
        stage.file(path, "x").await?;
    }
    let mut listed = Vec::new();
    for entry in stage.node("d").list().await? {
        listed.push((entry.node.name().to_owned(), entry.metadata.is_dir()));
    }
    listed.sort();
    let expected = [
        ("a", false),
        ("both", false),
        ("both", true),
        ("both-too", false),
        ("both.txt", false),
        ("c", false),
    ];
    equal(listed, expected.map(|(name, is_dir)| (name.to_owned(), is_dir)));
    equal(names(&stage.node("d/both")).await?, ["inside"]);
    let walked = walked(&stage.node("d"), &WalkOptions::new()).await?;
    yes(walked.contains(&"d/both/inside".to_owned()));
    Ok(())
}

#[maybe_async]
async fn entries_that_come_and_go_while_listing_hide_no_other(stage: &Stage) -> Outcome {
    let options = storage::WriteOptions::new().durability(storage::Durability::None);
    for number in 0..60 {
        stage.node(&format!("d/{number:02}")).write_with("x", &options).await?;
    }
    let mut children = stage.node("d").children().await?;
    let mut found = Vec::new();
    while let Some(entry) = children.next().await? {
        let name = entry.node.name().to_owned();
        if name.ends_with('5') {
            entry.node.delete().await?;
            stage.node(&format!("d/{name}new")).write_with("x", &options).await?;
        }
        found.push(name);
    }
    let of_the_start: Vec<String> = found.into_iter().filter(|name| !name.ends_with("new")).collect();
    let expected: Vec<String> = (0..60).map(|number| format!("{number:02}")).collect();
    equal(of_the_start, expected);
    Ok(())
}

const TREE: [&str; 7] =
    ["t/a/b/c.rs", "t/a/b/d.txt", "t/a/e.rs", "t/a-b/f.rs", "t/g.rs", "t/z/h/i/j.rs", "t/k.txt"];

#[maybe_async]
async fn grow_tree(stage: &Stage) -> storage::Result<StorageNode> {
    for path in TREE {
        stage.file(path, path).await?;
    }
    Ok(stage.node("t"))
}

#[maybe_async]
async fn a_walk_gives_parents_before_children_and_each_level_sorted(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    let expected = [
        "t/a",
        "t/a/b",
        "t/a/b/c.rs",
        "t/a/b/d.txt",
        "t/a/e.rs",
        "t/a-b",
        "t/a-b/f.rs",
        "t/g.rs",
        "t/k.txt",
        "t/z",
        "t/z/h",
        "t/z/h/i",
        "t/z/h/i/j.rs",
    ];
    equal(walked(&root, &WalkOptions::new()).await?, expected);
    equal(walked(&root, &WalkOptions::new().kind_only()).await?, expected);
    let mut walk = stage.root().walk(&WalkOptions::new()).await?;
    equal(some(walk.next().await?).node, root.clone());
    equal(walk.root(), &stage.root());
    Ok(())
}

#[maybe_async]
async fn a_walk_goes_as_deep_as_it_is_told(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    equal(walked(&root, &WalkOptions::new().max_depth(0)).await?.len(), 0);
    equal(
        walked(&root, &WalkOptions::new().max_depth(1)).await?,
        ["t/a", "t/a-b", "t/g.rs", "t/k.txt", "t/z"],
    );
    equal(
        walked(&root, &WalkOptions::new().max_depth(2)).await?,
        ["t/a", "t/a/b", "t/a/e.rs", "t/a-b", "t/a-b/f.rs", "t/g.rs", "t/k.txt", "t/z", "t/z/h"],
    );
    Ok(())
}

#[maybe_async]
async fn a_walk_gives_what_matches_the_glob(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    let cases: [(&str, &[&str]); 10] = [
        ("/*.rs", &["t/g.rs"]),
        ("*.rs", &["t/a/b/c.rs", "t/a/e.rs", "t/a-b/f.rs", "t/g.rs", "t/z/h/i/j.rs"]),
        ("b/", &["t/a/b", "t/a/b/c.rs", "t/a/b/d.txt"]),
        ("a-b", &["t/a-b", "t/a-b/f.rs"]),
        ("*/*.rs", &["t/a/e.rs", "t/a-b/f.rs"]),
        ("**/*.rs", &["t/a/b/c.rs", "t/a/e.rs", "t/a-b/f.rs", "t/g.rs", "t/z/h/i/j.rs"]),
        ("a/**", &["t/a/b", "t/a/b/c.rs", "t/a/b/d.txt", "t/a/e.rs"]),
        ("?.txt", &["t/a/b/d.txt", "t/k.txt"]),
        ("{a,z}/?.rs", &["t/a/e.rs"]),
        ("nothing*", &[]),
    ];
    for (glob, expected) in cases {
        equal(walked(&root, &WalkOptions::new().glob(glob)).await?, expected);
    }
    Ok(())
}

#[maybe_async]
async fn a_walk_refuses_a_bad_glob(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    let error = refused(root.walk(&WalkOptions::new().glob("a[")).await, ErrorKind::InvalidInput);
    mentions(&error, &["a["]);
    Ok(())
}

#[maybe_async]
async fn a_walk_starts_at_a_directory_only(stage: &Stage) -> Outcome {
    let file = stage.file("file", "x").await?;
    refused(file.walk(&WalkOptions::new()).await, ErrorKind::NotADirectory);
    refused(stage.node("missing").walk(&WalkOptions::new()).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_walk_leaves_out_what_it_is_told_to_skip(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    let mut walk = root.walk(&WalkOptions::new()).await?;
    let mut found = Vec::new();
    while let Some(entry) = walk.next().await? {
        if entry.node.name() == "a" || entry.node.name() == "h" {
            walk.skip_directory();
        }
        found.push(entry.node.path().as_str().to_owned());
    }
    equal(found, ["t/a", "t/a-b", "t/a-b/f.rs", "t/g.rs", "t/k.txt", "t/z", "t/z/h"]);
    Ok(())
}

#[maybe_async]
async fn a_walk_is_streamed(stage: &Stage) -> Outcome {
    let root = grow_tree(stage).await?;
    let walk = root.walk(&WalkOptions::new().glob("**/*.txt")).await?;
    let nodes = rt::collect_walk(walk).await?;
    equal(nodes, [stage.node("t/a/b/d.txt"), stage.node("t/k.txt")]);
    Ok(())
}

#[maybe_async]
async fn a_walk_sees_empty_directories(stage: &Stage) -> Outcome {
    stage.directory("t/empty/inside").await?;
    stage.file("t/file", "x").await?;
    equal(walked(&stage.node("t"), &WalkOptions::new()).await?, ["t/empty", "t/empty/inside", "t/file"]);
    no(stage.node("t/empty").is_file().await?);
    Ok(())
}

#[maybe_async]
async fn listing_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(stage.root().children().await, ErrorKind::Unsupported);
    refused(stage.root().walk(&WalkOptions::new()).await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
