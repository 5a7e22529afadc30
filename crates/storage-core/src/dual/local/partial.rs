//! Parts of files that a later write goes on with: the name is in the note of its checkpoint.

use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, SeekFrom, Stat, fchmod, flock, fstat, ftruncate, openat, seek,
    unlinkat,
};
use rustix::io::Errno;
use storage_types::{Checkpoint, Error, Result, WriteOptions};

use super::beneath::explain;
use super::dir_entry::DirEntry;
use super::publish;
use super::temp::{self, NAME, Temp};

/// A file to write into, and how many bytes are in it already. It has a name where the options have a checkpoint that can
/// be kept, and nobody else writes to it now.
pub(super) fn create(
    entry: &DirEntry<'_>,
    options: &WriteOptions,
    there: Option<&Stat>,
) -> Result<(Temp, u64)> {
    let (mode, replaces) = (publish::first_mode(options), publish::replaces(there));
    if let Some(checkpoint) = &options.checkpoint
        && let Some(partial) = go_on(entry, checkpoint, if replaces { mode & 0o600 } else { mode })?
    {
        return Ok(partial);
    }
    Ok((Temp::create(&entry.dir, mode, replaces)?, 0))
}

fn go_on(entry: &DirEntry<'_>, checkpoint: &Checkpoint, mode: u32) -> Result<Option<(Temp, u64)>> {
    if let Some(note) = checkpoint.saved().filter(|note| is_note(note))
        && let Some(partial) = open(entry, &name_of(note), OFlags::RDWR, mode)?
    {
        return Ok(Some(partial));
    }
    let note = temp::random();
    // First the note, then the file: a file that no note names must never stay.
    if checkpoint.keep(&note).is_err() {
        return Ok(None);
    }
    let name = name_of(&note);
    let created = open(entry, &name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, mode)?;
    if created.is_none() {
        // Without a lock it would not be known later whether a process still writes to it.
        let _ = unlinkat(&entry.dir, &*name, AtFlags::empty());
    }
    Ok(created)
}

/// `None` when the file is missing, or another process writes to it.
fn open(entry: &DirEntry<'_>, name: &str, flags: OFlags, mode: u32) -> Result<Option<(Temp, u64)>> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = match openat(&entry.dir, name, flags, Mode::from_raw_mode(mode)) {
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
    let too_much = stat.st_mode & 0o777 & !mode;
    if too_much != 0 {
        fchmod(&fd, Mode::from_raw_mode(stat.st_mode & 0o777 & mode)).map_err(explain)?;
    }
    let size = seek(&fd, SeekFrom::End(0)).map_err(explain)?;
    let dir = entry.dir.try_clone().map_err(Error::from_io)?;
    Ok(Some((Temp::Partial { fd, dir, name: name.to_owned() }, size)))
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

/// Removes the partial file that a note names.
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

/// A note comes from a file that anybody may have written to.
fn is_note(note: &str) -> bool {
    note.len() == 32 && note.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_nothing_else() {
        assert!(is_note(&temp::random()));
        assert_ne!(temp::random(), temp::random());
        for foreign in ["", "../../etc/passwd", "0123456789abcdef0123456789abcde/", "0123"] {
            assert!(!is_note(foreign), "{foreign}");
        }
    }
}
