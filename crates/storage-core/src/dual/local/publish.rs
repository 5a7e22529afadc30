//! Giving a finished file its name: atomically, under the directory's lock, conditions checked.

use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Mode, RenameFlags, Stat, Timespec, Timestamps, UTIME_OMIT};
use rustix::fs::{fchmod, fchown, fstat, fsync, futimens, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use storage_types::{Durability, Metadata, Result, WriteMode, WriteOptions};

use super::attributes;
use super::beneath::explain;
use super::core::Spot;
use super::describe;
use super::lock::DirLock;
use super::rename::is_same;
use super::temp::{self, Temp};
use super::write::write_all;
use crate::dual::content::{already_exists, check_write};

/// Checks what a write demands of what is there.
pub(super) fn check(options: &WriteOptions, there: Option<&Stat>) -> Result<()> {
    match &options.mode {
        WriteMode::Replace => Ok(()),
        mode => check_write(mode, there.map(describe::etag).as_deref(), there.is_some()),
    }
}

/// Publishes a file that was written without a name.
pub(super) fn publish(
    spot: &Spot<'_>,
    file: &Temp,
    options: &WriteOptions,
    durability: Durability,
) -> Result<Metadata> {
    attributes::store(file.fd(), options)?;
    if durability != Durability::None {
        fsync(file.fd()).map_err(explain)?;
    }
    let stat = {
        let _lock = DirLock::take(&spot.dir, options.mode != WriteMode::Replace)?;
        let there = spot.replaceable()?;
        check(options, there.as_ref())?;
        let stat = adopt(file.fd(), there.as_ref(), options)?;
        name_it(spot, file, there.is_some(), options)?;
        stat
    };
    finish(spot, &stat, options, durability)
}

/// Writes and publishes small content that needs no syncing where nothing stands yet: a file without a name gets its
/// real one, with neither lock nor rename. `None` when something does stand there, and nothing has happened.
fn publish_fresh(spot: &Spot<'_>, options: &WriteOptions, content: &[u8]) -> Result<Option<Metadata>> {
    // A compare-and-set has nothing to compare with here; the other way says so.
    if matches!(options.mode, WriteMode::IfMatch(_)) || spot.stat()?.is_some() {
        return Ok(None);
    }
    let file = Temp::create(&spot.dir, first_mode(options))?;
    let Temp::Nameless(fd) = &file else { return Ok(None) };
    write_all(fd, content)?;
    attributes::store(fd, options)?;
    let stat = adopt(fd, None, options)?;
    match temp::link(fd, &spot.dir, spot.name) {
        Ok(()) => finish(spot, &stat, options, Durability::None).map(Some),
        Err(Errno::EXIST) => Ok(None),
        Err(errno) => Err(explain(errno)),
    }
}

/// Writes and publishes small content that needs no syncing, in as few system calls as possible. The file that it was
/// copied from is left as it is when that is the one to replace.
pub(super) fn publish_at_once(
    spot: &Spot<'_>,
    options: &WriteOptions,
    content: &[u8],
    source: Option<&Stat>,
) -> Result<Metadata> {
    if let Some(metadata) = publish_fresh(spot, options, content)? {
        return Ok(metadata);
    }
    let lock = DirLock::take(&spot.dir, options.mode != WriteMode::Replace)?;
    let there = spot.replaceable()?;
    if let Some(source) = source.filter(|source| there.as_ref().is_some_and(|there| is_same(there, source))) {
        return Ok(describe::metadata(source));
    }
    check(options, there.as_ref())?;
    let file = temp::create_exclusively(&spot.dir, temp::NAME, first_mode(options))?;
    let publish = || {
        write_all(&file, content)?;
        attributes::store(&file, options)?;
        let stat = adopt(&file, there.as_ref(), options)?;
        rename(&spot.dir, temp::NAME, spot, there.is_some(), options).map_err(explain)?;
        Ok(stat)
    };
    match publish() {
        Ok(stat) => {
            lock.until_close();
            finish(spot, &stat, options, Durability::None)
        }
        Err(error) => {
            let _ = unlinkat(&spot.dir, temp::NAME, AtFlags::empty());
            Err(error)
        }
    }
}

/// The mode to create a file with, before the umask.
pub(super) fn first_mode(options: &WriteOptions) -> u32 {
    options.unix_mode.or(options.create_mode).map_or(0o666, |mode| mode & 0o777)
}

fn name_it(spot: &Spot<'_>, file: &Temp, exists: bool, options: &WriteOptions) -> Result<()> {
    let fd = match file {
        // Renaming works on file systems without links, too.
        Temp::Named { dir, name, .. } | Temp::Kept { dir, name, .. } => {
            return rename(dir, name, spot, exists, options).map_err(explain);
        }
        Temp::Nameless(fd) => fd,
    };
    if !exists {
        match temp::link(fd, &spot.dir, spot.name) {
            Err(Errno::EXIST) if options.mode == WriteMode::Create => return Err(already_exists()),
            Err(Errno::EXIST) => {}
            result => return result.map_err(explain),
        }
    }
    let link = || temp::link(fd, &spot.dir, temp::NAME);
    let linked = match link() {
        Err(Errno::EXIST) => unlinkat(&spot.dir, temp::NAME, AtFlags::empty()).and_then(|()| link()),
        result => result,
    };
    linked.map_err(explain)?;
    rename(&spot.dir, temp::NAME, spot, exists, options).map_err(|errno| {
        let _ = unlinkat(&spot.dir, temp::NAME, AtFlags::empty());
        explain(errno)
    })
}

fn rename(
    dir: &OwnedFd,
    from: &str,
    spot: &Spot<'_>,
    exists: bool,
    options: &WriteOptions,
) -> Result<(), Errno> {
    if options.mode == WriteMode::Create && !exists {
        // Not every writer is one of ours and takes the lock.
        return renameat_with(dir, from, &spot.dir, spot.name, RenameFlags::NOREPLACE);
    }
    renameat(dir, from, &spot.dir, spot.name)
}

/// Gives the new file the owner and mode of the one that it replaces, and a later time. Tells its final state.
fn adopt(file: &OwnedFd, there: Option<&Stat>, options: &WriteOptions) -> Result<Stat> {
    let mut stat = fstat(file).map_err(explain)?;
    let mut changed = false;
    // A link is replaced by a file, whose mode is not the link's.
    if let Some(there) = there.filter(|there| describe::kind(there) == storage_types::EntryKind::File) {
        if (there.st_uid, there.st_gid) != (stat.st_uid, stat.st_gid) {
            // Only root may, and for others the new owner is right.
            let owner = (Uid::from_raw(there.st_uid), Gid::from_raw(there.st_gid));
            changed |= fchown(file, Some(owner.0), Some(owner.1)).is_ok();
        }
        changed |= set_mode(file, &stat, options.unix_mode.unwrap_or(there.st_mode) & 0o7777)?;
    } else if let Some(mode) = options.unix_mode {
        changed |= set_mode(file, &stat, mode & 0o7777)?;
    }
    if let Some(time) = new_time(&stat, there, options) {
        set_modified(file, time)?;
        changed = true;
    }
    if changed {
        stat = fstat(file).map_err(explain)?;
    }
    Ok(stat)
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

fn set_modified(file: &OwnedFd, time: SystemTime) -> Result<()> {
    futimens(file, &times(time)).map_err(explain)
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

fn finish(spot: &Spot<'_>, stat: &Stat, options: &WriteOptions, durability: Durability) -> Result<Metadata> {
    if durability == Durability::Full {
        fsync(&spot.dir).map_err(explain)?;
    }
    let mut metadata = describe::metadata(stat);
    metadata.content_type.clone_from(&options.content_type);
    metadata.cache_control.clone_from(&options.cache_control);
    metadata.user.clone_from(&options.user);
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustix::fs::{CWD, OFlags, openat};
    use storage_types::{Durability, ErrorKind, WriteOptions};

    use super::super::root::RootDir;
    use super::*;

    /// What happens on file systems that know no files without names; the others go the other way by themselves.
    #[test]
    fn a_named_temporary_file_is_published_whole_or_leaves_nothing() {
        let folder =
            std::env::temp_dir().join(format!("storage-named-{}-{}", std::process::id(), module_path!()));
        std::fs::create_dir_all(&folder).unwrap();
        let open = || openat(CWD, &folder, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let root = Arc::new(RootDir { fd: open(), confined: true });
        let spot = Spot { dir: open(), name: "file", root, rest: "file" };
        let write = |text: &str, options: &WriteOptions| {
            let file = Temp::create_named(&spot.dir, 0o666)?;
            write_all(file.fd(), text.as_bytes())?;
            publish(&spot, &file, options, Durability::Full)
        };
        let read = || std::fs::read_to_string(folder.join("file")).unwrap();

        write("one", &WriteOptions::new().create_only()).unwrap();
        assert_eq!(read(), "one");
        let error = write("two", &WriteOptions::new().create_only()).unwrap_err();
        assert_eq!((error.kind(), read().as_str()), (ErrorKind::AlreadyExists, "one"));
        write("three", &WriteOptions::new()).unwrap();
        assert_eq!(read(), "three");
        drop(Temp::create_named(&spot.dir, 0o666).unwrap());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
