//! Symbolic links as such.

use rustix::fs::{AtFlags, Stat, readlinkat, renameat, symlinkat, unlinkat};
use rustix::io::Errno;
use storage_types::{Durability, EntryKind, Error, ErrorKind, Result, StoragePath};

use super::beneath::explain;
use super::core::Core;
use super::describe;
use super::dir_entry::DirEntry;
use super::lock::DirLock;
use super::temp;

impl Core {
    pub(super) fn read_link(&self, path: &StoragePath) -> Result<String> {
        temp::hide(path)?;
        let entry = self.entry(path)?;
        let target = readlinkat(&entry.dir, entry.name, Vec::new()).map_err(|errno| match errno {
            Errno::INVAL => Error::new(ErrorKind::InvalidInput, "it is not a symbolic link"),
            errno => explain(errno),
        })?;
        target.into_string().map_err(|_| Error::invalid("the target of the link is not UTF-8"))
    }

    /// The target is stored as it is: a link may point anywhere, but is never followed out of the mount.
    pub(super) fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
        let entry = self.entry_or_make(path, Durability::None)?;
        match symlinkat(target, &entry.dir, entry.name) {
            Err(Errno::EXIST) => replace_by_link(&entry, target),
            result => result.map_err(explain),
        }
    }
}

/// A link takes the place of a file or of another link, wherever that one points to.
fn replace_by_link(entry: &DirEntry<'_>, target: &str) -> Result<()> {
    let _lock = DirLock::shared(entry);
    let is_link = |stat: &Stat| describe::kind(stat) == EntryKind::Symlink;
    if !entry.stat()?.is_some_and(|stat| is_link(&stat)) {
        entry.replaceable()?;
    }
    // Links cannot be locked, so the name that is nobody else's must be random.
    let made = temp::with_free_name(&entry.dir, false, |name| symlinkat(target, &entry.dir, name));
    let (name, ()) = made.map_err(explain)?;
    renameat(&entry.dir, &name, &entry.dir, entry.name).map_err(|errno| {
        let _ = unlinkat(&entry.dir, &name, AtFlags::empty());
        explain(errno)
    })
}
