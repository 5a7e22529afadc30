//! Roots of local mounts that are found by a function.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use storage::types::{Access, CopyOptions, DeleteOptions, Error, ErrorKind};

use super::api::{LocalBackend, LocalRoot};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::disk::everything_below;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_stream_stays_below_the_root_that_it_began_in;
    a_root_is_asked_once_for_an_operation;
    a_root_is_asked_where_the_operation_is_called;
    a_dynamic_root_is_made_when_asked_to;
    a_dynamic_root_gives_local_paths;
    the_root_of_a_switched_mount_is_a_directory;
    trees_are_copied_between_switched_roots;
    trees_are_moved_and_deleted_below_switched_roots;
    what_a_switched_root_refuses_is_refused_by_every_operation;
}

thread_local! {
    /// Who calls, as a web server would know it.
    static CALLER: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// A folder with a folder for each caller, and how often the function was asked.
struct Callers {
    all: tempfile::TempDir,
    asked: Arc<AtomicUsize>,
}

impl Callers {
    fn mount(stage: &Stage, name: &str) -> Result<Self, Failure> {
        let all = tempfile::tempdir()?;
        let (asked, folder) = (Arc::new(AtomicUsize::new(0)), all.path().to_path_buf());
        let counter = asked.clone();
        let root = LocalRoot::dynamic(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let caller =
                CALLER.get().ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "nobody calls"))?;
            Ok(folder.join(caller))
        });
        for caller in ["ann", "bob"] {
            fs::create_dir(all.path().join(caller))?;
        }
        stage.manager.add_backend(name, Arc::new(LocalBackend::new(root)))?;
        Ok(Self { all, asked })
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }

    fn content(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.all.path().join(path)).ok()
    }
}

/// The first segment is the name of a user.
fn switched(stage: &Stage, name: &str) -> Result<tempfile::TempDir, Failure> {
    let all = tempfile::tempdir()?;
    for user in ["ann", "bob"] {
        fs::create_dir(all.path().join(user))?;
    }
    let homes: PathBuf = all.path().to_path_buf();
    let root = LocalRoot::switched(move |user| match user {
        "ann" | "bob" => Ok(homes.join(user)),
        _ => Err(Error::new(ErrorKind::PermissionDenied, format!("`{user}` may not"))),
    });
    stage.manager.add_backend(name, Arc::new(LocalBackend::new(root)))?;
    Ok(all)
}

fn below(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(everything_below(folder)?)
}

#[maybe_async]
async fn a_stream_stays_below_the_root_that_it_began_in(stage: &Stage) -> Outcome {
    let callers = Callers::mount(stage, "mine")?;
    let node = stage.at("mine:folder/file");
    CALLER.set(Some("ann"));
    let mut writer = node.writer().await?;
    CALLER.set(Some("bob"));
    writer.write(vec![b'a'; 2_000_000]).await?;
    writer.finish().await?;
    equal(callers.content("ann/folder/file").map(|text| text.len()), Some(2_000_000));
    equal(callers.content("bob/folder/file"), None);
    CALLER.set(Some("ann"));
    let mut reader = node.reader().await?;
    CALLER.set(None);
    equal(reader.read_all().await?.len(), 2_000_000);
    // Another thread may go on behind an `await`.
    CALLER.set(None);
    refused(node.reader().await, ErrorKind::Unauthenticated);
    Ok(())
}

#[maybe_async]
async fn a_root_is_asked_once_for_an_operation(stage: &Stage) -> Outcome {
    let callers = Callers::mount(stage, "mine")?;
    let node = stage.at("mine:a/b/file");
    let one = |what: &'static str| equal((what, callers.asked()), (what, 1));
    CALLER.set(Some("ann"));
    node.write("x").await?;
    one("write");
    CALLER.set(Some("ann"));
    node.append("y").await?;
    one("append");
    CALLER.set(Some("ann"));
    equal(node.read_text().await?, "xy");
    one("read");
    CALLER.set(Some("ann"));
    node.stat().await?;
    one("stat");
    CALLER.set(Some("ann"));
    equal(node.parent().list().await?.len(), 1);
    one("list");
    CALLER.set(Some("ann"));
    node.parent().child("new")?.create_dir().await?;
    one("create_dir");
    CALLER.set(Some("ann"));
    node.native_path(Access::ReadWrite).await?;
    one("native_path");
    CALLER.set(Some("ann"));
    stage.at("mine:a").delete_with(&DeleteOptions::recursive()).await?;
    one("delete");
    Ok(())
}

/// Not by a thread of a pool, which knows nothing of the caller.
#[maybe_async]
async fn a_root_is_asked_where_the_operation_is_called(stage: &Stage) -> Outcome {
    let callers = Callers::mount(stage, "mine")?;
    let node = stage.at("mine:file");
    for caller in ["ann", "bob"] {
        CALLER.set(Some(caller));
        node.write(caller).await?;
    }
    CALLER.set(None);
    mentions(refused(node.read().await, ErrorKind::Unauthenticated), &["nobody calls", "mine:file"]);
    equal(callers.content("ann/file").as_deref(), Some("ann"));
    equal(callers.content("bob/file").as_deref(), Some("bob"));
    Ok(())
}

