//! Files on their way: content that is not published yet.
//!
//! A temporary file has no name while it is written (`O_TMPFILE`), so a process that is killed leaves nothing. To
//! *replace* a file it needs a name for the moment between `link` and `rename`; that name is the same for the whole
//! directory and is only used under the directory's lock. Whoever finds it there under the lock knows that its owner
//! was killed, and removes it.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat, unlinkat};
use rustix::io::Errno;
use storage_types::{Error, Result, StoragePath};

use super::beneath;

/// The reserved name. It is never listed, read or written through a mount.
pub(super) const NAME: &str = ".storage-tmp~";

/// Whether a name is reserved for temporary files.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with(NAME)
}

/// Unfinished files are not there for readers.
pub(super) fn hide(path: &StoragePath) -> Result<()> {
    if is_reserved(path.name()) { Err(Error::not_found()) } else { Ok(()) }
}

pub(super) fn refuse_name(name: &str) -> Result<()> {
    if is_reserved(name) {
        return Err(Error::invalid(format!(
            "names that start with `{NAME}` are reserved for unfinished files"
        )));
    }
    Ok(())
}

/// A file that is being written.
pub(super) enum Temp {
    /// Without a name.
    Nameless(OwnedFd),
    /// On file systems that know no files without names; removed when dropped.
    Named { fd: OwnedFd, dir: OwnedFd, name: String },
    /// With a name that a later write knows; stays when dropped.
    Kept { fd: OwnedFd, dir: OwnedFd, name: String },
}

impl Temp {
    pub(super) fn create(dir: &OwnedFd, mode: u32) -> Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match openat(dir, ".", flags, Mode::from_raw_mode(mode)) {
            Ok(fd) => Ok(Self::Nameless(fd)),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Self::create_named(dir, mode),
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    pub(super) fn create_named(dir: &OwnedFd, mode: u32) -> Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let dir = dir.try_clone().map_err(Error::from_io)?;
        let pid = rustix::process::getpid().as_raw_nonzero();
        let name = format!("{NAME}{pid}-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let fd = create_exclusively(&dir, &name, mode)?;
        Ok(Self::Named { fd, dir, name })
    }

    pub(super) fn fd(&self) -> &OwnedFd {
        match self {
            Self::Nameless(fd) | Self::Named { fd, .. } | Self::Kept { fd, .. } => fd,
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Self::Named { dir, name, .. } = self {
            // Once it is published under its real name, there is nothing left to remove.
            let _ = unlinkat(&*dir, &*name, AtFlags::empty());
        }
    }
}

/// Creates a file that must not exist; a stale one of a killed owner is removed first. Under the directory's lock.
pub(super) fn create_exclusively(dir: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let create = || openat(dir, name, flags, Mode::from_raw_mode(mode));
    let created = match create() {
        Err(Errno::EXIST) => {
            unlinkat(dir, name, AtFlags::empty()).map_err(beneath::explain)?;
            create()
        }
        result => result,
    };
    created.map_err(beneath::explain)
}

/// Gives a file without a name one that nobody else has: fails with `EXIST` otherwise.
///
/// `linkat` of a file without a name: by its descriptor where the kernel lets us, else by the way that `open(2)` names.
pub(super) fn link(fd: &OwnedFd, dir: &OwnedFd, name: &str) -> Result<(), Errno> {
    match linkat(fd, "", dir, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT | Errno::PERM) => {
            use std::os::fd::AsRawFd as _;
            let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
            linkat(CWD, path, dir, name, AtFlags::SYMLINK_FOLLOW)
        }
        result => result,
    }
}
