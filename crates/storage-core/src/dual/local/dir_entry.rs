//! One entry of an open directory, and what a write may do with what stands there.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, renameat, statat, unlinkat};
use rustix::io::Errno;
use storage_types::{EntryKind, Error, ErrorKind, Result, WriteOptions};

use super::beneath;
use super::describe;
use super::root::RootDir;
use super::temp;

/// The open directory in which an entry lies, and the entry's name.
pub(super) struct DirEntry<'p> {
    pub(super) dir: OwnedFd,
    pub(super) name: &'p str,
    pub(super) root: Arc<RootDir>,
    /// The path below the root, as far as the root needs it.
    pub(super) rest: &'p str,
}

impl DirEntry<'_> {
    /// What stands there, links not followed; `None` when nothing does.
    pub(super) fn stat(&self) -> Result<Option<Stat>> {
        match statat(&self.dir, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    /// Puts what `make` makes under a temporary name in the place of what stands there, atomically. Returns the temporary
    /// name; `common` as for [`temp::with_free_name`].
    pub(super) fn replace_with(
        &self,
        common: bool,
        make: impl FnMut(&str) -> Result<(), Errno>,
    ) -> Result<String, Errno> {
        let (name, ()) = temp::with_free_name(&self.dir, common, make)?;
        renameat(&self.dir, &name, &self.dir, self.name).inspect_err(|_| {
            let _ = unlinkat(&self.dir, &name, AtFlags::empty());
        })?;
        Ok(name)
    }

    /// What stands where something is to be written. A directory, or a link to one, is refused; links that are to be replaced
    /// may lead anywhere.
    pub(super) fn write_target(&self, options: &WriteOptions) -> Result<WriteTarget> {
        let Some(stat) = self.stat()? else { return Ok(WriteTarget::Nothing) };
        match describe::kind(&stat) {
            EntryKind::Directory => Err(Error::is_a_directory()),
            EntryKind::Symlink if options.replace_links => Ok(WriteTarget::Replaceable(stat)),
            EntryKind::Symlink => match self.followed() {
                Some(Followed::Plain(stat)) if describe::kind(&stat) == EntryKind::Directory => {
                    Err(Error::is_a_directory())
                }
                Some(Followed::Plain(followed)) if describe::kind(&followed) == EntryKind::Other => {
                    Ok(WriteTarget::Special(followed))
                }
                Some(Followed::Magic(stat)) => Ok(WriteTarget::Special(stat)),
                _ => Ok(WriteTarget::Replaceable(stat)),
            },
            EntryKind::Other => Ok(WriteTarget::Special(stat)),
            _ => Ok(WriteTarget::Replaceable(stat)),
        }
    }

    /// What a write would replace: a file or a link to one. All else is refused.
    pub(super) fn replaceable(&self, options: &WriteOptions) -> Result<Option<Stat>> {
        match self.write_target(options)? {
            WriteTarget::Nothing => Ok(None),
            WriteTarget::Replaceable(stat) => Ok(Some(stat)),
            WriteTarget::Special(stat) => Err(refused(&stat)),
        }
    }

    /// Whether a directory stands there, or a link to one that lies in the mount.
    pub(super) fn is_directory(&self) -> Result<bool> {
        let is_directory = |stat: &Stat| describe::kind(stat) == EntryKind::Directory;
        Ok(match self.stat()? {
            Some(stat) if describe::kind(&stat) == EntryKind::Symlink => {
                matches!(self.followed(), Some(Followed::Plain(stat)) if is_directory(&stat))
            }
            Some(stat) => is_directory(&stat),
            None => false,
        })
    }

    /// What a link points to, as long as that lies in the mount.
    fn followed(&self) -> Option<Followed> {
        let stat = |fd: OwnedFd| fstat(fd).ok();
        match beneath::open_plain(&self.root, self.rest, OFlags::PATH) {
            Ok(fd) => Some(Followed::Plain(stat(fd)?)),
            Err(Errno::LOOP) if !self.root.confined => {
                let fd = beneath::open(&self.root, self.rest, OFlags::PATH, Mode::empty()).ok()?;
                Some(Followed::Magic(stat(fd)?))
            }
            Err(_) => None,
        }
    }
}

/// What stands where something is to be written.
pub(super) enum WriteTarget {
    Nothing,
    /// A file, or a link to one or to nothing.
    Replaceable(Stat),
    /// A device, a pipe, a socket, or a link to one: content never takes its place.
    Special(Stat),
}

impl WriteTarget {
    /// What content may take the place of.
    pub(super) fn replaceable(self) -> Option<Stat> {
        match self {
            Self::Replaceable(stat) => Some(stat),
            Self::Nothing | Self::Special(_) => None,
        }
    }
}

/// What a link points to.
enum Followed {
    Plain(Stat),
    /// By a link that only looks like one: what a process has open, as in `/dev/stdout` (proc(5)).
    Magic(Stat),
}

/// Parent and name.
pub(super) fn split(rest: &str) -> (&str, &str) {
    rest.rsplit_once('/').unwrap_or(("", rest))
}

/// The error of a write that would replace what takes content into itself.
pub(super) fn refused(stat: &Stat) -> Error {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::BlockDevice => "a block device",
        FileType::CharacterDevice => "a device",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "no file of this mount",
    };
    let message = format!("what stands there is {what}, which content does not replace");
    Error::new(ErrorKind::Unsupported, message).with_hint("choose another name, or remove it first")
}
