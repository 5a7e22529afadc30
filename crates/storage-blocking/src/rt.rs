//! What only the blocking colour has: work is done by the calling thread, concurrency by scoped threads.

mod budget;
mod for_each;
mod process;

use std::thread;

use storage_types::{Error, Result};

use crate::dual::stream::{Reader, Writer};

pub(crate) use self::budget::{Budget, Grant};
pub(crate) use self::for_each::for_each;
pub(crate) use self::process::run_program;

/// Runs file I/O: the calling thread does it.
pub(crate) fn unblock<T, F>(work: F) -> Result<T>
where
    F: FnOnce() -> Result<T>,
{
    work()
}

/// What the async colour does without a hop; here there is no hop to save.
pub(crate) fn inline<T>(_: impl FnOnce() -> Option<T>) -> Option<T> {
    None
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

/// Work that is done ahead by a thread of its own; where none can be had, when it is asked for.
pub(crate) enum Background<T> {
    Running(thread::JoinHandle<Result<T>>),
    Waiting(Task<T>),
}

impl<T: Send + 'static> Background<T> {
    pub(crate) fn start<F>(work: F) -> Self
    where
        F: FnOnce() -> Result<T> + Clone + Send + 'static,
    {
        match thread::Builder::new().name("storage-ahead".into()).spawn(work.clone()) {
            Ok(running) => Self::Running(running),
            Err(_) => Self::Waiting(Task::start(work)),
        }
    }

    pub(crate) fn join(self) -> Result<T> {
        match self {
            Self::Running(running) => running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Self::Waiting(task) => task.join(),
        }
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
