//! What the program says, and how it says it.

use std::process::Command;

use snapbox::str;

use crate::support::World;

#[test]
fn a_program_that_was_killed_is_no_unexpected_failure() {
    let world = World::new();
    let shown = |signal: &str| {
        let script = format!("kill -{signal} $$");
        world.shown(&world.command(&["exec", "--", "sh", "-c", &script]).output().unwrap())
    };
    assert_shown!(
        shown("SEGV"),
        str![[r#"
exit: 139
--- stderr
error: `sh` was ended by signal 11 (SIGSEGV)
nothing was stored

"#]]
    );
    assert!(shown("TERM").starts_with("exit: 143\n"));
}

#[test]
fn a_text_too_large_to_compare_has_a_hint_that_can_be_typed() {
    let world = World::new();
    world.write("a", "x".repeat(5000));
    world.write("b", "y\n");
    assert_shown!(
        world.run("diff --max-bytes 4KiB a b"),
        str![[r#"
exit: 2
--- stderr
error: cannot read `a`: it is larger than the 4096 bytes that a diff may hold in memory
hint: compare checksums, or raise `--max-bytes`

"#]]
    );
    world.ok("diff --max-bytes 8KiB a a");
}

#[test]
fn memory_for_no_file_is_refused_with_what_is_needed() {
    let world = World::new();
    for size in ["0", "1", "1KiB"] {
        let shown = world.run(&format!("--memory {size} ls"));
        assert!(shown.starts_with("exit: 2\n") && shown.contains("must be `2MiB` or more"), "{shown}");
    }
    world.write("a", vec![b'x'; 20 << 20]);
    world.ok("--memory 2MiB cp a b");
    world.ok("check a b");
}

#[test]
fn a_read_only_file_system_is_no_matter_of_owners_and_modes() {
    let world = World::new();
    let place = world.mkdir("ro");
    // A mount in a namespace of its own is gone with the command.
    let script = format!(
        "mount -t tmpfs -o ro none {place} && exec {program} put --from /etc/hostname {place}/x",
        place = place.display(),
        program = env!("CARGO_BIN_EXE_storage")
    );
    let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    if told.contains("unshare failed") {
        // Who may not mount has no such file system to write to.
        return;
    }
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("mounted for writing") && !told.contains("owner"), "{told}");
}
