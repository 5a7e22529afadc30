//! What killed runs leave is shown, and goes when it is asked to go; what is alive stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use snapbox::str;

use crate::support::{World, names, touch, wait_until};

/// When what is old was written: long before any of these tests runs.
const LONG_AGO: u64 = 1_000_000_000;

/// A large file, and a copy of it that is under way: so much of it is written that a note and a part are there.
fn copying(world: &World) -> Child {
    let big = world.here().join("big");
    if !big.exists() {
        fs::write(&big, vec![b'x'; 64 << 20]).unwrap();
    }
    let child = world.spawn("cp -q --state-dir state --bandwidth 4MiB big data:folder/big", Stdio::null());
    let folder = world.data().join("folder");
    wait_until("a part is written to", || {
        part(&folder).is_some_and(|part| part.metadata().is_ok_and(|metadata| metadata.len() > 0))
    });
    child
}

/// The hidden part in a folder.
fn part(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path());
    let is_part = |path: &PathBuf| path.to_str().unwrap().contains("/.storage-tmp~part-");
    entries.into_iter().find(is_part)
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_a_killed_copy_left_is_listed_first_and_removed_on_request() {
    let world = World::new();
    kill(copying(&world));
    let folder = world.data().join("folder");
    let before = (names(&folder), names(&world.here().join("state")));
    assert_eq!((before.0.len(), before.1.len()), (1, 1), "{before:?}");

    let line = "cleanup --state-dir state --older-than 0s data:";
    let shown = world.run(line);
    assert!(shown.starts_with("exit: 0\n--- stdout\npart  "), "{shown}");
    assert!(shown.contains("  data:folder/.storage-tmp~part-"), "{shown}");
    assert!(shown.contains("\nnote  "), "{shown}");
    assert!(shown.contains("; nothing was removed, `--delete` does that\n"), "{shown}");
    assert_eq!((names(&folder), names(&world.here().join("state"))), before);

    let shown = world.run(&format!("{line} --delete"));
    assert!(shown.contains(": 2 removed\n"), "{shown}");
    assert_eq!((names(&folder), names(&world.here().join("state"))), (Vec::new(), Vec::new()));
    assert_shown!(
        world.run(line),
        str![[r#"
exit: 0
--- stderr
nothing to remove

"#]]
    );
}

#[test]
fn what_somebody_writes_to_is_never_removed() {
    let world = World::new();
    let child = copying(&world);
    for line in ["data:", "data: --all-users", ""] {
        let shown = world.run(&format!("cleanup --state-dir state --older-than 0s --delete {line}"));
        assert!(shown.contains("nothing to remove\nleft alone: 1 in use\n"), "{line}: {shown}");
    }
    assert!(part(&world.data().join("folder")).is_some());
    assert_eq!(names(&world.here().join("state")).len(), 1);
    kill(child);
}

#[test]
fn what_is_young_is_left_alone_unless_asked_for() {
    let world = World::new();
    kill(copying(&world));
    assert_shown!(
        world.run("cleanup --state-dir state --delete data:"),
        str![[r#"
exit: 0
--- stderr
nothing to remove
left alone: 1 younger than `--older-than`

"#]]
    );
    // The next run goes on with it.
    let folder = world.data().join("folder");
    let there = part(&folder).unwrap().metadata().unwrap().len();
    let shown = world.run("cp --json --state-dir state big data:folder/big");
    assert!(shown.contains(&format!("\"bytes_resumed\": {there},")), "{there}: {shown}");
    assert_eq!(names(&folder), ["big"]);
}

#[test]
fn notes_are_cleaned_with_what_they_tell_of_though_nobody_names_the_place() {
    let world = World::new();
    kill(copying(&world));
    let shown = world.run("cleanup --state-dir state --older-than 0s --delete");
    assert!(shown.contains("data:folder/.storage-tmp~part-"), "{shown}");
    assert!(shown.contains(": 2 removed\n"), "{shown}");
    assert_eq!(
        (names(&world.data()), names(&world.here().join("state"))),
        (vec!["folder/".to_owned()], Vec::new())
    );
}

#[test]
fn damaged_notes_and_notes_of_mounts_that_are_gone_are_found_by_age() {
    let world = World::new();
    kill(copying(&world));
    let state = world.here().join("state");
    let note = state.join(names(&state).remove(0));
    fs::write(&note, "{\"subject\":").unwrap();
    fs::write(state.join("half.new"), "").unwrap();
    let gone = r#"{"subject":{"format":1,"source":"x","destination":"local gone:x","size":1},"note":"0"}"#;
    fs::write(state.join("gone.json"), gone).unwrap();
    fs::write(state.join("foreign.txt"), "of somebody else").unwrap();
    for file in names(&state) {
        touch(&state.join(file), LONG_AGO);
    }
    let shown = world.run("cleanup --state-dir state --delete");
    assert!(shown.contains("3 leftovers, "), "{shown}");
    assert_eq!(names(&state), ["foreign.txt"]);
    // Its part is found where it lies.
    let folder = world.data().join("folder");
    touch(&part(&folder).unwrap(), LONG_AGO);
    let shown = world.run("cleanup --state-dir state --delete data:folder");
    assert!(shown.contains("1 leftover, ") && shown.contains(": 1 removed\n"), "{shown}");
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn files_on_their_way_are_found_by_their_names_and_nothing_else_is_touched() {
    let world = World::new();
    for name in [
        ".storage-tmp~",
        ".storage-tmp~12-3",
        "deep/er/.storage-tmp~0a1b",
        "kept",
        "deep/.storage-tmp",
        "deep/x.storage-tmp~",
    ] {
        touch(&world.write(format!("box/{name}"), "text"), LONG_AGO);
    }
    world.mkdir("box/.storage-tmp~folder");
    assert_shown!(
        world.run("cleanup --state-dir state box"),
        str![[r#"
exit: 0
--- stdout
temporary          4 B  [..]  box/.storage-tmp~
temporary          4 B  [..]  box/.storage-tmp~12-3
temporary          4 B  [..]  box/deep/er/.storage-tmp~0a1b
--- stderr
3 leftovers, 12 B; nothing was removed, `--delete` does that

"#]]
    );
    let shown = world.run("cleanup --json --state-dir state --delete box");
    assert!(
        shown.contains(
            r#"{"kind":"temporary","path":"box/.storage-tmp~","size":4,"modified":"[DATE]","owner":"#
        ),
        "{shown}"
    );
    assert!(shown.contains(r#","removed":true}"#), "{shown}");
    assert_eq!(
        names(&world.here().join("box")),
        [".storage-tmp~folder/", "deep/", "deep/.storage-tmp", "deep/er/", "deep/x.storage-tmp~", "kept"]
    );
}

#[test]
fn what_belongs_to_others_is_left_alone_unless_asked_for() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let world = World::new();
    touch(&world.write("box/.storage-tmp~", "text"), LONG_AGO);
    let shown = world.run_unprivileged("cleanup --delete --state-dir state box");
    assert!(shown.ends_with("left alone: 1 of other users (`--all-users`)\n"), "{shown}");
    assert_eq!(names(&world.here().join("box")), [".storage-tmp~"]);
}

#[test]
fn a_copy_for_a_killed_program_is_found_and_one_that_is_in_use_stays() {
    let world = World::new();
    world.write("file", "text");
    let tmp = world.mkdir("tmp");
    let exec = || {
        let mut command =
            world.command(&["exec", "--", "sh", "-c", "touch \"$1.runs\"; sleep 1000", "sh", "{in:file}"]);
        let child = command.env("TMPDIR", &tmp).env("PATH", "/usr/bin:/bin").spawn().unwrap();
        wait_until("the program runs", || names(&tmp).iter().any(|name| name.ends_with(".runs")));
        child
    };
    let cleanup = || {
        let args = ["cleanup", "--state-dir", "state", "--older-than", "0s", "--delete"];
        world.shown(&world.command(&args).env("TMPDIR", &tmp).output().unwrap())
    };
    let child = exec();
    assert!(cleanup().contains("left alone: 1 in use\n"));
    let programs = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
    kill(child);
    for program in programs.split_whitespace() {
        let _ = std::process::Command::new("kill").args(["-9", "--", &format!("-{program}")]).status();
    }
    let shown = cleanup();
    assert!(shown.starts_with("exit: 0\n--- stdout\ncopy "), "{shown}");
    assert_eq!(names(&tmp), [""; 0]);
}

#[test]
fn du_tells_of_hidden_parts() {
    let world = World::new();
    world.write("box/.storage-tmp~part-0", vec![0; 2 << 20]);
    world.write("box/sub/.storage-tmp~part-1", vec![0; 1 << 20]);
    world.write("box/file", "text");
    assert_shown!(
        world.run("du -s box"),
        str![[r#"
exit: 0
--- stdout
        4 B  box
--- stderr
`box`: 2 hidden parts beside, 3.0 MiB; see `storage cleanup box`

"#]]
    );
    assert_shown!(
        world.run("du -q --json box"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/sub","bytes":0,"files":0,"directories":0}
{"path":"box","bytes":4,"files":1,"directories":1,"hidden_parts":2,"hidden_bytes":3145728}

"#]]
    );
}

#[test]
fn a_mount_for_reading_only_shows_what_is_left_and_keeps_it() {
    let world = World::new();
    touch(&world.write("box/sub/.storage-tmp~", "text"), LONG_AGO);
    let mounts = "- {name: box, type: local, path: box}\n- {name: look, type: relative, path: 'box:sub', permissions: readonly}\n";
    world.write("mounts.yaml", mounts);
    let shown = world.run("cleanup --config mounts.yaml --state-dir state look:");
    assert!(shown.contains("  look:.storage-tmp~\n"), "{shown}");
    let shown = world.run("cleanup --config mounts.yaml --state-dir state --delete look:");
    assert!(shown.starts_with("exit: 4\n"), "{shown}");
    assert!(shown.contains("error: cannot delete `look:.storage-tmp~`"), "{shown}");
    assert_eq!(names(&world.here().join("box/sub")), [".storage-tmp~"]);
}
