//! Setting times and permission bits of what is there already.

use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, chmod, fstat, utimensat};
use storage_types::{Attributes, EntryKind, Error, Result, StoragePath};

use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::publish;
use super::temp;

impl Core {
    /// The last link of `path` is not followed.
    pub(super) fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        temp::hide(path)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW;
        let there = self.at(path, |root, rest| beneath::open(root, rest, flags, Mode::empty()))?;
        let stat = fstat(&there).map_err(explain)?;
        match describe::kind(&stat) {
            EntryKind::Symlink => return self.set_link_time(path, attributes),
            EntryKind::File | EntryKind::Directory => {}
            _ => return Err(Error::unsupported("set attributes of what is neither a file nor a directory")),
        }
        if let Some(mode) = attributes.unix_mode.map(|mode| mode & 0o7777)
            && mode != stat.st_mode & 0o7777
        {
            chmod(by_descriptor(&there), Mode::from_raw_mode(mode)).map_err(explain)?;
        }
        if let Some(time) = attributes.modified {
            let times = publish::times(time);
            utimensat(CWD, by_descriptor(&there), &times, AtFlags::empty()).map_err(explain)?;
        }
        Ok(())
    }

    fn set_link_time(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let Some(time) = attributes.modified else { return Ok(()) };
        let spot = self.spot(path)?;
        utimensat(&spot.dir, spot.name, &publish::times(time), AtFlags::SYMLINK_NOFOLLOW).map_err(explain)
    }
}

/// What is open under a name that leads to nothing else. A descriptor that needs no right to read (`O_PATH`) can be changed
/// by such a name only (open(2)).
fn by_descriptor(fd: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}
