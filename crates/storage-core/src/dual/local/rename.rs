//! Moving within the file system.

use rustix::fs::{fsync, renameat};
use rustix::io::Errno;
use storage_types::{Durability, EntryKind, Error, Result, StoragePath, WriteOptions};

use super::beneath::explain;
use super::core::Core;
use super::describe::{self, is_same};
use super::dir_entry::{WriteTarget, refused};
use super::lock::DirLock;

impl Core {
    /// `None` when the kernel has no single step for it, and the caller copies.
    pub(super) fn rename_from(
        &self,
        source: &Self,
        from: &StoragePath,
        to: &StoragePath,
    ) -> Result<Option<()>> {
        let there = source.entry(from)?;
        let Some(moved) = there.stat()? else { return Err(Error::not_found()) };
        let here = self.entry_or_make(to, self.durability)?;
        let _lock = DirLock::shared(&here);
        match here.stat()? {
            Some(stat) if is_same(&moved, &stat) => return Ok(Some(())),
            Some(stat) if describe::kind(&stat) == EntryKind::Directory => {
                return if describe::kind(&moved) == EntryKind::Directory {
                    Ok(None)
                } else {
                    Err(Error::is_a_directory())
                };
            }
            Some(_) if describe::kind(&moved) == EntryKind::Directory => return Err(Error::not_a_directory()),
            Some(stat) if describe::kind(&stat) == EntryKind::Other => return Err(refused(&stat)),
            Some(_) => {
                // A link to a device stands for it.
                if let Ok(WriteTarget::Special(stat)) = here.write_target(&WriteOptions::new()) {
                    return Err(refused(&stat));
                }
            }
            None => {}
        }
        match renameat(&there.dir, there.name, &here.dir, here.name) {
            Ok(()) => {}
            Err(Errno::XDEV | Errno::NOTEMPTY | Errno::EXIST) => return Ok(None),
            Err(Errno::INVAL) => {
                return Err(Error::invalid("a directory cannot be moved into itself")
                    .with_hint("choose a destination outside of it"));
            }
            Err(errno) => return Err(explain(errno)),
        }
        if self.durability == Durability::Full {
            fsync(&here.dir).map_err(explain)?;
            fsync(&there.dir).map_err(explain)?;
        }
        Ok(Some(()))
    }
}
