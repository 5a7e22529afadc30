//! Reading, in one go and streamed.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{Mode, OFlags, fstat};
use storage_types::{ByteRange, EntryKind, Error, ErrorKind, Metadata, ReadOptions, Result, StoragePath};

use super::attributes;
use super::beneath::{self, explain};
use super::cached::{self, Opened};
use super::core::Core;
use super::describe;
use super::io::{read_at, read_to_end, reserve, too_large};
use super::temp;
use crate::dual::buffers::BufferPool;
use crate::dual::content::{Content, refuse_version};
use crate::dual::stream::{ReadStream, Reader};
use crate::{maybe_async, rt};

impl Core {
    /// The content; `opened` is the file where it is open already.
    pub(super) fn get(
        &self,
        path: &StoragePath,
        opened: Option<Opened>,
        options: &ReadOptions,
    ) -> Result<Content> {
        let (file, stat) = opened.map_or_else(|| self.open_file(path, options), Ok)?;
        let mut metadata = describe::metadata(&stat);
        options.check(&metadata)?;
        let bytes = match options.range {
            None => {
                let bytes = read_to_end(&file, metadata.size)?;
                metadata.size = bytes.len() as u64;
                bytes
            }
            Some(range) => {
                let (start, length) = range.resolve(metadata.size)?;
                let length = usize::try_from(length).map_err(|_| too_large())?;
                read_at(&file, start, length, reserve(length)?)?
            }
        };
        Ok(Content { bytes: bytes.into(), metadata })
    }

    /// The ranges, all read from one open file: who replaces it meanwhile makes another one.
    pub(super) fn read_ranges(
        &self,
        path: &StoragePath,
        opened: Option<Opened>,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        let (file, stat) = opened.map_or_else(|| self.open_file(path, options), Ok)?;
        let metadata = describe::metadata(&stat);
        options.check(&metadata)?;
        let part = |range: &ByteRange| {
            let (start, length) = range.resolve(metadata.size)?;
            let length = usize::try_from(length).map_err(|_| too_large())?;
            let bytes = read_at(&file, start, length, reserve(length)?)?;
            // Cut short between two ranges, it would be of two contents.
            if bytes.len() < length { Err(shorter(start + bytes.len() as u64)) } else { Ok(bytes.into()) }
        };
        ranges.iter().map(part).collect()
    }

    /// As [`Core::stat`], with what the extended attributes hold.
    pub(super) fn full_metadata(&self, path: &StoragePath) -> Result<Metadata> {
        let mut metadata = self.stat(path)?;
        if metadata.is_file() {
            let (file, stat) = match self.open_file(path, &ReadOptions::new()) {
                Ok(open) => open,
                // A caller who may not read the file may still see what `stat` reports.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(metadata),
                Err(error) => return Err(error),
            };
            metadata = describe::metadata(&stat);
            attributes::load(&file, &attributes::names(&file)?, &mut metadata)?;
        }
        Ok(metadata)
    }

    /// Opens a file for reading. Pipes and devices are refused, and opening one never waits.
    pub(super) fn open_file(&self, path: &StoragePath, options: &ReadOptions) -> Result<Opened> {
        refuse_version(options)?;
        temp::hide(path)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = self.at(path, |root, rest| beneath::open(root, rest, flags, Mode::empty()))?;
        let stat = fstat(&file).map_err(explain)?;
        match describe::kind(&stat) {
            EntryKind::File => Ok((file, stat)),
            EntryKind::Directory => Err(Error::is_a_directory()),
            _ => Err(Error::new(ErrorKind::Unsupported, "it is neither a file nor a directory")
                .with_hint("devices, sockets and pipes cannot be read through a mount")),
        }
    }
}

/// A stream of an open file. No I/O.
pub(super) fn reader((file, stat): Opened, options: &ReadOptions) -> Result<Reader> {
    let metadata = describe::metadata(&stat);
    options.check(&metadata)?;
    let (start, length) = match options.range {
        Some(range) => range.resolve(metadata.size)?,
        None => (0, metadata.size),
    };
    // Files of the kernel (`/proc`) say 0 and have content; those are read to their end.
    let known = options.range.is_some() || metadata.size > 0;
    let end = if known { start + length } else { u64::MAX };
    let stream = LocalReader {
        file: Arc::new(file),
        start,
        end,
        position: start,
        known,
        pool: BufferPool::keeping(KEPT),
        ahead: VecDeque::new(),
    };
    Ok(Reader::new(Box::new(stream), length, metadata))
}

