//! Copying between local files, inside the kernel. Never a hard link.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::buffer::spare_capacity;
use rustix::fs::{Stat, copy_file_range, fstat, ioctl_ficlone};
use rustix::io::{Errno, pread};
use storage_types::{Durability, Error, Metadata, Operation, ReadOptions, Result, StoragePath, WriteOptions};

use super::attributes;
use super::beneath::explain;
use super::core::{Core, Spot};
use super::describe;
use super::direct::{self, Direct};
use super::kept;
use super::publish;
use super::read::read_to_end;
use super::rename::is_same;
use super::write::{AT_ONCE, write_all};
use crate::dual::backend::CopyWatch;
use crate::dual::transfer::changed_meanwhile;

/// Bytes per step: often enough to tell progress and to stop, seldom enough not to count.
const STEP: usize = 8 << 20;

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
        let spot = self.spot_or_make(to, durability)?;
        let options = with_attributes(&file, &stat, options, self)?;
        let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
        if durability == Durability::None && size > 0 && size <= AT_ONCE {
            return copy_small(&file, &stat, &spot, &options, watch);
        }
        if spot.replaceable()?.is_some_and(|there| is_same(&there, &stat)) {
            return Ok(describe::metadata(&stat));
        }
        let (temp, resumed) = kept::create(&spot, &options)?;
        let resumed = kept::no_more_than(&temp, resumed, stat.st_size.cast_unsigned())?;
        watch.resumed(resumed);
        let (to, size, watch) = (temp.fd(), stat.st_size.cast_unsigned(), up_to(&stat, watch));
        if self.durability == Durability::None || size < direct::FROM {
            copy_content(&file, to, resumed, &watch)?;
        } else {
            copy_large(&file, to, resumed, size, &watch)?;
        }
        check_at_rest(&file, &stat)?;
        publish::publish(&spot, &temp, &options, durability)
    }
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

/// The options with content type and user metadata of the source, and its permission bits for a new file.
fn with_attributes(file: &OwnedFd, stat: &Stat, options: &WriteOptions, core: &Core) -> Result<WriteOptions> {
    let mut stored = describe::metadata(stat);
    if core.keeps_attributes() {
        attributes::load(file, &mut stored).map_err(of_source)?;
    }
    let mut options = options.clone();
    options.content_type = options.content_type.or(stored.content_type);
    options.cache_control = options.cache_control.or(stored.cache_control);
    options.user.extend(stored.user);
    Ok(options)
}

/// Fails when somebody wrote to the source while it was copied.
fn check_at_rest(file: &OwnedFd, before: &Stat) -> Result<()> {
    let now = fstat(file).map_err(explain).map_err(of_source)?;
    let state = |stat: &Stat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
    if state(&now) == state(before) { Ok(()) } else { Err(of_source(changed_meanwhile())) }
}

fn copy_small(
    file: &OwnedFd,
    stat: &Stat,
    spot: &Spot<'_>,
    options: &WriteOptions,
    watch: &CopyWatch,
) -> Result<Metadata> {
    let content = read_to_end(file, stat.st_size.cast_unsigned()).map_err(of_source)?;
    check_at_rest(file, stat)?;
    let metadata = publish::publish_at_once(spot, options, &content, Some(stat))?;
    watch.step(content.len() as u64)?;
    Ok(metadata)
}

/// Shares the content where the file system can (a reflink); else sends it to the disk at once.
fn copy_large(from: &OwnedFd, to: &OwnedFd, start: u64, size: u64, watch: &CopyWatch) -> Result<()> {
    if start == 0 && ioctl_ficlone(to, from).is_ok() {
        return watch.step(size);
    }
    let Some(mut direct) = Direct::open(to, start, size) else {
        return copy_content(from, to, start, watch);
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

/// Copies in the kernel where it can (a reflink where the file system has them), else through a buffer.
fn copy_content(from: &OwnedFd, to: &OwnedFd, start: u64, watch: &CopyWatch) -> Result<()> {
    let mut done = start;
    loop {
        let (mut read, mut write) = (done, done);
        match copy_file_range(from, Some(&mut read), to, Some(&mut write), STEP) {
            Ok(0) if done == start => return copy_by_buffer(from, to, done, watch),
            Ok(0) => return Ok(()),
            Ok(copied) => {
                done += copied as u64;
                watch.step(copied as u64)?;
            }
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => {
                return copy_by_buffer(from, to, done, watch);
            }
            Err(errno) => return Err(explain(errno)),
        }
    }
}

fn copy_by_buffer(from: &OwnedFd, to: &OwnedFd, start: u64, watch: &CopyWatch) -> Result<()> {
    rustix::fs::seek(to, rustix::fs::SeekFrom::Start(start)).map_err(explain)?;
    let mut position = start;
    let mut buffer: Vec<u8> = Vec::with_capacity(1 << 20);
    loop {
        buffer.clear();
        match pread(from, spare_capacity(&mut buffer), position) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(explain(errno)),
        }
        write_all(to, &buffer)?;
        position += buffer.len() as u64;
        watch.step(buffer.len() as u64)?;
    }
}
