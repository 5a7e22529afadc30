//! Appending. Not atomic for readers: they may see a part of what is added; but what fails is taken back.

use rustix::fs::{Mode, OFlags, fstat, fsync, ftruncate};
use storage_types::{Durability, EntryKind, Error, Metadata, Result, StoragePath};

use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::lock::DirLock;
use super::write::write_all;

impl Core {
    pub(super) fn append(&self, path: &StoragePath, content: &[u8]) -> Result<Metadata> {
        let spot = self.spot_or_make(path, self.durability)?;
        let _lock = DirLock::take(&spot.dir, false)?;
        spot.replaceable()?;
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NONBLOCK;
        let file =
            beneath::open(&spot.root, spot.rest, flags, Mode::from_raw_mode(0o666)).map_err(explain)?;
        let before = fstat(&file).map_err(explain)?;
        if describe::kind(&before) != EntryKind::File {
            return Err(Error::unsupported("append to what is not a file"));
        }
        if let Err(error) = write_all(&file, content) {
            let _ = ftruncate(&file, before.st_size.cast_unsigned());
            return Err(error);
        }
        if self.durability != Durability::None {
            fsync(&file).map_err(explain)?;
        }
        if self.durability == Durability::Full && before.st_size == 0 {
            fsync(&spot.dir).map_err(explain)?;
        }
        Ok(describe::metadata(&fstat(&file).map_err(explain)?))
    }
}
