//! The exit codes of every command, as `docs/exit-codes.md` has them.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{World, wait_until};

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// All was done, or the verdict is good.
    Done,
    /// The verdict is not good, or it failed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// There is nothing.
    Missing,
    /// One of several failed.
    Partly,
    /// Nobody reads standard output.
    Closed,
    /// Ctrl-C came.
    Interrupted,
}
use Case::{Closed, Done, Failed, Interrupted, Missing, Partly, Usage};

const ROWS: &[(Case, &str, i32)] = &[
    (Done, "mounts", 0),
    (Usage, "mounts --nope", 2),
    (Missing, "mounts test absent", 3),
    (Done, "mounts test", 0),
    (Closed, "mounts", 0),
    (Closed, "mounts test", 0),
    (Done, "config list", 0),
    (Usage, "config allow a", 2),
    (Missing, "config allow src", 3),
    (Closed, "config list", 0),
    (Done, "ls src", 0),
    (Usage, "ls --sort nope", 2),
    (Missing, "ls absent", 3),
    (Missing, "ls absent:", 3),
    (Partly, "ls a absent", 3),
    (Partly, "ls a absent a/x", 1),
    (Closed, "ls many", 0),
    (Interrupted, "ls many", 130),
    (Done, "find src", 0),
    (Done, "find src --name nope", 0),
    (Usage, "find --type nope", 2),
    (Missing, "find absent", 3),
    (Partly, "find a absent", 3),
    (Closed, "find many", 0),
    (Interrupted, "find many", 130),
    (Done, "tree src", 0),
    (Usage, "tree -L 0", 2),
    (Missing, "tree absent", 3),
    (Partly, "tree src absent", 3),
    (Closed, "tree many", 0),
    (Interrupted, "tree many", 130),
    (Done, "cat a", 0),
    (Failed, "cat src", 1),
    (Usage, "cat", 2),
    (Missing, "cat absent", 3),
    (Partly, "cat a absent", 3),
    (Closed, "cat a", 0),
    (Closed, "cat absent a", 3),
    (Interrupted, "cat -", 130),
    (Done, "put --from a new", 0),
    (Failed, "put --create-only --from a b", 1),
    (Usage, "put new/", 2),
    (Missing, "put --from absent new", 3),
    (Closed, "put --json --from a new", 0),
    (Interrupted, "put new", 130),
    (Done, "cp a new", 0),
    (Failed, "cp -r src taken", 1),
    (Usage, "cp a b new", 2),
    (Usage, "cp a src/a other/", 2),
    (Missing, "cp absent new", 3),
    (Partly, "cp a absent other/", 3),
    (Closed, "cp -r --json many new", 0),
    (Closed, "cp -r --json src taken", 1),
    (Interrupted, "cp - new", 130),
    (Interrupted, "cp --bandwidth 1KiB big new", 130),
    (Done, "mv a new", 0),
    (Failed, "mv --include * src taken", 1),
    (Usage, "mv a b new", 2),
    (Missing, "mv absent new", 3),
    (Partly, "mv a absent other/", 3),
    (Closed, "mv --json many new", 0),
    (Done, "sync src new", 0),
    (Failed, "sync src taken", 1),
    (Failed, "sync --delete empty src", 1),
    (Usage, "sync --force src new", 2),
    (Missing, "sync absent new", 3),
    (Closed, "sync --json many new", 0),
    (Closed, "sync -n many new", 0),
    (Closed, "sync --json src taken", 1),
    (Interrupted, "sync --bandwidth 1KiB big new", 130),
    (Usage, "watch -n src new", 2),
    (Missing, "watch absent new", 3),
    (Interrupted, "watch src new", 0),
    (Done, "check src src", 0),
    (Failed, "check src empty", 1),
    (Usage, "check src", 2),
    (Missing, "check absent src", 3),
    (Closed, "check src src", 0),
    (Closed, "check src empty", 1),
    (Closed, "check --json empty many", 1),
    (Interrupted, "check big other-big", 130),
    (Done, "concat a b new", 0),
    (Failed, "concat a src new", 1),
    (Usage, "concat a", 2),
    (Missing, "concat a absent new", 3),
    (Closed, "concat --json a b new", 0),
    (Closed, "concat a b -", 0),
    (Interrupted, "concat - new", 130),
    (Done, "diff a a", 0),
    (Failed, "diff a b", 1),
    (Failed, "diff src a", 2),
    (Usage, "diff a", 2),
    (Missing, "diff a absent", 3),
    (Closed, "diff a b", 1),
    (Closed, "diff a a", 0),
    (Interrupted, "diff - a", 130),
    (Done, "zip src new.zip", 0),
    (Usage, "zip src", 2),
    (Usage, "zip a a", 2),
    (Missing, "zip absent new.zip", 3),
    (Closed, "zip --json src new.zip", 0),
    (Closed, "zip src -", 0),
    (Interrupted, "zip big new.zip", 130),
    (Done, "unzip src.zip new", 0),
    (Failed, "unzip a new", 1),
    (Usage, "unzip --max-ratio x src.zip", 2),
    (Missing, "unzip absent new", 3),
    (Closed, "unzip --list src.zip", 0),
    (Closed, "unzip --json src.zip new", 0),
    (Interrupted, "unzip - new", 130),
    (Done, "rm a", 0),
    (Done, "rm -f absent", 0),
    (Failed, "rm src", 1),
    (Usage, "rm", 2),
    (Usage, "rm -r .", 2),
    (Missing, "rm absent", 3),
    (Partly, "rm a absent", 3),
    (Partly, "rm absent src", 1),
    (Closed, "rm a", 0),
    (Done, "mkdir new", 0),
    (Failed, "mkdir src", 1),
    (Usage, "mkdir", 2),
    (Missing, "mkdir absent/new", 3),
    (Partly, "mkdir new src", 1),
    (Closed, "mkdir new", 0),
    (Done, "stat a", 0),
    (Usage, "stat", 2),
    (Missing, "stat absent", 3),
    (Partly, "stat a absent", 3),
    (Closed, "stat a", 0),
    (Done, "hash a", 0),
    (Done, "hash --check sums", 0),
    (Failed, "hash --check wrong", 1),
    (Failed, "hash --check a", 1),
    (Failed, "hash src", 1),
    (Usage, "hash -a nope a", 2),
    (Usage, "hash a -o a", 2),
    (Missing, "hash absent", 3),
    (Missing, "hash --check absent", 3),
    (Partly, "hash a absent", 3),
    (Closed, "hash -r many", 0),
    (Closed, "hash --check sums", 0),
    (Closed, "hash --check wrong", 1),
    (Interrupted, "hash -", 130),
    (Done, "md5 a", 0),
    (Usage, "md5", 2),
    (Missing, "md5 absent", 3),
    (Partly, "md5 a absent", 3),
    (Closed, "md5 a", 0),
    (Interrupted, "md5 -", 130),
    (Done, "du src", 0),
    (Usage, "du --nope", 2),
    (Missing, "du absent", 3),
    (Partly, "du a absent", 3),
    (Closed, "du src", 0),
    (Done, "cleanup src", 0),
    (Failed, "cleanup a", 1),
    (Usage, "cleanup --nope", 2),
    (Missing, "cleanup absent", 3),
    (Partly, "cleanup src absent", 3),
    (Closed, "cleanup src", 0),
    (Failed, "versions list a", 1),
    (Usage, "versions list", 2),
    (Missing, "versions list absent:x", 3),
    (Failed, "restore --version 0 a", 1),
    (Usage, "restore a", 2),
    (Missing, "restore --version 0 absent:x", 3),
    (Done, "meta get a", 0),
    (Failed, "meta get src", 1),
    (Usage, "meta set", 2),
    (Missing, "meta get absent", 3),
    (Partly, "meta get a absent", 3),
    (Closed, "meta get --json a", 0),
    (Failed, "url data:x", 1),
    (Usage, "url", 2),
    (Missing, "url absent:x", 3),
    (Done, "exec -- true", 0),
    (Failed, "exec -- false", 1),
    (Failed, "exec --timeout 1s -- sleep 60", 124),
    (Failed, "exec -- ./a", 126),
    (Failed, "exec -- nothing-of-that-name", 127),
    (Usage, "exec", 2),
    (Missing, "exec -- cat {in:absent}", 125),
    (Closed, "exec -- true", 0),
    (Interrupted, "exec -- sleep 60", 130),
    (Done, "completions bash", 0),
    (Usage, "completions nope", 2),
    (Closed, "completions bash", 0),
    (Usage, "", 2),
    (Usage, "nope", 2),
    (Failed, "--config absent.yaml ls", 5),
];

