//! `storage du`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a".repeat(2000));
    world.write("box/sub/deep/b.bin", vec![0; 3 << 20]);
    world.write("box/sub/c.txt", "c");
    world.write("box/sub.txt", "s");
    world.mkdir("box/zero");
    symlink("a.txt", world.here().join("box/link")).unwrap();
    world
}

#[test]
fn each_folder() {
    assert_data_eq!(world().run("du box"), str![]);
}

#[test]
fn in_bytes_and_summarized() {
    let world = world();
    world.ok("cp -r box data:");
    assert_data_eq!(world.run("du --bytes box/sub"), str![]);
    assert_data_eq!(world.run("du -s data: box box/a.txt nothing"), str![]);
}

#[test]
fn json() {
    assert_data_eq!(world().run("du --json box"), str![]);
    assert_data_eq!(world().run("du -s --json box"), str![]);
}
