//! Large content that has to reach the disk anyway goes there past the page cache (`O_DIRECT`, open(2)): nothing is copied
//! into memory that nobody asked to keep, and there is little left to wait for at the end.

use std::os::fd::OwnedFd;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, fstatfs};
use rustix::io::{Errno, pread, retry_on_intr};
use storage_types::Result;

use super::beneath::explain;
use super::io::{write_all, write_rest};

/// Content below this size is left to the kernel, in bytes.
pub(super) const FROM: u64 = 16 << 20;

/// So much is written at once, in bytes.
const BLOCK: usize = 1 << 20;

/// Memory and positions are multiples of this, in bytes: the largest sector of disks.
const ALIGN: usize = 4096;

/// File systems that write to a disk of this machine: ext4, XFS, and what containers lay over one of them.
/// (statfs(2); file systems behind a network gather writes better than we would.)
const SUITED: [u64; 3] = [0xef53, 0x5846_5342, 0x794c_7630];

/// A block that is being filled.
pub(super) struct Direct {
    buffer: Vec<u8>,
    /// Where the block begins in the buffer: at a multiple of [`ALIGN`].
    start: usize,
    filled: usize,
}

impl Direct {
    /// For a file that is written from `position` on and is to have `size` bytes; `None` where it is better written as
    /// usual.
    pub(super) fn open(file: &OwnedFd, position: u64, size: u64) -> Option<Self> {
        let suits = size.saturating_sub(position) >= FROM && position.is_multiple_of(ALIGN as u64);
        (suits && is_suited(file) && switch(file, true).is_ok()).then(Self::new)
    }

    fn new() -> Self {
        let buffer = vec![0; BLOCK + ALIGN];
        let start = buffer.as_ptr().align_offset(ALIGN).min(ALIGN);
        Self { buffer, start, filled: 0 }
    }

    /// What there is still room for.
    fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..][self.filled..BLOCK]
    }

    pub(super) fn write(&mut self, file: &OwnedFd, mut content: &[u8]) -> Result<()> {
        while !content.is_empty() {
            let room = self.room();
            let (now, later) = content.split_at(room.len().min(content.len()));
            room[..now.len()].copy_from_slice(now);
            content = later;
            self.filled_by(file, now.len())?;
        }
        Ok(())
    }

    /// Takes what `source` has at `position`, and returns the number of bytes: 0 at its end.
    pub(super) fn take_from(&mut self, file: &OwnedFd, source: &OwnedFd, position: u64) -> Result<usize> {
        let read = retry_on_intr(|| pread(source, self.room(), position)).map_err(explain)?;
        self.filled_by(file, read)?;
        Ok(read)
    }

    fn filled_by(&mut self, file: &OwnedFd, bytes: usize) -> Result<()> {
        self.filled += bytes;
        if self.filled == BLOCK { self.flush(file, BLOCK) } else { Ok(()) }
    }

    /// Writes the tail, which is shorter than a sector.
    pub(super) fn finish(mut self, file: &OwnedFd) -> Result<()> {
        let filled = self.filled;
        let whole = filled - filled % ALIGN;
        self.flush(file, whole)?;
        switch(file, false).map_err(explain)?;
        write_all(file, &self.buffer[self.start..][whole..filled])
    }

    fn flush(&mut self, file: &OwnedFd, bytes: usize) -> Result<()> {
        self.filled = 0;
        let mut rest = &self.buffer[self.start..][..bytes];
        match write_rest(file, &mut rest) {
            // The file system has other rules, or took half a sector: as usual, then.
            Err(Errno::INVAL) => {
                switch(file, false).map_err(explain)?;
                write_all(file, rest)
            }
            result => result.map_err(explain),
        }
    }
}

fn is_suited(file: &OwnedFd) -> bool {
    let kind = fstatfs(file).map(|found| u64::try_from(found.f_type));
    matches!(kind, Ok(Ok(kind)) if SUITED.contains(&kind))
}

/// Whether writes go past the page cache from now on.
fn switch(file: &OwnedFd, on: bool) -> Result<(), Errno> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, on);
    fcntl_setfl(file, flags)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;

    use super::*;

    fn file(name: &str) -> (PathBuf, OwnedFd) {
        let name = format!("storage-direct-{name}-{}-{}", std::process::id(), module_path!());
        let path = std::env::temp_dir().join(name);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        (path, file.into())
    }

    fn content(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|at| (at / 3 % 251) as u8).collect()
    }

    /// A `Direct` for any file system: on one that does not suit it works as usual, which gives the same content.
    fn direct(file: &OwnedFd) -> Direct {
        Direct::open(file, 0, FROM).unwrap_or_else(Direct::new)
    }

    #[test]
    fn what_is_written_in_odd_pieces_is_there() {
        for bytes in [0, 1, ALIGN, BLOCK, BLOCK + ALIGN, 3 * BLOCK + 5] {
            let ((path, file), content) = (file("pieces"), content(bytes));
            let mut direct = direct(&file);
            for piece in content.chunks(700_001) {
                direct.write(&file, piece).unwrap();
            }
            direct.finish(&file).unwrap();
            assert!(fs::read(&path).unwrap() == content, "{bytes}");
            assert!(!fcntl_getfl(&file).unwrap().contains(OFlags::DIRECT));
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn another_file_is_taken_to_its_end() {
        let ((from, source), (path, file)) = (file("from"), file("to"));
        let content = content(2 * BLOCK + 4097);
        fs::write(&from, &content).unwrap();
        let (mut direct, mut position) = (direct(&file), 0);
        loop {
            match direct.take_from(&file, &source, position).unwrap() {
                0 => break,
                read => position += read as u64,
            }
        }
        direct.finish(&file).unwrap();
        assert!(fs::read(&path).unwrap() == content);
        fs::remove_file(path).unwrap();
        fs::remove_file(from).unwrap();
    }

    #[test]
    fn small_content_and_odd_positions_are_left_to_the_kernel() {
        let (path, file) = file("odd");
        assert!(Direct::open(&file, 0, FROM - 1).is_none());
        assert!(Direct::open(&file, 5, 2 * FROM).is_none());
        assert!(Direct::open(&file, 4096, FROM).is_none());
        assert!(!fcntl_getfl(&file).unwrap().contains(OFlags::DIRECT));
        fs::remove_file(path).unwrap();
    }
}
