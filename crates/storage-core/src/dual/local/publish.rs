//! Giving a finished file its name: atomically, conditions checked.

use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Mode, RenameFlags, Stat, Timespec, Timestamps, UTIME_OMIT};
use rustix::fs::{fchmod, fchown, fstat, fsync, futimens, linkat, renameat, renameat_with, unlinkat};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Gid, Uid};
use storage_types::{Durability, EntryKind, Error, Metadata, Result, WriteMode, WriteOptions};

use super::attributes;
use super::beneath::explain;
use super::describe;
use super::dir_entry::DirEntry;
use super::lock::DirLock;
use super::temp::{self, Temp};
use crate::dual::content::check_write;

/// Checks what a write demands of what is there.
pub(super) fn check(options: &WriteOptions, there: Option<&Stat>) -> Result<()> {
    check_write(&options.mode, there, describe::etag)
}

/// Publishes a file that was written. `is_new`: nothing stood there a moment ago.
pub(super) fn publish(
    entry: &DirEntry<'_>,
    file: &Temp,
    options: &WriteOptions,
    durability: Durability,
    is_new: bool,
) -> Result<Metadata> {
    let published = publish_with_stat(entry, file, options, durability, is_new)?;
    Ok(published.metadata(options))
}

/// What was published.
pub(super) struct Published {
    pub(super) stat: Stat,
    /// Whether what the options have is stored with it.
    pub(super) with_attributes: bool,
}

impl Published {
    pub(super) fn metadata(&self, options: &WriteOptions) -> Metadata {
        let mut metadata = describe::metadata(&self.stat);
        if self.with_attributes {
            metadata.describe(options);
        }
        metadata
    }
}

pub(super) fn publish_with_stat(
    entry: &DirEntry<'_>,
    file: &Temp,
    options: &WriteOptions,
    durability: Durability,
    is_new: bool,
) -> Result<Published> {
    let with_attributes = attributes::store(file.fd(), options)?;
    if durability != Durability::None {
        retry_on_intr(|| fsync(file.fd())).map_err(explain)?;
    }
    let created = if is_new { create(entry, file, options)? } else { None };
    let stat = match created {
        Some(stat) => stat,
        None => replace(entry, file, options, durability)?,
    };
    if durability == Durability::Full {
        retry_on_intr(|| fsync(&entry.dir)).map_err(explain)?;
    }
    Ok(Published { stat, with_attributes })
}

/// Gives the file a name that nothing has, without any lock: nothing is replaced, so no condition of others is broken.
/// `None` when something stands there by now, or the file system has no way to do that.
fn create(entry: &DirEntry<'_>, file: &Temp, options: &WriteOptions) -> Result<Option<Stat>> {
    let create_only = options.mode == WriteMode::Create;
    let named = match file {
        // A compare-and-set has nothing to compare with here; the other way says so.
        _ if matches!(options.mode, WriteMode::IfMatch(_)) => return Ok(None),
        Temp::Nameless(fd) => {
            let stat = adopt(entry, file, None, options)?;
            temp::link(fd, &entry.dir, entry.name).map(|()| stat)
        }
        Temp::Named { dir, name, .. } | Temp::Partial { dir, name, .. } if create_only => {
            let stat = adopt(entry, file, None, options)?;
            rename_to_nothing(dir, name, entry).map(|()| stat)
        }
        _ => return Ok(None),
    };
    match named {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::EXIST) if create_only => Err(Error::already_exists()),
        Err(Errno::EXIST) => Ok(None),
        Err(errno) => Err(explain(errno)),
    }
}

/// `EXIST` when something is there. Where the kernel has no such rename for a file system, a second name is given and the
/// first one taken away; where there are no second names, whoever is ours keeps away.
fn rename_to_nothing(dir: &OwnedFd, name: &str, entry: &DirEntry<'_>) -> Result<(), Errno> {
    match renameat_with(dir, name, &entry.dir, entry.name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
        result => return result,
    }
    match linkat(dir, name, &entry.dir, entry.name, AtFlags::empty()) {
        Ok(()) => {
            let _ = unlinkat(dir, name, AtFlags::empty());
            return Ok(());
        }
        Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP | Errno::MLINK) => {}
        result => return result,
    }
    let _lock = DirLock::alone(entry).map_err(|_| Errno::NOLCK)?;
    match entry.stat() {
        Ok(None) => renameat(dir, name, &entry.dir, entry.name),
        Ok(Some(_)) => Err(Errno::EXIST),
        Err(_) => Err(Errno::IO),
    }
}

/// Puts the file in the place of what is there.
fn replace(
    entry: &DirEntry<'_>,
    file: &Temp,
    options: &WriteOptions,
    durability: Durability,
) -> Result<Stat> {
    let lock = match options.mode {
        WriteMode::IfMatch(_) => DirLock::alone(entry)?,
        _ => DirLock::shared(entry),
    };
    let there = entry.replaceable(options)?;
    check(options, there.as_ref())?;
    let stat = adopt(entry, file, there.as_ref(), options)?;
    match file {
        // Renaming works on file systems without links, too.
        Temp::Named { dir, name, .. } | Temp::Partial { dir, name, .. } => {
            renameat(dir, name, &entry.dir, entry.name).map_err(explain)?;
        }
        Temp::Nameless(fd) => link_and_rename(fd, entry).map_err(explain)?,
        Temp::Special(_) => {}
    }
    if durability == Durability::None {
        lock.until_close();
    }
    Ok(stat)
}

fn link_and_rename(fd: &OwnedFd, entry: &DirEntry<'_>) -> Result<(), Errno> {
    let locked = temp::lock(fd);
    entry.replace_with(locked, |name| temp::link(fd, &entry.dir, name)).map(drop)
}

