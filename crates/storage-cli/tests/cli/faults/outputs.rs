//! Outputs that are no regular files, for every command that writes one.

use std::fs::{self, File};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::support::{World, names};

/// Each writes one output, whose place is behind the last blank.
const WRITERS: &[&str] = &[
    "cp a",
    "put --from a",
    "concat a b",
    "zip src",
    "hash a -o",
    "sync --report report src copy --report",
    "exec --stdout",
];

fn world() -> World {
    let world = World::new();
    world.write("a", "one\n");
    world.write("b", "two\n");
    world.write("src/c", "three\n");
    world
}

/// The whole line of a writer.
fn line(writer: &str, place: &str) -> String {
    match writer {
        "exec --stdout" => format!("{writer} {place} -- echo one"),
        "sync --report report src copy --report" => format!("sync src copy --report {place}"),
        _ => format!("{writer} {place}"),
    }
}

fn run(world: &World, line: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let args: Vec<&str> = line.split_whitespace().collect();
    world.shown(&world.command(&args).env("PATH", path).output().unwrap())
}

/// A device that takes everything; false where nobody may make one.
fn null(path: &Path) -> bool {
    let mode = Mode::from_raw_mode(0o666);
    mknodat(CWD, path, FileType::CharacterDevice, mode, makedev(1, 3)).is_ok()
}

#[test]
fn every_output_goes_into_a_device_and_leaves_it_there() {
    let world = world();
    let device = world.here().join("null");
    if !null(&device) {
        return;
    }
    std::os::unix::fs::symlink("null", world.here().join("link")).unwrap();
    for writer in WRITERS {
        for place in ["null", "link"] {
            let line = line(writer, place);
            let shown = run(&world, &line);
            assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
            assert!(fs::symlink_metadata(&device).unwrap().file_type().is_char_device(), "{line}");
            assert!(fs::symlink_metadata(world.here().join("link")).unwrap().is_symlink(), "{line}");
        }
    }
}

#[test]
fn results_of_programs_never_replace_a_device() {
    let world = world();
    let device = world.here().join("null");
    if !null(&device) {
        return;
    }
    for marker in ["{out:null}", "{both:null}"] {
        let mut command = world.command(&["exec", "--", "sh", "-c", "echo made >\"$1\"", "sh", marker]);
        let _ = command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
        assert!(fs::symlink_metadata(&device).unwrap().file_type().is_char_device(), "{marker}");
    }
}

#[test]
fn a_tree_with_a_device_in_the_place_of_a_file_keeps_the_device() {
    let world = world();
    world.mkdir("dst");
    if !null(&world.here().join("dst/c")) {
        return;
    }
    for line in ["cp -r src dst", "sync src dst", "sync --delete --force src dst", "mv --include * src dst"] {
        let _ = run(&world, line);
        let there = fs::symlink_metadata(world.here().join("dst/c")).unwrap();
        assert!(there.file_type().is_char_device(), "{line}");
        assert!(world.here().join("src/c").exists(), "{line}");
    }
}

#[test]
fn every_output_goes_into_a_pipe_to_its_reader() {
    let world = world();
    let pipe = world.here().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    for writer in WRITERS {
        let line = line(writer, "pipe");
        let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
        let shown = run(&world, &line);
        assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
        assert!(!reader.wait_with_output().unwrap().stdout.is_empty(), "{line}");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "{line}");
    }
}

#[test]
fn every_output_can_be_standard_output() {
    let world = world();
    let before = names(&world.here());
    for writer in WRITERS {
        let line = line(writer, "/dev/stdout");
        let shown = run(&world, &line);
        assert!(shown.starts_with("exit: 0\n--- stdout\n"), "{line}\n{shown}");
        // The same into a file that the shell has opened.
        let redirected = world.root().join("redirected");
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut command = world.command(&args);
        command.env("PATH", std::env::var_os("PATH").unwrap()).stdout(File::create(&redirected).unwrap());
        assert!(command.status().unwrap().success(), "{line}");
        assert!(fs::metadata(&redirected).unwrap().len() > 0, "{line}");
        assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink(), "{line}");
    }
    let mut after = names(&world.here());
    after.retain(|name| !name.starts_with("copy"));
    assert_eq!(after, before);
}
