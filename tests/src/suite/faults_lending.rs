//! Content that was lent for reading cannot be changed through the loan.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use storage::types::{Access, ErrorKind, LocalPathOptions};

use super::api::{Call, StorageNode};
use super::call::{nothing_below, script};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    what_was_lent_for_reading_cannot_be_changed_through_the_loan;
    a_folder_with_a_lent_file_can_be_replaced_without_harm;
    a_lent_file_tells_whether_it_was_changed;
    a_read_only_mount_lends_copies_and_no_paths if [write, local_path];
    a_program_cannot_change_what_it_only_reads;
    a_program_that_fails_cannot_change_what_it_was_to_change;
    a_program_that_only_reads_is_not_noted;
    a_lent_file_has_the_time_of_the_stored_one if [local_path];
}

/// Everything that a program may do to a file that it was given, as the owner.
fn vandalise(path: &Path, deed: usize) -> Outcome {
    let aside = path.with_extension("aside");
    match deed {
        0 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            fs::write(path, "evil")?;
        }
        1 => fs::remove_file(path)?,
        2 => fs::rename(path, &aside)?,
        3 => {
            fs::hard_link(path, &aside)?;
            fs::set_permissions(&aside, fs::Permissions::from_mode(0o666))?;
            fs::write(&aside, "evil")?;
        }
        4 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            fs::File::options().write(true).open(path)?.set_len(0)?;
        }
        _ => {
            fs::remove_file(path)?;
            std::os::unix::fs::symlink("/etc/passwd", path)?;
        }
    }
    Ok(())
}

const DEEDS: usize = 6;

#[maybe_async]
async fn what_was_lent_for_reading_cannot_be_changed_through_the_loan(stage: &Stage) -> Outcome {
    let large = vec![b'x'; 600_000];
    for (name, content) in [("empty", &b""[..]), ("small", b"kept"), ("large", &large)] {
        let node = stage.file(&format!("folder/{name}"), content.to_vec()).await?;
        let before = node.stat().await?;
        for deed in 0..DEEDS {
            let path = node.local_path(Access::Read).await?;
            equal(fs::read(&path)?, content);
            yes(path.is_temporary());
            vandalise(&path, deed)?;
            drop(path);
            equal(node.read().await?, content);
            let after = node.stat().await?;
            equal((after.etag, after.modified), (before.etag.clone(), before.modified));
        }
    }
    equal(stage.node("folder").list().await?.len(), 3);
    Ok(())
}

