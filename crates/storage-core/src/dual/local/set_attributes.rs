//! Setting times and permission bits of what is there already.

use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, chmod, chownat, fstat, openat, utimensat};
use rustix::process::{Gid, Uid};
use storage_types::{Attributes, EntryKind, Error, FileAttribute, Operation, Result, StoragePath};

use super::attributes;
use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::publish;
use super::temp;
use crate::dual::backend::CopyWatch;

impl Core {
    /// The last link of `path` is not followed.
    pub(super) fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let there = self.open_itself(path)?;
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

    /// Owner, ACLs and extended attributes; of links only the owner.
    pub(super) fn copy_attributes(
        &self,
        source: &Self,
        from: &StoragePath,
        to: &StoragePath,
        watch: &CopyWatch,
    ) -> Result<()> {
        let of_source = |error: Error| error.with_operation(Operation::Read);
        let (from, there) = (source.open_itself(from).map_err(of_source)?, self.open_itself(to)?);
        let stat = fstat(&from).map_err(explain)?;
        if describe::kind(&stat) != describe::kind(&fstat(&there).map_err(explain)?) {
            return Err(Error::invalid("attributes are copied between things of one kind"));
        }
        let (user, group) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        if chownat(&there, "", Some(user), Some(group), AtFlags::EMPTY_PATH).is_err() {
            watch.left_behind(FileAttribute::Owner);
        }
        if describe::kind(&stat) == EntryKind::Symlink {
            return Ok(());
        }
        let open = |fd: &OwnedFd| {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            openat(CWD, by_descriptor(fd), flags, Mode::empty()).map_err(explain)
        };
        let (from, to) = (open(&from).map_err(of_source)?, open(&there)?);
        let names = attributes::names(&from).map_err(of_source)?;
        attributes::copy_others(&from, &names, &to, true, |attribute| watch.left_behind(attribute))
    }

    /// What stands there, the last link not followed, for nothing but looking at it and changing its attributes.
    fn open_itself(&self, path: &StoragePath) -> Result<OwnedFd> {
        temp::hide(path)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW;
        self.at(path, |root, rest| beneath::open(root, rest, flags, Mode::empty()))
    }

    fn set_link_time(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
        let Some(time) = attributes.modified else { return Ok(()) };
        let entry = self.entry(path)?;
        utimensat(&entry.dir, entry.name, &publish::times(time), AtFlags::SYMLINK_NOFOLLOW).map_err(explain)
    }
}

/// What is open under a name that leads to nothing else. A descriptor that needs no right to read (`O_PATH`) can be changed
/// by such a name only (open(2)).
fn by_descriptor(fd: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}
