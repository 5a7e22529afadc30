//! `storage watch` and `storage sync --watch`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use snapbox::str;

use crate::support::{World, names};

/// A watch that runs, and what it tells.
struct Watch {
    child: Child,
    events: Receiver<String>,
}

impl Watch {
    fn start(world: &World, line: &str) -> Self {
        let mut child = world.spawn(line, Stdio::null());
        let told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let (sender, events) = channel();
        std::thread::spawn(move || told.for_each(|line| sender.send(line).unwrap_or(())));
        Self { child, events }
    }

    fn next(&self) -> String {
        self.events.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| {
            let mut told = String::new();
            let stderr = self.child.stderr.as_ref().unwrap().as_fd().try_clone_to_owned().unwrap();
            File::from(stderr).read_to_string(&mut told).unwrap();
            panic!("it ended: {told}")
        })
    }

    /// Waits for an event of this name, of a place that ends so.
    fn until(&self, event: &str, name: &str) -> Value {
        loop {
            let told: Value = serde_json::from_str(&self.next()).unwrap();
            let place = told["source"].as_str().or(told["destination"].as_str()).unwrap();
            if told["event"] == event && place.ends_with(name) {
                return told;
            }
        }
    }

    /// Sends a signal; gives the exit code and standard error.
    fn stop(self, world: &World, signal: Signal) -> String {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        world.shown(&self.child.wait_with_output().unwrap())
    }
}

#[test]
fn what_changes_is_copied_and_what_goes_is_deleted() {
    let world = World::new();
    world.write("src/old", "old");
    let watch = Watch::start(&world, "watch --json --delete src data:dst");
    watch.until("copied", "src/old");
    world.write("src/new", "new");
    watch.until("copied", "src/new");
    // A directory that is new is watched as well.
    world.write("src/deep/er/file", "1");
    watch.until("copied", "src/deep/er/file");
    fs::write(world.here().join("src/deep/er/file"), "22").unwrap();
    // It may be seen between being emptied and being filled.
    while watch.until("copied", "src/deep/er/file")["bytes"] != 2 {}
    fs::rename(world.here().join("src/old"), world.here().join("src/other")).unwrap();
    watch.until("copied", "src/other");
    watch.until("deleted", "dst/old");
    let shown = watch.stop(&world, Signal::INT);
    assert!(shown.starts_with(
        "exit: 0\n--- stderr\n1 file, 3 B copied, 1 directory made in [TIME]\nwatching for changes; Ctrl-C ends it\n"
    ));
    assert!(shown.ends_with("\nno longer watching\n"), "{shown}");
    assert_eq!(
        names(&world.data()),
        ["dst/", "dst/deep/", "dst/deep/er/", "dst/deep/er/file", "dst/new", "dst/other"]
    );
}

#[test]
fn a_run_that_changes_nothing_says_nothing() {
    let world = World::new();
    world.write("src/a", "a");
    world.write("src/left", "x");
    // The first run is told as a whole. Everything is looked at every few milliseconds, and nothing comes of it.
    let watch = Watch::start(&world, "sync --watch --poll-interval 5ms -j 1 --json --exclude left src dst");
    watch.until("copied", "src/a");
    watch.until("skipped", "src/left");
    world.write("src/b", "b");
    // What comes first is of the new file, and of the directory that got it.
    let mut line = watch.next();
    while line.contains("\"kind\":\"directory\"") {
        line = watch.next();
    }
    assert!(line.contains("\"planned\"") && line.contains("src/b"), "{line}");
    watch.until("copied", "src/b");
    world.write("src/c", "");
    watch.until("copied", "src/c");
    let shown = watch.stop(&world, Signal::TERM);
    let expected = "exit: 0\n--- stderr\n1 file, 1 B copied, 1 directory made, 1 skipped (excluded) in [TIME]\n\
                    looking for changes every 0.005s; Ctrl-C ends it\n1 file, ";
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.contains(", 2 skipped (1 unchanged, 1 excluded) in [TIME]\n"), "{shown}");
    assert!(!shown.contains("0 files") && !shown.contains("nothing to do"), "{shown}");
}

