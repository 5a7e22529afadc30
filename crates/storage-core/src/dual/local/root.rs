//! The root folder of a local mount: fixed, or found anew for each operation.

use std::fmt;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use storage_types::{Error, ErrorKind, Result, StoragePath};

use super::cache_probe::is_answered_at_once;

type Dynamic = Arc<dyn Fn() -> Result<PathBuf> + Send + Sync>;
type Switched = Arc<dyn Fn(&str) -> Result<PathBuf> + Send + Sync>;

/// Where a local mount has its root.
#[derive(Clone)]
#[non_exhaustive]
pub enum LocalRoot {
    /// This folder.
    Fixed(PathBuf),
    /// The folder that this function names. It is called once for every operation, by the thread or task that calls the
    /// operation, so it can depend on who that is; a stream that is open stays below the root that it was opened in. It
    /// should not block. Copies of trees make many operations, in the blocking colour on several threads.
    Dynamic(Dynamic),
    /// The folder that this function names for the first segment of the path; the rest of the path lies below it. The root
    /// of such a mount is a directory that cannot be listed. When the function is called: as for `Dynamic`.
    Switched(Switched),
}

impl LocalRoot {
    /// The folder that `root` names, asked for every operation.
    pub fn dynamic(root: impl Fn() -> Result<PathBuf> + Send + Sync + 'static) -> Self {
        Self::Dynamic(Arc::new(root))
    }

    /// The folder that `root` names for the first segment of a path; the rest of the path lies below it.
    pub fn switched(root: impl Fn(&str) -> Result<PathBuf> + Send + Sync + 'static) -> Self {
        Self::Switched(Arc::new(root))
    }
}

impl fmt::Debug for LocalRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(path) => write!(f, "{}", path.display()),
            Self::Dynamic(_) => f.write_str("dynamic"),
            Self::Switched(_) => f.write_str("switched"),
        }
    }
}

/// An open root folder.
#[derive(Debug)]
pub(super) struct RootDir {
    pub(super) fd: OwnedFd,
    /// Nothing can leave `/`, and links with absolute targets are fine there.
    pub(super) confined: bool,
    /// Whether the kernel says at once what it has cached of what lies below; false where nobody asked.
    pub(super) cached: bool,
}

/// The root of one mount, kept open when it is fixed.
#[derive(Debug)]
pub(super) struct Root {
    place: LocalRoot,
    create: bool,
    open: RwLock<Option<Arc<RootDir>>>,
    /// The folder that the function returned, for one operation.
    pinned: Option<PathBuf>,
}

impl Root {
    pub(super) fn new(place: LocalRoot, create: bool) -> Self {
        Self { place, create, open: RwLock::new(None), pinned: None }
    }

    /// The root as the function gives it now; `None` when it is fixed, or when the path does not choose one.
    pub(super) fn pinned(&self, path: &StoragePath) -> Result<Option<Self>> {
        if matches!(self.place, LocalRoot::Fixed(_)) || (self.is_switched() && path.is_root()) {
            return Ok(None);
        }
        let (folder, _) = self.folder(path)?;
        Ok(Some(Self { pinned: Some(folder), ..Self::new(self.place.clone(), self.create) }))
    }

    /// Whether the first segment of a path chooses the folder.
    pub(super) fn is_switched(&self) -> bool {
        matches!(self.place, LocalRoot::Switched(_))
    }

    pub(super) fn creates(&self) -> bool {
        self.create
    }

    pub(super) fn place(&self) -> &LocalRoot {
        &self.place
    }

    /// The open root folder for `path`, and what of the path lies below it.
    pub(super) fn open<'p>(&self, path: &'p StoragePath) -> Result<(Arc<RootDir>, &'p str)> {
        match &self.place {
            LocalRoot::Fixed(folder) => Ok((self.fixed(folder)?, path.as_str())),
            _ => {
                let (folder, rest) = self.folder(path)?;
                Ok((Arc::new(open_root(&folder)?), rest))
            }
        }
    }

    /// The root folder for `path` by name, and what of the path lies below it.
    pub(super) fn folder<'p>(&self, path: &'p StoragePath) -> Result<(PathBuf, &'p str)> {
        match &self.place {
            LocalRoot::Fixed(folder) => Ok((folder.clone(), path.as_str())),
            LocalRoot::Dynamic(root) => Ok((self.asked(|| root())?, path.as_str())),
            LocalRoot::Switched(root) => {
                let (first, rest) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
                if first.is_empty() {
                    return Err(Error::unsupported(
                        "use its root: the first segment of the path chooses the folder",
                    ));
                }
                Ok((self.asked(|| root(first))?, rest))
            }
        }
    }

    fn asked(&self, ask: impl FnOnce() -> Result<PathBuf>) -> Result<PathBuf> {
        self.pinned.clone().map_or_else(ask, Ok)
    }

    /// Makes the root folder of `path`, when the mount is to do so.
    pub(super) fn make(&self, path: &StoragePath) -> Result<()> {
        if self.create {
            let (folder, _) = self.folder(path)?;
            std::fs::create_dir_all(&folder).map_err(Error::from_io)?;
        }
        Ok(())
    }

    /// The open folder of a fixed root, where the kernel says at once what it has cached. Never waits.
    pub(super) fn cached(&self) -> Option<Arc<RootDir>> {
        let open = self.open.try_read().ok()?;
        open.as_ref().filter(|root| root.cached).cloned()
    }

    /// Forgets the open folder when it was deleted meanwhile. Tells whether it was, so that a call can be tried again.
    pub(super) fn was_replaced(&self) -> bool {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let gone = open.as_ref().is_some_and(|root| fstat(&root.fd).is_ok_and(|stat| stat.st_nlink == 0));
        if gone {
            *open = None;
        }
        gone
    }

    fn fixed(&self, folder: &Path) -> Result<Arc<RootDir>> {
        if let Some(root) = &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(root.clone());
        }
        let mut root = open_root(folder)?;
        root.cached = is_answered_at_once(&root.fd);
        let root = Arc::new(root);
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(root.clone());
        Ok(root)
    }
}

fn open_root(folder: &Path) -> Result<RootDir> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = openat(CWD, folder, flags, Mode::empty()).map_err(|errno| root_error(folder, errno))?;
    Ok(RootDir { fd, confined: folder != Path::new("/"), cached: false })
}

fn root_error(folder: &Path, errno: Errno) -> Error {
    let folder = folder.display();
    match errno {
        Errno::NOENT => {
            Error::new(ErrorKind::NotFound, format!("the root folder `{folder}` of the mount does not exist"))
                .with_hint("make the folder, or set `create: true` for the mount")
        }
        Errno::NOTDIR => {
            Error::new(ErrorKind::NotADirectory, format!("the root `{folder}` of the mount is not a folder"))
                .with_hint("set `path` of the mount to a folder")
        }
        errno => {
            Error::from_io(errno.into()).with_hint(format!("check the root folder `{folder}` of the mount"))
        }
    }
}
