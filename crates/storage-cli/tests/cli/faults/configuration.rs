//! Which configuration is used, and whose.

use std::os::unix::fs::chown;

use snapbox::str;

use crate::support::World;
use crate::terminal::on_a_terminal;

const MOUNTS: &str = "- {name: box, type: memory}\n- {name: data, type: memory}\n";

#[test]
fn a_configuration_of_another_user_in_this_folder_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        // Only the super-user can give a file away.
        return;
    }
    let world = World::new();
    chown(world.write("storage.yaml", MOUNTS), Some(65534), None).unwrap();
    assert_shown!(
        world.run("ls data:"),
        str![[r#"
exit: 5
--- stderr
error: `storage.yaml` in this folder belongs to another user (uid 65534), and is not used
hint: if you trust it, name it: `--config storage.yaml`

"#]]
    );
    for line in ["mounts", "mounts test", "cp a data:a", "put box:x"] {
        assert!(world.run(line).starts_with("exit: 5\n"), "{line}");
    }
    // Plain paths need none.
    world.write("a", "a");
    world.ok("cp a b");
    world.ok("--config storage.yaml ls box:");
}

#[test]
fn a_configuration_in_this_folder_is_named_on_a_terminal() {
    let world = World::new();
    world.write("storage.yaml", MOUNTS);
    world.write("a", "a");
    let told = "the mounts are those of `./storage.yaml`\n";
    assert_eq!(on_a_terminal(world.command(&["ls", "data:"])), told);
    for quiet in [&["--quiet", "ls", "data:"][..], &["--config", "storage.yaml", "ls", "data:"], &["ls", "a"]]
    {
        assert_eq!(on_a_terminal(world.command(quiet)), "", "{quiet:?}");
    }
    assert_eq!(world.run("ls data:"), "exit: 0\n");
}

#[test]
fn urls_of_other_programs_lead_to_a_mount() {
    let world = World::new();
    assert_shown!(
        world.run("cat s3://logs/2026/a.csv"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `s3`; known are `data`
hint: make a mount of it, a line `- {name: s3, type: s3, bucket: logs}` of `storage.yaml`, and write `s3:2026/a.csv`

"#]]
    );
}
