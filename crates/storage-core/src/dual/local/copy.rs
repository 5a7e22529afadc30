//! Copying between local files, inside the kernel. Never a hard link.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::buffer::spare_capacity;
use rustix::fs::{SeekFrom, Stat, copy_file_range, fchown, fstat, ftruncate, ioctl_ficlone, seek};
use rustix::io::{Errno, pread, retry_on_intr};
use rustix::process::{Gid, Uid};
use storage_types::{
    Durability, Error, FileAttribute, Metadata, Operation, ReadOptions, Result, StoragePath, WriteOptions,
};

use super::attributes;
use super::beneath::explain;
use super::core::Core;
use super::describe::{self, is_same};
use super::dir_entry::{DirEntry, WriteTarget};
use super::direct::{self, Direct};
use super::io::{read_to_end, write_all};
use super::partial;
use super::publish;
use super::special;
use super::temp::Temp;
use crate::dual::backend::CopyWatch;
use crate::dual::content::changed_meanwhile;

/// Bytes per step: often enough to report progress and to stop, seldom enough to cost nothing.
const STEP: usize = 8 << 20;

/// Up to this size, content that needs no syncing is copied through memory: fewer system calls.
const AT_ONCE: u64 = 256 << 10;

/// Up to this size nobody looks for holes.
const DENSE: u64 = 64 << 10;

impl Core {
    pub(super) fn copy_from(
        &self,
        source: &Self,
        from: &StoragePath,
        to: &StoragePath,
        options: &WriteOptions,
        watch: &CopyWatch,
    ) -> Result<Metadata> {
        let (file, stat) = source.open_file(from, &ReadOptions::new()).map_err(of_source)?;
        let durability = options.durability.unwrap_or(self.durability);
        let entry = self.entry_or_make(to, durability)?;
        let there = match entry.write_target(options)? {
            WriteTarget::Special(there) => {
                return copy_into(&file, &special::open(&entry, &there, options)?, watch);
            }
            there => there.replaceable(),
        };
        if there.is_some_and(|there| is_same(&there, &stat)) {
            return Ok(describe::metadata(&stat));
        }
        publish::check(options, there.as_ref())?;
        let source = Source { names: attributes::names(&file).map_err(of_source)?, file, stat };
        let mut options = source.with_attributes(options)?;
        let (temp, uncounted) = self.copy_content(&source, &entry, there.as_ref(), &options, watch)?;
        source.give_others(temp.fd(), &mut options, watch)?;
        let published = publish::publish_with_stat(&entry, &temp, &options, durability, there.is_none())?;
        if uncounted > 0 {
            watch.step(uncounted)?;
        }
        source.report_left_behind(&published, &options, watch);
        Ok(published.metadata(&options))
    }

    /// The copy, and how many bytes are still to be reported to the watch when the copy has its name.
    fn copy_content(
        &self,
        source: &Source,
        entry: &DirEntry<'_>,
        there: Option<&Stat>,
        options: &WriteOptions,
        watch: &CopyWatch,
    ) -> Result<(Temp, u64)> {
        let (file, size) = (&source.file, source.size());
        let durability = options.durability.unwrap_or(self.durability);
        if durability == Durability::None && (1..=AT_ONCE).contains(&size) && !source.is_sparse() {
            return source.copy_at_once(entry, there, options);
        }
        let (temp, resumed) = partial::create(entry, options, there)?;
        let resumed = partial::no_more_than(&temp, resumed, size)?;
        watch.resumed(resumed);
        let (to, watch) = (temp.fd(), up_to(&source.stat, watch));
        if size == 0 {
            // Files of the kernel say 0 and have content.
            pour(file, to, 0, None, &|bytes| watch.step(bytes))?;
        } else if source.is_sparse() {
            copy_sparse(file, to, resumed, size, &watch)?;
        } else if self.durability == Durability::None || size < direct::FROM {
            copy_range(file, to, resumed, None, &watch)?;
        } else {
            copy_large(file, to, resumed, size, &watch)?;
        }
        source.check_at_rest()?;
        if size > 0 && fstat(to).map_err(explain)?.st_size.cast_unsigned() != size {
            return Err(of_source(changed_meanwhile()));
        }
        Ok((temp, 0))
    }
}

/// An open file that is copied, with the names of its extended attributes.
struct Source {
    file: OwnedFd,
    stat: Stat,
    names: Vec<String>,
}

