//! `storage rm` and `storage mkdir`.

use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::{World, names};

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a");
    world.write("box/sub/b.rs", "bb");
    world.ok("cp -r box data:box");
    world
}

#[test]
fn files() {
    let world = world();
    assert_shown!(
        world.run("rm data:box/a.txt box/a.txt"),
        str![[r#"
exit: 0

"#]]
    );
    assert_eq!(names(&world.data()), ["box/", "box/sub/", "box/sub/b.rs"]);
    assert_eq!(names(&world.here()), ["box/", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn a_directory_needs_r() {
    let world = world();
    assert_shown!(
        world.run("rm data:box"),
        str![[r#"
exit: 1
--- stderr
error: cannot delete `data:box`: a directory stands there, not a file
hint: with `--recursive` it goes with everything in it

"#]]
    );
    assert_shown!(
        world.run("rm -r data:box box"),
        str![[r#"
exit: 0

"#]]
    );
    assert_eq!(names(&world.data()), [""; 0]);
    assert_eq!(names(&world.here()), [""; 0]);
}

#[test]
fn what_is_missing_is_an_error_without_f() {
    let world = world();
    assert_shown!(
        world.run("rm data:nothing data:box/a.txt"),
        str![[r#"
exit: 3
--- stderr
error: cannot delete `data:nothing`: nothing is stored there

"#]]
    );
    assert!(!world.data().join("box/a.txt").exists());
    assert_shown!(
        world.run("rm -f data:nothing"),
        str![[r#"
exit: 0

"#]]
    );
    assert_shown!(
        world.run("rm -rf data:box/sub/b.rs/below"),
        str![[r#"
exit: 0

"#]]
    );
}

#[test]
fn roots_and_dots_are_refused() {
    let world = world();
    assert_shown!(
        world.run("rm -r data:"),
        str![[r#"
exit: 2
--- stderr
error: cannot delete `data:`: the root of a mount cannot be deleted
hint: delete its children, or remove the mount from the configuration

"#]]
    );
    assert_shown!(
        world.run("rm -rf /"),
        str![[r#"
exit: 2
--- stderr
error: `/` is not removed
hint: name the directory itself

"#]]
    );
    assert_shown!(
        world.run("rm -rf . .. box/."),
        str![[r#"
exit: 2
--- stderr
error: `.` is not removed
hint: name the directory itself
error: `..` is not removed
hint: name the directory itself
error: `box/.` is not removed
hint: name the directory itself

"#]]
    );
    assert_eq!(names(&world.here()).len(), 4);
}

#[test]
fn a_link_goes_and_its_target_stays() {
    let world = world();
    symlink("box", world.here().join("link")).unwrap();
    symlink("nowhere", world.here().join("broken")).unwrap();
    assert_shown!(
        world.run("rm -r link broken"),
        str![[r#"
exit: 0

"#]]
    );
    assert_eq!(names(&world.here()), ["box/", "box/a.txt", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn mkdir() {
    let world = world();
    assert_shown!(
        world.run("mkdir data:new ./new"),
        str![[r#"
exit: 0

"#]]
    );
    assert_shown!(
        world.run("mkdir data:new"),
        str![[r#"
exit: 1
--- stderr
error: cannot create directory `data:new`: something is stored there already

"#]]
    );
    assert_shown!(
        world.run("mkdir data:a/b"),
        str![[r#"
exit: 3
--- stderr
error: cannot create directory `data:a/b`: its parent does not exist
hint: with `--parents` they are made too

"#]]
    );
    assert_shown!(
        world.run("mkdir -p data:a/b data:a/b"),
        str![[r#"
exit: 0

"#]]
    );
    assert_shown!(
        world.run("mkdir -p data:box/a.txt data:box/a.txt/x"),
        str![[r#"
exit: 1
--- stderr
error: cannot create directory `data:box/a.txt`: a file stands where a directory is needed
error: cannot create directory `data:box/a.txt/x`: a file stands where a directory is needed

"#]]
    );
    assert!(world.here().join("new").is_dir() && world.data().join("a/b").is_dir());
}
