//! `storage check`: kinds of differences.

use std::fs;
use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::{World, touch};

/// Two trees that are equal.
fn world() -> World {
    let world = World::new();
    for path in ["a", "b", "deep/c"] {
        for top in ["src", "dst"] {
            world.write(format!("{top}/{path}"), format!("content of {path}"));
        }
    }
    world
}

#[test]
fn every_kind_has_its_name() {
    let world = world();
    world.write("src/new", "n");
    world.write("dst/extra", "e");
    world.write("dst/a", "longer content of a");
    world.write("dst/b", "CONTENT OF b");
    fs::remove_file(world.here().join("dst/deep/c")).unwrap();
    symlink("..", world.here().join("dst/deep/c")).unwrap();
    let lines = "--- stdout\nsize dst/a\ncontent dst/b\ntype dst/deep/c\nextra dst/extra\nmissing dst/new\n";
    for how in ["", "--download"] {
        let shown = sorted(&world.run(&format!("check -j 1 {how} src dst")));
        assert!(shown.contains(lines), "{how}: {shown}");
        let summary =
            "5 differences (1 missing, 1 extra, 1 type, 1 size, 1 content); 0 files are equal, seen in";
        assert!(shown.starts_with("exit: 1") && shown.contains(summary), "{how}: {shown}");
    }
    assert_shown!(
        world.run("check -j 1 --one-way --by size --json src dst"),
        str![[r#"
exit: 1
--- stdout
{"difference":"size","place":"dst/a"}
{"difference":"type","place":"dst/deep/c"}
{"difference":"missing","place":"dst/new"}
--- stderr
3 differences (1 missing, 1 type, 1 size); 1 file is equal, seen in [TIME]

"#]]
    );
}

/// With the differences in the order of their places: what only one side has is told last.
fn sorted(shown: &str) -> String {
    let (before, rest) = shown.split_once("--- stdout\n").unwrap();
    let (lines, after) = rest.split_once("--- stderr\n").unwrap();
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_by_key(|line| line.split_once(' ').unwrap().1);
    format!("{before}--- stdout\n{}\n--- stderr\n{after}", lines.join("\n"))
}

#[test]
fn times_are_a_kind_where_they_are_compared() {
    let world = world();
    touch(&world.here().join("dst/a"), 1_700_000_000);
    assert_shown!(
        world.run("check --by size-time src dst"),
        str![[r#"
exit: 1
--- stdout
time dst/a
--- stderr
1 difference (1 time); 2 files are equal, seen in [TIME]

"#]]
    );
    assert!(world.run("check src dst").starts_with("exit: 0"));
    assert!(world.run("check --by never src dst").starts_with("exit: 2"));
}

#[test]
fn byte_for_byte_finds_one_wrong_byte_of_many() {
    let world = World::new();
    // More than one chunk of a stream, and no whole number of them.
    let mut content = vec![b'x'; (3 << 20) + 17];
    world.write("src/big", &content);
    world.write("src/empty", "");
    world.ok("cp -r -p src dst");
    assert_shown!(
        world.run("check --download src dst"),
        str![[r#"
exit: 0
--- stderr
no difference: 2 files are equal, seen in [TIME]

"#]]
    );
    *content.last_mut().unwrap() = b'y';
    world.write("dst/big", &content);
    assert_shown!(
        world.run("check --download src dst"),
        str![[r#"
exit: 1
--- stdout
content dst/big
--- stderr
1 difference (1 content); 1 file is equal, seen in [TIME]

"#]]
    );
    assert!(world.run("check --download --by size src dst").starts_with("exit: 2"));
}

#[test]
fn what_cannot_be_read_is_a_difference_of_its_own() {
    for how in ["--download", "--by hash"] {
        let world = world();
        world.protect("dst/a");
        let shown = world.run_unprivileged(&format!("check {how} src dst"));
        let expected = "exit: 1\n--- stdout\nunreadable dst/a\n--- stderr\nerror: cannot read `dst/a`: ";
        assert!(shown.starts_with(expected), "{how}: {shown}");
        assert!(
            shown.contains("\n1 difference (1 unreadable); 2 files are equal, seen in "),
            "{how}: {shown}"
        );
    }
}

#[test]
fn what_is_left_out_is_not_equal() {
    let world = world();
    world.write("dst/b", "other");
    assert_shown!(
        world.run("check --exclude b src dst"),
        str![[r#"
exit: 0
--- stderr
no difference: 2 files are equal, 1 skipped (excluded), seen in [TIME]

"#]]
    );
}
