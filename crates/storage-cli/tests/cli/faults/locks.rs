//! Locks that exclude nobody, and locks that others hold.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};

use crate::support::{World, names};

const FILES: usize = 300;

/// The program under `strace`, which lets system calls fail.
fn traced(world: &World, inject: &str, line: &str) -> Command {
    let program = world.command::<&str>(&[]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=flock,openat", "-e", inject]);
    command.arg(program.get_program()).args(line.split_whitespace());
    command.current_dir(world.here()).env_clear().env("HOME", world.home());
    command
}

fn write_all(world: &World, round: usize) -> BTreeMap<String, Vec<u8>> {
    for number in 0..FILES {
        world.write(format!("src/{number}"), format!("{number} of round {round}"));
    }
    contents(world, "src")
}

fn contents(world: &World, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = world.here().join(folder);
    names(&folder).into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

#[test]
fn many_writers_swap_no_contents_where_locks_fail() {
    let world = World::new();
    write_all(&world, 0);
    world.ok("cp -r src dst");
    for (round, error) in ["ENOLCK", "ENOSYS", "EOPNOTSUPP"].into_iter().enumerate() {
        let source = write_all(&world, round + 1);
        let inject = format!("inject=flock:error={error}");
        let output = traced(&world, &inject, "cp -r -j 8 src dst").output().expect("`strace` is installed");
        assert!(output.status.success(), "{error}: {}", world.shown(&output));
        assert!(contents(&world, "dst") == source, "{error}");
    }
}

#[test]
fn a_lock_that_a_reader_holds_stops_no_write() {
    let world = World::new();
    world.write("folder/file", "old");
    world.write("new", "new");
    let folder = File::open(world.here().join("folder")).unwrap();
    flock(&folder, FlockOperation::LockExclusive).unwrap();
    for line in
        ["cp new folder/file", "put --from new folder/other", "rm folder/other", "cp new folder/third"]
    {
        world.ok(line);
    }
    assert_eq!(fs::read_to_string(world.here().join("folder/file")).unwrap(), "new");
    assert_eq!(names(&world.here().join("folder")), ["file", "third"]);
}

/// Two processes of the same number, each in a namespace of its own, on a file system without files that have no name.
#[test]
fn processes_of_equal_numbers_swap_no_contents() {
    let world = World::new();
    let isolated = |line: &str| {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork"]);
        let traced = traced(&world, "inject=openat:error=EOPNOTSUPP", line);
        // Only files without a name are opened in `.`.
        command.arg(traced.get_program()).args(["-P", "."]).args(traced.get_args());
        command.current_dir(world.here()).env_clear().env("HOME", world.home());
        command
    };
    if !Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        assert!(!rustix::process::geteuid().is_root(), "root may make namespaces");
        return;
    }
    let inputs: Vec<String> = (0..2).map(|number| format!("{number}").repeat(3 << 20)).collect();
    for (number, input) in inputs.iter().enumerate() {
        world.write(format!("in{number}"), input);
    }
    for round in 0..5 {
        let writers: Vec<_> = (0..2)
            .map(|number| {
                isolated(&format!("put --from in{number} dst/out{number}"))
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for mut writer in writers {
            assert!(writer.wait().unwrap().success());
        }
        for (number, input) in inputs.iter().enumerate() {
            let stored = fs::read_to_string(world.here().join(format!("dst/out{number}"))).unwrap();
            assert!(stored == *input, "`out{number}` in round {round}");
        }
    }
    assert_eq!(names(&world.here().join("dst")), ["out0", "out1"]);
}
