//! Appending. Not atomic for readers: they may see a part of what is added; but what fails is taken back.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, fstat, fsync, ftruncate};
use rustix::io::retry_on_intr;
use storage_types::{Durability, EntryKind, Error, Metadata, Result, StoragePath, WriteOptions};

use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::dir_entry::{DirEntry, WriteTarget};
use super::io::write_all;
use super::lock::DirLock;
use super::special;

impl Core {
    pub(super) fn append(&self, path: &StoragePath, content: &[u8]) -> Result<Metadata> {
        let options = WriteOptions::new();
        let entry = self.entry_or_make(path, self.durability)?;
        if let WriteTarget::Special(there) = entry.write_target(&options)? {
            write_all(&special::open(&entry, &there, &options)?, content)?;
            return Ok(special::metadata(content.len() as u64));
        }
        let lock = DirLock::alone_if_free(&entry);
        entry.replaceable(&options)?;
        let file = open(&entry)?;
        let before = fstat(&file).map_err(explain)?;
        if describe::kind(&before) != EntryKind::File {
            return Err(Error::unsupported("append to what is not a file"));
        }
        if let Err(error) = write_all(&file, content) {
            // Without the lock somebody else may have appended meanwhile.
            if lock.is_held() {
                let _ = ftruncate(&file, before.st_size.cast_unsigned());
            }
            return Err(error);
        }
        if self.durability != Durability::None {
            retry_on_intr(|| fsync(&file)).map_err(explain)?;
        }
        if self.durability == Durability::Full && before.st_size == 0 {
            retry_on_intr(|| fsync(&entry.dir)).map_err(explain)?;
        }
        Ok(describe::metadata(&fstat(&file).map_err(explain)?))
    }
}

fn open(entry: &DirEntry<'_>) -> Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NONBLOCK;
    beneath::open(&entry.root, entry.rest, flags, Mode::from_raw_mode(0o666)).map_err(explain)
}
