//! What all operations of a local mount share.

use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, fsync, mkdirat, statat};
use rustix::io::Errno;
use storage_types::{Durability, EntryKind, Error, ErrorKind, Metadata, Result, StoragePath};

use super::beneath;
use super::describe;
use super::root::{Root, RootDir};
use super::special;
use super::temp;

/// The state of a local mount. Its methods are blocking system calls.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) root: Root,
    pub(super) durability: Durability,
    pub(super) base_url: Option<String>,
    pub(super) attributes: OnceLock<bool>,
}

/// The open directory in which an entry lies, and the entry's name.
pub(super) struct Spot<'p> {
    pub(super) dir: OwnedFd,
    pub(super) name: &'p str,
    pub(super) root: Arc<RootDir>,
    /// The path below the root, as far as the root needs it.
    pub(super) rest: &'p str,
}

impl Core {
    /// The same with the root of this moment, if it is found by a function: the function is called once for an operation,
    /// where the operation is called, and everything that belongs to the operation happens below one root.
    pub(super) fn pinned(self: &Arc<Self>, path: &StoragePath) -> Result<Arc<Self>> {
        let Some(root) = self.root.pinned(path)? else { return Ok(self.clone()) };
        Ok(Arc::new(Self {
            root,
            durability: self.durability,
            base_url: self.base_url.clone(),
            attributes: OnceLock::new(),
        }))
    }

    /// Runs `work` with the open root and the path below it; once more when the root folder was replaced meanwhile.
    pub(super) fn at<'p, T>(
        &self,
        path: &'p StoragePath,
        mut work: impl FnMut(&Arc<RootDir>, &'p str) -> Result<T, Errno>,
    ) -> Result<T> {
        let (root, rest) = self.root.open(path).map_err(|error| self.not_made_yet(error))?;
        match work(&root, rest) {
            Ok(value) => Ok(value),
            Err(Errno::NOENT) if self.root.was_replaced() => {
                let (root, rest) = self.root.open(path)?;
                work(&root, rest).map_err(beneath::explain)
            }
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    /// A root that is still to be made is no fault of the configuration: nothing is stored yet.
    fn not_made_yet(&self, error: Error) -> Error {
        if self.root.creates() && error.kind() == ErrorKind::NotFound { Error::not_found() } else { error }
    }

    /// What stands at `path`, links followed.
    pub(super) fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        let unmade = path.is_root() && self.root.creates() && self.root_is_missing(path);
        if unmade || (path.is_root() && self.root.is_switched()) {
            return Ok(Metadata::directory());
        }
        temp::hide(path)?;
        let stat = self.at(path, |root, rest| {
            if rest.is_empty() {
                return fstat(&root.fd);
            }
            fstat(beneath::open(root, rest, OFlags::PATH, Mode::empty())?)
        })?;
        Ok(describe::metadata(&stat))
    }

    /// Whether the root folder is still to be made. Such a mount is empty, not broken.
    pub(super) fn root_is_missing(&self, path: &StoragePath) -> bool {
        self.root.creates() && self.root.folder(path).is_ok_and(|(folder, _)| !folder.exists())
    }

    /// The directory in which `path` lies.
    pub(super) fn spot<'p>(&self, path: &'p StoragePath) -> Result<Spot<'p>> {
        self.at(path, |root, rest| {
            let (parent, name) = split(rest);
            Ok(Spot { dir: beneath::open_dir(root, parent)?, name, root: root.clone(), rest })
        })
    }

    /// The directory in which `path` lies, made with all its parents if it is not there.
    pub(super) fn spot_or_make<'p>(&self, path: &'p StoragePath, durability: Durability) -> Result<Spot<'p>> {
        let spot = match self.spot(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.root.make(path)?;
                self.at(path, |root, rest| make_dirs(root, split(rest).0, durability).map(drop))?;
                self.spot(path)?
            }
            result => result?,
        };
        if spot.name.is_empty() {
            return Err(Error::is_a_directory());
        }
        temp::refuse_name(spot.name)?;
        Ok(spot)
    }
}

impl Spot<'_> {
    /// What stands there, links not followed; `None` when nothing does.
    pub(super) fn stat(&self) -> Result<Option<Stat>> {
        match statat(&self.dir, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    /// What stands where something is to be written. A directory, or a link to one, is refused.
    pub(super) fn there(&self) -> Result<There> {
        let Some(stat) = self.stat()? else { return Ok(There::Nothing) };
        match describe::kind(&stat) {
            EntryKind::Directory => Err(Error::is_a_directory()),
            EntryKind::Symlink => match self.followed() {
                Some(Followed::Plain(stat)) if describe::kind(&stat) == EntryKind::Directory => {
                    Err(Error::is_a_directory())
                }
                Some(Followed::Plain(followed)) if describe::kind(&followed) == EntryKind::Other => {
                    Ok(There::Special(followed))
                }
                Some(Followed::Magic(stat)) => Ok(There::Special(stat)),
                _ => Ok(There::Replaceable(stat)),
            },
            EntryKind::Other => Ok(There::Special(stat)),
            _ => Ok(There::Replaceable(stat)),
        }
    }

    /// What a write would replace: a file or a link to one. All else is refused.
    pub(super) fn replaceable(&self) -> Result<Option<Stat>> {
        match self.there()? {
            There::Nothing => Ok(None),
            There::Replaceable(stat) => Ok(Some(stat)),
            There::Special(stat) => Err(special::refused(&stat)),
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
pub(super) enum There {
    Nothing,
    /// A file, or a link to one or to nothing.
    Replaceable(Stat),
    /// A device, a pipe, a socket, or a link to one: content never takes its place.
    Special(Stat),
}

impl There {
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

/// Opens a directory, making it and its parents.
pub(super) fn make_dirs(root: &RootDir, path: &str, durability: Durability) -> Result<OwnedFd, Errno> {
    match beneath::open_dir(root, path) {
        Err(Errno::NOENT) if !path.is_empty() => {}
        result => return result,
    }
    let (parent, name) = split(path);
    let parent = make_dirs(root, parent, durability)?;
    match mkdirat(&parent, name, Mode::from_raw_mode(0o777)) {
        Ok(()) if durability == Durability::Full => fsync(&parent)?,
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    // Opened by its whole path, so that a link put there meanwhile is still confined.
    beneath::open_dir(root, path)
}
