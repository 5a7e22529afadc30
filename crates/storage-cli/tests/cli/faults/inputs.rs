//! Inputs that are no regular files: pipes that a shell names, devices, and standard input.

use std::process::Command;

use crate::support::World;

/// Runs a line of bash in which `storage` is the program.
fn bash(world: &World, line: &str) -> String {
    let mut command = Command::new("bash");
    let line = format!("storage() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_storage"));
    command.args(["-c", &line]).current_dir(world.here()).env_clear();
    let path = std::env::var_os("PATH").unwrap();
    world.shown(&command.env("HOME", world.home()).env("PATH", path).output().unwrap())
}

#[track_caller]
fn prints(world: &World, line: &str, printed: &str) {
    let shown = bash(world, line);
    assert_eq!(shown, format!("exit: 0\n--- stdout\n{printed}"), "{line}");
}

fn world() -> World {
    let world = World::new();
    world.write("a", "one\n");
    world.write("b", "two\n");
    world
}

#[test]
fn what_a_pipe_brings_is_read_like_a_file() {
    let world = world();
    prints(&world, "storage cat <(cat a b)", "one\ntwo\n");
    prints(&world, "storage cat a - <b", "one\ntwo\n");
    prints(&world, "storage concat <(cat a) b -", "one\ntwo\n");
    prints(&world, "storage -q concat a <(cat b) - whole <a && cat whole", "one\ntwo\none\n");
    prints(&world, "storage -q cp <(cat a) copy && cat copy", "one\n");
    prints(&world, "cat a | storage -q cp /dev/stdin copy && cat copy", "one\n");
    prints(&world, "storage -q put --from <(cat b) copy && cat copy", "two\n");
    prints(&world, "storage -q cp /dev/null empty && cat empty a", "one\n");
    prints(&world, "mkfifo pipe; cat b >pipe & storage cat pipe", "two\n");
}

#[test]
fn texts_that_come_through_pipes_are_compared() {
    let world = world();
    assert!(bash(&world, "storage diff <(cat a) <(cat b)").starts_with("exit: 1\n--- stdout\n--- /dev/fd/"));
    assert_eq!(bash(&world, "storage diff a <(cat a)"), "exit: 0\n");
    assert_eq!(bash(&world, "storage diff - a <a"), "exit: 0\n");
    assert_eq!(
        bash(&world, "storage diff a - <b"),
        "exit: 1\n--- stdout\n--- a\n+++ -\n@@ -1 +1 @@\n-one\n+two\n"
    );
    assert!(bash(&world, "storage diff - -").starts_with("exit: 2\n"));
}

#[test]
fn lists_of_checksums_come_through_pipes() {
    let world = world();
    prints(&world, "storage hash --check <(sha256sum a b)", "a: OK\nb: OK\n");
    prints(&world, "sha256sum a | storage hash --check /dev/stdin", "a: OK\n");
    prints(&world, "storage hash - <a | cut -d' ' -f1; sha256sum a | cut -d' ' -f1 >&2", &{
        let digits = world.stdout("hash a").split_whitespace().next().unwrap().to_owned();
        format!("{digits}\n--- stderr\n{digits}\n")
    });
    let named = bash(&world, "storage hash <(cat a)");
    assert!(named.contains("  /dev/fd/") && named.contains(&world.stdout("hash a")[..64]), "{named}");
    assert!(bash(&world, "storage md5 <(cat a)").contains("  /dev/fd/"));
}

#[test]
fn rules_come_from_pipes_and_devices() {
    let world = World::new();
    world.write("src/a", "a");
    world.write("src/b.log", "b");
    for from in ["/dev/null", "<(echo '*.log')", "-"] {
        let shown = bash(&world, &format!("echo '*.log' | storage -q sync --ignore-from {from} src dst"));
        assert_eq!(shown, "exit: 0\n", "{from}");
    }
    // The first time nothing was left out, later nothing is deleted.
    assert_eq!(crate::support::names(&world.here().join("dst")), ["a", "b.log"]);
    bash(&world, "storage -q sync --ignore-from <(echo '*.log') src other");
    assert_eq!(crate::support::names(&world.here().join("other")), ["a"]);
}

#[test]
fn an_archive_comes_through_a_pipe() {
    let world = World::new();
    world.write("src/a", "a\n");
    world.ok("zip src a.zip");
    prints(&world, "storage -q unzip <(cat a.zip) out && cat out/a", "a\n");
    prints(&world, "cat a.zip | storage -q unzip - again && cat again/a", "a\n");
    assert!(bash(&world, "echo no archive | storage unzip - x").contains("error: cannot read `-`: "));
}
