//! `storage rm` and `storage mkdir`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

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
    assert_data_eq!(world.run("rm data:box/a.txt box/a.txt"), str![]);
    assert_eq!(names(&world.data()), ["box/", "box/sub/", "box/sub/b.rs"]);
    assert_eq!(names(&world.here()), ["box/", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn a_folder_needs_r() {
    let world = world();
    assert_data_eq!(world.run("rm data:box"), str![]);
    assert_data_eq!(world.run("rm -r data:box box"), str![]);
    assert_eq!(names(&world.data()), [""; 0]);
    assert_eq!(names(&world.here()), [""; 0]);
}

#[test]
fn what_is_missing_is_an_error_without_f() {
    let world = world();
    assert_data_eq!(world.run("rm data:nothing data:box/a.txt"), str![]);
    assert!(!world.data().join("box/a.txt").exists());
    assert_data_eq!(world.run("rm -f data:nothing"), str![]);
    assert_data_eq!(world.run("rm -rf data:box/sub/b.rs/below"), str![]);
}

#[test]
fn roots_and_dots_are_refused() {
    let world = world();
    assert_data_eq!(world.run("rm -r data:"), str![]);
    assert_data_eq!(world.run("rm -rf /"), str![]);
    assert_data_eq!(world.run("rm -rf . .. box/."), str![]);
    assert_eq!(names(&world.here()).len(), 4);
}

#[test]
fn a_link_goes_and_its_target_stays() {
    let world = world();
    symlink("box", world.here().join("link")).unwrap();
    symlink("nowhere", world.here().join("broken")).unwrap();
    assert_data_eq!(world.run("rm -r link broken"), str![]);
    assert_eq!(names(&world.here()), ["box/", "box/a.txt", "box/sub/", "box/sub/b.rs"]);
}

#[test]
fn mkdir() {
    let world = world();
    assert_data_eq!(world.run("mkdir data:new ./new"), str![]);
    assert_data_eq!(world.run("mkdir data:new"), str![]);
    assert_data_eq!(world.run("mkdir data:a/b"), str![]);
    assert_data_eq!(world.run("mkdir -p data:a/b data:a/b"), str![]);
    assert_data_eq!(world.run("mkdir -p data:box/a.txt data:box/a.txt/x"), str![]);
    assert!(world.here().join("new").is_dir() && world.data().join("a/b").is_dir());
}