#[maybe_async]
async fn a_folder_with_a_lent_file_can_be_replaced_without_harm(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "kept").await?;
    let elsewhere = tempfile::tempdir()?;
    fs::write(elsewhere.path().join("file"), "kept, too")?;
    let path = node.local_path(Access::Read).await?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    fs::remove_dir_all(&folder)?;
    std::os::unix::fs::symlink(elsewhere.path(), &folder)?;
    drop(path);
    no(folder.exists());
    equal(fs::read_to_string(elsewhere.path().join("file"))?, "kept, too");
    equal(node.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_lent_file_tells_whether_it_was_changed(stage: &Stage) -> Outcome {
    let node = stage.file("file", "kept").await?;
    let path = node.local_path(Access::Read).await?;
    fs::read(&path)?;
    no(path.was_changed().await?);
    for deed in [0, 1, 2, 4, 5] {
        let path = node.local_path(Access::Read).await?;
        vandalise(&path, deed)?;
        yes(path.was_changed().await?);
    }
    let (folder, options) = (tempfile::tempdir()?, LocalPathOptions::new(Access::ReadWrite).staged(true));
    let path = node.local_path_with(&options.folder(folder.path())).await?;
    fs::write(&path, "to be changed")?;
    // What is lent to be changed may be changed.
    no(path.was_changed().await?);
    Ok(())
}

#[maybe_async]
async fn a_read_only_mount_lends_copies_and_no_paths(stage: &Stage) -> Outcome {
    stage.file("sub/file", "kept").await?;
    let node = stage.relative("readonly", "sub", "readonly")?.child("file")?;
    for access in [Access::Read, Access::Write, Access::ReadWrite] {
        mentions(refused(node.native_path(access).await, ErrorKind::PermissionDenied), &["readonly"]);
    }
    for deed in 0..DEEDS {
        let path = node.local_path(Access::Read).await?;
        equal(fs::read_to_string(&path)?, "kept");
        vandalise(&path, deed)?;
    }
    equal(node.read_text().await?, "kept");
    equal(fs::read_to_string(stage.folder().await?.join("sub/file"))?, "kept");
    let below = stage.relative("below", "sub", "readwrite")?.child("file")?;
    equal(fs::read_to_string(below.native_path(Access::Read).await?)?, "kept");
    Ok(())
}

/// The inputs that a program changed, as the call tells them.
fn noting(call: Call) -> (Arc<Mutex<Vec<String>>>, Call) {
    let changed = Arc::new(Mutex::new(Vec::new()));
    let seen = changed.clone();
    let call = call.on_changed_input(move |node: &StorageNode| {
        if let Ok(mut seen) = seen.lock() {
            seen.push(node.full_path());
        }
    });
    (changed, call)
}

fn noted(changed: &Mutex<Vec<String>>) -> Result<Vec<String>, Failure> {
    changed.lock().map(|mut changed| std::mem::take(&mut *changed)).map_err(|_| Failure::new("poisoned"))
}

#[maybe_async]
async fn a_program_cannot_change_what_it_only_reads(stage: &Stage) -> Outcome {
    let node = stage.file("sub/file", "kept").await?;
    let deeds = [
        "chmod u+w \"$1\"; echo evil > \"$1\"",
        "rm -f \"$1\"",
        "mv \"$1\" \"$1.gz\"",
        "d=$(dirname \"$1\"); rm -rf \"$d\"; mkdir \"$d\"; echo evil > \"$1\"",
    ];
    let mut nodes = vec![node.clone()];
    if stage.capabilities().directories {
        nodes.push(stage.relative("readonly", "sub", "readonly")?.child("file")?);
    }
    for lent in nodes {
        for deed in deeds {
            let (folder, call) = script(&format!("{deed}; exit ${{2:-0}}"))?;
            let (changed, call) = noting(call.input(&lent));
            call.run().await?;
            equal(noted(&changed)?, [lent.full_path()]);
            refused(call.arg("3").run().await, ErrorKind::Unexpected);
            equal(noted(&changed)?, [lent.full_path()]);
            equal(node.read_text().await?, "kept");
            nothing_below(&folder)?;
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_program_that_fails_cannot_change_what_it_was_to_change(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "kept").await?;
    for deed in ["echo evil > \"$1\"", "rm \"$1\"", "mv \"$1\" \"$1.away\""] {
        let (folder, call) = script(&format!("{deed}; exit 3"))?;
        refused(call.both(&node).run().await, ErrorKind::Unexpected);
        equal(node.read_text().await?, "kept");
        let (_folder, call) = script(&format!("{deed}; exit 3"))?;
        refused(call.output(&node).run().await, ErrorKind::Unexpected);
        equal(node.read_text().await?, "kept");
        nothing_below(&folder)?;
    }
    Ok(())
}

#[maybe_async]
async fn a_program_that_only_reads_is_not_noted(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file.txt", "text").await?;
    let (folder, call) = script("cat \"$1\"; gzip -kc \"$1\" > /dev/null; touch \"$1.log\"")?;
    let (changed, call) = noting(call.input(&node));
    equal(call.run().await?.text()?, "text");
    equal(noted(&changed)?, [""; 0]);
    nothing_below(&folder)
}

#[maybe_async]
async fn a_lent_file_has_the_time_of_the_stored_one(stage: &Stage) -> Outcome {
    let node = stage.file("file", "kept").await?;
    let stored = stage.folder().await?.join("file");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(&stored)?.set_modified(time)?;
    let path = node.local_path(Access::Read).await?;
    equal(fs::metadata(&path)?.modified()?, time);
    equal(fs::metadata(&path)?.permissions().mode() & 0o7777, 0o400);
    Ok(())
}
