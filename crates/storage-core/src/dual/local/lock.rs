//! Who may replace names in a directory, for the moment of publishing.
//!
//! Writes with a condition hold the directory alone, plain ones hold it together, so that a condition that was checked
//! still holds when its content gets its name. The lock is `flock(2)` on the directory itself: no lock files, nothing to
//! clean up, held against other processes too. Whoever may read a directory can lock it, and there are file systems whose
//! locks exclude nobody; so plain writes never depend on it. Their temporary names are nobody else's.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use storage_types::{Error, ErrorKind, Result};

use super::dir_entry::{DirEntry, split};
use crate::rt;

/// Publishing takes microseconds, so who holds the lock for so long is stuck or foreign, and a condition cannot be checked.
const PATIENCE: Duration = Duration::from_secs(30);

/// So long a plain write waits for the lock before it goes on without.
const SHORT_PATIENCE: Duration = Duration::from_millis(250);

/// So long nobody waits for a lock again that was not to be had.
const IMPATIENT: Duration = Duration::from_secs(30);

/// Writers of this process take turns in a directory, as they do in the kernel, and need not poll for each other.
/// Directories share the turns of their number here.
static TURNS: [Mutex<Turn>; 256] = [const { Mutex::new(Turn { impatient_until: None }) }; 256];

struct Turn {
    impatient_until: Option<Instant>,
}

/// Holds the directory until dropped. The descriptor must be this operation's own.
#[must_use]
pub(super) struct DirLock<'a> {
    dir: &'a OwnedFd,
    held: bool,
    _turn: MutexGuard<'static, Turn>,
}

impl<'a> DirLock<'a> {
    /// Together with other plain writers; without the lock where it cannot be had soon.
    pub(super) fn shared(entry: &'a DirEntry<'_>) -> Self {
        Self::if_free(entry, FlockOperation::NonBlockingLockShared)
    }

    /// Alone, as long as nobody else holds the lock for long.
    pub(super) fn alone_if_free(entry: &'a DirEntry<'_>) -> Self {
        Self::if_free(entry, FlockOperation::NonBlockingLockExclusive)
    }

    fn if_free(entry: &'a DirEntry<'_>, operation: FlockOperation) -> Self {
        let started = Instant::now();
        let mut pause = Pause::new();
        loop {
            let mut turn = turn(entry);
            let held = match flock(&entry.dir, operation) {
                Ok(()) => true,
                Err(Errno::INTR) => continue,
                Err(Errno::WOULDBLOCK) => {
                    let impatient = turn.impatient_until.is_some_and(|until| started < until);
                    if !impatient && started.elapsed() < SHORT_PATIENCE {
                        drop(turn);
                        pause.wait();
                        continue;
                    }
                    turn.impatient_until = Some(Instant::now() + IMPATIENT);
                    false
                }
                Err(_) => false,
            };
            return Self { dir: &entry.dir, held, _turn: turn };
        }
    }

    /// Alone: what is checked under it holds until it is dropped.
    ///
    /// # Errors
    ///
    /// `Timeout` when somebody else holds the lock for long, `Unsupported` where the file system has no locks.
    pub(super) fn alone(entry: &'a DirEntry<'_>) -> Result<Self> {
        let started = Instant::now();
        let mut pause = Pause::new();
        loop {
            let turn = turn(entry);
            match flock(&entry.dir, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { dir: &entry.dir, held: true, _turn: turn }),
                Err(Errno::WOULDBLOCK | Errno::INTR) if started.elapsed() < PATIENCE => {
                    drop(turn);
                    pause.wait();
                }
                Err(Errno::WOULDBLOCK) => return Err(stuck()),
                Err(errno) => {
                    return Err(Error::unsupported("check conditions: its file system has no locks")
                        .with_source(std::io::Error::from(errno)));
                }
            }
        }
    }
}

/// Waits longer each time.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(Duration::from_micros(50))
    }

    fn wait(&mut self) {
        rt::pause(self.0);
        self.0 = (self.0 * 2).min(Duration::from_millis(5));
    }
}

/// The turn of the directory, which may have other names too: then its writers only poll for each other.
fn turn(entry: &DirEntry<'_>) -> MutexGuard<'static, Turn> {
    let name = (std::sync::Arc::as_ptr(&entry.root) as usize, split(entry.rest).0);
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(name);
    let turn = &TURNS[usize::try_from(hash % TURNS.len() as u64).unwrap_or(0)];
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stuck() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "another process has held the lock of the directory for 30 s, so the condition of the write cannot be checked",
    )
    .with_hint("find it with `lslocks` or `lsof`, or write without a condition")
}

impl DirLock<'_> {
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

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
