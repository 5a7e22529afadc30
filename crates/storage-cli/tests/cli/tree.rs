//! `storage tree`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a");
    world.write("box/sub/deep/d.txt", "d");
    world.write("box/sub/z.txt", "z");
    world.mkdir("box/empty");
    symlink("sub", world.here().join("box/link")).unwrap();
    world
}

#[test]
fn drawn() {
    assert_data_eq!(world().run("tree box"), str![]);
}

#[test]
fn to_a_depth() {
    assert_data_eq!(world().run("tree -L 1 box"), str![]);
    assert_data_eq!(world().run("tree -L 0 box"), str![]);
}

#[test]
fn several_and_none() {
    let world = world();
    world.ok("cp -r box/sub data:sub");
    assert_data_eq!(world.run("tree data: box/sub/deep box/a.txt nothing"), str![]);
}
