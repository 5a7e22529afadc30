//! Content types where the file system has no extended attributes.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::World;

/// Runs `script` with a file system without extended attributes at `bare/`. `None` where nobody may mount one.
fn with_a_bare_file_system(world: &World, script: &str) -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    world.mkdir("bare");
    let script = format!("set -e; mount -t ramfs ramfs bare; {script}");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).stdin(Stdio::null()).current_dir(world.here());
    command.env_clear().env("HOME", world.home()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("storage", env!("CARGO_BIN_EXE_storage"));
    Some(world.shown(&command.output().unwrap()))
}

#[test]
fn a_content_type_that_came_along_keeps_no_file_from_being_copied() {
    let world = World::new();
    world.write("plain", "content");
    world.ok("put --from plain --content-type text/x-notes --meta author=ada src/typed");
    let script =
        "$storage cp src/typed bare/typed; $storage cp -r src bare/tree; cat bare/typed bare/tree/typed";
    let Some(shown) = with_a_bare_file_system(&world, script) else { return };
    assert!(shown.starts_with("exit: 0\n") && shown.contains("contentcontent"), "{shown}");
}

#[test]
fn a_content_type_that_was_asked_for_is_kept_or_the_file_is_refused() {
    let world = World::new();
    world.write("plain", "content");
    let script =
        "$storage put --from plain --content-type text/x-notes bare/typed || ls -A bare > left; exit 1";
    let Some(shown) = with_a_bare_file_system(&world, script) else { return };
    assert!(shown.contains("no extended attributes"), "{shown}");
    assert_eq!(fs::read_to_string(world.here().join("left")).unwrap(), "");
}
