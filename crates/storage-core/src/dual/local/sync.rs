//! Making everything durable that a file system holds.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, fstat, openat, syncfs};
use rustix::io::{Errno, retry_on_intr};
use storage_types::{Error, Result, StoragePath};

use super::beneath::{self, explain};
use super::core::Core;
use crate::dual::content::is_absence;
use crate::dual::sync_handle::{SyncHandle, SyncTarget};
use crate::{maybe_async, rt};

impl Core {
    /// Opens the file system that holds `path`, or will hold it.
    pub(super) fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
        if self.root.is_switched() && path.is_root() {
            return Ok(None);
        }
        let fd = self.nearest(path)?;
        let id = fstat(&fd).map_err(explain)?.st_dev;
        Ok(Some(SyncHandle::new(id, FileSystem(Arc::new(fd)))))
    }

    /// The nearest directory that exists, `path` itself first.
    fn nearest(&self, path: &StoragePath) -> Result<OwnedFd> {
        let mut path = path.clone();
        loop {
            match self.at(&path, |root, rest| beneath::open_dir(root, rest)) {
                Err(error) if is_absence(&error) && !path.is_root() => path = path.parent(),
                Err(error) if is_absence(&error) && self.root.creates() => return self.above_root(&path),
                result => return result,
            }
        }
    }

    /// The nearest directory above a root folder that is still to be made.
    fn above_root(&self, path: &StoragePath) -> Result<OwnedFd> {
        let (folder, _) = self.root.folder(path)?;
        for folder in folder.ancestors().skip(1) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            match openat(CWD, folder, flags, Mode::empty()) {
                Err(Errno::NOENT) => {}
                result => return result.map_err(explain),
            }
        }
        Err(Error::not_found())
    }
}

/// A file system, by a descriptor that was opened before anything was written.
struct FileSystem(Arc<OwnedFd>);

#[maybe_async]
impl SyncTarget for FileSystem {
    async fn sync(&self) -> Result<()> {
        let fd = self.0.clone();
        rt::unblock(move || retry_on_intr(|| syncfs(&*fd)).map_err(not_durable)).await
    }
}

fn not_durable(errno: Errno) -> Error {
    explain(errno).with_hint(
        "something that was just written did not reach the disk: see `dmesg` and the space left, then copy it again",
    )
}
