//! Making directories.

use storage::types::{CreateDirOptions, ErrorKind};

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_made_directory_is_there_and_empty if [directories or folder_markers, list] else making_directories_is_unsupported;
    a_directory_that_exists_is_refused_unless_that_is_fine if [directories or folder_markers]
        else making_directories_is_unsupported;
    a_missing_parent_is_not_found_unless_parents_are_made_too if [directories or folder_markers];
    a_directory_is_not_made_over_a_file if [directories or folder_markers];
    a_directory_is_not_made_below_a_file if [directories];
    the_root_is_there_already if [directories or folder_markers];
    eight_make_the_same_directory_and_all_find_it if [directories or folder_markers];
    of_eight_that_make_a_directory_exactly_one_is_first if [directories];
    an_emptied_directory_stays if [directories, delete, list];
    a_directory_goes_with_its_last_file if [!directories, delete, list];
    a_made_directory_outlives_its_files if [directories or folder_markers, delete, list];
    a_marker_is_no_file if [folder_markers];
    a_file_may_have_the_name_of_a_marker if [folder_markers, list];
}

#[maybe_async]
async fn a_made_directory_is_there_and_empty(stage: &Stage) -> Outcome {
    let node = stage.node("folder");
    node.create_dir().await?;
    yes(node.exists().await?);
    yes(node.is_dir().await?);
    no(node.is_file().await?);
    equal(node.list().await?.len(), 0);

    let listed = stage.root().list().await?;
    equal(listed.len(), 1);
    equal(&listed[0].node, &node);
    yes(listed[0].metadata.is_dir());
    Ok(())
}

#[maybe_async]
async fn a_directory_that_exists_is_refused_unless_that_is_fine(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    let node = stage.node("folder");
    refused(node.create_dir().await, ErrorKind::AlreadyExists);
    refused(node.create_dir_with(&CreateDirOptions::new().parents(true)).await, ErrorKind::AlreadyExists);
    node.create_dir_with(&CreateDirOptions::new().exist_ok(true)).await?;
    node.create_dir_all().await?;
    equal(stage.node("folder/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_missing_parent_is_not_found_unless_parents_are_made_too(stage: &Stage) -> Outcome {
    let node = stage.node("a/b/c");
    let error = refused(node.create_dir().await, ErrorKind::NotFound);
    mentions(&error, &["parents"]);
    refused(node.create_dir_with(&CreateDirOptions::new().exist_ok(true)).await, ErrorKind::NotFound);
    no(stage.node("a").exists().await?);

    node.create_dir_with(&CreateDirOptions::new().parents(true)).await?;
    yes(node.is_dir().await?);
    yes(stage.node("a/b").is_dir().await?);
    stage.node("d/e/f").create_dir_all().await?;
    yes(stage.node("d/e/f").is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn a_directory_is_not_made_over_a_file(stage: &Stage) -> Outcome {
    let file = stage.file("file", "kept").await?;
    refused(file.create_dir().await, ErrorKind::NotADirectory);
    refused(file.create_dir_all().await, ErrorKind::NotADirectory);
    refused(file.create_dir_with(&CreateDirOptions::new().exist_ok(true)).await, ErrorKind::NotADirectory);
    equal(file.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_directory_is_not_made_below_a_file(stage: &Stage) -> Outcome {
    let file = stage.file("file", "kept").await?;
    refused(stage.node("file/below").create_dir().await, ErrorKind::NotADirectory);
    refused(stage.node("file/far/below").create_dir_all().await, ErrorKind::NotADirectory);
    equal(file.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn the_root_is_there_already(stage: &Stage) -> Outcome {
    refused(stage.root().create_dir().await, ErrorKind::AlreadyExists);
    stage.root().create_dir_all().await?;
    yes(stage.root().is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn eight_make_the_same_directory_and_all_find_it(stage: &Stage) -> Outcome {
    let node = stage.node("a/b/c/d");
    let ends = super::rt::together(8, |_| {
        let node = node.clone();
        async move { node.create_dir_all().await }
    })
    .await;
    ends.into_iter().collect::<storage::Result<()>>()?;
    yes(node.is_dir().await?);
    Ok(())
}

#[maybe_async]
async fn of_eight_that_make_a_directory_exactly_one_is_first(stage: &Stage) -> Outcome {
    let node = stage.node("folder");
    let ends = super::rt::together(8, |_| {
        let node = node.clone();
        async move { node.create_dir().await }
    })
    .await;
    let (first, others): (Vec<_>, Vec<_>) = ends.into_iter().partition(Result::is_ok);
    equal((first.len(), others.len()), (1, 7));
    for refusal in others {
        refused(refusal, ErrorKind::AlreadyExists);
    }
    Ok(())
}

#[maybe_async]
async fn an_emptied_directory_stays(stage: &Stage) -> Outcome {
    let file = stage.file("folder/file", "x").await?;
    file.delete().await?;
    yes(stage.node("folder").is_dir().await?);
    equal(stage.node("folder").list().await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn a_directory_goes_with_its_last_file(stage: &Stage) -> Outcome {
    let files = [stage.file("folder/deep/one", "x").await?, stage.file("folder/deep/two", "x").await?];
    stage.file("kept", "kept").await?;
    files[0].delete().await?;
    yes(stage.node("folder/deep").is_dir().await?);
    files[1].delete().await?;
    for path in ["folder/deep", "folder"] {
        no(stage.node(path).exists().await?);
        refused(stage.node(path).list().await, ErrorKind::NotFound);
    }
    let listed = stage.root().list().await?;
    equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["kept"]);
    Ok(())
}

#[maybe_async]
async fn a_made_directory_outlives_its_files(stage: &Stage) -> Outcome {
    let folder = stage.directory("folder").await?;
    let file = stage.file("folder/file", "x").await?;
    let listed = folder.list().await?;
    equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["file"]);
    file.delete().await?;
    yes(folder.is_dir().await?);
    equal(folder.list().await?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn a_marker_is_no_file(stage: &Stage) -> Outcome {
    let folder = stage.directory("folder").await?;
    yes(folder.stat().await?.is_dir());
    refused(folder.read().await, ErrorKind::IsADirectory);
    refused(folder.reader().await, ErrorKind::IsADirectory);
    Ok(())
}

#[maybe_async]
async fn a_file_may_have_the_name_of_a_marker(stage: &Stage) -> Outcome {
    let folder = stage.directory("folder").await?;
    folder.write("file").await?;
    equal(folder.read_text().await?, "file");
    equal(stage.root().list().await?.len(), 2);
    Ok(())
}

#[maybe_async]
async fn making_directories_is_unsupported(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    refused(stage.root().create_dir().await, ErrorKind::Unsupported);
    refused(node.create_dir_all().await, ErrorKind::Unsupported);
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}
