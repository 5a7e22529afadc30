//! An attacker who swaps folders for links while the library is at work.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use storage::types::{DeleteOptions, ErrorKind};

use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::checks::{equal, refused_as_one_of, yes};
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};
use crate::support::process::quick;

behaviours! {
    a_delete_never_leaves_the_mount_while_folders_are_swapped if [local_path, delete];
    a_write_never_leaves_the_mount_while_folders_are_swapped if [local_path];
    a_read_never_leaves_the_mount_while_folders_are_swapped if [local_path];
    a_copy_never_leaves_the_mount_while_folders_are_swapped if [local_path, list];
}

/// Exchanges a folder of the mount and a link that leads out, as fast as it can (`renameat2(2)`, `RENAME_EXCHANGE`).
struct Attacker {
    stop: Arc<AtomicBool>,
    swaps: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    outside: tempfile::TempDir,
}

impl Attacker {
    /// Swaps `target` inside the mount for a link to a folder outside that looks the same, for the first time before this returns.
    fn start(target: PathBuf) -> Result<Self, Failure> {
        let outside = tempfile::tempdir()?;
        fill(outside.path(), "outside")?;
        let link = target.with_extension("link");
        symlink(outside.path(), &link)?;
        let (stop, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (asked, count) = (stop.clone(), swaps.clone());
        let thread = thread::spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                if renameat_with(CWD, &target, CWD, &link, RenameFlags::EXCHANGE).is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                } else {
                    thread::yield_now();
                }
            }
        });
        let attacker = Self { stop, swaps, thread: Some(thread), outside };
        while attacker.swaps.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        Ok(attacker)
    }

    /// Stops, and finds what lies outside as it was.
    fn check(mut self) -> Outcome {
        self.halt();
        yes(self.swaps.load(Ordering::Relaxed) > 0);
        equal(
            disk::everything_below(self.outside.path())?,
            ["deep", "deep/er", "deep/er/file", "deep/file", "file"],
        );
        for path in ["file", "deep/file", "deep/er/file"] {
            equal(fs::read_to_string(self.outside.path().join(path))?, "outside");
        }
        Ok(())
    }

    fn halt(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.halt();
    }
}

/// The same names inside and outside, so that a wrong step finds something to harm.
fn fill(folder: &Path, content: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("deep/er"))?;
    for path in ["file", "deep/file", "deep/er/file"] {
        fs::write(folder.join(path), content)?;
    }
    Ok(())
}

fn rounds() -> usize {
    if quick() { 60 } else { 600 }
}

/// What may be said by a mount that finds a wall or nothing where a folder was a moment ago.
const SAID: [ErrorKind; 5] = [
    ErrorKind::PermissionDenied,
    ErrorKind::NotFound,
    ErrorKind::NotADirectory,
    ErrorKind::IsADirectory,
    ErrorKind::Interrupted,
];

#[track_caller]
fn allowed<T: std::fmt::Debug>(result: storage::Result<T>) {
    if result.is_err() {
        refused_as_one_of(result, &SAID);
    }
}

#[maybe_async]
async fn a_delete_never_leaves_the_mount_while_folders_are_swapped(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    for target in ["t", "u/deep"] {
        let path = folder.join(target);
        fs::create_dir_all(&path)?;
        // Filled again through its descriptor, so that the test itself is not led out by the link.
        let opened = fs::File::open(&path)?;
        let inside = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
        let attacker = Attacker::start(path)?;
        for _ in 0..rounds() {
            fill(&inside, "inside")?;
            allowed(stage.node(&format!("{target}/deep/er")).delete_with(&DeleteOptions::recursive()).await);
            allowed(stage.node(&format!("{target}/file")).delete().await);
            allowed(stage.node(&format!("{target}/deep")).delete_with(&DeleteOptions::recursive()).await);
            rt::pause().await;
        }
        attacker.check()?;
    }
    Ok(())
}

#[maybe_async]
async fn a_write_never_leaves_the_mount_while_folders_are_swapped(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    fill(&folder.join("t"), "inside")?;
    let attacker = Attacker::start(folder.join("t"))?;
    let fast = storage::WriteOptions::new().durability(storage::Durability::None);
    for round in 0..rounds() {
        allowed(stage.node("t/file").write_with("written", &fast).await);
        allowed(stage.node("t/deep/er/file").write_with(vec![b'w'; 300_000], &fast).await);
        allowed(stage.node("t/deep/file").append("appended").await);
        allowed(stage.node(&format!("t/new/{round}")).write_with("written", &fast).await);
        allowed(stage.node(&format!("t/made/{round}")).create_dir_all().await);
        allowed(stream(&stage.node("t/deep/file")).await);
        rt::pause().await;
    }
    attacker.check()
}

#[maybe_async]
async fn stream(node: &super::api::StorageNode) -> storage::Result<()> {
    let mut writer =
        node.writer_with(&storage::WriteOptions::new().durability(storage::Durability::None)).await?;
    writer.write("streamed").await?;
    rt::pause().await;
    writer.finish().await?;
    Ok(())
}

#[maybe_async]
async fn a_read_never_leaves_the_mount_while_folders_are_swapped(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    fill(&folder.join("t"), "inside")?;
    let attacker = Attacker::start(folder.join("t"))?;
    for _ in 0..rounds() {
        for path in ["t/file", "t/deep/file", "t/deep/er/file"] {
            match stage.node(path).read_text().await {
                Ok(content) => equal(content, "inside"),
                refusal => allowed(refusal),
            }
        }
        rt::pause().await;
    }
    attacker.check()
}

#[maybe_async]
async fn a_copy_never_leaves_the_mount_while_folders_are_swapped(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    fill(&folder.join("t"), "inside")?;
    stage.file("source/file", "copied").await?;
    stage.file("source/deep/file", "copied").await?;
    let memory = stage.memory().await?;
    let attacker = Attacker::start(folder.join("t"))?;
    for _ in 0..rounds() / 4 {
        allowed(stage.node("source").copy_to_with(&stage.node("t"), &storage::CopyOptions::new()).await);
        allowed(stage.node("t").copy_to_with(&memory, &storage::CopyOptions::new()).await);
        for path in ["file", "deep/file", "deep/er/file"] {
            if let Ok(content) = memory.child(path)?.read_text().await {
                yes(content == "inside" || content == "copied");
            }
        }
        rt::pause().await;
    }
    attacker.check()
}
