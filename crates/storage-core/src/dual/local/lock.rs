//! One writer at a time per directory, for the moment of publishing.
//!
//! `flock(2)` on the directory itself: no lock files, nothing to clean up, held against other processes too.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use storage_types::{Error, ErrorKind, Result};

use crate::rt;

/// Publishing takes microseconds, so who holds the lock for so long is stuck or foreign.
const PATIENCE: Duration = Duration::from_secs(30);

/// Holds the directory until dropped. The descriptor must be this operation's own.
#[must_use]
pub(super) struct DirLock<'a> {
    dir: &'a OwnedFd,
    held: bool,
}

impl<'a> DirLock<'a> {
    /// `needed`: without a lock the caller's condition would not hold, so a file system that has no locks is an error.
    pub(super) fn take(dir: &'a OwnedFd, needed: bool) -> Result<Self> {
        let started = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            match flock(dir, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { dir, held: true }),
                Err(Errno::WOULDBLOCK | Errno::INTR) if started.elapsed() < PATIENCE => {
                    rt::pause(pause);
                    pause = (pause * 2).min(Duration::from_millis(5));
                }
                Err(Errno::WOULDBLOCK) => return Err(stuck()),
                Err(_) if !needed => return Ok(Self { dir, held: false }),
                Err(errno) => {
                    return Err(Error::unsupported("check conditions: its file system has no locks")
                        .with_source(std::io::Error::from(errno)));
                }
            }
        }
    }
}

fn stuck() -> Error {
    Error::new(ErrorKind::Timeout, "another process has held the lock of the directory for 30 s")
        .with_hint("find it with `lsof` or `fuser`; writers of this library hold it for microseconds")
}

impl DirLock<'_> {
    /// Leaves the unlocking to the close of the descriptor, which follows at once: one system call less.
    pub(super) fn until_close(mut self) {
        self.held = false;
    }
}

impl Drop for DirLock<'_> {
    fn drop(&mut self) {
        if self.held {
            // Closing the descriptor would do as well, but that happens after the directory is synced.
            let _ = flock(self.dir, FlockOperation::Unlock);
        }
    }
}
