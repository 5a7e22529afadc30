//! What the kernel has in memory is read and described on the thread of the caller; whatever would wait takes a hop.
//!
//! The only thread of the blocking pool is busy while an operation is polled: one that answers needed no hop, one that
//! does not left the thread of the caller free.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use futures_util::FutureExt as _;
use rustix::fs::{Advice, fadvise, fstatfs};
use storage_core::{Error, LocalBackend, StorageManager, StorageNode};
use storage_types::{ErrorKind, ReadOptions};
use tokio::runtime::{Builder, Runtime};

const CONTENT: &[u8] = b"in the page cache, since it was written a moment ago";

/// A runtime with one thread for blocking work.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

/// Keeps the only blocking thread busy until the answer is dropped.
fn occupy() -> Sender<()> {
    let (busy, waits) = channel::<()>();
    let (begun, begins) = channel();
    tokio::task::spawn_blocking(move || {
        begun.send(()).unwrap();
        waits.recv().unwrap_err();
    });
    begins.recv().unwrap();
    busy
}

/// A mount of `folder` whose root is open.
async fn mount(folder: &Path) -> StorageNode {
    let manager = StorageManager::new();
    manager.add_backend("disk", Arc::new(LocalBackend::at(folder).unwrap())).unwrap();
    let root = manager.node("disk:").unwrap();
    assert!(root.is_dir().await.unwrap());
    root
}

/// A folder on a disk, with a file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(folder.path().join("file"), CONTENT).unwrap();
    folder
}

/// Whether this is ext4, XFS or Btrfs, which answer from the page cache without waiting.
fn has_page_cache(folder: &Path) -> bool {
    let folder = fs::File::open(folder).unwrap();
    let kind = fstatfs(folder.as_fd()).unwrap().f_type;
    [0xef53, 0x5846_5342, 0x9123_683e].contains(&kind)
}

/// The answer, when it came without a hop.
macro_rules! at_once {
    ($operation:expr) => {{
        let busy = occupy();
        let answer = $operation.now_or_never();
        drop(busy);
        answer.map(Result::unwrap)
    }};
}

#[test]
fn cached_content_and_metadata_need_no_hop() {
    let folder = folder();
    runtime().block_on(async {
        let file = mount(folder.path()).await.child("file").unwrap();
        let cached = has_page_cache(folder.path());
        let all = CONTENT.len() as u64;
        assert_eq!(at_once!(file.stat()).map(|found| found.size), cached.then_some(all));
        assert_eq!(at_once!(file.read()).as_deref(), cached.then_some(CONTENT));
        assert_eq!(at_once!(file.read_range(3..11)).as_deref(), cached.then_some(&CONTENT[3..11]));
        assert_eq!(at_once!(file.read_range(all..)).as_deref(), cached.then_some(&[][..]));
        let streamed = async {
            let mut reader = file.reader().await?;
            let mut all = reader.next().await?.unwrap_or_default().to_vec();
            while let Some(more) = reader.next().await? {
                all.extend_from_slice(&more);
            }
            Ok::<_, Error>(all)
        };
        assert_eq!(at_once!(streamed.boxed()).as_deref(), cached.then_some(CONTENT));
    });
}

#[test]
fn content_that_is_not_cached_takes_a_hop() {
    let folder = folder();
    runtime().block_on(async {
        let file = mount(folder.path()).await.child("file").unwrap();
        let on_disk = fs::File::open(folder.path().join("file")).unwrap();
        on_disk.sync_all().unwrap();
        fadvise(&on_disk, 0, None, Advice::DontNeed).unwrap();
        assert_eq!(at_once!(file.read()), None);
        // What waited for the pool was begun, and goes on when a thread is free.
        assert_eq!(file.read().await.unwrap(), CONTENT);
    });
}

