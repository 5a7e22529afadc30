//! Parts of files that a later write goes on with: the name is in the note of its checkpoint.

use std::ffi::CStr;
use std::hash::{BuildHasher as _, RandomState};
use std::os::fd::OwnedFd;
use std::time::SystemTime;

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, SeekFrom, flock, fstat, ftruncate, openat, seek, unlinkat,
};
use rustix::io::Errno;
use storage_types::{Checkpoint, Error, Result, WriteOptions};

use super::beneath::explain;
use super::core::Spot;
use super::publish;
use super::temp::{NAME, Temp};

/// A file to write into, and how many bytes are in it already. It has a name where the options have a checkpoint that can
/// be kept, and nobody else writes to it now.
pub(super) fn create(spot: &Spot<'_>, options: &WriteOptions) -> Result<(Temp, u64)> {
    if let Some(checkpoint) = &options.checkpoint
        && let Some(kept) = go_on(spot, options, checkpoint)?
    {
        return Ok(kept);
    }
    Ok((Temp::create(&spot.dir, publish::first_mode(options))?, 0))
}

fn go_on(spot: &Spot<'_>, options: &WriteOptions, checkpoint: &Checkpoint) -> Result<Option<(Temp, u64)>> {
    if let Some(note) = checkpoint.saved().filter(|note| is_note(note))
        && let Some(kept) = open(spot, &name_of(note), OFlags::RDWR, 0)?
    {
        return Ok(Some(kept));
    }
    let note = fresh_note();
    // First the note, then the file: one that nobody knows of must never stay.
    if checkpoint.keep(&note).is_err() {
        return Ok(None);
    }
    open(spot, &name_of(&note), OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, publish::first_mode(options))
}

/// `None` when there is none, or another process writes to it.
fn open(spot: &Spot<'_>, name: &str, flags: OFlags, mode: u32) -> Result<Option<(Temp, u64)>> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = match openat(&spot.dir, name, flags, Mode::from_raw_mode(mode)) {
        Ok(fd) => fd,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Ok(None),
        Err(errno) => return Err(explain(errno)),
    };
    let stat = fstat(&fd).map_err(explain)?;
    let is_ours = super::describe::kind(&stat) == storage_types::EntryKind::File && stat.st_nlink == 1;
    // Held as long as the file is open, by a process that lives.
    if !is_ours || flock(&fd, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(None);
    }
    let size = seek(&fd, SeekFrom::End(0)).map_err(explain)?;
    let dir = spot.dir.try_clone().map_err(Error::from_io)?;
    Ok(Some((Temp::Kept { fd, dir, name: name.to_owned() }, size)))
}

/// A part longer than the whole is not of it: that one begins anew.
pub(super) fn no_more_than(part: &Temp, bytes: u64, whole: u64) -> Result<u64> {
    if bytes <= whole {
        return Ok(bytes);
    }
    ftruncate(part.fd(), 0).map_err(explain)?;
    seek(part.fd(), SeekFrom::Start(0)).map_err(explain)?;
    Ok(0)
}

/// Whether a name is that of something that nobody writes to any more. To be asked under the lock of the directory.
pub(super) fn is_left_over(dir: &OwnedFd, name: &CStr) -> bool {
    let Some(rest) = name.to_str().ok().and_then(|name| name.strip_prefix(NAME)) else { return false };
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let is_free = || {
        let fd = openat(dir, name, flags, Mode::empty());
        fd.is_ok_and(|fd| flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok())
    };
    rest.is_empty() || (rest.starts_with("part-") && is_free())
}

/// Removes what a note tells of.
pub(super) fn discard(dir: &OwnedFd, note: &str) -> Result<()> {
    if !is_note(note) {
        return Ok(());
    }
    match unlinkat(dir, name_of(note), AtFlags::empty()) {
        Err(Errno::NOENT) | Ok(()) => Ok(()),
        Err(errno) => Err(explain(errno)),
    }
}

fn name_of(note: &str) -> String {
    format!("{NAME}part-{note}")
}

/// Random, so that what is found under it can only be what was written for it.
fn fresh_note() -> String {
    let (now, process) = (SystemTime::now(), std::process::id());
    // Each state has keys of its own, drawn from the system's random numbers.
    let random = || RandomState::new().hash_one((now, process));
    format!("{:016x}{:016x}", random(), random())
}

/// A note comes from a file that anybody may have written to.
fn is_note(note: &str) -> bool {
    note.len() == 32 && note.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_nothing_else() {
        assert!(is_note(&fresh_note()));
        assert_ne!(fresh_note(), fresh_note());
        for foreign in ["", "../../etc/passwd", "0123456789abcdef0123456789abcde/", "0123"] {
            assert!(!is_note(foreign), "{foreign}");
        }
    }
}
