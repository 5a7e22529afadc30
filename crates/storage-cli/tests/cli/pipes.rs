//! Readers that go away, and outputs that fail.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("big", vec![b'x'; 8 << 20]);
    for number in 0..3000 {
        world.write(format!("many/a-rather-long-name-so-that-pipes-fill-up-{number}"), "");
    }
    world
}

/// Reads a little, closes the pipe, and gives how the program ended and what it said.
fn cut_off(world: &World, line: &str) -> (Option<i32>, String) {
    let mut child = world.spawn(line, Stdio::null());
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 16];
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_closed_pipe_is_success() {
    let world = world();
    for line in ["cat big", "cat big big", "cp big -", "ls many", "ls -lR .", "ls --json many", "tree many"] {
        assert_eq!(cut_off(&world, line), (Some(0), String::new()), "{line}");
    }
}

#[test]
fn a_full_device_is_an_error() {
    let world = world();
    for line in ["cat big", "ls many", "mounts"] {
        let args: Vec<&str> = line.split_whitespace().collect();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = world.command(&args).stdout(full).output().unwrap();
        assert_shown!(
            world.shown(&output),
            str![[r#"
exit: 1
--- stderr
error: cannot write to standard output: no space left on device

"#]]
        );
    }
}

#[test]
fn nobody_listens_to_errors() {
    let world = world();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = world.command(&["cat", "nothing", "many/nothing"]).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}
