//! Reading and writing a descriptor until all is done.

use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread, write};
use storage_types::{Error, ErrorKind, Result};

use super::beneath::explain;

/// Writes all of `content`.
pub(super) fn write_all(file: &OwnedFd, mut content: &[u8]) -> Result<()> {
    write_rest(file, &mut content).map_err(explain)
}

/// Writes all of `content`; after an error it is what was not written.
pub(super) fn write_rest(file: &OwnedFd, content: &mut &[u8]) -> Result<(), Errno> {
    while !content.is_empty() {
        match write(file, content) {
            Ok(0) => return Err(Errno::NOSPC),
            Ok(written) => *content = &content[written..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// The whole file. One byte more than expected is asked for, so that one call is enough to know that there is no more.
pub(super) fn read_to_end(file: &OwnedFd, size: u64) -> Result<Vec<u8>> {
    let size = usize::try_from(size).map_err(|_| too_large())?;
    let mut bytes = reserve(if size == 0 { 4096 } else { size + 1 })?;
    loop {
        if bytes.len() == bytes.capacity() {
            bytes.try_reserve(bytes.len().max(4096)).map_err(|_| too_large())?;
        }
        let position = bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), position) {
            Ok(0) => return Ok(bytes),
            Ok(_) if size > 0 && bytes.len() == size => return Ok(bytes),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(explain(errno)),
        }
    }
}

/// At most `length` bytes from `position` into the empty `bytes`; fewer only at the end of the file. No byte is written
/// twice: the buffer is not zeroed first.
pub(super) fn read_at(file: &OwnedFd, position: u64, length: usize, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    while bytes.len() < length {
        let at = position + bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(explain(errno)),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// An empty buffer for so many bytes.
pub(super) fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| too_large())?;
    Ok(bytes)
}

pub(super) fn too_large() -> Error {
    Error::new(ErrorKind::QuotaExceeded, "the content does not fit into memory")
        .with_hint("stream it with `reader()`")
}