impl Source {
    fn size(&self) -> u64 {
        self.stat.st_size.cast_unsigned()
    }

    /// Whether it takes less room than it has content, as files with holes do.
    fn is_sparse(&self) -> bool {
        let on_disk = self.stat.st_blocks.cast_unsigned().saturating_mul(512);
        self.size() > DENSE && on_disk < self.size()
    }

    /// The options with content type and user metadata of the source, and its permission bits for a new file.
    fn with_attributes(&self, options: &WriteOptions) -> Result<WriteOptions> {
        let mut stored = describe::metadata(&self.stat);
        attributes::load(&self.file, &self.names, &mut stored).map_err(of_source)?;
        let mut options = options.clone();
        options.metadata_optional |= !attributes::is_asked_for(&options);
        options.add_headers_of(&stored);
        options.user.extend(stored.user);
        options.create_mode = options.create_mode.or(stored.mode);
        Ok(options)
    }

    /// Fails when somebody wrote to it while it was copied.
    fn check_at_rest(&self) -> Result<()> {
        let now = fstat(&self.file).map_err(explain).map_err(of_source)?;
        let state = |stat: &Stat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
        if state(&now) == state(&self.stat) { Ok(()) } else { Err(of_source(changed_meanwhile())) }
    }

    fn copy_at_once(
        &self,
        entry: &DirEntry<'_>,
        there: Option<&Stat>,
        options: &WriteOptions,
    ) -> Result<(Temp, u64)> {
        let content = read_to_end(&self.file, self.size()).map_err(of_source)?;
        self.check_at_rest()?;
        let temp = Temp::create(&entry.dir, publish::first_mode(options), publish::replaces(there))?;
        write_all(temp.fd(), &content)?;
        Ok((temp, content.len() as u64))
    }

    /// Owner and attributes that are not content type or user metadata, as far as they are wanted and may be given.
    fn give_others(&self, to: &OwnedFd, options: &mut WriteOptions, watch: &CopyWatch) -> Result<()> {
        const SET_UID: u32 = 0o4000;
        const SET_GID: u32 = 0o2000;
        let (uid, gid) = (self.stat.st_uid, self.stat.st_gid);
        if options.preserve_all {
            let group = Some(Gid::from_raw(gid));
            let given = fchown(to, Some(Uid::from_raw(uid)), group);
            // Whoever may not give files away may still be in the group; what is missing is reported at the end.
            let _ = given.or_else(|_| fchown(to, None, group));
        }
        // A program that runs as its owner does so for the owner that it had.
        if let Some(mode) = &mut options.unix_mode
            && *mode & (SET_UID | SET_GID) != 0
        {
            let new = fstat(to).map_err(explain)?;
            *mode &= if new.st_uid == uid { !0 } else { !SET_UID };
            *mode &= if new.st_gid == gid { !0 } else { !SET_GID };
        }
        let left_behind = |attribute| watch.left_behind(attribute);
        attributes::copy_others(&self.file, &self.names, to, options.preserve_all, left_behind)
    }

    fn report_left_behind(&self, published: &publish::Published, options: &WriteOptions, watch: &CopyWatch) {
        let owner = |stat: &Stat| (stat.st_uid, if options.preserve_all { stat.st_gid } else { 0 });
        if owner(&published.stat) != owner(&self.stat) {
            watch.left_behind(FileAttribute::Owner);
        }
        if !published.with_attributes {
            watch.left_behind(FileAttribute::Xattrs);
        }
    }
}

/// Into a device or a pipe.
fn copy_into(from: &OwnedFd, to: &OwnedFd, watch: &CopyWatch) -> Result<Metadata> {
    let written = AtomicU64::new(0);
    pour(from, to, 0, None, &|bytes| {
        written.fetch_add(bytes, Ordering::Relaxed);
        watch.step(bytes)
    })?;
    Ok(special::metadata(written.into_inner()))
}

/// The watch, which stops a copy of a file that grows meanwhile: somebody may write faster than anybody copies. Files of the
/// kernel say 0 and have content.
fn up_to(stat: &Stat, watch: &CopyWatch) -> CopyWatch {
    let (size, done, watch) = (stat.st_size.cast_unsigned(), AtomicU64::new(0), watch.clone());
    CopyWatch::new(move |bytes| {
        watch.step(bytes)?;
        let done = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if size > 0 && done > size { Err(of_source(changed_meanwhile())) } else { Ok(()) }
    })
}

