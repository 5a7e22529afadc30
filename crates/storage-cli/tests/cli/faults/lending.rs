//! What is lent to programs stays as it is stored.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use snapbox::str;

use crate::disk_full::on_a_small_disk;
use crate::support::{World, names};

/// A mount of a folder, `ro` of the same for reading only, and one file in it.
fn world() -> World {
    let world = World::new();
    let folder = world.mkdir("folder");
    let mounts = format!(
        "mounts:\n  - {{name: rw, type: local, path: {}}}\n  - {{name: ro, type: relative, path: \"rw:\", permissions: readonly}}\n",
        folder.display()
    );
    world.write("mounts.yaml", mounts);
    world.write("folder/a", "kept\n");
    world
}

fn exec(world: &World, arguments: &[&str]) -> String {
    let arguments = [&["--config", "mounts.yaml", "exec"], arguments].concat();
    let mut command = world.command(&arguments);
    command.env("TMPDIR", world.mkdir("tmp")).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    world.shown(&command.output().unwrap())
}

/// The file is as it was, alone, and nothing is left in the folder for temporary files.
#[track_caller]
fn untouched(world: &World) {
    assert_eq!(names(&world.here().join("folder")), ["a"]);
    assert_eq!(fs::read_to_string(world.here().join("folder/a")).unwrap(), "kept\n");
    assert_eq!(names(&world.here().join("tmp")), [""; 0]);
}

#[test]
fn a_program_that_replaces_its_input_leaves_the_stored_file() {
    let world = world();
    for place in ["{in:ro:a}", "{in:rw:a}", "{in:folder/a}"] {
        let shown = exec(&world, &["--", "gzip", place]);
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        assert!(shown.contains("the program changed its copy of `"), "{shown}");
        assert!(shown.contains("`; what is stored is as it was\n"), "{shown}");
        untouched(&world);
    }
}

#[test]
fn a_program_that_writes_into_its_input_and_fails_changes_nothing() {
    let world = world();
    // Whoever owns a file may write to it, whatever its mode, after `chmod`.
    let evil = "chmod u+w \"$1\"; echo evil >\"$1\"; exit 1";
    assert_shown!(
        exec(&world, &["--", "sh", "-c", evil, "sh", "{in:ro:a}"]),
        str![[r#"
exit: 1
--- stderr
the program changed its copy of `ro:a`; what is stored is as it was
nothing was stored

"#]]
    );
    untouched(&world);
}

#[test]
fn nothing_that_a_program_does_to_its_input_reaches_the_stored_file() {
    let world = world();
    let deeds = [
        "rm -f \"$1\"",
        "mv \"$1\" \"$1.away\"",
        "ln \"$1\" \"$1.link\"; chmod 666 \"$1.link\"; echo evil >>\"$1.link\"",
        "chmod 777 \"$1\"; touch -d @0 \"$1\"",
        "rm -f \"$1\"; ln -s /etc/passwd \"$1\"",
        "d=$(dirname \"$1\"); rm -rf \"$d\"; mkdir \"$d\"; echo evil >\"$1\"",
        "d=$(dirname \"$1\"); mv \"$d\" \"$d.away\"; mv \"$d.away\" \"$d\"; echo evil >\"$d/other\"",
        "truncate -s 0 \"$1\" 2>&1; chmod u+w \"$1\"; truncate -s 0 \"$1\"",
    ];
    let before = fs::metadata(world.here().join("folder/a")).unwrap();
    for place in ["{in:ro:a}", "{in:rw:a}"] {
        for deed in deeds {
            exec(&world, &["-q", "--", "sh", "-c", deed, "sh", place]);
            untouched(&world);
        }
    }
    let after = fs::metadata(world.here().join("folder/a")).unwrap();
    assert_eq!(
        (after.permissions(), after.modified().unwrap()),
        (before.permissions(), before.modified().unwrap())
    );
}

#[test]
fn a_program_that_puts_a_link_in_the_place_of_its_folder_deletes_nothing_behind_it() {
    let world = world();
    world.write("elsewhere/file", "kept");
    let deed = "d=$(dirname \"$1\"); rm -rf \"$d\"; ln -s \"$2\" \"$d\"";
    let elsewhere = world.here().join("elsewhere");
    exec(&world, &["-q", "--", "sh", "-c", deed, "sh", "{in:ro:a}", elsewhere.to_str().unwrap()]);
    assert_eq!(names(&elsewhere), ["file"]);
    untouched(&world);
}

#[test]
fn a_program_that_only_reads_is_not_said_to_have_changed_anything() {
    let world = world();
    assert_shown!(
        exec(&world, &["--", "cat", "{in:ro:a}"]),
        str![[r#"
exit: 0
--- stdout
kept

"#]]
    );
    untouched(&world);
    world.write("large", vec![b'x'; 3 << 20]);
    let shown = exec(&world, &["--", "wc", "-c", "{in:large}"]);
    assert!(shown.starts_with("exit: 0\n--- stdout\n3145728 "), "{shown}");
}

#[test]
fn a_lent_script_can_be_run_and_has_the_time_of_the_stored_one() {
    let world = world();
    world.write("script", "#!/bin/sh\nstat -c %Y \"$0\"\n");
    fs::set_permissions(world.here().join("script"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_shown!(
        exec(&world, &["--", "env", "{in:script}"]),
        str![[r#"
exit: 0
--- stdout
1772366400

"#]]
    );
    untouched(&world);
}

#[test]
fn the_stored_file_itself_is_lent_only_when_asked_for_and_never_from_a_read_only_mount() {
    let world = world();
    assert_shown!(
        exec(&world, &["--", "echo", "{path:rw:a}", "{path:folder/a}"]),
        str![[r#"
exit: 0
--- stdout
[ROOT]/here/folder/a [ROOT]/here/folder/a

"#]]
    );
    assert_shown!(
        exec(&world, &["--", "echo", "{path:ro:a}"]),
        str![[r#"
exit: 125
--- stderr
error: cannot hand out a local path for `ro:a`: the mount has `permissions: readonly`, and the path of a stored file would allow to change it
hint: write `{in:PLACE}`, which lends a copy

"#]]
    );
    untouched(&world);
}

#[test]
fn a_disk_without_room_for_the_copy_is_told_by_its_name() {
    let world = world();
    world.write("folder/a", vec![b'x'; 2 << 20]);
    let line = "TMPDIR=$PWD/small $storage --config mounts.yaml exec -- cat {in:ro:a} >/dev/null";
    let Some(shown) = on_a_small_disk(&world, line) else { return };
    assert!(shown.starts_with("exit: 125\n"), "{shown}");
    assert!(shown.contains("no room for a copy in `[ROOT]/here/small/"), "{shown}");
    // Nothing is left there.
    assert!(
        shown.ends_with(
            "hint: set `TMPDIR` to a folder with more room, best on the file system of the file\n"
        ),
        "{shown}"
    );
}
