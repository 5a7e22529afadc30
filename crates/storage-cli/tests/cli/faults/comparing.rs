//! Things of different kinds under one name, as `check` tells them.

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("s/same", "x");
    world.write("d/same", "x");
    world.write("s/tree/f", "x");
    world.write("d/tree", "x");
    world.write("s/file", "x");
    world.write("d/file/f", "x");
    world
}

/// The differences, sorted.
fn found(world: &World, line: &str) -> Vec<String> {
    let shown = world.run(line);
    assert!(shown.starts_with("exit: 1\n--- stdout\n") && !shown.contains("error"), "{line}\n{shown}");
    let printed = shown.split("--- stdout\n").nth(1).unwrap().split("--- stderr\n").next().unwrap();
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_file_against_a_directory_is_a_difference_of_type() {
    let world = world();
    assert_eq!(
        found(&world, "check s d"),
        ["extra d/file/f", "missing d/tree/f", "type d/file", "type d/tree"]
    );
    assert_eq!(
        found(&world, "check d s"),
        ["extra s/tree/f", "missing s/file/f", "type s/file", "type s/tree"]
    );
    assert_eq!(found(&world, "check --one-way s d"), ["type d/file", "type d/tree"]);
    let json = found(&world, "check --json --one-way s d");
    assert_eq!(
        json,
        [r#"{"difference":"type","place":"d/file"}"#, r#"{"difference":"type","place":"d/tree"}"#]
    );
}

#[test]
fn a_file_against_a_directory_is_one_at_the_top_too() {
    let world = world();
    assert_eq!(found(&world, "check s/file d"), ["type d"]);
    assert_eq!(found(&world, "check s d/tree"), ["type d/tree"]);
    assert_eq!(found(&world, "check --json s d/tree"), [r#"{"difference":"type","place":"d/tree"}"#]);
}

#[test]
fn links_are_compared_by_where_they_lead() {
    let world = World::new();
    for (directory, target) in [("s", "a"), ("same", "a"), ("other", "b")] {
        world.mkdir(directory);
        std::os::unix::fs::symlink(target, world.here().join(directory).join("link")).unwrap();
    }
    world.ok("check --symlinks preserve s same");
    assert_eq!(found(&world, "check --symlinks preserve s other"), ["content other/link"]);
}
