//! When something changes: told by the file system for what lies on this machine, else looked for now and then.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use storage::blocking::StorageNode;
use storage::types::{Access, ErrorKind};

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
    watcher: Option<RecommendedWatcher>,
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
            // Its thread answers once it watches every new directory that it has told of.
            let _ = self.watcher.as_mut().map(|watcher| watcher.configure(Config::default()));
            return;
        }
        (self.watcher, self.problem) = (None, None);
        match self.node.backend().local_path(self.node.path(), Access::Read) {
            Ok(path) => match self.watch(&path) {
                Ok(watcher) => self.watcher = Some(watcher),
                // The limits of the system do not change because somebody asks again.
                Err(error) => self.problem = Some(error.to_string()),
            },
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            // It may come back.
            Err(_) => self.bell.deaf.store(true, Ordering::Release),
        }
    }

    fn watch(&self, path: &Path) -> notify::Result<RecommendedWatcher> {
        let is_file = path.is_file();
        // A file is replaced by another one of its name, so its directory is watched.
        let top = path.parent().filter(|_| is_file).unwrap_or(path).to_owned();
        let (only, root, bell) = (is_file.then(|| path.to_owned()), top.clone(), self.bell.clone());
        let hear = move |event: notify::Result<Event>| match event {
            Ok(event) => {
                if is_change(&event, only.as_ref()) {
                    bell.ring();
                }
                if ends(&event, &root) {
                    bell.ring_last();
                }
            }
            Err(_) => bell.ring_last(),
        };
        let config = Config::default().with_follow_symlinks(self.follows);
        let mut watcher = RecommendedWatcher::new(hear, config)?;
        let mode = if is_file { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        watcher.watch(&top, mode)?;
        Ok(watcher)
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

/// Whether content or names may be others now. That files are opened and read is what a sync itself does.
fn is_change(event: &Event, only: Option<&PathBuf>) -> bool {
    let concerns = event.need_rescan() || only.is_none_or(|only| event.paths.contains(only));
    let changes = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    concerns && changes
}

/// Whether the directory that is watched has gone away.
fn ends(event: &Event, root: &PathBuf) -> bool {
    let goes = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
    goes && event.paths.contains(root)
}

/// `0.5s`, `10s`, `5m00s`.
fn spelled(time: Duration) -> String {
    if time.as_secs() < 60 { format!("{}s", time.as_secs_f64()) } else { short(time) }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, Flag, RemoveKind, RenameMode};

    use super::*;

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    #[test]
    fn reading_is_no_change() {
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!is_change(&event(opened, "/a"), None));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let made = EventKind::Create(CreateKind::File);
        for kind in [written, made, EventKind::Any, EventKind::Modify(ModifyKind::Any)] {
            assert!(is_change(&event(kind, "/a"), None), "{kind:?}");
        }
    }

    #[test]
    fn of_a_single_file_only_its_own_changes_count() {
        let (only, made) = (PathBuf::from("/d/a"), EventKind::Create(CreateKind::File));
        assert!(is_change(&event(made, "/d/a"), Some(&only)));
        assert!(!is_change(&event(made, "/d/b"), Some(&only)));
        // There were more than the file system could keep.
        assert!(is_change(&Event::new(EventKind::Other).set_flag(Flag::Rescan), Some(&only)));
    }

    #[test]
    fn a_directory_that_goes_away_ends_it() {
        let root = PathBuf::from("/d");
        let moved = EventKind::Modify(ModifyKind::Name(RenameMode::From));
        for kind in [EventKind::Remove(RemoveKind::Folder), moved] {
            assert!(ends(&event(kind, "/d"), &root) && !ends(&event(kind, "/d/a"), &root));
        }
    }

    #[test]
    fn times_in_words() {
        let cases = [(500, "0.5s"), (10_000, "10s"), (300_000, "5m00s")];
        for (millis, text) in cases {
            assert_eq!(spelled(Duration::from_millis(millis)), text);
        }
    }
}
