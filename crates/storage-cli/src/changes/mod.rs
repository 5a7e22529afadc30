//! When something changes: told by the file system for what lies on this machine, else looked for now and then.

mod inotify;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use storage::blocking::StorageNode;
use storage::types::{Access, ErrorKind};

use self::inotify::Watcher;
use self::tree::Scope;
use crate::interrupt::Interrupt;
use crate::progress::short;

/// Changes seldom come alone: a round begins when none has come for so long...
const SETTLED: Duration = Duration::from_millis(200);

/// ... or when this is over, whatever still comes.
const PATIENCE: Duration = Duration::from_secs(2);

/// Changes of one place.
pub(crate) struct Changes {
    node: StorageNode,
    /// What links lead to counts too.
    follows: bool,
    /// How often to look, whatever the file system tells.
    always: Option<Duration>,
    /// How often to look when it tells nothing.
    otherwise: Duration,
    interrupt: Interrupt,
    bell: Bell,
    /// One message says it all: something may have changed, or a signal came.
    rung: Receiver<()>,
    watcher: Option<Watcher>,
    /// Why the file system tells nothing of what it has.
    problem: Option<String>,
}

/// Wakes who waits.
#[derive(Clone)]
struct Bell {
    ring: SyncSender<()>,
    /// Nobody watches any more: what was watched is gone, or the file system gave up.
    deaf: Arc<AtomicBool>,
}

impl Changes {
    /// Without `always`, what the file system tells of is looked at then only, and all else once per `otherwise`.
    pub(crate) fn new(
        node: StorageNode,
        follows: bool,
        always: Option<Duration>,
        otherwise: Duration,
        interrupt: &Interrupt,
    ) -> Self {
        let (ring, rung) = sync_channel(1);
        let bell = Bell { ring, deaf: Arc::new(AtomicBool::new(true)) };
        let signal = bell.clone();
        interrupt.on_signal(move || signal.ring());
        let interrupt = interrupt.clone();
        Self { node, follows, always, otherwise, interrupt, bell, rung, watcher: None, problem: None }
    }

    /// Listens, or listens again to what is new in the place of what is gone. Whoever looks afterwards misses nothing.
    pub(crate) fn listen(&mut self) {
        if !self.bell.deaf.swap(false, Ordering::AcqRel) {
            if let Some(watcher) = &self.watcher {
                watcher.catch_up();
            }
            return;
        }
        (self.watcher, self.problem) = (None, None);
        // The path is looked at and handed to nobody, so a mount that is only for reading may be watched, too.
        let (backend, path) = self.node.resolved();
        match backend.local_path(&path, Access::Read) {
            Ok(path) => match self.watch(&path) {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.bell.deaf.store(true, Ordering::Release);
                }
                // The limits of the system do not change because somebody asks again.
                Err(error) => self.problem = Some(error.to_string()),
            },
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            // It may come back.
            Err(_) => self.bell.deaf.store(true, Ordering::Release),
        }
    }

    fn watch(&self, path: &Path) -> io::Result<Watcher> {
        let name = path.file_name().filter(|_| path.is_file());
        let (top, scope) = match (path.parent(), name) {
            // A file is replaced by another one of its name, so its directory is watched.
            (Some(parent), Some(name)) => (parent, Scope::Name(name.to_owned())),
            _ => (path, Scope::Below { follows: self.follows }),
        };
        Watcher::new(top, scope, self.bell.clone())
    }

    /// How often it is looked.
    fn interval(&self) -> Option<Duration> {
        self.always.or_else(|| self.watcher.is_none().then_some(self.otherwise))
    }

    /// How changes are noticed, in words.
    pub(crate) fn how(&self) -> String {
        let mut text = match &self.problem {
            Some(problem) => format!("the file system tells nothing ({problem}); "),
            None => String::new(),
        };
        // A string takes everything.
        let _ = match self.interval() {
            Some(interval) => write!(text, "looking for changes every {}", spelled(interval)),
            None => write!(text, "watching for changes"),
        };
        text
    }

    /// Waits for a change, or for the time to look. False when a signal asks to end.
    pub(crate) fn wait(&self) -> bool {
        if self.interrupt.check().is_err() {
            return false;
        }
        let rung = match self.interval() {
            Some(interval) => self.rung.recv_timeout(interval).is_ok(),
            None => self.rung.recv().is_ok(),
        };
        if rung {
            self.settle();
        }
        self.interrupt.check().is_ok()
    }

    /// Waits until no more changes come.
    fn settle(&self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let rest = end.saturating_duration_since(Instant::now()).min(SETTLED);
            let over = rest.is_zero() || self.interrupt.check().is_err();
            if over || self.rung.recv_timeout(rest).is_err() {
                return;
            }
        }
    }
}

impl Bell {
    /// Whoever finds the one message looks at everything, a signal included.
    fn ring(&self) {
        let _ = self.ring.try_send(());
    }

    fn ring_last(&self) {
        self.deaf.store(true, Ordering::Release);
        self.ring();
    }
}

/// `0.5s`, `10s`, `5m00s`.
fn spelled(time: Duration) -> String {
    if time.as_secs() < 60 { format!("{}s", time.as_secs_f64()) } else { short(time) }
}
