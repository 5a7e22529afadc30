//! Whatever changes below a place rings the bell once it is watched, and nothing else does.

use std::fs::{self, create_dir, create_dir_all, remove_dir, rename, write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rustix::fs::inotify::ReadFlags;

use super::tree::{Event, Told, Tree};
use super::*;

const BELOW: Scope = Scope::Below { follows: false };

const FOLLOWING: Scope = Scope::Below { follows: true };

/// A place that is watched, and the bell.
struct Heard {
    watcher: Option<Watcher>,
    rung: Receiver<()>,
    deaf: Arc<AtomicBool>,
}

impl Heard {
    fn new(top: &Path, scope: Scope) -> Self {
        let (ring, rung) = sync_channel(1);
        let deaf = Arc::new(AtomicBool::new(false));
        let watcher = Watcher::new(top, scope, Bell { ring, deaf: deaf.clone() }).unwrap();
        Self { watcher: Some(watcher), rung, deaf }
    }

    /// Whether anything has changed since it was asked last.
    fn changed(&self) -> bool {
        self.watcher.as_ref().unwrap().catch_up();
        self.rung.try_recv().is_ok()
    }

    fn is_deaf(&self) -> bool {
        self.changed() && self.deaf.load(Ordering::Acquire)
    }
}

/// What is watched, what lies elsewhere, and the directory that holds both.
fn places() -> (PathBuf, PathBuf, tempfile::TempDir) {
    let all = tempfile::tempdir().unwrap();
    let (top, elsewhere) = (all.path().join("top"), all.path().join("elsewhere"));
    create_dir(&top).unwrap();
    create_dir(&elsewhere).unwrap();
    (top, elsewhere, all)
}

#[test]
fn every_kind_of_change_is_heard_and_reading_is_none() {
    let (top, _, _all) = places();
    let heard = Heard::new(&top, BELOW);
    let (file, other) = (top.join("file"), top.join("other"));
    assert!(!heard.changed());
    let changes: [&dyn Fn(); 6] = [
        &|| write(&file, "1").unwrap(),
        &|| fs::OpenOptions::new().append(true).open(&file).unwrap().set_len(0).unwrap(),
        &|| fs::set_permissions(&file, fs::metadata(&top).unwrap().permissions()).unwrap(),
        &|| rename(&file, &other).unwrap(),
        &|| fs::remove_file(&other).unwrap(),
        &|| symlink("nowhere", &file).unwrap(),
    ];
    for (index, change) in changes.iter().enumerate() {
        change();
        assert!(heard.changed(), "{index}");
    }
    write(&other, "1").unwrap();
    assert!(heard.changed());
    assert_eq!((fs::read(&other).unwrap().len(), fs::read_dir(&top).unwrap().count()), (1, 2));
    assert!(!heard.changed());
}

#[test]
fn directories_made_quickly_are_watched_to_the_last() {
    let (top, _, _all) = places();
    let heard = Heard::new(&top, BELOW);
    for round in 0..100 {
        let deepest = top.join(format!("{round}/a/b/c/d/e/f"));
        create_dir_all(&deepest).unwrap();
        assert!(heard.changed());
        write(deepest.join("file"), "1").unwrap();
        assert!(heard.changed(), "{round}");
    }
    assert!(!heard.changed());
}

#[test]
fn what_moves_away_is_watched_no_more_and_what_moves_in_is() {
    let (top, elsewhere, _all) = places();
    let (inside, outside) = (top.join("a"), elsewhere.join("a"));
    create_dir_all(inside.join("b/c")).unwrap();
    let heard = Heard::new(&top, BELOW);
    for _ in 0..10 {
        rename(&inside, &outside).unwrap();
        assert!(heard.changed());
        write(outside.join("b/c/file"), "1").unwrap();
        assert!(!heard.changed());
        rename(&outside, &inside).unwrap();
        assert!(heard.changed());
        write(inside.join("b/c/file"), "22").unwrap();
        assert!(heard.changed());
        // Under another name it is watched as well.
        rename(&inside, top.join("other")).unwrap();
        rename(top.join("other"), &inside).unwrap();
        assert!(heard.changed());
        write(inside.join("b/c/file"), "333").unwrap();
        assert!(heard.changed());
    }
}

#[test]
fn of_a_single_file_only_its_own_changes_count() {
    let (top, _, _all) = places();
    let heard = Heard::new(&top, Scope::Name("file".into()));
    create_dir(top.join("directory")).unwrap();
    write(top.join("other"), "1").unwrap();
    write(top.join("directory/file"), "1").unwrap();
    assert!(!heard.changed());
    rename(top.join("other"), top.join("file")).unwrap();
    assert!(heard.changed());
}

#[test]
fn links_are_followed_when_asked() {
    let (top, elsewhere, _all) = places();
    create_dir(elsewhere.join("deep")).unwrap();
    symlink(&elsewhere, top.join("link")).unwrap();
    // Loops of every length.
    symlink(".", top.join("self")).unwrap();
    symlink(&top, elsewhere.join("deep/back")).unwrap();
    let (followed, left) = (Heard::new(&top, FOLLOWING), Heard::new(&top, BELOW));
    write(elsewhere.join("deep/file"), "1").unwrap();
    assert!(followed.changed() && !left.changed());
    write(top.join("file"), "1").unwrap();
    assert!(followed.changed() && left.changed());
}

#[test]
fn links_may_come_and_go() {
    let (top, elsewhere, _all) = places();
    create_dir(elsewhere.join("deep")).unwrap();
    let heard = Heard::new(&top, FOLLOWING);
    symlink(&elsewhere, top.join("link")).unwrap();
    assert!(heard.changed() && !heard.deaf.load(Ordering::Acquire));
    write(elsewhere.join("deep/file"), "1").unwrap();
    assert!(heard.changed());
    fs::remove_file(top.join("link")).unwrap();
    // What else leads there is found anew.
    assert!(heard.is_deaf());
}

#[test]
fn a_top_that_goes_away_ends_it() {
    let goes: [fn(&Path); 3] = [
        |top| {
            remove_dir(top.join("b")).unwrap();
            remove_dir(top).unwrap();
        },
        |top| rename(top, top.with_file_name("away")).unwrap(),
        |top| {
            rename(top, top.with_file_name("away")).unwrap();
            create_dir(top).unwrap();
        },
    ];
    for goes in goes {
        let (top, _, _all) = places();
        create_dir(top.join("a")).unwrap();
        let heard = Heard::new(&top, BELOW);
        rename(top.join("a"), top.join("b")).unwrap();
        assert!(!heard.is_deaf());
        goes(&top);
        assert!(heard.is_deaf());
        // Nobody answers any more, and nobody is waited for.
        assert!(!heard.changed());
    }
}

#[test]
fn the_thread_ends_with_the_watcher() {
    let (top, _, _all) = places();
    let mut heard = Heard::new(&top, BELOW);
    drop(heard.watcher.take());
    // It had the only bell.
    assert!(heard.rung.recv().is_err() && !heard.deaf.load(Ordering::Acquire));
}

#[test]
fn what_cannot_be_watched_is_an_error() {
    let (top, _, _all) = places();
    let bell = Bell { ring: sync_channel(1).0, deaf: Arc::default() };
    let error = Watcher::new(&top.join("missing"), BELOW, bell).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn removed_directories_are_forgotten() {
    let (top, _, _all) = places();
    let top = top.canonicalize().unwrap();
    create_dir_all(top.join("a/b")).unwrap();
    create_dir(top.join("c")).unwrap();
    let mut tree = Tree::new(&top, BELOW).unwrap();
    assert_eq!(tree.watched(), ["", "a", "a/b", "c"].map(|name| top.join(name)));
    remove_dir(top.join("a/b")).unwrap();
    remove_dir(top.join("a")).unwrap();
    assert_eq!(tree.hear(&inotify::pending(&tree).unwrap()).unwrap(), Told::Changed);
    assert_eq!(tree.watched(), [top.clone(), top.join("c")]);
}

#[test]
fn more_events_than_the_system_keeps_end_it() {
    let (top, _, _all) = places();
    for scope in [BELOW, Scope::Name("file".into())] {
        let mut tree = Tree::new(&top, scope).unwrap();
        let lost = Event { watch: -1, flags: ReadFlags::QUEUE_OVERFLOW, name: None };
        assert_eq!(tree.hear(&[lost]).unwrap(), Told::Over);
        let unknown = Event { watch: 4711, flags: ReadFlags::MODIFY, name: None };
        assert_eq!(tree.hear(&[unknown]).unwrap(), Told::Nothing);
    }
}

#[test]
fn times_in_words() {
    let cases = [(500, "0.5s"), (10_000, "10s"), (300_000, "5m00s")];
    for (millis, text) in cases {
        assert_eq!(spelled(Duration::from_millis(millis)), text);
    }
}
