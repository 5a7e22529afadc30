//! A disk without room: a small tmpfs in a mount namespace of its own.

use std::process::{Command, Stdio};

use snapbox::str;

use crate::support::World;

/// Runs `line` with a tmpfs of 1 MiB at `small/`; after it, lists what is there. `None` when the machine does not let us.
pub(crate) fn on_a_small_disk(world: &World, line: &str) -> Option<String> {
    world.mkdir("small");
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs small || exit 99\n\
         {line}\n\
         code=$?\n\
         find small -mindepth 1 | sort >&2\n\
         cat small/a 2>/dev/null\n\
         exit $code"
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &script]);
    command.stdin(Stdio::null()).current_dir(world.here()).env("HOME", world.home()).env("TZ", "UTC");
    command.env("storage", env!("CARGO_BIN_EXE_storage"));
    let output = command.output();
    match &output {
        Ok(output) if output.status.code() != Some(99) && !refused(&output.stderr) => {
            Some(world.shown(output))
        }
        _ => {
            let why = output.map_or_else(|error| error.to_string(), |output| world.shown(&output));
            assert!(!rustix::process::geteuid().is_root(), "the super-user cannot mount a tmpfs here: {why}");
            told(&format!("not tested, a tmpfs cannot be mounted without privileges here: {why}"));
            None
        }
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know what they did not test")]
fn told(text: &str) {
    eprintln!("{text}");
}

fn refused(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("unshare: ")
}

#[test]
fn put_leaves_what_was_there() {
    let world = World::new();
    world.write("big", vec![b'x'; 4 << 20]);
    world.write("little", "old");
    if let Some(shown) =
        on_a_small_disk(&world, "$storage put -q small/a < little; $storage put small/a < big")
    {
        assert_shown!(
            shown,
            str![[r#"
exit: 1
--- stdout
old[no newline]
--- stderr
error: cannot write `small/a`: no space left on device
hint: free some space and try again; nothing was changed
small/a

"#]]
        );
    }
}

#[test]
fn put_leaves_nothing_new() {
    let world = World::new();
    world.write("big", vec![b'x'; 4 << 20]);
    if let Some(shown) = on_a_small_disk(&world, "$storage put small/a < big") {
        assert_shown!(
            shown,
            str![[r#"
exit: 1
--- stderr
error: cannot write `small/a`: no space left on device
hint: free some space and try again; nothing was changed

"#]]
        );
    }
}

#[test]
fn cp_copies_what_fits_and_names_what_does_not() {
    let world = World::new();
    world.write("box/big", vec![b'x'; 4 << 20]);
    world.write("box/little", "x");
    if let Some(shown) = on_a_small_disk(&world, "$storage cp -r -j 1 box small/box") {
        assert_shown!(
            shown,
            str![[r#"
exit: 1
--- stderr
error: cannot copy `small/box/big`: no space left on device
hint: free some space and try again; nothing was changed
1 file, 1 B copied, 1 failed in [TIME]
small/box
small/box/little

"#]]
        );
    }
}

#[test]
fn mv_keeps_what_does_not_fit() {
    let world = World::new();
    world.write("big", vec![b'x'; 4 << 20]);
    if let Some(shown) = on_a_small_disk(&world, "$storage mv big small/big") {
        assert_shown!(
            shown,
            str![[r#"
exit: 1
--- stderr
error: cannot copy `small/big`: no space left on device
hint: free some space and try again; nothing was changed

"#]]
        );
        assert_eq!(std::fs::metadata(world.here().join("big")).unwrap().len(), 4 << 20);
    }
}
