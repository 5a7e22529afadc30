//! Answers from the kernel's caches, on the thread of the caller: no call in here waits for a disk or for a server.
//!
//! `openat2(2)` with `RESOLVE_CACHED` (Linux 5.12) finds only what the kernel holds in memory, `preadv2(2)` with `RWF_NOWAIT`
//! (Linux 4.14) reads only what is in the page cache. Whatever they cannot answer, errors too, takes the way by the blocking pool.

use std::os::fd::OwnedFd;

use bytes::Bytes;
use rustix::fs::{Mode, OFlags, ResolveFlags, Stat, fstat, openat2};
use rustix::io::{IoSliceMut, ReadWriteFlags, preadv2};
use storage_types::{ByteRange, EntryKind, Metadata, ReadOptions, StoragePath};

use super::core::Core;
use super::describe;
use super::temp;
use crate::dual::content::Content;

/// Bytes that are read on the thread of the caller at most; to copy so many takes some 20 us.
pub(super) const MOST: usize = 256 * 1024;

/// A file found in the caches, open, and what `fstat` says of it.
pub(super) type Opened = (OwnedFd, Stat);

impl Core {
    /// As [`Core::stat`]; `None` where it might wait or is an error.
    pub(super) fn cached_stat(&self, path: &StoragePath) -> Option<Metadata> {
        let found = self.open_cached(path, OFlags::PATH)?;
        Some(describe::metadata(&fstat(found).ok()?))
    }

    /// As [`Core::open_file`]; `None` where it might wait or is an error.
    pub(super) fn open_cached_file(&self, path: &StoragePath, options: &ReadOptions) -> Option<Opened> {
        if options.version.is_some() {
            return None;
        }
        let file = self.open_cached(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = fstat(&file).ok()?;
        (describe::kind(&stat) == EntryKind::File).then_some((file, stat))
    }

    fn open_cached(&self, path: &StoragePath, flags: OFlags) -> Option<OwnedFd> {
        if path.is_root() || temp::is_reserved(path.name()) {
            return None;
        }
        let root = self.root.cached()?;
        let Some((base, below)) = self.split_base(path, path.as_str()) else {
            return open(&root.fd, path.as_str(), flags, root.confined);
        };
        let base = open(&root.fd, base, OFlags::PATH | OFlags::DIRECTORY, root.confined)?;
        open(&base, below, flags, true)
    }
}

/// Never on another file system: it may be one that waits.
fn open(dir: &OwnedFd, path: &str, flags: OFlags, confined: bool) -> Option<OwnedFd> {
    let cached = ResolveFlags::CACHED | ResolveFlags::NO_XDEV;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let resolve = if confined { cached | beneath } else { cached };
    openat2(dir, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve).ok()
}

/// The content that `options` ask for; `None` where not all of it is in the page cache, or the file is being changed.
pub(super) fn content((file, stat): &Opened, options: &ReadOptions) -> Option<Content> {
    let metadata = describe::metadata(stat);
    options.check(&metadata).ok()?;
    let (start, length) = match options.range {
        Some(range) => range.resolve(metadata.size).ok()?,
        None => (0, metadata.size),
    };
    let length = usize::try_from(length).ok().filter(|length| *length <= MOST)?;
    // One byte more shows that the file ends where its size says.
    let mut bytes = vec![0; length + usize::from(options.range.is_none())];
    let read = if bytes.is_empty() { 0 } else { read(file, start, &mut bytes)? };
    bytes.truncate(read);
    (read == length).then(|| Content { bytes: Bytes::from(bytes), metadata })
}

/// The ranges of one file; `None` where not all of them are in the page cache, or the file is being changed.
pub(super) fn ranges(
    (file, stat): &Opened,
    ranges: &[ByteRange],
    options: &ReadOptions,
) -> Option<Vec<Bytes>> {
    let metadata = describe::metadata(stat);
    options.check(&metadata).ok()?;
    let mut left = MOST;
    let mut part = |range: &ByteRange| {
        let (start, length) = range.resolve(metadata.size).ok()?;
        let length = usize::try_from(length).ok()?;
        left = left.checked_sub(length)?;
        let mut bytes = vec![0; length];
        let read = if bytes.is_empty() { 0 } else { read(file, start, &mut bytes)? };
        (read == length).then(|| Bytes::from(bytes))
    };
    ranges.iter().map(&mut part).collect()
}

/// Reads what the page cache holds into `buffer`, which should not be longer than [`MOST`]; `None` where it holds nothing.
pub(super) fn read(file: &OwnedFd, position: u64, buffer: &mut [u8]) -> Option<usize> {
    preadv2(file, &mut [IoSliceMut::new(buffer)], position, ReadWriteFlags::NOWAIT).ok()
}
