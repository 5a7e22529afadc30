//! Deleting. Trees are deleted by descriptor: a directory that is swapped for a link meanwhile is not followed.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;
use storage_types::{DeleteOptions, Error, Result, StoragePath};

use super::beneath::explain;
use super::core::Core;
use super::describe;
use super::dir_entry::DirEntry;
use super::list::{Names, is_directory};
use super::lock::DirLock;
use super::temp;
use crate::dual::content::{check_delete, is_absence};

/// A directory that others fill while it is deleted is emptied again so often.
const PASSES: usize = 8;

impl Core {
    /// Tells whether something was there.
    pub(super) fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        let entry = match self.entry(path) {
            Ok(entry) => entry,
            Err(error) => {
                let error = self.absent_or_broken(&path.parent(), error);
                // Nothing can be there, so there is nothing to do.
                let nothing = is_absence(&error);
                if !nothing {
                    return Err(error);
                }
                return check_delete(options, None, describe::etag).map(|()| false);
            }
        };
        if entry.name.is_empty() {
            return Err(Error::invalid("the root of a mount cannot be deleted"));
        }
        temp::refuse_name(entry.name)?;
        let unlinked = if options.if_match.is_some() {
            unlink_same(&entry, options)?
        } else {
            let _lock = DirLock::shared(&entry);
            unlinkat(&entry.dir, entry.name, AtFlags::empty())
        };
        match unlinked {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            // POSIX says `EPERM` for directories, Linux `EISDIR`.
            Err(Errno::ISDIR) => delete_directory(&entry, options),
            Err(Errno::PERM) if is_dir(&entry)? => delete_directory(&entry, options),
            Err(errno) => Err(explain(errno)),
        }
    }
}

/// Unlinks the file that the options name by its ETag. Nobody who keeps to the lock replaces it meanwhile.
fn unlink_same(entry: &DirEntry<'_>, options: &DeleteOptions) -> Result<rustix::io::Result<()>> {
    let _lock = DirLock::alone(entry)?;
    let there = entry.stat()?;
    check_delete(options, there.as_ref(), describe::etag)?;
    Ok(unlinkat(&entry.dir, entry.name, AtFlags::empty()))
}

fn is_dir(entry: &DirEntry<'_>) -> Result<bool> {
    Ok(entry.stat()?.is_some_and(|stat| super::describe::kind(&stat) == storage_types::EntryKind::Directory))
}

fn delete_directory(entry: &DirEntry<'_>, options: &DeleteOptions) -> Result<bool> {
    let result = if options.recursive {
        let name =
            std::ffi::CString::new(entry.name).map_err(|_| Error::invalid("a path holds a NUL character"))?;
        remove_tree(&entry.dir, &name)
    } else if options.empty_dir {
        remove_empty(entry)
    } else {
        Err(Errno::NOTEMPTY)
    };
    result.map(|()| true).or_else(|errno| match errno {
        Errno::NOENT => Ok(false),
        Errno::NOTEMPTY | Errno::EXIST => Err(Error::is_a_directory()
            .with_hint("with `recursive` it goes with everything in it")
            .with_option("recursive")),
        errno => Err(explain(errno)),
    })
}

/// Removes a directory in which nobody sees anything: what killed writers left there goes too.
fn remove_empty(entry: &DirEntry<'_>) -> Result<(), Errno> {
    let remove = || unlinkat(&entry.dir, entry.name, AtFlags::REMOVEDIR);
    match remove() {
        Err(Errno::NOTEMPTY | Errno::EXIST) => {}
        result => return result,
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = openat(&entry.dir, entry.name, flags, Mode::empty())?;
    let names = Names::read(&dir).map_err(|_| Errno::IO)?;
    let names: Vec<&CStr> = (0..names.len()).map(|at| names.get(at).0).collect();
    if !names.iter().all(|name| temp::is_left_over(&dir, name)) {
        return Err(Errno::NOTEMPTY);
    }
    if !names.into_iter().all(|name| temp::remove_left_over(&dir, name)) {
        return Err(Errno::NOTEMPTY);
    }
    remove()
}

/// Removes `name` in `dir` with everything below it, depth first, never through a link.
fn remove_tree(dir: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut last = Errno::NOTEMPTY;
    for _ in 0..PASSES {
        let inner = match openat(dir, name, flags, Mode::empty()) {
            Ok(inner) => inner,
            // Swapped for a file or a link meanwhile: that one goes, not what it points to.
            Err(Errno::NOTDIR | Errno::LOOP) => return unlinkat(dir, name, AtFlags::empty()),
            Err(errno) => return Err(errno),
        };
        empty(&inner)?;
        drop(inner);
        match unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Err(errno @ (Errno::NOTEMPTY | Errno::EXIST)) => last = errno,
            Err(Errno::NOTDIR) => return unlinkat(dir, name, AtFlags::empty()),
            result => return result,
        }
    }
    Err(last)
}

fn empty(dir: &OwnedFd) -> Result<(), Errno> {
    let names = Names::read(dir).map_err(|_| Errno::IO)?;
    for at in 0..names.len() {
        let (name, file_type) = names.get(at);
        let removed = if is_directory(dir, name, file_type) {
            remove_tree(dir, name)
        } else {
            match unlinkat(dir.as_fd(), name, AtFlags::empty()) {
                // It became a directory meanwhile.
                Err(Errno::ISDIR) => remove_tree(dir, name),
                result => result,
            }
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
