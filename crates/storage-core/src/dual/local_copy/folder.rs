//! A folder for one temporary file, so that the file can have its own name and programs can leave others beside it.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use storage_types::{Error, Result};

/// The folder for files below the locked one: writers lock the directory that they write to.
const FILES: &str = "files";

/// Somebody who guesses names can at most make them taken.
const TRIES: usize = 100;

/// A fresh folder that nobody else may enter; removed with everything in it when dropped.
#[derive(Debug)]
pub(super) struct TempFolder {
    path: PathBuf,
    files: PathBuf,
    /// Locked while it is open: a folder that nobody has locked is one of a process that was killed.
    _lock: Option<File>,
}

impl TempFolder {
    /// Makes one in `parent`, or where the system has temporary files.
    pub(super) fn create(parent: Option<&Path>) -> Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..TRIES {
            let path = parent.join(fresh_name());
            match private(&path) {
                Ok(()) => {
                    // From here on, whatever happens removes it.
                    let folder = Self { files: path.join(FILES), _lock: lock(&path), path };
                    private(&folder.files).map_err(|error| no_room(&parent, error))?;
                    return Ok(folder);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(no_room(&parent, error)),
            }
        }
        Err(no_room(&parent, taken))
    }

    /// Where files may be put.
    pub(super) fn files(&self) -> &Path {
        &self.files
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // Nobody is there to be told; what is left is in a place that the system cleans.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

fn lock(folder: &Path) -> Option<File> {
    let open = File::open(folder).ok()?;
    flock(&open, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(open)
}

fn fresh_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let pid = rustix::process::getpid().as_raw_nonzero();
    format!("storage-{pid}-{}-{time:08x}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn no_room(parent: &Path, error: io::Error) -> Error {
    let below = Error::from_io(error);
    let message = format!("no temporary folder can be made in `{}`: {}", parent.display(), below.message());
    Error::new(below.kind(), message)
        .with_hint("set `TMPDIR` to a folder that you may write to")
        .with_source(below)
}
