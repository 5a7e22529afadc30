//! How two texts differ.

use storage::types::{DiffOptions, ErrorKind, VersionSelector};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, refused};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    equal_texts_have_no_diff;
    a_diff_names_both_in_full;
    a_diff_tells_a_missing_newline;
    a_diff_of_mounts_of_different_kinds;
    what_is_no_text_has_no_diff;
    a_diff_of_what_is_missing_is_not_found;
    a_diff_has_a_limit;
    the_context_of_a_diff;
    a_diff_of_many_lines;
    two_versions_differ if [versions];
}

#[maybe_async]
async fn two(stage: &Stage, old: &str, new: &str) -> storage::Result<(StorageNode, StorageNode)> {
    Ok((stage.file("old.txt", old.to_owned()).await?, stage.file("new.txt", new.to_owned()).await?))
}

#[maybe_async]
async fn equal_texts_have_no_diff(stage: &Stage) -> Outcome {
    let (old, new) = two(stage, "a\nb\n", "a\nb\n").await?;
    equal(old.diff(&new).await?, "");
    equal(old.diff(&old).await?, "");
    Ok(())
}

#[maybe_async]
async fn a_diff_names_both_in_full(stage: &Stage) -> Outcome {
    let (old, new) = two(stage, "a\nb\nc\n", "a\nB\nc\nd\n").await?;
    let expected = "--- m:old.txt\n+++ m:new.txt\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n";
    equal(old.diff(&new).await?, expected);
    let labelled = old.diff_with(&new, &DiffOptions::new().labels("left", "right")).await?;
    equal(labelled, expected.replace("m:old.txt", "left").replace("m:new.txt", "right"));
    Ok(())
}

#[maybe_async]
async fn a_diff_tells_a_missing_newline(stage: &Stage) -> Outcome {
    let (old, new) = two(stage, "a\nb", "a\nb\n").await?;
    mentions(old.diff(&new).await?, &["-b\n\\ No newline at end of file\n+b\n"]);
    mentions(new.diff(&old).await?, &["-b\n+b\n\\ No newline at end of file\n"]);
    let (old, new) = two(stage, "", "x").await?;
    mentions(old.diff(&new).await?, &["@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"]);
    Ok(())
}

#[maybe_async]
async fn a_diff_of_mounts_of_different_kinds(stage: &Stage) -> Outcome {
    let other = stage.memory().await?.child("x")?;
    other.write("one\n").await?;
    let diff = stage.file("x", "two\n").await?.diff(&other).await?;
    mentions(diff, &["--- m:x\n", "+++ memory0:x\n", "-two\n+one\n"]);
    Ok(())
}

#[maybe_async]
async fn what_is_no_text_has_no_diff(stage: &Stage) -> Outcome {
    let text = stage.file("text", "text\n").await?;
    for (name, content) in [("nul", &b"a\0b"[..]), ("latin", &b"caf\xe9"[..])] {
        let binary = stage.file(name, content.to_vec()).await?;
        for error in [binary.diff(&text).await, text.diff(&binary).await] {
            mentions(refused(error, ErrorKind::InvalidInput), &[&format!("m:{name}"), "no text"]);
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_diff_of_what_is_missing_is_not_found(stage: &Stage) -> Outcome {
    let text = stage.file("text", "text\n").await?;
    refused(text.diff(&stage.node("missing")).await, ErrorKind::NotFound);
    refused(stage.node("missing").diff(&text).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_diff_has_a_limit(stage: &Stage) -> Outcome {
    let (old, new) = two(stage, "12345", "12\n45").await?;
    let error = refused(old.diff_with(&new, &DiffOptions::new().max_bytes(4)).await, ErrorKind::InvalidInput);
    mentions(error, &["m:old.txt", "4 bytes", "max_bytes"]);
    old.diff_with(&new, &DiffOptions::new().max_bytes(5)).await?;
    Ok(())
}

#[maybe_async]
async fn the_context_of_a_diff(stage: &Stage) -> Outcome {
    let text: String = (0..20).map(|line| format!("{line}\n")).collect();
    let (old, new) = two(stage, &text, &text.replace("10\n", "ten\n")).await?;
    let none = old.diff_with(&new, &DiffOptions::new().context(0)).await?;
    mentions(none, &["@@ -11 +11 @@\n-10\n+ten\n"]);
    let all = old.diff_with(&new, &DiffOptions::new().context(1000)).await?;
    mentions(all, &["@@ -1,20 +1,20 @@\n 0\n"]);
    Ok(())
}

/// As many lines as are no burden to anybody, most of them changed.
#[maybe_async]
async fn a_diff_of_many_lines(stage: &Stage) -> Outcome {
    let lines = |seed: u64| -> String {
        noise(seed, 8000).chunks(4).map(|four| format!("{}\n", u32::from(four[0]) % 7)).collect()
    };
    let (old, new) = two(stage, &lines(1), &lines(2)).await?;
    let diff = old.diff(&new).await?;
    let count = |sign: char| diff.lines().skip(2).filter(|line| line.starts_with(sign)).count();
    equal(2000 - count('-') + count('+'), 2000);
    Ok(())
}

#[maybe_async]
async fn two_versions_differ(stage: &Stage) -> Outcome {
    let node = stage.file("text", "a\nb\n").await?;
    node.write("a\nc\n").await?;
    let (old, new, options) = (VersionSelector::Index(1), VersionSelector::Index(0), DiffOptions::new());
    let diff = node.diff_versions(&old, &new, &options).await?;
    mentions(&diff, &["--- m:text (version ", "+++ m:text (version ", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n"]);
    mentions(node.diff_versions(&new, &old, &options).await?, &["-c\n+b\n"]);
    equal(node.diff_versions(&new, &new, &options).await?, "");
    let missing = VersionSelector::Index(2);
    refused(node.diff_versions(&missing, &new, &options).await, ErrorKind::NotFound);
    Ok(())
}
