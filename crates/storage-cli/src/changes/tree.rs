//! Which directories are watched, and what their events come to.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::{fs, io};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

/// Another name stands for something from now on, or one stands for nothing.
const NAMES: WatchFlags =
    WatchFlags::CREATE.union(WatchFlags::DELETE).union(WatchFlags::MOVED_FROM).union(WatchFlags::MOVED_TO);

/// What is a change. That files are opened and read is what a sync itself does.
const CHANGES: WatchFlags =
    NAMES.union(WatchFlags::CLOSE_WRITE).union(WatchFlags::MODIFY).union(WatchFlags::ATTRIB);

/// What is watched of a directory.
#[derive(Debug)]
pub(super) enum Scope {
    /// One name in it.
    Name(OsString),
    /// All that lies below it, and when asked for, below what symbolic links lead to.
    Below { follows: bool },
}

/// `struct inotify_event`.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) watch: i32,
    pub(super) flags: ReadFlags,
    /// None for the watched directory itself.
    pub(super) name: Option<OsString>,
}

/// What some events come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    Changed,
    /// Something changed, and this tree says no more: what is watched is gone, or has to be found anew.
    Over,
}

/// The directories that one inotify instance watches. The kernel knows them by device and inode: whatever path leads to
/// a directory, its watch has the same number, and a loop of links ends where the number is known.
pub(super) struct Tree {
    inotify: OwnedFd,
    top: i32,
    scope: Scope,
    paths: HashMap<i32, PathBuf>,
    /// The symbolic links that were followed.
    links: HashSet<PathBuf>,
}

enum Watched {
    Newly,
    Already,
    /// It is gone by now, or may not be read.
    Not,
}

impl Tree {
    pub(super) fn new(top: &Path, scope: Scope) -> io::Result<Self> {
        let path = top.canonicalize()?;
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let flags = CHANGES | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
        let top = inotify::add_watch(&inotify, &path, flags)?;
        let paths = HashMap::from([(top, path.clone())]);
        let mut tree = Self { inotify, top, scope, paths, links: HashSet::new() };
        if matches!(tree.scope, Scope::Below { .. }) {
            tree.grow(path)?;
        }
        Ok(tree)
    }

    /// # Errors
    /// When no more can be watched. What happened is known then, but not what will.
    pub(super) fn hear(&mut self, events: &[Event]) -> io::Result<Told> {
        let (mut changed, mut gone, mut came) = (false, HashSet::new(), HashSet::new());
        for event in events {
            if self.ends(event) {
                return Ok(Told::Over);
            }
            // Of what has been forgotten since: whoever moved it away was heard too.
            let Some(directory) = self.paths.get(&event.watch) else { continue };
            if event.flags.contains(ReadFlags::IGNORED) {
                self.paths.remove(&event.watch);
                changed = true;
                continue;
            }
            changed |= self.concerns(event.name.as_deref());
            let path = event.name.as_ref().map_or_else(|| directory.clone(), |name| directory.join(name));
            if self.breaks(event, &path) {
                return Ok(Told::Over);
            }
            let is_directory = event.flags.contains(ReadFlags::ISDIR);
            if is_directory && event.flags.contains(ReadFlags::MOVED_FROM) {
                gone.insert(path);
            } else if (is_directory || self.is_new(event)) && matches!(self.scope, Scope::Below { .. }) {
                came.insert(path);
            }
        }
        self.update(&gone, came)?;
        Ok(if changed { Told::Changed } else { Told::Nothing })
    }

    /// Forgets first: what moved to and fro is found where it is now.
    fn update(&mut self, gone: &HashSet<PathBuf>, came: HashSet<PathBuf>) -> io::Result<()> {
        if !gone.is_empty() {
            self.forget(gone);
        }
        for path in came {
            let enters = path.symlink_metadata().is_ok_and(|found| self.enters(found.file_type(), &path));
            if enters {
                self.grow(path)?;
            }
        }
        Ok(())
    }

