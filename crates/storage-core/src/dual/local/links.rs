//! Symbolic links as such.

use rustix::fs::{AtFlags, Stat, readlinkat, renameat, symlinkat, unlinkat};
use rustix::io::Errno;
use storage_types::{Durability, EntryKind, Error, ErrorKind, Result, StoragePath};

use super::beneath::explain;
use super::core::{Core, Spot};
use super::describe;
use super::lock::DirLock;
use super::temp;

impl Core {
    pub(super) fn read_link(&self, path: &StoragePath) -> Result<String> {
        temp::hide(path)?;
        let spot = self.spot(path)?;
        let target = readlinkat(&spot.dir, spot.name, Vec::new()).map_err(|errno| match errno {
            Errno::INVAL => Error::new(ErrorKind::InvalidInput, "it is not a symbolic link"),
            errno => explain(errno),
        })?;
        target.into_string().map_err(|_| Error::invalid("the target of the link is not UTF-8"))
    }

    /// The target is stored as it is: a link may point anywhere, but is never followed out of the mount.
    pub(super) fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        let spot = self.spot_or_make(path, Durability::None)?;
        match symlinkat(target, &spot.dir, spot.name) {
            Err(Errno::EXIST) => replace_by_link(&spot, target),
            result => result.map_err(explain),
        }
    }
}

/// A link takes the place of a file or of another link, wherever that one points to.
fn replace_by_link(spot: &Spot<'_>, target: &str) -> Result<()> {
    let _lock = DirLock::shared(spot);
    let is_link = |stat: &Stat| describe::kind(stat) == EntryKind::Symlink;
    if !spot.stat()?.is_some_and(|stat| is_link(&stat)) {
        spot.replaceable()?;
    }
    // Links cannot be locked, so the name that is nobody else's must be random.
    let made = temp::with_free_name(&spot.dir, false, |name| symlinkat(target, &spot.dir, name));
    let (name, ()) = made.map_err(explain)?;
    renameat(&spot.dir, &name, &spot.dir, spot.name).map_err(|errno| {
        let _ = unlinkat(&spot.dir, &name, AtFlags::empty());
        explain(errno)
    })
}
