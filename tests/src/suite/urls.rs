//! URLs and real paths, where a mount has them.

use std::fs;

use storage::types::{Access, ErrorKind};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, refused};
use crate::support::outcome::Outcome;

behaviours! {
    a_url_is_given_where_there_is_one if [url] else urls_are_unsupported;
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
