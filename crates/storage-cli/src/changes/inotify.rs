//! Directories watched by one thread of their own.
//!
//! The library that everybody takes for this is under a licence that is not among ours (`deny.toml`), and what is
//! needed here is little: one tree, on Linux, and only when something changed, never what. So it is inotify(7) as
//! `rustix` has it, without unsafe code.

use std::ffi::OsStr;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::Reader;
use rustix::io::{Errno, ioctl_fionread, retry_on_intr};

use super::Bell;
use super::tree::{Event, Scope, Told, Tree};

/// Watches until it is dropped, or has rung for the last time.
pub(super) struct Watcher {
    /// A byte asks the thread to catch up. Closed, it ends the thread.
    questions: PipeWriter,
    answers: Receiver<()>,
}

impl Watcher {
    /// All is watched when this returns.
    ///
    /// # Errors
    /// When there is no such directory, or not all of it can be watched.
    pub(super) fn new(top: &Path, scope: Scope, bell: Bell) -> io::Result<Self> {
        let tree = Tree::new(top, scope).map_err(explained)?;
        let (questions, ask) = io::pipe().map_err(explained)?;
        let (answer, answers) = sync_channel(1);
        let listener = Listener { tree, bell, questions, answer };
        thread::Builder::new().name("watcher".into()).spawn(move || listener.run())?;
        Ok(Self { questions: ask, answers })
    }

    /// Returns when the bell has rung for all that happened before, and every new directory is watched.
    pub(super) fn catch_up(&self) {
        // A thread that has ended rang before.
        if (&self.questions).write_all(&[0]).is_ok() {
            let _ = self.answers.recv();
        }
    }
}

/// What the thread has.
struct Listener {
    tree: Tree,
    bell: Bell,
    questions: PipeReader,
    answer: SyncSender<()>,
}

impl Listener {
    fn run(mut self) {
        while let Ok(asked) = self.wait() {
            if asked && !matches!(self.questions.read(&mut [0]), Ok(1)) {
                return;
            }
            // It rings after what is new is watched: what was done there before is found by whoever hears it.
            match pending(&self.tree).and_then(|events| self.tree.hear(&events)) {
                Ok(Told::Nothing) => {}
                Ok(Told::Changed) => self.bell.ring(),
                // Whoever watches again learns why it cannot be done.
                Ok(Told::Over) | Err(_) => break,
            }
            if asked && self.answer.send(()).is_err() {
                return;
            }
        }
        self.bell.ring_last();
    }

    /// Waits for events or a question; true for a question.
    fn wait(&self) -> rustix::io::Result<bool> {
        let mut both = [PollFd::new(&self.tree, PollFlags::IN), PollFd::new(&self.questions, PollFlags::IN)];
        retry_on_intr(|| poll(&mut both, None))?;
        Ok(!both[1].revents().is_empty())
    }
}

/// The events so far, in one read: those that come meanwhile could be without end.
pub(super) fn pending(tree: &Tree) -> io::Result<Vec<Event>> {
    let length = usize::try_from(ioctl_fionread(tree)?).unwrap_or(0);
    let mut events = Vec::new();
    if length == 0 {
        return Ok(events);
    }
    // The reader begins where an event is aligned.
    let mut buffer = vec![MaybeUninit::uninit(); length + align_of::<u32>()];
    let mut reader = Reader::new(tree, &mut buffer);
    loop {
        let event = match reader.next() {
            Err(Errno::INTR) => continue,
            event => event?,
        };
        let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned());
        events.push(Event { watch: event.wd(), flags: event.events(), name });
        if reader.is_buffer_empty() {
            return Ok(events);
        }
    }
}

/// With what can be done about it. inotify(7) has the system's words for a full disk stand for too many watches.
fn explained(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::NOSPC) => io::Error::other("`fs.inotify.max_user_watches` is reached"),
        Some(Errno::MFILE) => {
            io::Error::other("`fs.inotify.max_user_instances` or the limit of open files is reached")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_by_name() {
        let text = |errno: Errno| explained(errno.into()).to_string();
        assert_eq!(text(Errno::NOSPC), "`fs.inotify.max_user_watches` is reached");
        assert!(text(Errno::MFILE).starts_with("`fs.inotify.max_user_instances` or "));
        assert_eq!(text(Errno::ACCESS), "Permission denied (os error 13)");
    }
}
