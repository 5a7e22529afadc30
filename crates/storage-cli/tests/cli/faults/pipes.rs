//! Readers that go away before a command is done.

use std::process::Stdio;

use crate::support::{World, names};

/// A folder whose listing fills a pipe many times over.
fn world() -> World {
    let world = World::new();
    for number in 0..2000 {
        world.write(format!("many/a-rather-long-name-so-that-pipes-fill-up-{number}"), "");
    }
    world
}

/// Runs a command whose output nobody reads; gives its exit code and what it said.
fn unread(world: &World, line: &str) -> (Option<i32>, String) {
    let mut child = world.spawn(line, Stdio::null());
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_sync_whose_reader_goes_away_copies_everything() {
    let world = world();
    let (code, _) = unread(&world, "sync --json many copy");
    assert_eq!(code, Some(0));
    assert_eq!(names(&world.here().join("copy")).len(), 2000);
}

#[test]
fn a_sync_whose_reader_goes_away_fails_when_something_failed() {
    let world = world();
    // A directory stands where a file has to go.
    world.mkdir("copy/a-rather-long-name-so-that-pipes-fill-up-1999/below");
    let (code, told) = unread(&world, "sync --json many copy");
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(names(&world.here().join("copy")).len(), 2001);
}

#[test]
fn copies_moves_and_removals_are_done_without_a_reader() {
    let world = world();
    for (line, made) in [
        ("cp -r --json many a", "a"),
        ("mv --json a b", "b"),
        ("put --json --from many/a-rather-long-name-so-that-pipes-fill-up-1 put", "put"),
        ("concat --json put put whole", "whole"),
        ("zip --json many many.zip", "many.zip"),
        ("unzip --json many.zip out", "out"),
        ("hash -r many -o sums", "sums"),
    ] {
        assert_eq!(unread(&world, line).0, Some(0), "{line}");
        assert!(world.here().join(made).exists(), "{line}");
    }
    assert_eq!(names(&world.here().join("b")).len(), 2000);
    assert_eq!(names(&world.here().join("out")).len(), 2000);
}

#[test]
fn verdicts_are_the_same_without_a_reader() {
    let world = world();
    world.mkdir("nothing");
    world.write("old", "a\n".repeat(100_000));
    world.write("new", "b\n".repeat(100_000));
    world.ok("hash -r many -o sums");
    world.write("many/a-rather-long-name-so-that-pipes-fill-up-7", "changed");
    for line in [
        "check many nothing",
        "check --json many nothing",
        "check nothing many",
        "diff old new",
        "hash --check sums",
        "hash --check --json sums",
    ] {
        assert_eq!(unread(&world, line).0, Some(1), "{line}");
    }
    for line in ["check many many", "diff old old"] {
        assert_eq!(unread(&world, line).0, Some(0), "{line}");
    }
}

#[test]
fn what_only_prints_ends_quietly_and_keeps_its_failures() {
    let world = world();
    world.write("big", vec![b'x'; 1 << 20]);
    for line in ["cat big", "ls many", "find many", "tree many", "du many", "hash -r many", "cp big -"] {
        assert_eq!(unread(&world, line), (Some(0), String::new()), "{line}");
    }
    let (code, told) = unread(&world, "cat absent big");
    assert_eq!((code, told.lines().count()), (Some(3), 1), "{told}");
}
