//! What all operations of a local mount share.

use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, Mode, OFlags, fstat, fsync, mkdirat, statat};
use rustix::io::{Errno, retry_on_intr};
use storage_types::{Durability, Error, ErrorKind, Metadata, Result, StoragePath};

use super::beneath;
use super::describe;
use super::dir_entry::{DirEntry, split};
use super::root::{Root, RootDir};
use super::temp;

/// The state of a local mount. Its methods are blocking system calls.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) root: Arc<Root>,
    /// No link on the way below this directory leads out of it; the root where the whole mount is meant.
    pub(super) base: StoragePath,
    pub(super) durability: Durability,
    pub(super) base_url: Option<String>,
    pub(super) attributes: OnceLock<bool>,
}

impl Core {
    /// The same with the root of this moment, if it is found by a function: the function is called once for an operation,
    /// where the operation is called, and everything that belongs to the operation happens below one root.
    pub(super) fn pinned(self: &Arc<Self>, path: &StoragePath) -> Result<Arc<Self>> {
        let Some(root) = self.root.pinned(path)? else { return Ok(self.clone()) };
        Ok(Arc::new(Self {
            root: Arc::new(root),
            base: self.base.clone(),
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
        let (root, rest) = self.open(path).map_err(|error| self.not_made_yet(error))?;
        match work(&root, rest) {
            Ok(value) => Ok(value),
            Err(Errno::NOENT) if self.root.was_replaced() => {
                let (root, rest) = self.open(path)?;
                work(&root, rest).map_err(beneath::explain)
            }
            Err(errno) => Err(beneath::explain(errno)),
        }
    }

    /// The directory that `path` is confined to, and what of the path lies below it.
    fn open<'p>(&self, path: &'p StoragePath) -> Result<(Arc<RootDir>, &'p str)> {
        let (root, rest) = self.root.open(path)?;
        let Some((base, below)) = self.split_base(path, rest) else { return Ok((root, rest)) };
        let opened = match open_base(&root, base) {
            Err(Errno::NOENT) if self.root.was_replaced() => open_base(&self.root.open(path)?.0, base),
            opened => opened,
        };
        let fd = opened.map_err(beneath::explain)?;
        Ok((Arc::new(RootDir { fd, confined: true, cached: false }), below))
    }

    /// What of `rest`, which is `path` below the root folder, leads to the base, and what lies below that. `None` where the
    /// root folder confines the path already, and for the base itself, which is an entry of what is around it.
    pub(super) fn split_base<'p>(&self, path: &StoragePath, rest: &'p str) -> Option<(&'p str, &'p str)> {
        if self.base.is_root() {
            return None;
        }
        let below = path.as_str().strip_prefix(self.base.as_str())?.strip_prefix('/')?;
        let base = rest.len().checked_sub(below.len() + 1)?;
        Some((&rest[..base], &rest[base + 1..]))
    }

    /// Makes the base, where `path` lies below one.
    fn make_base(&self, path: &StoragePath, durability: Durability) -> Result<()> {
        let (root, rest) = self.root.open(path)?;
        match self.split_base(path, rest) {
            Some((base, _)) => make_dirs(&root, base, durability).map(drop).map_err(beneath::explain),
            None => Ok(()),
        }
    }

    /// A root that does not exist yet is not an error of the configuration when it is made by the first write.
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
            if !root.confined {
                return retry_on_intr(|| statat(&root.fd, rest, AtFlags::empty()));
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
    pub(super) fn entry<'p>(&self, path: &'p StoragePath) -> Result<DirEntry<'p>> {
        self.at(path, |root, rest| {
            let (parent, name) = split(rest);
            Ok(DirEntry { dir: beneath::open_dir(root, parent)?, name, root: root.clone(), rest })
        })
    }

    /// The directory in which `path` lies, made with all its parents if it is not there.
    pub(super) fn entry_or_make<'p>(
        &self,
        path: &'p StoragePath,
        durability: Durability,
    ) -> Result<DirEntry<'p>> {
        let entry = match self.entry(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.root.make(path)?;
                self.make_base(path, durability)?;
                self.at(path, |root, rest| make_dirs(root, split(rest).0, durability).map(drop))?;
                self.entry(path)?
            }
            result => result?,
        };
        if entry.name.is_empty() {
            return Err(Error::is_a_directory());
        }
        temp::refuse_name(entry.name)?;
        Ok(entry)
    }
}

fn open_base(root: &RootDir, base: &str) -> Result<OwnedFd, Errno> {
    beneath::open(root, base, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())
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
