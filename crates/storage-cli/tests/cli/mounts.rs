//! `storage mounts`.

use snapbox::{assert_data_eq, str};

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write(
        "storage.yaml",
        "mounts:\n  work: {type: local, path: /srv/work, base_url: 'https://files.example/'}\n  scratch: {type: memory}\n  \
         uri: {type: base64}\n  look: {type: relative, path: 'work:public', permissions: readonly}\n",
    );
    world
}

#[test]
fn a_table() {
    assert_data_eq!(world().run("mounts"), str![]);
}

#[test]
fn the_built_in_default() {
    assert_data_eq!(World::new().run("mounts"), str![]);
}

#[test]
fn all_capabilities() {
    assert_data_eq!(world().run("mounts --long"), str![]);
}

#[test]
fn json() {
    assert_data_eq!(World::new().run("mounts --json"), str![]);
    assert_data_eq!(world().run("mounts --json -l"), str![]);
}

#[test]
fn secrets_are_not_shown() {
    let world = World::new();
    world.write("storage.yaml", "- {name: a, type: memory, shared: 'https://ada:hunter2@example.org/x'}\n");
    let shown = world.run("mounts --json");
    assert!(!shown.contains("hunter2"), "{shown}");
}
