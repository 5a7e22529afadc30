//! Files and folders that others change while they are read, listed and copied.

use std::fs;
use std::io::Write as _;

use storage::types::{CopyOptions, ErrorKind, WalkOptions};

use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, refused, refused_as_one_of, some, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    a_file_deleted_while_it_is_read_is_read_to_its_end if [local_path];
    several_ranges_of_a_file_that_shrinks_are_no_panic if [local_path];
    a_file_that_grows_while_it_is_read_gives_what_it_had if [local_path];
    a_file_that_shrinks_while_it_is_read_is_no_panic if [local_path];
    a_file_that_vanishes_before_it_is_copied_is_a_failure_of_its_own if [local_path, list];
    a_file_that_grows_before_it_is_copied_is_copied_as_it_is if [local_path, list];
    a_folder_that_vanishes_during_a_walk_counts_as_empty if [local_path, list];
    a_name_that_is_no_text_is_an_error_of_its_own if [local_path, list];
    a_mount_whose_folder_vanished_says_so if [local_path, list];
}

const LENGTH: usize = 4_000_000;

#[maybe_async]
async fn a_file_deleted_while_it_is_read_is_read_to_its_end(stage: &Stage) -> Outcome {
    let node = stage.file("file", noise(1, LENGTH)).await?;
    let mut reader = node.reader().await?;
    let first = some(reader.next().await?);
    fs::remove_file(stage.folder().await?.join("file"))?;
    let rest = reader.read_all().await?;
    yes([first, rest].concat() == noise(1, LENGTH));
    refused(node.read().await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_file_that_grows_while_it_is_read_gives_what_it_had(stage: &Stage) -> Outcome {
    let node = stage.file("file", noise(1, LENGTH)).await?;
    let mut reader = node.reader().await?;
    let first = some(reader.next().await?);
    let mut file = fs::OpenOptions::new().append(true).open(stage.folder().await?.join("file"))?;
    file.write_all(&noise(2, LENGTH))?;
    let rest = reader.read_all().await?;
    let content = [first, rest].concat();
    yes(content[..LENGTH] == noise(1, LENGTH)[..]);
    yes(content.len() == LENGTH || content[LENGTH..] == noise(2, LENGTH)[..content.len() - LENGTH]);
    equal(node.read().await?.len(), 2 * LENGTH);
    Ok(())
}

#[maybe_async]
async fn a_file_that_shrinks_while_it_is_read_is_no_panic(stage: &Stage) -> Outcome {
    let node = stage.file("file", noise(1, LENGTH)).await?;
    let mut reader = node.reader().await?;
    let first = some(reader.next().await?);
    let file = fs::OpenOptions::new().write(true).open(stage.folder().await?.join("file"))?;
    file.set_len(10)?;
    // The end comes early, or is an error; never bytes that were not there.
    match reader.read_all().await {
        Ok(rest) => yes(noise(1, LENGTH)[first.len()..].starts_with(&rest)),
        Err(error) => {
            drop(refused_as_one_of::<()>(Err(error), &[ErrorKind::Corrupted, ErrorKind::Interrupted]));
        }
    }
    equal(node.read().await?, noise(1, 10));
    Ok(())
}

#[maybe_async]
async fn several_ranges_of_a_file_that_shrinks_are_no_panic(stage: &Stage) -> Outcome {
    let node = stage.file("file", noise(1, LENGTH)).await?;
    let file = fs::OpenOptions::new().write(true).open(stage.folder().await?.join("file"))?;
    file.set_len(10)?;
    equal(
        node.read_ranges([0..5, 8..4000]).await?,
        [noise(1, LENGTH).slice(0..5), noise(1, LENGTH).slice(8..10)],
    );
    refused(node.read_ranges([0..5, 2_000_000..2_000_001]).await, ErrorKind::InvalidInput);
    Ok(())
}

#[maybe_async]
async fn a_file_that_vanishes_before_it_is_copied_is_a_failure_of_its_own(stage: &Stage) -> Outcome {
    for (round, destination) in [stage.node("copy"), stage.memory().await?].into_iter().enumerate() {
        for path in ["a", "b", "c"] {
            stage.file(&format!("t{round}/{path}"), path).await?;
        }
        let doomed = stage.folder().await?.join(format!("t{round}/b"));
        // The filter is asked after the file was found and before it is copied.
        let options = CopyOptions::new().concurrency(1).filter(move |entry| {
            if entry.relative == "b" {
                let _ = fs::remove_file(&doomed);
            }
            true
        });
        let report = stage.node(&format!("t{round}")).copy_to_with(&destination, &options).await?;
        equal((report.copied_count, report.failed_count), (2, 1));
        equal(report.failed[0].error.kind(), ErrorKind::NotFound);
        yes(!destination.child("b")?.exists().await?);
        equal(destination.child("c")?.read_text().await?, "c");
    }
    Ok(())
}

#[maybe_async]
async fn a_file_that_grows_before_it_is_copied_is_copied_as_it_is(stage: &Stage) -> Outcome {
    for (round, destination) in [stage.node("copy"), stage.memory().await?].into_iter().enumerate() {
        let source = stage.file(&format!("t{round}/file"), "short").await?;
        let growing = stage.folder().await?.join(format!("t{round}/file"));
        let options = CopyOptions::new().concurrency(1).filter(move |_| {
            let _ = fs::write(&growing, noise(3, 2_500_000));
            true
        });
        let report = source.parent().copy_to_with(&destination, &options).await?;
        equal(report.failed_count, 0);
        yes(destination.child("file")?.read().await? == noise(3, 2_500_000));
    }
    Ok(())
}

#[maybe_async]
async fn a_folder_that_vanishes_during_a_walk_counts_as_empty(stage: &Stage) -> Outcome {
    for path in ["t/a/x", "t/b/x", "t/c"] {
        stage.file(path, "x").await?;
    }
    let mut walk = stage.node("t").walk(&WalkOptions::new()).await?;
    let mut found = Vec::new();
    while let Some(entry) = walk.next().await? {
        let path = entry.node.path().as_str().to_owned();
        if path == "t/b" {
            fs::remove_dir_all(stage.folder().await?.join("t/b"))?;
        }
        found.push(path);
    }
    equal(found, ["t/a", "t/a/x", "t/b", "t/c"]);
    Ok(())
}

#[maybe_async]
async fn a_name_that_is_no_text_is_an_error_of_its_own(stage: &Stage) -> Outcome {
    use std::os::unix::ffi::OsStrExt as _;
    for path in ["t/a", "t/z"] {
        stage.file(path, path).await?;
    }
    fs::write(stage.folder().await?.join("t").join(std::ffi::OsStr::from_bytes(b"m\xff")), "x")?;

    let mut children = stage.node("t").children().await?;
    let (mut names, mut errors) = (Vec::new(), 0);
    loop {
        match children.next().await {
            Ok(Some(entry)) => names.push(entry.node.name().to_owned()),
            Ok(None) => break,
            Err(error) => {
                yes(!error.to_string().is_empty());
                errors += 1;
            }
        }
    }
    equal((names, errors), (vec!["a".to_owned(), "z".to_owned()], 1));

    let memory = stage.memory().await?;
    let report = stage.node("t").copy_to_with(&memory, &CopyOptions::new()).await?;
    equal((report.copied_count, report.failed_count), (2, 1));
    equal(memory.child("z")?.read_text().await?, "t/z");
    Ok(())
}

#[maybe_async]
async fn a_mount_whose_folder_vanished_says_so(stage: &Stage) -> Outcome {
    let root = stage.local().await?;
    let file = root.child("file")?;
    file.write("x").await?;
    let folder = root.native_path(storage::types::Access::Read).await?;
    fs::remove_dir_all(&folder)?;
    refused(file.read().await, ErrorKind::NotFound);
    refused(file.write("x").await, ErrorKind::NotFound);
    yes(root.list().await.is_err());
    yes(!folder.exists());

    fs::create_dir(&folder)?;
    file.write("back again").await?;
    equal(fs::read_to_string(folder.join("file"))?, "back again");
    Ok(())
}
