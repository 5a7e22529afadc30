//! Making directories.

use rustix::fs::{AtFlags, Mode, fsync, mkdirat, statat};
use rustix::io::Errno;
use storage_types::{CreateDirOptions, Durability, EntryKind, Error, ErrorKind, Result, StoragePath};

use super::beneath::explain;
use super::core::{Core, Spot};
use super::describe;
use crate::dual::content::already_exists;

impl Core {
    pub(super) fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        if path.is_root() {
            self.root.make(path)?;
            return if options.exist_ok { self.stat(path).map(drop) } else { Err(already_exists()) };
        }
        let durability = options.durability.unwrap_or(self.durability);
        let spot = if options.parents {
            self.spot_or_make(path, durability)?
        } else {
            self.spot_below_existing(path)?
        };
        let mode = options.mode.map_or(0o777, |mode| mode & 0o777);
        match mkdirat(&spot.dir, spot.name, Mode::from_raw_mode(mode)) {
            Ok(()) if durability == Durability::Full => fsync(&spot.dir).map_err(explain),
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => existing(&spot, options),
            Err(errno) => Err(explain(errno)),
        }
    }

    fn spot_below_existing<'p>(&self, path: &'p StoragePath) -> Result<Spot<'p>> {
        if path.parent().is_root() {
            self.root.make(path)?;
        }
        let spot = self.spot(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::new(ErrorKind::NotFound, "its parent does not exist"),
            _ => error,
        })?;
        super::temp::refuse_name(spot.name)?;
        Ok(spot)
    }
}

fn existing(spot: &Spot<'_>, options: &CreateDirOptions) -> Result<()> {
    let stat = statat(&spot.dir, spot.name, AtFlags::SYMLINK_NOFOLLOW).map_err(explain)?;
    let directory = match describe::kind(&stat) {
        EntryKind::Directory => true,
        EntryKind::Symlink => {
            spot.followed().is_some_and(|stat| describe::kind(&stat) == EntryKind::Directory)
        }
        _ => false,
    };
    match (directory, options.exist_ok) {
        (true, true) => Ok(()),
        (true, false) => Err(already_exists()),
        (false, _) => Err(Error::not_a_directory()),
    }
}