#[maybe_async]
async fn a_dynamic_root_is_made_when_asked_to(stage: &Stage) -> Outcome {
    let all = tempfile::tempdir()?;
    let folder = all.path().join("deep/new");
    let named = folder.clone();
    let root = LocalBackend::new(LocalRoot::dynamic(move || Ok(named.clone()))).create(true);
    stage.manager.add_backend("new", Arc::new(root))?;
    yes(stage.at("new").is_dir().await?);
    equal(stage.at("new").list().await?.len(), 0);
    no(folder.exists());
    stage.at("new:a/file").write("x").await?;
    equal(below(&folder)?, ["a", "a/file"]);
    Ok(())
}

#[maybe_async]
async fn a_dynamic_root_gives_local_paths(stage: &Stage) -> Outcome {
    let all = switched(stage, "homes")?;
    stage.at("homes:ann/file.txt").write("of ann").await?;
    let path = stage.at("homes:ann/file.txt").local_path(Access::Read).await?;
    equal(fs::read_to_string(&path)?, "of ann");
    let path = stage.at("homes:ann/file.txt").local_path(Access::ReadWrite).await?;
    equal(path.path(), all.path().canonicalize()?.join("ann/file.txt").as_path());
    let staged = storage::types::LocalPathOptions::new(Access::Write).staged(true);
    let path = stage.at("homes:bob/out").local_path_with(&staged).await?;
    fs::write(&path, "of bob")?;
    path.commit().await?;
    equal(fs::read_to_string(all.path().join("bob/out"))?, "of bob");
    Ok(())
}

#[maybe_async]
async fn the_root_of_a_switched_mount_is_a_directory(stage: &Stage) -> Outcome {
    let _all = switched(stage, "homes")?;
    let root = stage.at("homes");
    yes(root.exists().await? && root.is_dir().await?);
    yes(root.probe().await?.write);
    mentions(refused(root.list().await, ErrorKind::Unsupported), &["first segment"]);
    refused(root.delete_with(&DeleteOptions::recursive()).await, ErrorKind::InvalidInput);
    refused(root.write("x").await, ErrorKind::IsADirectory);
    yes(stage.at("homes:ann").is_dir().await?);
    refused(stage.at("homes:ann").write("x").await, ErrorKind::IsADirectory);
    Ok(())
}

#[maybe_async]
async fn trees_are_copied_between_switched_roots(stage: &Stage) -> Outcome {
    let all = switched(stage, "homes")?;
    for name in ["a/one", "a/b/two", "three"] {
        stage.at("homes:ann/tree").child(name)?.write(name).await?;
    }
    let options = CopyOptions::new().preserve(true);
    let report = stage.at("homes:ann/tree").copy_to_with(&stage.at("homes:bob/copy"), &options).await?;
    equal((report.copied_count, report.failed_count), (3, 0));
    equal(
        below(&all.path().join("bob"))?,
        ["copy", "copy/a", "copy/a/b", "copy/a/b/two", "copy/a/one", "copy/three"],
    );
    let memory = stage.memory().await?;
    stage.at("homes:bob/copy").copy_to(&memory.child("tree")?).await?;
    let report = memory.child("tree")?.copy_to(&stage.at("homes:ann/back")).await?;
    equal((report.copied_count, report.failed_count), (3, 0));
    equal(stage.at("homes:ann/back/a/b/two").read_text().await?, "a/b/two");
    Ok(())
}

#[maybe_async]
async fn trees_are_moved_and_deleted_below_switched_roots(stage: &Stage) -> Outcome {
    let all = switched(stage, "homes")?;
    stage.at("homes:ann/tree/file").write("x").await?;
    stage.at("homes:ann/tree").move_to(&stage.at("homes:bob/tree")).await?;
    equal((below(&all.path().join("ann"))?.len(), below(&all.path().join("bob"))?.len()), (0, 2));
    stage.at("homes:bob/tree").delete_with(&DeleteOptions::recursive()).await?;
    equal(below(&all.path().join("bob"))?.len(), 0);
    Ok(())
}

#[maybe_async]
async fn what_a_switched_root_refuses_is_refused_by_every_operation(stage: &Stage) -> Outcome {
    let all = switched(stage, "homes")?;
    let (node, ours) = (stage.at("homes:eve/file"), stage.at("homes:ann/file"));
    ours.write("kept").await?;
    let denied = ErrorKind::PermissionDenied;
    mentions(refused(node.read().await, denied), &["`eve` may not", "homes:eve/file"]);
    refused(node.write("x").await, denied);
    refused(node.writer().await.map(drop), denied);
    refused(node.delete().await, denied);
    refused(node.parent().list().await, denied);
    refused(node.local_path(Access::Write).await, denied);
    refused(ours.copy_to(&node).await, denied);
    refused(node.copy_to(&ours).await, denied);
    equal(below(all.path())?, ["ann", "ann/file", "bob"]);
    equal(ours.read_text().await?, "kept");
    Ok(())
}
