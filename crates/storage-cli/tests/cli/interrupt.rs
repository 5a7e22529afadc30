//! Signals while something is written.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
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
    // It takes the test no room, and the copy more than long enough at this rate.
    let big = fs::File::create(world.here().join("big")).unwrap();
    big.set_len(64 << 30).unwrap();
    for line in ["cp big data:big", "cp -r . data:all", "cp --progress always big data:big"] {
        let line = &format!("{line} --no-resume --bandwidth 64MiB");
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
fn cp_goes_on_where_ctrl_c_stopped_it() {
    let world = World::new();
    let big = fs::File::create(world.here().join("big")).unwrap();
    big.set_len(300 << 20).unwrap();
    let child = world.spawn("cp --bandwidth 50MiB --state-dir state big data:big", Stdio::null());
    wait_until("a note is kept", || names(&world.here()).iter().any(|name| name == "state/"));
    wait_until("cp writes", || writes_below(&child, &world.data()));
    signal(&child, Signal::INT);
    let shown = ended(&world, child);
    assert!(shown.starts_with("exit: 130\n--- stderr\ninterrupted; 0 files copied before, and "), "{shown}");
    assert!(shown.ends_with(" of what was under way are kept: the same command goes on there\n"), "{shown}");
    // Nobody sees what is there of it.
    assert_eq!(world.run("ls data:"), "exit: 0\n");
    let shown = world.run("cp --json --state-dir state big data:big");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(fs::metadata(world.data().join("big")).unwrap().len(), 300 << 20);
    assert_eq!(
        (names(&world.data()), names(&world.here().join("state"))),
        (vec!["big".to_owned()], Vec::new())
    );
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

/// A zip archive of one file that is stored as it is: so many zeros, as a hole.
fn sparse_archive(path: &std::path::Path, size: u32) {
    let fields = |parts: &[&[u8]]| parts.concat();
    let [version, method] = [20_u16.to_le_bytes(), 0_u16.to_le_bytes()];
    let (none, crc, bytes, length) = ([0_u8; 2], [0_u8; 4], size.to_le_bytes(), 4_u16.to_le_bytes());
    // Of both headers: flags, method, time and date, CRC, sizes, length of the name, none of the extra field.
    let common = fields(&[&none, &method, &[0; 4], &crc, &bytes, &bytes, &length, &none]);
    let local = fields(&[b"PK\x03\x04", &version, &common, b"zero"]);
    let central = fields(&[b"PK\x01\x02", &version, &version, &common, &[0; 14], b"zero"]);
    let start = u32::try_from(local.len()).unwrap() + size;
    let one = 1_u16.to_le_bytes();
    let central_size = u32::try_from(central.len()).unwrap().to_le_bytes();
    let end = fields(&[b"PK\x05\x06", &none, &none, &one, &one, &central_size, &start.to_le_bytes(), &none]);
    let mut file = fs::File::create(path).unwrap();
    file.write_all(&local).unwrap();
    file.set_len(start.into()).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(&fields(&[&central, &end])).unwrap();
}

#[test]
fn ctrl_c_during_zip_leaves_no_archive() {
    let world = World::new();
    let big = fs::File::create(world.here().join("big")).unwrap();
    big.set_len(64 << 30).unwrap();
    for line in ["zip big data:big.zip", "zip -l 0 . data:all.zip"] {
        let child = world.spawn(line, Stdio::null());
        wait_until("zip writes", || writes_below(&child, &world.data()));
        signal(&child, Signal::INT);
        assert_eq!(
            ended(&world, child),
            "exit: 130\n--- stderr\ninterrupted; nothing was stored\n",
            "{line}"
        );
        assert_eq!(names(&world.data()), [""; 0], "{line}");
    }
}

#[test]
fn ctrl_c_during_zip_keeps_what_was_there() {
    let world = World::new();
    world.write(world.data().join("big.zip"), "old");
    fs::File::create(world.here().join("big")).unwrap().set_len(64 << 30).unwrap();
    let child = world.spawn("zip big data:big.zip", Stdio::null());
    wait_until("zip writes", || writes_below(&child, &world.data()));
    signal(&child, Signal::INT);
    let shown = ended(&world, child);
    assert!(shown.starts_with("exit: 130\n"), "{shown}");
    assert_eq!(names(&world.data()), ["big.zip"]);
    assert_eq!(world.stdout("cat data:big.zip"), "old");
}

#[test]
fn ctrl_c_during_unzip_leaves_no_partial_file() {
    let world = World::new();
    sparse_archive(&world.here().join("big.zip"), 4_000_000_000);
    let child = world.spawn("unzip big.zip data:out", Stdio::null());
    wait_until("unzip writes", || writes_below(&child, &world.data().join("out")));
    signal(&child, Signal::INT);
    assert_eq!(
        ended(&world, child),
        "exit: 130\n--- stderr\ninterrupted; files that were unpacked before are whole\n"
    );
    assert_eq!(names(&world.data()), ["out/"]);
}
