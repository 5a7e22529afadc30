//! Large files that are stopped half-way, and go on unless `--no-resume` is given.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{World, names};

/// Bytes of the file, and so many that it is stopped behind.
const SIZE: usize = 48 << 20;
const STOPPED: u64 = 24 << 20;

/// No two parts are equal.
fn content() -> Vec<u8> {
    (0..SIZE as u64 / 8).flat_map(u64::to_le_bytes).collect()
}

/// Stops `sync` when half of the file has moved.
fn stop_half_way(world: &World, line: &str) {
    let mut child = world.spawn(line, Stdio::null());
    let told = BufReader::new(child.stdout.take().unwrap());
    for line in told.lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if event["event"] == "progress" && event["bytes"].as_u64().unwrap() >= STOPPED {
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_was_stopped_goes_on() {
    let world = World::new();
    world.write("src/big", content());
    // Slow enough to be stopped in between.
    stop_half_way(&world, "sync --json --bandwidth 16MiB src data:dst");
    assert!(world.home().join(".local/state/storage/transfers").is_dir());
    assert!(!world.data().join("dst/big").exists());
    let shown = world.run("sync src data:dst");
    let earlier = shown.lines().find(|line| line.starts_with("going on with `src/big`, of which ")).unwrap();
    assert!(earlier.ends_with(" MiB are there"), "{shown}");
    assert!(shown.contains("1 file, 48.0 MiB (") && shown.contains(" of them before) copied"), "{shown}");
    assert!(fs::read(world.data().join("dst/big")).unwrap() == content());
    assert_eq!(names(&world.data()), ["dst/", "dst/big"]);
    assert_eq!(names(&world.home().join(".local/state/storage/transfers")), [""; 0]);
}

#[test]
fn nothing_is_kept_that_nobody_wants() {
    let world = World::new();
    world.write("src/big", content());
    stop_half_way(&world, "sync --json --no-resume --bandwidth 16MiB src data:dst");
    assert_eq!(names(&world.data()), ["dst/"]);
    assert!(!world.home().join(".local/state").exists());
}
