//! What only the blocking colour has: work is done by the calling thread, concurrency by scoped threads.

mod budget;
mod process;

use std::sync::{Mutex, PoisonError};
use std::thread;

use storage_types::{Error, ErrorKind, Result};

use crate::dual::stream::{Reader, Writer};
use crate::dual::work::{Source, Work};

pub(crate) use self::budget::{Budget, Grant};
pub(crate) use self::process::run_program;

/// Runs file I/O: the calling thread does it.
pub(crate) fn unblock<T, F>(work: F) -> Result<T>
where
    F: FnOnce() -> Result<T>,
{
    work()
}

/// Work that the async colour runs ahead; here it runs when it is asked for.
pub(crate) struct Task<T>(Box<dyn FnOnce() -> Result<T> + Send>);

impl<T> Task<T> {
    pub(crate) fn start<F>(work: F) -> Self
    where
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        Self(Box::new(work))
    }

    pub(crate) fn join(self) -> Result<T> {
        (self.0)()
    }
}

/// Work that the async colour does behind the caller's back; here it is done when it is handed over.
#[derive(Default)]
pub(crate) struct Behind(());

impl Behind {
    pub(crate) fn is_busy(&self) -> bool {
        let Self(()) = self;
        false
    }

    pub(crate) fn go_on<F>(&mut self, work: F) -> Result<()>
    where
        F: FnOnce() -> Result<()>,
    {
        self.settle()?;
        work()
    }

    pub(crate) fn settle(&mut self) -> Result<()> {
        let Self(()) = self;
        Ok(())
    }
}

/// Runs `work` on every item of `source`, at most `limit` at once on scoped threads. The first error stops everything.
pub(crate) fn for_each<S, W>(limit: usize, source: &mut S, work: &W) -> Result<()>
where
    S: Source,
    W: Work<S::Item>,
{
    if limit <= 1 {
        while let Some(item) = source.next()? {
            work.run(item)?;
        }
        return Ok(());
    }
    let shared = Mutex::new(Shared { source, error: None });
    thread::scope(|scope| {
        for _ in 1..limit {
            let started = thread::Builder::new()
                .name("storage-worker".into())
                .spawn_scoped(scope, || drain(&shared, work));
            // Fewer threads than wished for are enough: this one works too.
            if started.is_err() {
                break;
            }
        }
        drain(&shared, work);
    });
    match shared.into_inner().unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

struct Shared<'a, S> {
    source: &'a mut S,
    error: Option<Error>,
}

fn drain<S, W>(shared: &Mutex<Shared<'_, S>>, work: &W)
where
    S: Source,
    W: Work<S::Item>,
{
    loop {
        let item = {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.error.is_some() {
                return;
            }
            match shared.source.next() {
                Ok(Some(item)) => item,
                Ok(None) => return,
                Err(error) => {
                    shared.error = Some(error);
                    return;
                }
            }
        };
        if let Err(error) = work.run(item) {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            // A cancelled neighbour must not hide the cause.
            let replace = shared.error.as_ref().is_none_or(|first| first.kind() == ErrorKind::Interrupted);
            if replace {
                shared.error = Some(error);
            }
            return;
        }
    }
}

/// Nothing is ever half-done in the blocking colour.
#[derive(Default)]
pub(crate) struct PendingRead(());

/// Nothing is ever half-done in the blocking colour.
#[derive(Default)]
pub(crate) struct PendingWrite(());

pub(crate) fn settle(reader: &mut Reader) -> Result<()> {
    let PendingRead(()) = reader.pending;
    Ok(())
}

pub(crate) fn settle_write(writer: &mut Writer) -> Result<()> {
    let PendingWrite(()) = writer.pending;
    Ok(())
}

/// Waits.
pub(crate) fn sleep(duration: std::time::Duration) {
    thread::sleep(duration);
}

/// Waits.
pub(crate) fn pause(duration: std::time::Duration) {
    thread::sleep(duration);
}

/// Reads at `position` into a borrowed buffer.
pub(crate) fn read_into(file: &std::os::fd::OwnedFd, buffer: &mut [u8], position: u64) -> Result<usize> {
    rustix::io::retry_on_intr(|| rustix::io::pread(file, &mut *buffer, position))
        .map_err(|errno| Error::from_io(errno.into()))
}
