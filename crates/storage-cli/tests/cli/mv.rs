//! `storage mv`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

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
    assert_data_eq!(world.run("mv box/a.txt data:b.txt"), str![]);
    assert_data_eq!(world.run("mv data:b.txt data:c.txt"), str![]);
    assert_eq!(names(&world.data()), ["c.txt"]);
    assert!(!world.here().join("box/a.txt").exists());
}

#[test]
fn a_folder_without_r() {
    let world = world();
    assert_data_eq!(world.run("mv box data:box"), str![]);
    assert_eq!(names(&world.here()), [""; 0]);
    assert_eq!(names(&world.data()), ["box/", "box/a.txt", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn a_folder_onto_another_is_merged() {
    let world = world();
    world.write("other/c.txt", "c");
    assert_data_eq!(world.run("mv -r box other"), str![]);
    assert_eq!(
        names(&world.here()),
        ["other/", "other/a.txt", "other/c.txt", "other/sub/", "other/sub/b.rs"]
    );
}

#[test]
fn several_into_a_folder() {
    let world = world();
    assert_data_eq!(world.run("mv box/a.txt box/sub data:done/"), str![]);
    assert_eq!(names(&world.data()), ["done/", "done/a.txt", "done/sub/", "done/sub/b.rs"]);
}

#[test]
fn what_is_left_out_stays() {
    let world = world();
    assert_data_eq!(world.run("mv --exclude *.rs box data:box"), str![]);
    assert_eq!(names(&world.here()), ["box/", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn onto_itself_keeps_the_file() {
    let world = world();
    assert_data_eq!(world.run("mv box/a.txt box/a.txt"), str![]);
    assert!(world.here().join("box/a.txt").exists());
}

#[test]
fn a_link_is_moved_itself() {
    let world = world();
    symlink("nowhere", world.here().join("box/link")).unwrap();
    assert_data_eq!(world.run("mv box/link box/sub"), str![]);
    assert!(world.here().join("box/sub/link").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn refusals() {
    let world = world();
    assert_data_eq!(world.run("mv data: box"), str![]);
    assert_data_eq!(world.run("mv nothing data:"), str![]);
    assert_data_eq!(world.run("mv - data:x"), str![]);
    assert_data_eq!(world.run("mv box box/sub/below"), str![]);
}
