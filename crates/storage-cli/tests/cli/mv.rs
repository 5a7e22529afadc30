//! `storage mv`.

use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::{World, names};

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a");
    world.write("box/sub/b.rs", "bb");
    world
}

#[test]
fn a_file() {
    let world = world();
    assert_shown!(
        world.run("mv box/a.txt data:b.txt"),
        str![[r#"
exit: 0
--- stderr
1 file, 1 B moved in [TIME]

"#]]
    );
    assert_shown!(
        world.run("mv data:b.txt data:c.txt"),
        str![[r#"
exit: 0
--- stderr
1 file, 1 B moved in [TIME]

"#]]
    );
    assert_eq!(names(&world.data()), ["c.txt"]);
    assert!(!world.here().join("box/a.txt").exists());
}

#[test]
fn a_directory_without_r() {
    let world = world();
    assert_shown!(
        world.run("mv box data:box"),
        str![[r#"
exit: 0
--- stderr
1 directory moved in [TIME]

"#]]
    );
    assert_eq!(names(&world.here()), [""; 0]);
    assert_eq!(names(&world.data()), ["box/", "box/a.txt", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn a_directory_onto_another_is_merged() {
    let world = world();
    world.write("other/c.txt", "c");
    assert_shown!(
        world.run("mv -r box other"),
        str![[r#"
exit: 0
--- stderr
2 files, 3 B moved in [TIME]

"#]]
    );
    assert_eq!(
        names(&world.here()),
        ["other/", "other/a.txt", "other/c.txt", "other/sub/", "other/sub/b.rs"]
    );
}

#[test]
fn several_into_a_directory() {
    let world = world();
    assert_shown!(
        world.run("mv box/a.txt box/sub data:done/"),
        str![[r#"
exit: 0
--- stderr
1 directory, 1 file, 1 B moved in [TIME]

"#]]
    );
    assert_eq!(names(&world.data()), ["done/", "done/a.txt", "done/sub/", "done/sub/b.rs"]);
}

#[test]
fn what_is_left_out_stays() {
    let world = world();
    assert_shown!(
        world.run("mv --exclude *.rs box data:box"),
        str![[r#"
exit: 0
--- stderr
1 file, 1 B moved, 1 skipped (excluded) in [TIME]

"#]]
    );
    assert_eq!(names(&world.here()), ["box/", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn onto_itself_keeps_the_file() {
    let world = world();
    assert_shown!(
        world.run("mv box/a.txt box/a.txt"),
        str![[r#"
exit: 0
--- stderr
skipped `box/a.txt`: source and destination are the same
0 files, 0 B moved, 1 skipped (same file) in [TIME]

"#]]
    );
    assert!(world.here().join("box/a.txt").exists());
}

#[test]
fn a_link_is_moved_itself() {
    let world = world();
    symlink("../a.txt", world.here().join("box/link")).unwrap();
    world.write("a.txt", "target");
    assert_shown!(
        world.run("mv box/link box/sub"),
        str![[r#"
exit: 0
--- stderr
1 file, 0 B moved in [TIME]

"#]]
    );
    assert!(world.here().join("box/sub/link").symlink_metadata().unwrap().is_symlink());
    assert!(!world.here().join("box/link").exists());
}

#[test]
fn refusals() {
    let world = world();
    assert_shown!(
        world.run("mv data: box"),
        str![[r#"
exit: 2
--- stderr
error: cannot move `data:`: the root of a mount cannot be moved
hint: copy it, or move its children

"#]]
    );
    assert_shown!(
        world.run("mv nothing data:"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
    assert_shown!(
        world.run("mv - data:x"),
        str![[r#"
exit: 2
--- stderr
error: `-` is standard input or output, which has no place here
hint: write `./-` for a file of that name

"#]]
    );
    assert_shown!(
        world.run("mv box box/sub/below"),
        str![[r#"
exit: 2
--- stderr
error: cannot copy `box`: a directory cannot be copied into itself
hint: choose a destination outside of it, or exclude the destination

"#]]
    );
}

#[test]
fn what_the_limits_leave_out_stays() {
    let world = World::new();
    world.write("box/small", "1");
    world.write("box/large", "1".repeat(2000));
    assert_shown!(
        world.run("mv --max-size 1KiB --verify box data:box"),
        str![[r#"
exit: 0
--- stderr
1 file, 1 B moved, 1 skipped (too large) in [TIME]

"#]]
    );
    assert_eq!(names(&world.here().join("box")), ["large"]);
    assert_eq!(names(&world.data()), ["box/", "box/small"]);
}
