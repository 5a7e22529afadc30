//! Devices, pipes and sockets. Content never takes their place: it goes into them, or is refused.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{FileType, Mode, OFlags, Stat, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::Errno;
use storage_types::{EntryKind, Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use super::beneath::{self, explain};
use super::dir_entry::{DirEntry, refused};
use crate::rt;

/// So long a write waits until somebody opens the other end of a pipe.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens what is there for writing into it.
pub(super) fn open(entry: &DirEntry<'_>, there: &Stat, options: &WriteOptions) -> Result<OwnedFd> {
    if options.refuse_special || !takes_content(there) {
        return Err(refused(there));
    }
    if options.mode != WriteMode::Replace {
        return Err(Error::unsupported("check conditions of what is no file: it is a device or a pipe"));
    }
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOCTTY | OFlags::NONBLOCK;
    let started = Instant::now();
    let file = loop {
        match beneath::open(&entry.root, entry.rest, flags, Mode::empty()) {
            Err(Errno::NXIO) if started.elapsed() < PATIENCE => rt::pause(Duration::from_millis(5)),
            Err(Errno::NXIO) => return Err(nobody_reads()),
            result => break result.map_err(explain)?,
        }
    };
    // Something else may stand there by now.
    let opened = fstat(&file).map_err(explain)?;
    if FileType::from_raw_mode(opened.st_mode) != FileType::from_raw_mode(there.st_mode) {
        return Err(refused(&opened));
    }
    let flags = fcntl_getfl(&file).map_err(explain)?;
    fcntl_setfl(&file, flags - OFlags::NONBLOCK).map_err(explain)?;
    Ok(file)
}

/// A file is only taken where a link of `/proc` leads to it: that is somebody's output.
fn takes_content(stat: &Stat) -> bool {
    let file_type = FileType::from_raw_mode(stat.st_mode);
    matches!(file_type, FileType::CharacterDevice | FileType::Fifo | FileType::RegularFile)
}

fn nobody_reads() -> Error {
    Error::new(ErrorKind::Timeout, "nobody has opened the pipe for reading in 30 s")
        .with_hint("start the program that reads from it first")
}

/// What is known after `bytes` were written into it.
pub(super) fn metadata(bytes: u64) -> Metadata {
    Metadata::of(EntryKind::Other, bytes)
}
