//! Every system call of a write fails once, in every way that the system has: what is there is whole, and the next run
//! finishes the rest.

use std::fs;
use std::process::{Command, Output};

use crate::support::{World, names};

/// What the library may ask of the system while it writes.
const CALLS: [&str; 26] = [
    "openat",
    "openat2",
    "newfstatat",
    "fstat",
    "read",
    "pread64",
    "write",
    "copy_file_range",
    "lseek",
    "ftruncate",
    "fchmod",
    "fchown",
    "utimensat",
    "flistxattr",
    "fsetxattr",
    "flock",
    "linkat",
    "symlinkat",
    "renameat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "fsync",
    "syncfs",
    "getdents64",
    "fcntl",
];

fn errors() -> &'static [&'static str] {
    let quick = std::env::var_os("STORAGE_TEST_FULL").is_none_or(|value| value == "0");
    if quick { &["EIO"] } else { &["EIO", "ENOSPC", "EINTR", "ENOLCK"] }
}

/// Runs the program with one call of each of its threads failing. `None` when no thread makes so many.
fn failing(world: &World, line: &str, call: &str, error: &str, at: usize) -> Option<Output> {
    let log = world.root().join("strace");
    let program = world.command::<&str>(&[]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log).arg("-e").arg(format!("trace={call}"));
    command.arg("-e").arg(format!("inject={call}:error={error}:when={at}"));
    command.arg(program.get_program()).args(line.split_whitespace());
    command.current_dir(world.here()).env_clear().env("HOME", world.home());
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("`strace` is needed, `apt-get install strace`: {error}"));
    let log = fs::read_to_string(log).unwrap();
    log.contains("(INJECTED)").then_some(output)
}

/// What is to come of a command, whatever fails meanwhile.
struct Case<'a> {
    line: &'a str,
    /// Before: path and content.
    before: &'a [(&'a str, &'a str)],
    /// Afterwards; what is missing here and there before may be there until the command succeeds.
    after: &'a [(&'a str, &'a str)],
}

impl Case<'_> {
    fn reset(&self, world: &World) {
        for entry in fs::read_dir(world.here()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        for (path, content) in self.before {
            world.write(path, content);
        }
    }

    fn content(world: &World, path: &str) -> Option<String> {
        fs::read_to_string(world.here().join(path)).ok()
    }

    fn is_done(&self, world: &World, when: &str) {
        for (path, content) in self.after {
            assert_eq!(Self::content(world, path).as_deref(), Some(*content), "`{path}` {when}");
        }
        for name in names(&world.here().join("dst")) {
            let expected = self.after.iter().any(|(path, _)| path.starts_with(&format!("dst/{name}")));
            assert!(expected, "`dst/{name}` is left {when}");
        }
    }

    /// Each file is as it was or as it is to be, and all that was there is there unless it is to go.
    fn is_whole(&self, world: &World, when: &str) {
        for name in names(&world.here().join("dst")) {
            let path = format!("dst/{name}");
            let unfinished = name.rsplit('/').next().is_some_and(|name| name.starts_with(".storage-tmp~"));
            if name.ends_with('/') || unfinished {
                continue;
            }
            let found = Self::content(world, &path).unwrap();
            let known = self.before.iter().chain(self.after).any(|known| *known == (&path, &found));
            assert!(known, "`{path}` is torn {when}: {found:?}");
        }
        let stays = |path: &str| self.after.iter().any(|(after, _)| *after == path);
        for (path, _) in self.before.iter().filter(|(path, _)| stays(path)) {
            assert!(Self::content(world, path).is_some(), "`{path}` is lost {when}");
        }
    }

    fn walk(&self) {
        self.walk_through(&CALLS, errors());
    }

    fn walk_through(&self, calls: &[&str], errors: &[&str]) {
        let world = World::new();
        let mut fired = 0;
        for call in calls {
            for error in errors {
                // A call that is made again and again is made in the same way from some time on.
                for at in 1..=40 {
                    self.reset(&world);
                    let Some(output) = failing(&world, self.line, call, error, at) else { break };
                    fired += 1;
                    let when = &format!("after {error} of {call} {at} in `{}`", self.line);
                    if output.status.success() {
                        self.is_done(&world, when);
                        continue;
                    }
                    assert!(!output.stderr.is_empty(), "nothing was said {when}");
                    self.is_whole(&world, when);
                    world.ok(self.line);
                    self.is_done(&world, &format!("in the run {when}"));
                }
            }
        }
        assert!(fired > 15, "{fired}");
    }
}

#[test]
fn a_put_that_replaces_a_file_survives_each_failing_call() {
    let file = ("new", "new content");
    Case {
        line: "put --from new dst/file",
        before: &[file, ("dst/file", "old")],
        after: &[file, ("dst/file", "new content")],
    }
    .walk();
}

#[test]
fn a_copy_of_a_new_file_survives_each_failing_call() {
    let file = ("new", "new content");
    Case {
        line: "cp -p new dst/file",
        before: &[file, ("dst/other", "other")],
        after: &[file, ("dst/other", "other"), ("dst/file", "new content")],
    }
    .walk();
}

/// A sync that makes, replaces and deletes.
const SYNC: Case<'_> = Case {
    line: "sync -j 1 --delete src dst",
    before: &[
        ("src/a", "new a"),
        ("src/b/c", "new c"),
        ("src/b/d", "d"),
        ("dst/a", "a"),
        ("dst/b/c", "c"),
        ("dst/extra", "extra"),
    ],
    after: &[
        ("src/a", "new a"),
        ("src/b/c", "new c"),
        ("src/b/d", "d"),
        ("dst/a", "new a"),
        ("dst/b/c", "new c"),
        ("dst/b/d", "d"),
    ],
};

#[test]
fn a_sync_survives_each_failing_call() {
    SYNC.walk();
}

#[test]
fn a_directory_that_is_there_never_counts_as_missing() {
    SYNC.walk_through(&["openat2", "getdents64"], &["ENOENT"]);
}
