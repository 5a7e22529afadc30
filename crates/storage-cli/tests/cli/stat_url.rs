//! `storage stat` and `storage url`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a".repeat(5000));
    symlink("a.txt", world.here().join("box/link")).unwrap();
    world
}

#[test]
fn a_file_a_folder_and_a_link() {
    assert_data_eq!(world().run("stat box/a.txt box box/link"), str![]);
}

#[test]
fn json() {
    assert_data_eq!(world().run("stat --json box/a.txt box/link"), str![]);
}

#[test]
fn user_metadata() {
    let world = world();
    world.ok("put --content-type text/plain --meta author=ada data:a");
    assert_data_eq!(world.run("stat data:a"), str![]);
}

#[test]
fn missing() {
    assert_data_eq!(world().run("stat data:nothing nothing"), str![]);
}

#[test]
fn urls() {
    let world = world();
    world.write(
        "storage.yaml",
        "- {name: web, type: local, path: box, base_url: 'https://files.example/pub'}\n",
    );
    assert_data_eq!(world.run("url web:a.txt"), str![]);
    assert_data_eq!(world.run("url --expires 15m web:a.txt"), str![]);
    assert_data_eq!(world.run("url --put web:a.txt"), str![]);
    assert_data_eq!(world.run("url --expires soon web:a.txt"), str![]);
    assert_data_eq!(world.run("url box/a.txt"), str![]);
}