fn world(line: &str) -> World {
    let world = World::new();
    world.write("a", "a\n");
    world.write("b", "b\n");
    world.write("src/a", "a\n");
    world.mkdir("empty");
    world.mkdir("other");
    world.mkdir("taken/a/below");
    world.write("sums", "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  a\n");
    world.write("wrong", "0000000000000000000000000000000000000000000000000000000000000000  a\n");
    if line.contains("src.zip") {
        world.ok("zip src src.zip");
    }
    if line.contains("big") {
        for name in ["big", "other-big"] {
            File::create(world.here().join(name)).unwrap().set_len(32 << 30).unwrap();
        }
    }
    if line.contains("many") {
        for number in 0..1500 {
            world.write(format!("many/a-rather-long-name-so-that-pipes-fill-up-{number}"), "");
        }
    }
    world
}

fn reads_below(child: &Child, directory: &Path) -> bool {
    let files = std::fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
    let is_file = |target: PathBuf| target.starts_with(directory) && target.is_file();
    files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(is_file)
}

/// Whether Ctrl-C is heard by now.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default();
    let caught = u64::from_str_radix(caught.trim(), 16).unwrap_or(0);
    caught & (1 << (Signal::INT.as_raw() - 1)) != 0
}

fn code(case: Case, line: &str) -> Option<i32> {
    let world = world(line);
    let input = if case == Interrupted { Stdio::piped() } else { Stdio::null() };
    let args: Vec<&str> = line.split_whitespace().collect();
    let path = std::env::var_os("PATH").unwrap();
    let mut child = world.command(&args).env("PATH", path).stdin(input).spawn().unwrap();
    match case {
        Closed => drop(child.stdout.take()),
        Interrupted => {
            // Neither its input nor its output ever ends, so that it cannot be done before.
            let _open = child.stdin.take();
            wait_until("signals are handled", || listens(&child));
            if line.starts_with("check") {
                wait_until("it compares", || reads_below(&child, &world.here()));
            }
            if line.starts_with("watch") {
                wait_until("it watches", || world.here().join("new/a").exists());
            }
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
            return child.wait().unwrap().code();
        }
        _ => {}
    }
    child.wait_with_output().unwrap().status.code()
}

