//! Symbolic links as such.

use rustix::fs::{AtFlags, readlinkat, renameat, symlinkat, unlinkat};
use rustix::io::Errno;
use storage_types::{Durability, Error, ErrorKind, Result, StoragePath};

use super::beneath::explain;
use super::core::Core;
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
        let _lock = DirLock::take(&spot.dir, false)?;
        spot.replaceable()?;
        let link = || symlinkat(target, &spot.dir, temp::NAME);
        let made = match link() {
            Err(Errno::EXIST) => unlinkat(&spot.dir, temp::NAME, AtFlags::empty()).and_then(|()| link()),
            result => result,
        };
        made.map_err(explain)?;
        renameat(&spot.dir, temp::NAME, &spot.dir, spot.name).map_err(|errno| {
            let _ = unlinkat(&spot.dir, temp::NAME, AtFlags::empty());
            explain(errno)
        })
    }
}