    /// Whether nothing more is heard of what is watched.
    fn ends(&self, event: &Event) -> bool {
        // Of too many events the rest is lost. What is mounted below may go, too; what lies under it is not known.
        let lost = ReadFlags::QUEUE_OVERFLOW | ReadFlags::UNMOUNT;
        let goes = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::IGNORED;
        event.flags.intersects(lost) || event.watch == self.top && event.flags.intersects(goes)
    }

    /// Whether something may have become unreachable that other links, or none, still lead to.
    fn breaks(&self, event: &Event, path: &Path) -> bool {
        let moves = ReadFlags::DELETE | ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO;
        let directory_goes = event.flags.contains(ReadFlags::ISDIR | ReadFlags::MOVED_FROM);
        !self.links.is_empty()
            && (directory_goes || event.flags.intersects(moves) && self.links.contains(path))
    }

    fn concerns(&self, name: Option<&OsStr>) -> bool {
        match &self.scope {
            Scope::Name(only) => name == Some(only.as_os_str()),
            Scope::Below { .. } => true,
        }
    }

    fn is_new(&self, event: &Event) -> bool {
        event.flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) && self.follows()
    }

    fn follows(&self) -> bool {
        matches!(self.scope, Scope::Below { follows: true })
    }

    /// Watches `top` and all below it. Each directory is read after it is watched, so what is made in it meanwhile is
    /// found or told.
    fn grow(&mut self, top: PathBuf) -> io::Result<()> {
        if let Watched::Not = self.watch(&top)? {
            return Ok(());
        }
        let mut unread = vec![top];
        while let Some(directory) = unread.pop() {
            for child in self.directories_in(&directory)? {
                if let Watched::Newly = self.watch(&child)? {
                    unread.push(child);
                }
            }
        }
        Ok(())
    }

    fn watch(&mut self, path: &Path) -> io::Result<Watched> {
        // Added to what is watched of it: the top wants to know what becomes of itself.
        let mut flags = CHANGES | WatchFlags::ONLYDIR | WatchFlags::MASK_ADD;
        flags.set(WatchFlags::DONT_FOLLOW, !self.follows());
        match inotify::add_watch(&self.inotify, path, flags).map_err(io::Error::from) {
            Ok(watch) if self.paths.contains_key(&watch) => Ok(Watched::Already),
            Ok(watch) => {
                self.paths.insert(watch, path.to_owned());
                Ok(Watched::Newly)
            }
            Err(error) if is_limit(&error) => Err(error),
            Err(_) => Ok(Watched::Not),
        }
    }

    /// What may not be read, or is gone, has none.
    fn directories_in(&mut self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(directory) {
            Err(error) if is_limit(&error) => return Err(error),
            entries => entries.into_iter().flatten().flatten(),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| self.enters(kind, &path)) {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// Whether it is a directory, or a link to one that is followed.
    fn enters(&mut self, kind: fs::FileType, path: &Path) -> bool {
        let leads = kind.is_symlink() && self.follows() && path.is_dir();
        if leads {
            self.links.insert(path.to_owned());
        }
        leads || kind.is_dir()
    }

    /// What moved away is watched no more, wherever it is now.
    fn forget(&mut self, gone: &HashSet<PathBuf>) {
        let inotify = &self.inotify;
        self.paths.retain(|watch, path| {
            let stays = !path.ancestors().any(|above| gone.contains(above));
            if !stays {
                // It may have been deleted since, and its watch with it.
                let _ = inotify::remove_watch(inotify, *watch);
            }
            stays
        });
    }

    #[cfg(test)]
    pub(super) fn watched(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = self.paths.values().cloned().collect();
        paths.sort();
        paths
    }
}

impl AsFd for Tree {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

/// Whether it fails everywhere and not only here.
fn is_limit(error: &io::Error) -> bool {
    let limits = [Errno::NOSPC, Errno::NOMEM, Errno::MFILE, Errno::NFILE];
    Errno::from_io_error(error).is_some_and(|errno| limits.contains(&errno))
}
