//! Devices, pipes and sockets in the place where something is to be written.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::World;

/// A world with a file, a device that takes everything, and links to it; `None` where nobody may make devices.
fn world() -> Option<World> {
    let world = World::new();
    world.write("file", "content\n");
    let null = world.here().join("null");
    let mode = Mode::from_raw_mode(0o666);
    if mknodat(CWD, &null, FileType::CharacterDevice, mode, rustix::fs::makedev(1, 3)).is_err() {
        assert!(!rustix::process::geteuid().is_root(), "root may make devices");
        return None;
    }
    symlink("null", world.here().join("link")).unwrap();
    Some(world)
}

fn is_device(world: &World, name: &str) -> bool {
    fs::symlink_metadata(world.here().join(name)).unwrap().file_type().is_char_device()
}

#[test]
fn a_device_takes_what_is_written_and_stays_a_device() {
    let Some(world) = world() else { return };
    for line in [
        "cp file null",
        "cp file link",
        "put --from file null",
        "concat file file null",
        "hash file -o null",
        "cp --json file null",
    ] {
        let shown = world.run(line);
        assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
        assert!(is_device(&world, "null"), "{line}");
        assert!(fs::symlink_metadata(world.here().join("link")).unwrap().is_symlink(), "{line}");
    }
}

#[test]
fn a_device_is_not_replaced_by_what_cannot_go_into_it() {
    let Some(world) = world() else { return };
    world.mkdir("folder");
    for line in ["mv file null", "mv file link", "mkdir null", "cp --ignore-existing file null"] {
        let shown = world.run(line);
        assert!(!shown.starts_with("exit: 0\n") || line.starts_with("cp"), "{line}\n{shown}");
        assert!(is_device(&world, "null"), "{line}");
        assert!(world.here().join("file").exists(), "{line}");
    }
}

#[test]
fn a_pipe_gets_what_is_written() {
    let world = World::new();
    world.write("file", "content\n");
    let pipe = world.here().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    for line in ["cp file pipe", "put --from file pipe", "concat file pipe"] {
        let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
        world.ok(line);
        assert_eq!(reader.wait_with_output().unwrap().stdout, b"content\n", "{line}");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "{line}");
    }
}

#[test]
fn a_socket_is_refused_and_stays() {
    let world = World::new();
    world.write("file", "content\n");
    let socket = world.here().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for line in ["cp file socket", "put --from file socket", "mv file socket"] {
        let shown = world.run(line);
        assert!(shown.starts_with("exit: 1\n") && shown.contains("a socket"), "{line}\n{shown}");
        assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket(), "{line}");
    }
}

#[test]
fn the_output_of_the_program_is_written_to_wherever_it_goes() {
    let world = World::new();
    world.write("file", "content\n");
    let output = world.command(&["cp", "file", "/dev/stdout"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "content\n");
    let redirected = world.here().join("redirected");
    let mut command = world.command(&["cp", "file", "/dev/stdout"]);
    let status = command.stdout(fs::File::create(&redirected).unwrap()).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read_to_string(redirected).unwrap(), "content\n");
    assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink());
}
