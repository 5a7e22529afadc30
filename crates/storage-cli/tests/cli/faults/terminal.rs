//! Names and contents that try to steer the terminal they are shown on.

use crate::support::World;
use crate::terminal::printed_on_a_terminal;

/// Clears the screen, in one character and in two; rings; turns the direction of writing.
const NAME: &str = "a\u{1b}[2Jb\u{7}c\u{9b}2Jd\u{202e}e\\";

#[test]
fn nothing_that_is_printed_steers_the_terminal() {
    let world = World::new();
    world.write(format!("src/{NAME}"), "x");
    world.write("old", "a\u{1b}[2J\ttab\n");
    world.write("new", "b\u{9b}2J\r\n");
    world.mkdir("dst");
    world.write(format!("gone/{NAME}"), "x");
    for line in [
        "sync -n src dst",
        "sync -n --delete --force dst gone",
        "sync -n --json src dst",
        "check src dst",
        "check --json src dst",
        "diff old new",
        "ls src",
        "ls -l src",
        "ls --json src",
        "find src",
        "tree src",
        "du src",
        "hash -r src",
        "hash -r --tag src",
        "stat --json src",
    ] {
        let args: Vec<&str> = line.split_whitespace().collect();
        let shown = printed_on_a_terminal(world.command(&args));
        let steers = |char: char| char.is_control() && char != '\n' && char != '\t' || char == '\u{202e}';
        assert!(!shown.is_empty() && !shown.contains(steers), "{line}: {shown:?}");
    }
    let shown = printed_on_a_terminal(world.command(&["diff", "old", "new"]));
    assert!(shown.contains("-a\\u{1b}[2J\ttab\n+b\\u{9b}2J\\r\n"), "{shown:?}");
}

#[test]
fn programs_get_names_and_contents_as_they_are() {
    let world = World::new();
    world.write(format!("src/{NAME}"), "x");
    assert_eq!(world.stdout("find src --type f"), format!("src/{NAME}\n"));
    world.write("old", "a\n");
    world.write("new", "b\u{1b}\n");
    assert!(world.run("diff old new").contains("+b\u{1b}\n"));
}
