//! Signals while something is written.

use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use snapbox::str;

use crate::support::{World, names, wait_until, writes_below};

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Starts `put`, gives it something, and waits until it has begun to write.
fn started_put(world: &World) -> Child {
    let mut child = world.spawn("put data:big", Stdio::piped());
    let stdin = child.stdin.as_mut().unwrap();
    stdin.write_all(&vec![b'x'; 4 << 20]).unwrap();
    wait_until("put writes", || writes_below(&child, &world.data()));
    child
}

fn ended(world: &World, mut child: Child) -> String {
    // Standard input stays open until the program has ended: it has to end by itself.
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    world.shown(&output)
}

#[test]
fn ctrl_c_during_put_leaves_nothing() {
    let world = World::new();
    let child = started_put(&world);
    signal(&child, Signal::INT);
    assert_shown!(
        ended(&world, child),
        str![[r#"
exit: 130
--- stderr
interrupted; nothing was stored

"#]]
    );
    assert_eq!(names(&world.data()), [""; 0]);
}

#[test]
fn ctrl_c_during_put_keeps_what_was_there() {
    let world = World::new();
    world.write(world.data().join("big"), "old");
    let child = started_put(&world);
    signal(&child, Signal::INT);
    assert_shown!(
        ended(&world, child),
        str![[r#"
exit: 130
--- stderr
interrupted; nothing was stored

"#]]
    );
    assert_eq!(world.stdout("cat data:big"), "old");
    assert_eq!(names(&world.data()), ["big"]);
}

#[test]
fn termination_has_its_own_code() {
    let world = World::new();
    for (number, name) in [(Signal::TERM, "exit: 143"), (Signal::HUP, "exit: 129")] {
        let child = started_put(&world);
        signal(&child, number);
        let shown = ended(&world, child);
        assert!(shown.starts_with(name), "{shown}");
        assert_eq!(names(&world.data()), [""; 0]);
    }
}

#[test]
fn nohup_is_respected() {
    let world = World::new();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" put data:big", env!("CARGO_BIN_EXE_storage")]);
    command.env_clear().env("HOME", world.home()).current_dir(world.here());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(&vec![b'x'; 4 << 20]).unwrap();
    wait_until("put writes", || writes_below(&child, &world.data()));
    signal(&child, Signal::HUP);
    child.stdin.as_mut().unwrap().write_all(b"more").unwrap();
    drop(child.stdin.take());
    assert_shown!(
        world.shown(&child.wait_with_output().unwrap()),
        str![[r#"
exit: 0
--- stderr
4.0 MiB stored at `data:big`

"#]]
    );
}

#[test]
fn ctrl_c_during_cp_leaves_no_partial_file() {
    let world = World::new();
    // Sparse: it costs the test nothing, and the copy more than long enough.
    let big = fs::File::create(world.here().join("big")).unwrap();
    big.set_len(64 << 30).unwrap();
    for line in ["cp big data:big", "cp -r . data:all", "cp --progress always big data:big"] {
        let child = world.spawn(line, Stdio::null());
        wait_until("cp writes", || writes_below(&child, &world.data()));
        signal(&child, Signal::INT);
        let shown = ended(&world, child);
        assert!(shown.starts_with("exit: 130\n"), "{line}: {shown}");
        assert!(shown.ends_with("interrupted; 0 files copied before\n"), "{line}: {shown}");
        let left = names(&world.data());
        assert!(left.iter().all(|name| name == "all/"), "{line}: {left:?}");
    }
}

#[test]
fn ctrl_c_ends_what_only_reads_at_once() {
    let world = World::new();
    let mut child = world.spawn("md5 -", Stdio::piped());
    child.stdin.as_mut().unwrap().write_all(b"some").unwrap();
    wait_until("signals are handled", || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (Signal::INT.as_raw() - 1)) != 0
    });
    signal(&child, Signal::INT);
    assert_eq!(ended(&world, child), "exit: 130\n");
}
