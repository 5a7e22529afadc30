//! Symbolic links as such, and further names of files.

use rustix::fs::{AtFlags, fsync, linkat, readlinkat, symlinkat, unlinkat};
use rustix::io::Errno;
use storage_types::{Durability, EntryKind, Error, ErrorKind, Metadata, Result, StoragePath, WriteOptions};

use super::beneath::explain;
use super::core::Core;
use super::describe::{self, is_same};
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

    /// Gives a file of `from` a further name. `None` where the kernel lets the two places not share it.
    pub(super) fn create_hard_link(
        &self,
        from: &Self,
        original: &StoragePath,
        path: &StoragePath,
        durability: Option<Durability>,
    ) -> Result<Option<Metadata>> {
        let durability = durability.unwrap_or(self.durability);
        let first = from.entry(original)?;
        let Some(file) = first.stat()? else { return Err(Error::not_found()) };
        if describe::kind(&file) != EntryKind::File {
            return Err(Error::invalid("only files have further names"));
        }
        let entry = self.entry_or_make(path, durability)?;
        let link = |name: &str| linkat(&first.dir, first.name, &entry.dir, name, AtFlags::empty());
        let linked = match link(entry.name) {
            Err(Errno::EXIST) => {
                let _lock = DirLock::shared(&entry);
                if entry.replaceable(&replacing_links())?.is_some_and(|there| is_same(&there, &file)) {
                    return Ok(Some(describe::metadata(&file)));
                }
                replace_by_name(&entry, link)
            }
            linked => linked,
        };
        match linked {
            Ok(()) => {}
            Err(Errno::XDEV | Errno::MLINK) => return Ok(None),
            Err(Errno::PERM | Errno::OPNOTSUPP) => {
                let what = "the file system allows no hard link here";
                return Err(Error::new(ErrorKind::Unsupported, what)
                    .with_hint("leave `hard_links` out: each name becomes a file of its own then")
                    .with_option("hard_links"));
            }
            Err(errno) => return Err(explain(errno)),
        }
        if durability == Durability::Full {
            fsync(&entry.dir).map_err(explain)?;
        }
        let named = entry.stat()?.ok_or_else(Error::not_found)?;
        Ok(Some(describe::metadata(&named)))
    }
}

/// A further name of a file takes the place of what stands there.
fn replace_by_name(entry: &DirEntry<'_>, link: impl FnMut(&str) -> Result<(), Errno>) -> Result<(), Errno> {
    // The file may be locked by whoever writes to it, so the name that is nobody else's must be random.
    let name = entry.replace_with(false, link)?;
    // Where both are names of one file by now, rename(2) does nothing and leaves both.
    let _ = unlinkat(&entry.dir, &name, AtFlags::empty());
    Ok(())
}

/// A link takes the place of a file or of another link, wherever that one points to.
fn replace_by_link(entry: &DirEntry<'_>, target: &str) -> Result<()> {
    let _lock = DirLock::shared(entry);
    entry.replaceable(&replacing_links())?;
    // Links cannot be locked, so the name that is nobody else's must be random.
    let replaced = entry.replace_with(false, |name| symlinkat(target, &entry.dir, name));
    replaced.map(drop).map_err(explain)
}

/// The options of what takes the place of a link, wherever that leads.
fn replacing_links() -> WriteOptions {
    let mut options = WriteOptions::new();
    options.replace_links = true;
    options
}