#[test]
fn progress_is_shown_of_what_moves_only() {
    let world = World::new();
    world.write("src/a", "a");
    let watch = Watch::start(&world, "watch --json --progress always --poll-interval 5ms src dst");
    watch.until("copied", "src/a");
    world.write("src/b", "b");
    watch.until("copied", "src/b");
    world.write("src/c", "c");
    watch.until("copied", "src/c");
    let shown = watch.stop(&world, Signal::INT);
    // Many rounds have looked in vain.
    assert!(
        shown.lines().filter(|line| line.contains("B/s, ")).all(|line| !line.starts_with("0 B")),
        "{shown}"
    );
}

#[test]
fn a_single_file_is_watched_through_replacements() {
    let world = World::new();
    world.write("notes", "1");
    let watch = Watch::start(&world, "watch --json notes data:notes");
    watch.until("copied", "notes");
    for content in ["22", "333"] {
        // As editors store.
        world.write("notes~", content);
        fs::rename(world.here().join("notes~"), world.here().join("notes")).unwrap();
        assert_eq!(watch.until("copied", "notes")["bytes"], content.len());
    }
    watch.stop(&world, Signal::INT);
}

#[test]
fn a_part_of_a_local_mount_is_watched() {
    let world = World::new();
    world.configure(
        "storage.yaml",
        "- {name: here, type: local, path: served}\n- {name: part, type: relative, path: \"here:\"}\n",
    );
    world.write("served/a", "a");
    let watch = Watch::start(&world, "watch --json part: copy");
    watch.until("copied", "part:a");
    world.write("served/b", "b");
    watch.until("copied", "part:b");
    let shown = watch.stop(&world, Signal::INT);
    assert!(shown.contains("\nwatching for changes; Ctrl-C ends it\n"), "{shown}");
}

#[test]
fn a_directory_may_go_and_another_come() {
    let world = World::new();
    world.write("src/a", "a");
    let watch = Watch::start(&world, "watch --json src dst");
    watch.until("copied", "src/a");
    fs::rename(world.here().join("src"), world.here().join("away")).unwrap();
    world.write("src/b", "b");
    watch.until("copied", "src/b");
    // The new one is watched like the old one.
    world.write("src/c", "c");
    watch.until("copied", "src/c");
    let shown = watch.stop(&world, Signal::INT);
    assert!(shown.starts_with("exit: 0"), "{shown}");
    assert_eq!(names(&world.here().join("dst")), ["a", "b", "c"]);
}

#[test]
fn a_failure_that_lasts_is_told_once() {
    let world = World::new();
    world.write("src/a", "a");
    world.mkdir("dst/b");
    // A directory stands where the file has to go.
    world.write("src/b", "b");
    let watch = Watch::start(&world, "watch --json --poll-interval 5ms src dst");
    watch.until("failed", "src/b");
    world.write("src/c", "c");
    watch.until("copied", "src/c");
    fs::remove_dir(world.here().join("dst/b")).unwrap();
    watch.until("copied", "src/b");
    let shown = watch.stop(&world, Signal::INT);
    assert_eq!(shown.matches("error: ").count(), 1, "{shown}");
    assert!(shown.starts_with("exit: 0"), "{shown}");
}

#[test]
fn a_round_under_way_is_given_up() {
    let world = World::new();
    fs::create_dir(world.here().join("src")).unwrap();
    fs::File::create(world.here().join("src/big")).unwrap().set_len(64 << 30).unwrap();
    let watch = Watch::start(&world, "watch --json --no-resume src data:dst");
    watch.until("progress", "src/big");
    let shown = watch.stop(&world, Signal::INT);
    assert_eq!(
        shown,
        "exit: 0\n--- stderr\ninterrupted; what was copied before stays, and the next run goes on from there\n"
    );
    assert_eq!(names(&world.data()), ["dst/"]);
}

#[test]
fn what_makes_no_sense_ends_at_once() {
    let world = World::new();
    world.write("src/a", "a");
    assert_shown!(
        world.run("watch missing dst"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `missing`: nothing is stored there

"#]]
    );
    assert_shown!(
        world.run("sync --poll-interval 5s src dst"),
        str![[r#"
exit: 2
--- stderr
error: `--poll-interval` cannot be used without `--watch`
hint: add `--watch`

"#]]
    );
    assert_shown!(
        world.run("watch -n src dst"),
        str![[r#"
exit: 2
--- stderr
error: a watch cannot be a dry run
hint: leave `--dry-run` out, or use `storage sync -n`

"#]]
    );
    assert_shown!(
        world.run("watch --report src/report.json src dst"),
        str![[r#"
exit: 2
--- stderr
error: the report would lie in what is synced
hint: store it elsewhere

"#]]
    );
}
