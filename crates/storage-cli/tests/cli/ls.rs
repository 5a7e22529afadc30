//! `storage ls`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::{World, touch};

fn world() -> World {
    let world = World::new();
    world.write("box/b.txt", "bb");
    world.write("box/a.txt", "a".repeat(3000));
    world.write("box/sub/deep/d.bin", vec![0; 2 << 20]);
    world.write("box/sub/c.txt", "");
    touch(&world.here().join("box/b.txt"), 1_700_000_000);
    touch(&world.here().join("box/sub/c.txt"), 1_800_000_000);
    symlink("a.txt", world.here().join("box/link")).unwrap();
    symlink("nowhere", world.here().join("box/broken")).unwrap();
    world
}

#[test]
fn names_sorted() {
    assert_data_eq!(world().run("ls box"), str![]);
}

#[test]
fn the_current_folder_without_arguments() {
    assert_data_eq!(world().run("ls"), str![]);
}

#[test]
fn long() {
    assert_data_eq!(world().run("ls -l box"), str![]);
}

#[test]
fn long_and_recursive_together() {
    assert_data_eq!(world().run("ls -lR box"), str![]);
}

#[test]
fn recursive() {
    assert_data_eq!(world().run("ls -R box"), str![]);
}

#[test]
fn by_size_and_time_and_reversed() {
    let world = world();
    assert_data_eq!(world.run("ls -l --sort size --bytes box/sub box"), str![]);
    assert_data_eq!(world.run("ls --sort time -r box"), str![]);
    assert_data_eq!(world.run("ls -r box"), str![]);
}

#[test]
fn files_and_folders_and_missing_ones() {
    assert_data_eq!(world().run("ls box/a.txt nothing box/sub"), str![]);
}

#[test]
fn json_lines() {
    assert_data_eq!(world().run("ls --json -R box"), str![]);
}

#[test]
fn a_mount() {
    let world = world();
    world.ok("cp -r box data:box");
    assert_data_eq!(world.run("ls -R data:"), str![]);
    assert_data_eq!(world.run("ls -l data:box/a.txt"), str![]);
    assert_data_eq!(world.run("ls data:nothing data:box/a.txt/below"), str![]);
}

#[test]
fn an_empty_mount_is_an_empty_list() {
    assert_data_eq!(World::new().run("ls -l data:"), str![]);
}

#[test]
fn an_unknown_order_is_refused() {
    assert_data_eq!(world().run("ls --sort date box"), str![]);
}