fn of_source(error: Error) -> Error {
    error.with_operation(Operation::Read)
}

/// Shares the content where the file system can (a reflink); else sends it to the disk at once.
fn copy_large(from: &OwnedFd, to: &OwnedFd, start: u64, size: u64, watch: &CopyWatch) -> Result<()> {
    if start == 0 && ioctl_ficlone(to, from).is_ok() {
        return watch.step(size);
    }
    let Some(mut direct) = Direct::open(to, start, size) else {
        return copy_range(from, to, start, None, watch);
    };
    let mut position = start;
    loop {
        match direct.take_from(to, from, position)? {
            0 => return direct.finish(to),
            read => {
                position += read as u64;
                watch.step(read as u64)?;
            }
        }
    }
}

/// Copies what is there, and leaves the holes between (lseek(2), `SEEK_DATA`).
fn copy_sparse(from: &OwnedFd, to: &OwnedFd, start: u64, size: u64, watch: &CopyWatch) -> Result<()> {
    if start == 0 && ioctl_ficlone(to, from).is_ok() {
        return watch.step(size);
    }
    let mut at = start;
    while at < size {
        let data = match seek(from, SeekFrom::Data(at)) {
            Ok(data) => data.min(size),
            Err(Errno::NXIO) => size,
            // The file system does not report holes.
            Err(Errno::INVAL | Errno::OPNOTSUPP) => return copy_range(from, to, at, None, watch),
            Err(errno) => return Err(of_source(explain(errno))),
        };
        // Told in steps like content, so that whoever watches can stop it.
        while at < data {
            let step = at_most(at, Some(data), STEP) as u64;
            watch.step(step)?;
            at += step;
        }
        if data < size {
            at = seek(from, SeekFrom::Hole(data)).map_or(size, |hole| hole.min(size));
            copy_range(from, to, data, Some(at), watch)?;
        }
    }
    retry_on_intr(|| ftruncate(to, size)).map_err(explain)
}

/// Copies in the kernel where it can (a reflink where the file system has them), else through a buffer. Without an `end`, to
/// the end of the file.
fn copy_range(from: &OwnedFd, to: &OwnedFd, start: u64, end: Option<u64>, watch: &CopyWatch) -> Result<()> {
    let mut done = start;
    loop {
        let (mut read, mut write) = (done, done);
        let most = at_most(done, end, STEP);
        if most == 0 {
            return Ok(());
        }
        match copy_file_range(from, Some(&mut read), to, Some(&mut write), most) {
            Ok(0) if done == start => return copy_by_buffer(from, to, done, end, watch),
            Ok(0) => return Ok(()),
            Ok(copied) => {
                done += copied as u64;
                watch.step(copied as u64)?;
            }
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => {
                return copy_by_buffer(from, to, done, end, watch);
            }
            Err(errno) => return Err(explain(errno)),
        }
    }
}

fn copy_by_buffer(
    from: &OwnedFd,
    to: &OwnedFd,
    start: u64,
    end: Option<u64>,
    watch: &CopyWatch,
) -> Result<()> {
    seek(to, SeekFrom::Start(start)).map_err(explain)?;
    pour(from, to, start, end, &|bytes| watch.step(bytes))
}

/// Writes what is there from `start` on where `to` stands.
fn pour(
    from: &OwnedFd,
    to: &OwnedFd,
    start: u64,
    end: Option<u64>,
    step: &dyn Fn(u64) -> Result<()>,
) -> Result<()> {
    // More would be fetched from the system anew each time, and most of what comes this way is empty.
    const BLOCK: usize = 64 << 10;
    // Nearly every file that says it is empty is.
    const PROBE: usize = 4 << 10;
    let mut position = start;
    let mut buffer: Vec<u8> = Vec::with_capacity(PROBE);
    loop {
        if position > start {
            buffer.clear();
            buffer.reserve(BLOCK);
        }
        match pread(from, spare_capacity(&mut buffer), position) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(of_source(explain(errno))),
        }
        buffer.truncate(at_most(position, end, BLOCK));
        if buffer.is_empty() {
            return Ok(());
        }
        write_all(to, &buffer)?;
        position += buffer.len() as u64;
        step(buffer.len() as u64)?;
    }
}

fn at_most(position: u64, end: Option<u64>, most: usize) -> usize {
    let left = end.map_or(u64::MAX, |end| end.saturating_sub(position));
    usize::try_from(left).unwrap_or(usize::MAX).min(most)
}