#[test]
fn every_command_ends_with_the_code_that_is_promised() {
    let wrong = |(case, line, promised): &(Case, &str, i32)| {
        let code = code(*case, line);
        (code != Some(*promised)).then(|| format!("{case:?}: storage {line}: {code:?} for {promised}"))
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let part = |rows: &'static [(Case, &str, i32)]| {
            scope.spawn(move || rows.iter().filter_map(wrong).collect::<Vec<_>>())
        };
        let parts: Vec<_> = ROWS.chunks(ROWS.len().div_ceil(4)).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_has_its_exit_codes_tested_and_described() {
    let help = World::new().stdout("--help");
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next());
    let page = include_str!("../../../../docs/exit-codes.md");
    for command in commands.filter(|command| *command != "fill") {
        let cases: BTreeSet<u8> = ROWS
            .iter()
            .filter(|(_, line, _)| line.split_whitespace().next() == Some(command))
            .map(|(case, ..)| *case as u8)
            .collect();
        assert!(cases.contains(&(Usage as u8)) && cases.len() > 1, "{command} is not tested");
        let rows = || page.lines().filter(|line| line.starts_with("| `"));
        let named =
            |row: &str| row.contains(&format!("`{command}`")) || row.contains(&format!("`{command} "));
        assert!(rows().any(named), "docs/exit-codes.md says nothing of {command}");
    }
}
