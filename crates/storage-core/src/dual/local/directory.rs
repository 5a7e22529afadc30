//! Making directories.

use rustix::fs::{Mode, fsync, mkdirat};
use rustix::io::Errno;
use storage_types::{CreateDirOptions, Durability, Error, ErrorKind, Result, StoragePath};

use super::beneath::explain;
use super::core::Core;
use super::dir_entry::DirEntry;

impl Core {
    pub(super) fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        if path.is_root() {
            self.root.make(path)?;
            return if options.exist_ok { self.stat(path).map(drop) } else { Err(Error::already_exists()) };
        }
        let durability = options.durability.unwrap_or(self.durability);
        let entry = if options.parents {
            self.entry_or_make(path, durability)?
        } else {
            self.entry_below_existing(path)?
        };
        let mode = options.mode.map_or(0o777, |mode| mode & 0o777);
        match mkdirat(&entry.dir, entry.name, Mode::from_raw_mode(mode)) {
            Ok(()) if durability == Durability::Full => fsync(&entry.dir).map_err(explain),
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => existing(&entry, options),
            Err(errno) => Err(explain(errno)),
        }
    }

    fn entry_below_existing<'p>(&self, path: &'p StoragePath) -> Result<DirEntry<'p>> {
        if path.parent().is_root() {
            self.root.make(path)?;
        }
        let entry = self.entry(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::new(ErrorKind::NotFound, "its parent does not exist"),
            _ => error,
        })?;
        super::temp::refuse_name(entry.name)?;
        Ok(entry)
    }
}

fn existing(entry: &DirEntry<'_>, options: &CreateDirOptions) -> Result<()> {
    match (entry.is_directory()?, options.exist_ok) {
        (true, true) => Ok(()),
        (true, false) => Err(Error::already_exists()),
        (false, _) => Err(Error::not_a_directory()),
    }
}
