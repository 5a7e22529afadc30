//! Opening below a root, confined by the kernel (`openat2(2)`, `RESOLVE_BENEATH`, Linux 5.6).

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use storage_types::{Error, ErrorKind, Result};

use super::root::RootDir;

/// Tried again so often when a rename anywhere on the machine made the kernel unsure.
const TRIES: usize = 1000;

pub(super) fn open(root: &RootDir, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let resolve = if root.confined {
        ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS
    } else {
        ResolveFlags::empty()
    };
    open_resolving(root, path, flags, mode, resolve)
}

/// What exists, by real links only: `LOOP` where one of those of `/proc` is on the way.
pub(super) fn open_plain(root: &RootDir, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let beneath = if root.confined { ResolveFlags::BENEATH } else { ResolveFlags::empty() };
    open_resolving(root, path, flags, Mode::empty(), beneath | ResolveFlags::NO_MAGICLINKS)
}

fn open_resolving(
    root: &RootDir,
    path: &str,
    flags: OFlags,
    mode: Mode,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    let path = if path.is_empty() { "." } else { path };
    let mut last = Errno::AGAIN;
    for _ in 0..TRIES {
        match openat2(&root.fd, path, flags | OFlags::CLOEXEC, mode, resolve) {
            Err(errno @ (Errno::AGAIN | Errno::INTR)) => last = errno,
            result => return result,
        }
    }
    Err(last)
}

/// A directory, readable, so that it can be listed and locked.
pub(super) fn open_dir(root: &RootDir, path: &str) -> Result<OwnedFd, Errno> {
    open(root, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
}

/// What the kernel says, in the library's terms.
pub(super) fn explain(errno: Errno) -> Error {
    match errno {
        Errno::XDEV => {
            Error::new(ErrorKind::PermissionDenied, "a symbolic link on the way leads out of the mount")
                .with_hint("use the path that the link points to, through a mount that contains it")
        }
        Errno::LOOP => {
            Error::new(ErrorKind::InvalidInput, "too many symbolic links on the way, probably a circle")
        }
        Errno::NOSYS => Error::new(ErrorKind::Unsupported, "the kernel has no `openat2`")
            .with_hint("local mounts need Linux 5.6 or newer, and a sandbox that allows `openat2`"),
        Errno::MFILE | Errno::NFILE => {
            Error::from_io(errno.into()).with_hint("raise the limit of open files: `ulimit -n`")
        }
        Errno::NOENT => Error::not_found(),
        Errno::ISDIR => Error::is_a_directory(),
        Errno::NOTDIR => Error::not_a_directory(),
        errno => Error::from_io(errno.into()),
    }
}
