//! URLs and real paths, where a mount has them.

use std::fs;

use storage::types::{Access, ErrorKind, PresignMethod, PresignOptions};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, refused, yes};
use crate::support::http;
use crate::support::outcome::Outcome;

behaviours! {
    a_url_is_given_where_there_is_one if [url] else urls_are_unsupported;
    a_url_gives_the_content_to_anyone if [url, !local_path];
    a_url_for_writing_takes_content_from_anyone if [url, !directories];
    a_url_is_for_one_method_and_one_file if [url, !directories];
    a_real_path_leads_to_the_content if [local_path] else real_paths_are_unsupported;
    what_is_written_behind_the_library_is_read if [local_path, list];
}

#[maybe_async]
async fn a_url_is_given_where_there_is_one(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file name", "x").await?;
    let url = node.url().await?;
    crate::support::checks::mentions(&url, &["://", "folder/file%20name"]);
    Ok(())
}

const NAMES: [&str; 3] = ["folder/file name.txt", "100%41+a&b=c#d?", "\u{e9}/\u{65e5}\u{672c}"];

#[maybe_async]
async fn a_url_gives_the_content_to_anyone(stage: &Stage) -> Outcome {
    for name in NAMES {
        let node = stage.file(name, format!("content of {name}")).await?;
        let url = node.url().await?;
        let answer = http::request("GET", &url, &[], b"")?;
        equal(answer.status, 200);
        equal(String::from_utf8_lossy(&answer.body), format!("content of {name}"));
        let part = http::request("GET", &url, &[("Range", "bytes=0-6")], b"")?;
        equal((part.status, &part.body[..]), (206, &b"content"[..]));
    }
    Ok(())
}

#[maybe_async]
async fn a_url_for_writing_takes_content_from_anyone(stage: &Stage) -> Outcome {
    // Azure wants to be told what kind of blob it is, whoever writes; others do not look.
    let kind = ("x-ms-blob-type", "BlockBlob");
    for name in NAMES {
        let node = stage.node(name);
        let url = node.url_with(&PresignOptions::new().method(PresignMethod::Put)).await?;
        let answer = http::request("PUT", &url, &[kind], b"from outside")?;
        yes(matches!(answer.status, 200 | 201));
        equal(node.read_text().await?, "from outside");
    }
    Ok(())
}

#[maybe_async]
async fn a_url_is_for_one_method_and_one_file(stage: &Stage) -> Outcome {
    let node = stage.file("file", "kept").await?;
    stage.file("fill", "another").await?;
    let url = node.url().await?;
    let kind = ("x-ms-blob-type", "BlockBlob");
    equal(http::request("PUT", &url, &[kind], b"changed")?.status, 403);
    equal(http::request("GET", &url.replace("/file?", "/fill?"), &[], b"")?.status, 403);
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn urls_are_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(node.url().await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}

#[maybe_async]
async fn a_real_path_leads_to_the_content(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "through the library").await?;
    let path = node.native_path(Access::Read).await?;
    equal(fs::read_to_string(&path)?, "through the library");
    fs::write(&path, "behind the library")?;
    equal(node.read_text().await?, "behind the library");
    equal(node.native_path(Access::ReadWrite).await?, path);
    Ok(())
}

#[maybe_async]
async fn real_paths_are_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    for access in [Access::Read, Access::Write, Access::ReadWrite] {
        refused(node.native_path(access).await, ErrorKind::Unsupported);
    }
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}

#[maybe_async]
async fn what_is_written_behind_the_library_is_read(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    equal(stage.root().list().await?.len(), 0);
    fs::create_dir_all(folder.join("a/b"))?;
    fs::write(folder.join("a/b/c"), "new")?;
    equal(stage.root().list().await?.len(), 1);
    equal(stage.node("a/b/c").read_text().await?, "new");
    fs::write(folder.join("a/b/c"), "newer")?;
    equal(stage.node("a/b/c").read_text().await?, "newer");
    equal(stage.node("a/b/c").size().await?, 5);
    fs::remove_file(folder.join("a/b/c"))?;
    refused(stage.node("a/b/c").read().await, ErrorKind::NotFound);
    Ok(())
}