#[test]
fn more_than_256_kib_takes_a_hop() {
    let folder = folder();
    let large = vec![7; 256 * 1024 + 1];
    fs::write(folder.path().join("large"), &large).unwrap();
    runtime().block_on(async {
        let file = mount(folder.path()).await.child("large").unwrap();
        assert_eq!(at_once!(file.read()), None);
        assert_eq!(file.read().await.unwrap(), large);
        let most = at_once!(file.read_range(1..)).map(|bytes| bytes.len());
        assert_eq!(most, has_page_cache(folder.path()).then_some(256 * 1024));
    });
}

/// `/proc` stands for what computes an answer or asks somebody else: FUSE, NFS.
#[test]
fn other_file_systems_take_a_hop() {
    runtime().block_on(async {
        let file = mount(Path::new("/proc")).await.child("version").unwrap();
        assert!(at_once!(file.stat()).is_none());
        assert!(at_once!(file.read()).is_none());
        assert!(!file.read().await.unwrap().is_empty());
    });
}

/// `/dev/shm` is a tmpfs: its metadata is in memory, but its content may be swapped out, and it has no `RWF_NOWAIT`.
#[test]
fn content_of_a_tmpfs_is_read_all_the_same() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::write(folder.path().join("file"), CONTENT).unwrap();
    runtime().block_on(async {
        let file = mount(folder.path()).await.child("file").unwrap();
        assert!(at_once!(file.stat()).is_some());
        assert_eq!(file.read().await.unwrap(), CONTENT);
        assert_eq!(file.read_range(..4).await.unwrap(), CONTENT[..4]);
    });
}

#[test]
fn what_is_refused_with_a_hop_is_refused_without() {
    let folder = folder();
    fs::create_dir(folder.path().join("inner")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink("file", folder.path().join("link")).unwrap();
    fs::write(folder.path().join(".storage-tmp~"), "unfinished").unwrap();
    runtime().block_on(async {
        let root = mount(folder.path()).await;
        let kind = async |name: &str| root.child(name).unwrap().read().await.map_err(|error| error.kind());
        assert_eq!(kind("inner").await, Err(ErrorKind::IsADirectory));
        assert_eq!(kind("out").await, Err(ErrorKind::PermissionDenied));
        assert_eq!(kind("link").await.as_deref(), Ok(CONTENT));
        assert_eq!(kind("file/below").await, Err(ErrorKind::NotADirectory));
        assert_eq!(kind("nothing").await, Err(ErrorKind::NotFound));
        assert_eq!(kind(".storage-tmp~").await, Err(ErrorKind::NotFound));
        assert_eq!(kind("./file").await.as_deref(), Ok(CONTENT));
        let file = root.child("file").unwrap();
        let past = file.read_range(1000..).await.map_err(|error| error.kind());
        assert_eq!(past, Err(ErrorKind::InvalidInput));
        let changed = file.read_with(&ReadOptions::new().if_match("another")).await;
        assert_eq!(changed.map_err(|error| error.kind()), Err(ErrorKind::PreconditionFailed));
    });
}

#[test]
fn a_folder_that_was_made_anew_is_found() {
    let outer = folder();
    let inner = outer.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("file"), "old").unwrap();
    runtime().block_on(async {
        let file = mount(&inner).await.child("file").unwrap();
        assert_eq!(file.read().await.unwrap(), "old");
        fs::remove_dir_all(&inner).unwrap();
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("file"), "new").unwrap();
        assert_eq!(file.read().await.unwrap(), "new");
    });
}

/// An answer at once is a step for the scheduler all the same.
#[test]
fn a_task_that_never_waits_lets_others_run() {
    let folder = folder();
    runtime().block_on(async {
        let file = mount(folder.path()).await.child("file").unwrap();
        let enough = Arc::new(AtomicBool::new(false));
        let until = enough.clone();
        let reading = tokio::spawn(async move {
            while !until.load(Ordering::Relaxed) {
                file.stat().await.unwrap();
            }
        });
        tokio::task::yield_now().await;
        enough.store(true, Ordering::Relaxed);
        reading.await.unwrap();
    });
}
