//! Permission bits of what is copied.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Stdio;

use rustix::process::geteuid;

use crate::support::{World, wait_until};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_copy_of_a_private_file_is_private_and_a_script_stays_executable() {
    let world = World::new();
    for (name, bits) in [("private", 0o600), ("script.sh", 0o755), ("group", 0o660), ("odd", 0o604)] {
        chmod(&world.write(name, "content"), bits);
        world.ok(&format!("cp {name} copy-of-{name}"));
        // The umask of the tests is 022.
        assert_eq!(mode(&world.here().join(format!("copy-of-{name}"))), bits & !0o022, "{name}");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let world = World::new();
    chmod(&world.write("new", "new"), 0o755);
    let old = world.write("old", "old");
    chmod(&old, 0o640);
    world.ok("cp new old");
    assert_eq!((mode(&old), fs::read_to_string(&old).unwrap().as_str()), (0o640, "new"));
}

#[test]
fn the_bit_that_lets_a_program_run_as_its_owner_is_not_handed_to_other_content() {
    if !geteuid().is_root() {
        return;
    }
    let world = World::new();
    world.write("new", "new");
    let program = world.write("program", "old");
    chown(&program, Some(65534), Some(65534)).unwrap();
    chmod(&program, 0o4755);
    world.ok("cp new program");
    let now = fs::metadata(&program).unwrap();
    assert_eq!((now.uid(), now.mode() & 0o7777), (65534, 0o755));

    // Copied with its bits, somebody else's program would run as whoever copied it.
    chmod(&program, 0o4755);
    world.ok("cp -p program copy");
    let copy = fs::metadata(world.here().join("copy")).unwrap();
    assert_eq!((copy.uid(), copy.mode() & 0o7777), (0, 0o755));
}

#[test]
fn a_file_planted_where_anybody_may_write_is_not_given_what_is_written_there() {
    if !geteuid().is_root() {
        return;
    }
    let world = World::new();
    chmod(&world.write("secret", "secret"), 0o600);
    let folder = world.mkdir("tmp");
    chmod(&folder, 0o1777);
    let planted = world.write("tmp/planted", "x");
    chown(&planted, Some(65534), Some(65534)).unwrap();
    chmod(&planted, 0o666);
    world.ok("cp secret tmp/planted");
    let now = fs::metadata(&planted).unwrap();
    assert_eq!((now.uid(), now.mode() & 0o7777), (0, 0o600));
}

#[test]
fn somebody_elses_unfinished_file_in_a_sticky_folder_stops_nobody() {
    if !geteuid().is_root() {
        return;
    }
    let world = World::new();
    let folder = world.mkdir("tmp");
    chmod(&folder, 0o1777);
    // Of root, so that the unprivileged user may not remove it.
    world.write("tmp/.storage-tmp~", "unfinished");
    let own = world.write("tmp/own", "old");
    chown(&own, Some(65534), Some(65534)).unwrap();
    world.write("new", "new");
    let shown = world.run_unprivileged("cp new tmp/own");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(fs::read_to_string(&own).unwrap(), "new");
}

#[test]
fn what_is_written_of_a_private_file_is_private_while_it_is_replaced() {
    let world = World::new();
    // Large enough for its part to be kept.
    let big = fs::File::create(world.here().join("big")).unwrap();
    big.write_all_at(&vec![b'x'; 32 << 20], 0).unwrap();
    let there = world.write("folder/file", "old");
    chmod(&there, 0o600);
    let line = "cp --state-dir state --bandwidth 4MiB big folder/file";
    let mut child = world.spawn(line, Stdio::null());
    let part = || {
        let entries = fs::read_dir(world.here().join("folder")).unwrap();
        entries.map(|entry| entry.unwrap().path()).find(|path| *path != there)
    };
    wait_until("a part is there", || part().is_some());
    let bits = mode(&part().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bits, 0o600);
    assert_eq!(mode(&part().unwrap()), 0o600);
    assert_eq!(fs::read_to_string(&there).unwrap(), "old");
}

#[test]
fn everything_is_kept_on_request_by_copies_and_syncs_of_trees() {
    let world = World::new();
    world.write("src/other", "content");
    let file = world.write("src/d/file", "content");
    for path in [file.as_path(), file.parent().unwrap()] {
        chown(path, Some(1234), Some(2345)).unwrap();
    }
    let owner = |path: &str| {
        let found = fs::metadata(world.here().join(path)).unwrap();
        (found.uid(), found.gid())
    };
    world.ok("cp -r --preserve=all src copy");
    world.ok("sync --preserve=all src synced");
    for path in ["copy/d/file", "copy/d", "synced/d/file", "synced/d"] {
        assert_eq!(owner(path), (1234, 2345), "{path}");
    }
    world.ok("cp -rp src plain");
    assert_eq!(owner("plain/d/file"), (geteuid().as_raw(), rustix::process::getegid().as_raw()));
}
