//! Sizes, dates and times as people type them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::{World, touch};

/// What the program shows for arguments that may hold blanks, or nothing.
fn run(world: &World, args: &[&str]) -> String {
    world.shown(&world.command(args).output().unwrap())
}

#[test]
fn sizes_are_typed_in_any_unit_and_with_a_fraction() {
    let world = World::new();
    world.write("box/small", "x".repeat(1_000));
    world.write("box/middle", "x".repeat(1_500));
    world.write("box/large", "x".repeat(2_000));
    let found = |test: &str| world.stdout(&format!("find box --size {test}")).replace('\n', " ");
    assert_eq!(found("1KB"), "box/small ");
    assert_eq!(found("1.5kB"), "box/middle ");
    assert_eq!(found("+1.5k"), "box/large ");
    assert_eq!(found("-1.0KiB"), "box/small ");
    world.ok("sync --max-size 1.5KB --bandwidth 1.5M --memory 64MB box copy");
    assert!(!world.here().join("copy/large").exists() && world.here().join("copy/middle").exists());
}

#[test]
fn dates_times_and_weeks_bound_ages() {
    let world = World::new();
    // 2026-03-01 12:00 UTC, where these tests are.
    touch(&world.write("box/march", "x"), 1_772_366_400);
    let days =
        |days: u64| (SystemTime::now() - Duration::from_secs(days * 86_400)).duration_since(UNIX_EPOCH);
    touch(&world.write("box/recent", "x"), days(5).unwrap().as_secs());
    let newer = |time: &str| {
        let time = ["find", "box", "--type", "f", "--name", "march", "--newer-than", time];
        run(&world, &time).contains("box/march")
    };
    for before in [
        "2026-03-01",
        "2026-03-01T11:59:59",
        "2026-03-01 11:59",
        "2026-03-01T11:59:59Z",
        "2026-03-01T13:30+02:00",
    ] {
        assert!(newer(before), "{before}");
    }
    for after in ["2026-03-02", "2026-03-01T12:00:01", "2026-03-01 12:01", "2026-03-01T15:00:00+02:00", "1w"]
    {
        assert!(!newer(after), "{after}");
    }
    assert_eq!(world.stdout("find box --newer-than 1w --type f"), "box/recent\n");
    assert_eq!(world.stdout("find box --older-than 1w2d --type f"), "box/march\n");
    world.ok("sync --newer-than 2026-03-02 box copy");
    assert!(!world.here().join("copy/march").exists() && world.here().join("copy/recent").exists());
}
