//! Files on their way: content that is not published yet.
//!
//! A temporary file has no name while it is written (`O_TMPFILE`), so a process that is killed leaves nothing. To
//! *replace* a file it needs a name for the moment between `link` and `rename`. The first name that is tried is the same
//! for the whole directory, so that the next writer comes across what a killed one left; when it is taken, a random one
//! is used. A file that somebody may still be writing to is never removed: its writer holds a lock on it, `flock(2)` on
//! the file itself, and one that cannot get this lock never uses the common name.

use std::ffi::CStr;
use std::hash::{BuildHasher as _, RandomState};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::{Duration, SystemTime};

use rustix::fs::{
    AtFlags, CWD, FlockOperation, Mode, OFlags, flock, fstat, linkat, openat, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;
use storage_types::{EntryKind, Error, Result, StoragePath};

use super::beneath;
use super::describe::{self, is_same};

/// The reserved name. It is never listed, read or written through a mount.
pub(super) const NAME: &str = ".storage-tmp~";

/// Where a lock proves less, what is older than this is left over.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// File systems of this machine alone, whose locks every process on it sees (statfs(2)): ext2 to ext4, XFS, Btrfs, tmpfs,
/// what containers lay over one of them, F2FS, bcachefs, ZFS.
const LOCAL: [u64; 8] =
    [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0xf2f5_2010, 0xca45_1a4e, 0x2fc1_2fc1];

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
    Partial { fd: OwnedFd, dir: OwnedFd, name: String },
    /// A device or a pipe: what is written is there at once.
    Special(OwnedFd),
}

impl Temp {
    /// `mode`: permission bits before the umask. While it has a name, only its owner may read one that `replaces` a file,
    /// whose own bits may allow no more.
    pub(super) fn create(dir: &OwnedFd, mode: u32, replaces: bool) -> Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match retry_on_intr(|| openat(dir, ".", flags, Mode::from_raw_mode(mode))) {
            Ok(fd) => Ok(Self::Nameless(fd)),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
                Self::create_named(dir, if replaces { mode & 0o600 } else { mode })
            }
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    pub(super) fn create_named(dir: &OwnedFd, mode: u32) -> Result<Self> {
        let dir = dir.try_clone().map_err(Error::from_io)?;
        let (name, fd) =
            with_free_name(&dir, true, |name| create_locked(&dir, name, mode)).map_err(beneath::explain)?;
        Ok(Self::Named { fd, dir, name })
    }

    pub(super) fn fd(&self) -> &OwnedFd {
        match self {
            Self::Nameless(fd) | Self::Special(fd) | Self::Named { fd, .. } | Self::Partial { fd, .. } => fd,
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Self::Named { fd, dir, name } = self
            // Once it is published under its real name, this one may be that of another.
            && is_named(fd, dir, &**name)
        {
            let _ = unlinkat(&*dir, &*name, AtFlags::empty());
        }
    }
}

/// Makes something under a name that nobody else uses, and returns the name. `common`: the name of the whole directory may
/// be taken, since what is made there is locked.
pub(super) fn with_free_name<T>(
    dir: &OwnedFd,
    common: bool,
    mut make: impl FnMut(&str) -> Result<T, Errno>,
) -> Result<(String, T), Errno> {
    if common {
        let mut made = make(NAME);
        if matches!(made, Err(Errno::EXIST)) && remove_left_over(dir, NAME) {
            made = make(NAME);
        }
        if !matches!(made, Err(Errno::EXIST)) {
            return made.map(|made| (NAME.to_owned(), made));
        }
    }
    let mut last = Errno::EXIST;
    for _ in 0..8 {
        let name = format!("{NAME}{}", random());
        match make(&name) {
            Err(errno @ Errno::EXIST) => last = errno,
            result => return result.map(|made| (name, made)),
        }
    }
    Err(last)
}

/// 32 hexadecimal digits that nobody else draws, on no machine.
pub(super) fn random() -> String {
    // Each state has keys of its own, drawn from the system's random numbers.
    let draw = || RandomState::new().hash_one((SystemTime::now(), std::process::id()));
    format!("{:016x}{:016x}", draw(), draw())
}

/// Creates a file that must not exist. `EXIST` also when it cannot be locked under the common name.
fn create_locked(dir: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = retry_on_intr(|| openat(dir, name, flags, Mode::from_raw_mode(mode)))?;
    match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        // Between the two calls somebody may have taken it for left over: then it is gone.
        Ok(()) if fstat(&fd)?.st_nlink > 0 => Ok(fd),
        Err(errno) if errno != Errno::WOULDBLOCK && name != NAME => Ok(fd),
        Err(errno) if errno != Errno::WOULDBLOCK => {
            unlinkat(dir, name, AtFlags::empty())?;
            Err(Errno::EXIST)
        }
        _ => Err(Errno::EXIST),
    }
}

/// Locks a file that gets a temporary name in a moment; false where that is not to be had.
pub(super) fn lock(fd: &OwnedFd) -> bool {
    flock(fd, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Removes what nobody writes to any more. False when somebody may, or nothing is there.
pub(super) fn remove_left_over<N: Arg + Copy>(dir: &OwnedFd, name: N) -> bool {
    // Locked by whoever removes it, so nobody else does, and the name is still its own.
    let Some(_locked) = left_over(dir, name) else { return false };
    unlinkat(dir, name, AtFlags::empty()).is_ok()
}

/// Whether a reserved name is that of something that nobody writes to any more.
pub(super) fn is_left_over(dir: &OwnedFd, name: &CStr) -> bool {
    name.to_bytes().starts_with(NAME.as_bytes()) && left_over(dir, name).is_some()
}

/// What nobody writes to any more: a file, locked until it is dropped, or a link, which cannot be locked.
pub(super) fn left_over<N: Arg + Copy>(dir: &OwnedFd, name: N) -> Option<Option<OwnedFd>> {
    let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    match describe::kind(&stat) {
        EntryKind::File => {}
        // It has such a name for microseconds.
        EntryKind::Symlink => return is_old(&stat).then_some(None),
        _ => return None,
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = openat(dir, name, flags, Mode::empty()).ok()?;
    if !lock(&fd) || !(is_local(&fd) || is_old(&stat)) {
        return None;
    }
    // Its owner may have published it before it was locked here.
    is_named(&fd, dir, name).then_some(Some(fd))
}

/// Whether this is the name of the file that is open.
fn is_named<N: Arg>(fd: &OwnedFd, dir: &OwnedFd, name: N) -> bool {
    match (fstat(fd), statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)) {
        (Ok(open), Ok(there)) => is_same(&open, &there),
        _ => false,
    }
}

fn is_old(stat: &rustix::fs::Stat) -> bool {
    SystemTime::now().duration_since(describe::changed(stat)).is_ok_and(|age| age > OLD)
}

fn is_local(fd: &OwnedFd) -> bool {
    describe::file_system(fd).is_some_and(|kind| LOCAL.contains(&kind))
}

/// Gives a file without a name one that nobody else has: fails with `EXIST` otherwise.
///
/// `linkat` of a file without a name: by its descriptor where the kernel lets us, else by the way that `open(2)` names.
pub(super) fn link(fd: &OwnedFd, dir: &OwnedFd, name: &str) -> Result<(), Errno> {
    match linkat(fd, "", dir, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT | Errno::PERM) => {
            let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
            linkat(CWD, path, dir, name, AtFlags::SYMLINK_FOLLOW)
        }
        result => result,
    }
}
