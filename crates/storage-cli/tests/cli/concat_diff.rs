//! `storage concat` and `storage diff`.

use std::process::Command;

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("a.txt", "one\ntwo\n");
    world.write("b.txt", "one\n2\nthree");
    world.ok("cp b.txt data:b.txt");
    world
}

#[test]
fn several_files_become_one() {
    let world = world();
    assert_shown!(
        world.run("concat a.txt data:b.txt data:whole.txt"),
        str![[r#"
exit: 0
--- stderr
19 B stored at `data:whole.txt`

"#]]
    );
    assert_eq!(world.stdout("cat data:whole.txt"), "one\ntwo\none\n2\nthree");
    assert_eq!(world.stdout("concat data:b.txt a.txt -"), "one\n2\nthreeone\ntwo\n");
}

#[test]
fn a_part_may_be_replaced_by_the_whole() {
    let world = world();
    world.ok("concat a.txt b.txt a.txt");
    assert_eq!(world.stdout("cat a.txt"), "one\ntwo\none\n2\nthree");
}

#[test]
fn a_missing_part_leaves_what_was_there() {
    let world = world();
    assert_shown!(
        world.run("concat a.txt nothing.txt b.txt"),
        str![[r#"
exit: 3
--- stderr
error: cannot read `concat:a.txt,nothing.txt`: the part `nothing.txt`: nothing is stored there

"#]]
    );
    assert_eq!(world.stdout("cat b.txt"), "one\n2\nthree");
}

#[test]
fn a_whole_needs_a_name() {
    assert_shown!(
        world().run("concat a.txt b.txt data:"),
        str![[r#"
exit: 2
--- stderr
error: `data:` is a directory, and the content needs a name
hint: add a name

"#]]
    );
}

#[test]
fn differences_end_with_1() {
    assert_shown!(
        world().run("diff a.txt data:b.txt"),
        str![[r#"
exit: 1
--- stdout
--- a.txt
+++ data:b.txt
@@ -1,2 +1,3 @@
 one
-two
+2
+three
\ No newline at end of file

"#]]
    );
}

#[test]
fn equal_texts_end_with_0() {
    assert_eq!(world().run("diff b.txt data:b.txt"), "exit: 0\n");
}

#[test]
fn trouble_ends_with_2_or_more() {
    let world = world();
    world.write("binary", b"a\0b");
    world.mkdir("directory");
    assert_shown!(
        world.run("diff a.txt binary"),
        str![[r#"
exit: 2
--- stderr
error: cannot read `binary`: it is no text: byte 1 is not part of UTF-8 text
hint: compare checksums instead

"#]]
    );
    assert!(world.run("diff a.txt directory").starts_with("exit: 2\n"));
    assert!(world.run("diff a.txt nothing").starts_with("exit: 3\n"));
}

#[test]
fn patch_reads_it() {
    let world = world();
    let output = world.command(&["diff", "a.txt", "data:b.txt"]).output().unwrap();
    world.write("a.patch", &output.stdout);
    let patch = Command::new("patch").args(["-s", "a.txt", "a.patch"]).current_dir(world.here()).output();
    // Not every machine has it.
    if let Ok(patch) = patch {
        assert!(patch.status.success(), "{}", String::from_utf8_lossy(&patch.stdout));
        assert_eq!(std::fs::read(world.here().join("a.txt")).unwrap(), b"one\n2\nthree");
    }
}