/// A file that is truncated while it is read may give zeros in place of what was there. Its size changes first, so
/// bytes that lie inside the size afterwards were real.
fn check_still_there(file: &OwnedFd, end: u64) -> Result<()> {
    let size = fstat(file).map_err(explain)?.st_size.cast_unsigned();
    if size < end { Err(shorter(size)) } else { Ok(()) }
}

fn shorter(end: u64) -> Error {
    let message = format!("the file became shorter while it was read: it ends at byte {end}");
    // Somebody writes to it: the next try may find it at rest.
    Error::new(ErrorKind::Corrupted, message).with_hint("read it again").with_retryable(true)
}

/// Reads under way while the caller handles a chunk: the hop of one hides behind the work of the other.
const AHEAD: usize = 3;

/// Chunks that a slow destination holds on to are read into again; so many wait at most.
const KEPT: usize = 64;

struct LocalReader {
    file: Arc<OwnedFd>,
    pool: BufferPool,
    start: u64,
    end: u64,
    position: u64,
    known: bool,
    /// The chunks after the next one that is handed out, by position.
    ahead: VecDeque<(u64, rt::Task<Vec<u8>>)>,
}

impl LocalReader {
    /// Bytes to read at `position`: `max` at most, and none past the end.
    fn length_at(&self, position: u64, max: usize) -> usize {
        let left = usize::try_from(self.end.saturating_sub(position)).unwrap_or(usize::MAX);
        max.min(left)
    }

    /// The next chunk, when all of it is in the page cache and still in the file.
    fn cached(&self, max: usize) -> Option<Vec<u8>> {
        let length = self.length_at(self.position, max);
        if !self.known || !self.ahead.is_empty() || length > cached::MOST {
            return None;
        }
        let mut bytes = self.pool.take(length);
        bytes.resize(length, 0);
        let whole = cached::read(&self.file, self.position, &mut bytes) == Some(length);
        let intact = whole && check_still_there(&self.file, self.position + length as u64).is_ok();
        intact.then_some(bytes)
    }

    fn begin(&self, position: u64, max: usize) -> rt::Task<Vec<u8>> {
        let (file, pool) = (self.file.clone(), self.pool.clone());
        let length = self.length_at(position, max);
        let known = self.known;
        rt::Task::start(move || {
            let bytes = read_at(&file, position, length, pool.take(length))?;
            if known {
                check_still_there(&file, position + bytes.len() as u64)?;
            }
            Ok(bytes)
        })
    }

    /// Begins reading what follows a full chunk, up to the end that is known.
    fn read_ahead(&mut self, max: usize) {
        let mut next = self.position + (self.ahead.len() * max) as u64;
        while self.known && self.ahead.len() < AHEAD && next < self.end {
            self.ahead.push_back((next, self.begin(next, max)));
            next += max as u64;
        }
    }

    fn at_end(&self) -> bool {
        self.position >= self.end
    }

    fn ended_early(&self) -> Result<()> {
        if self.known && !self.at_end() {
            return Err(shorter(self.position));
        }
        Ok(())
    }
}

#[maybe_async]
impl ReadStream for LocalReader {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        if self.at_end() || max == 0 {
            return Ok(None);
        }
        if let Some(chunk) = rt::inline(|| self.cached(max)).await {
            self.position += chunk.len() as u64;
            return Ok(Some(self.pool.share(chunk)));
        }
        let task = match self.ahead.pop_front() {
            Some((position, task)) if position == self.position => task,
            _ => {
                self.ahead.clear();
                self.begin(self.position, max)
            }
        };
        let chunk = task.join().await?;
        if chunk.is_empty() {
            self.ended_early()?;
            return Ok(None);
        }
        self.position += chunk.len() as u64;
        if chunk.len() == max {
            self.read_ahead(max);
        }
        Ok(Some(self.pool.share(chunk)))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.position = self.start.saturating_add(position);
        self.ahead.clear();
        Ok(())
    }

    async fn read_into(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let length = self.length_at(self.position, buffer.len());
        if length == 0 {
            return Ok(0);
        }
        let (file, position, buffer) = (&self.file, self.position, &mut buffer[..length]);
        let inline = length.min(cached::MOST);
        let read = match rt::inline(|| cached::read(file, position, &mut buffer[..inline])).await {
            Some(read) => read,
            None => rt::read_into(file, buffer, position).await?,
        };
        if read == 0 {
            self.ended_early()?;
        }
        self.position += read as u64;
        Ok(read)
    }
}