/// The mode to create a file with, before the umask.
pub(super) fn first_mode(options: &WriteOptions) -> u32 {
    options.unix_mode.or(options.create_mode).map_or(0o666, |mode| mode & 0o777)
}

/// Whether a file is replaced, whose mode and owner the new one takes. A link is replaced by a file that is new.
pub(super) fn replaces(there: Option<&Stat>) -> bool {
    there.is_some_and(|there| describe::kind(there) == EntryKind::File)
}

/// Gives the new file the owner and mode of the one that it replaces, and a later time. Tells its final state.
fn adopt(entry: &DirEntry<'_>, file: &Temp, there: Option<&Stat>, options: &WriteOptions) -> Result<Stat> {
    let fd = file.fd();
    let mut stat = fstat(fd).map_err(explain)?;
    let mut changed = false;
    let replaced = there.filter(|there| replaces(Some(there)) && is_trusted(entry, there, &stat));
    if let Some(there) = replaced {
        let given_away = !options.preserve_all && set_owner(fd, &stat, there);
        changed |= given_away;
        // Whoever runs a file as its owner trusted the old content.
        let allowed = if given_away { 0o1777 } else { 0o7777 };
        changed |= set_mode(fd, &stat, options.unix_mode.unwrap_or(there.st_mode & 0o777) & allowed)?;
    } else if let Some(mode) = options.unix_mode {
        changed |= set_mode(fd, &stat, mode & 0o7777)?;
    } else if !matches!(file, Temp::Nameless(_)) && stat.st_mode & 0o777 == 0o600 {
        // It was to replace a file that is gone.
        changed |= set_mode(fd, &stat, first_mode(options) & !umask().unwrap_or(0o77))?;
    }
    if let Some(time) = new_time(&stat, there, options) {
        futimens(fd, &times(time)).map_err(explain)?;
        changed = true;
    }
    if changed {
        stat = fstat(fd).map_err(explain)?;
    }
    Ok(stat)
}

/// Anybody can put a file of his own where anybody may write (`/tmp`), and is not to be given what is written there.
fn is_trusted(entry: &DirEntry<'_>, there: &Stat, new: &Stat) -> bool {
    const STICKY: u32 = 0o1000;
    there.st_uid == new.st_uid
        || fstat(&entry.dir).is_ok_and(|dir| dir.st_mode & STICKY == 0 || dir.st_uid == there.st_uid)
}

fn set_owner(file: &OwnedFd, stat: &Stat, there: &Stat) -> bool {
    if (there.st_uid, there.st_gid) == (stat.st_uid, stat.st_gid) {
        return false;
    }
    // Only root may, and for others the new owner is right, with the group where they are in it.
    let group = Some(Gid::from_raw(there.st_gid));
    fchown(file, Some(Uid::from_raw(there.st_uid)), group).or_else(|_| fchown(file, None, group)).is_ok()
}

/// The bits that the process takes from the mode of what it creates (proc(5); `umask(2)` reports it only by changing it).
fn umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(umask.trim(), 8).ok()
}

fn set_mode(file: &OwnedFd, stat: &Stat, mode: u32) -> Result<bool> {
    if stat.st_mode & 0o7777 == mode {
        return Ok(false);
    }
    fchmod(file, Mode::from_raw_mode(mode)).map_err(explain)?;
    Ok(true)
}

/// The time to set: the one asked for, or one later than that of the file replaced, so that the ETag never comes back
/// when the clock has not ticked between two writes.
fn new_time(stat: &Stat, there: Option<&Stat>, options: &WriteOptions) -> Option<SystemTime> {
    if options.modified.is_some() {
        return options.modified;
    }
    let before = describe::modified(there?);
    let ticked = describe::modified(stat) > before;
    (!ticked).then(|| SystemTime::now().max(before + Duration::from_nanos(1)))
}

/// This modification time, and the time of the last access as it is.
pub(super) fn times(time: SystemTime) -> Timestamps {
    let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let borrow = i64::from(before.subsec_nanos() > 0);
            let nanos = if borrow == 1 { 1_000_000_000 - before.subsec_nanos() } else { 0 };
            (-i64::try_from(before.as_secs()).unwrap_or(i64::MAX) - borrow, nanos)
        }
    };
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: i64::from(nanos) },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustix::fs::{CWD, OFlags, openat};
    use storage_types::{Durability, ErrorKind, WriteOptions};

    use super::super::io::write_all;
    use super::super::root::RootDir;
    use super::*;

    /// What happens on file systems that know no files without names; the others go the other way by themselves.
    #[test]
    fn a_named_temporary_file_is_published_whole_or_leaves_nothing() {
        let folder =
            std::env::temp_dir().join(format!("storage-named-{}-{}", std::process::id(), module_path!()));
        std::fs::create_dir_all(&folder).unwrap();
        let open = || openat(CWD, &folder, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let root = Arc::new(RootDir { fd: open(), confined: true, cached: false });
        let entry = DirEntry { dir: open(), name: "file", root, rest: "file" };
        let write = |text: &str, options: &WriteOptions| {
            let file = Temp::create_named(&entry.dir, 0o666)?;
            write_all(file.fd(), text.as_bytes())?;
            let is_new = entry.stat()?.is_none();
            publish(&entry, &file, options, Durability::Full, is_new)
        };
        let read = || std::fs::read_to_string(folder.join("file")).unwrap();

        write("one", &WriteOptions::new().create_only()).unwrap();
        assert_eq!(read(), "one");
        let error = write("two", &WriteOptions::new().create_only()).unwrap_err();
        assert_eq!((error.kind(), read().as_str()), (ErrorKind::AlreadyExists, "one"));
        write("three", &WriteOptions::new()).unwrap();
        assert_eq!(read(), "three");
        drop(Temp::create_named(&entry.dir, 0o666).unwrap());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
