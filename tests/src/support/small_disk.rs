//! A file system that is soon full.

use std::ffi::CString;
use std::path::Path;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tempfile::TempDir;

use super::outcome::Failure;

/// A small file system in memory (`tmpfs(5)`), mounted for as long as this lives.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one with room for this many bytes.
    ///
    /// # Errors
    ///
    /// When mounting is not allowed, with what can be done about it.
    pub fn with_room_for(bytes: usize) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let size = CString::new(format!("size={bytes}"))?;
        mount("tmpfs", folder.path(), "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, size.as_c_str())
            .map_err(|errno| {
                Failure::new(format!(
                    "a small tmpfs cannot be mounted: {errno}; run the tests as root, or inside \
                     `unshare --user --map-root-user --mount`"
                ))
            })?;
        Ok(Self { folder })
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Detached even while a file of it is still open somewhere.
        let _ = unmount(self.folder.path(), UnmountFlags::DETACH);
    }
}
