//! `storage mounts`.

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write(
        "storage.yaml",
        "mounts:\n  work: {type: local, path: /srv/files, base_url: 'https://files.example/'}\n  scratch: {type: memory}\n  \
         uri: {type: base64}\n  look: {type: relative, path: 'work:public', permissions: readonly}\n",
    );
    world
}

#[test]
fn a_table() {
    assert_shown!(
        world().run("mounts"),
        str![[r#"
exit: 0
--- stdout
look:     relative  work:public  read, list, url
scratch:  memory    -            read, write, delete, list
uri:      base64    -            read, write
work:     local     /srv/files   read, write, delete, list, url

configuration: [ROOT]/here/storage.yaml

"#]]
    );
}

#[test]
fn the_built_in_default() {
    assert_shown!(
        World::new().run("mounts"),
        str![[r#"
exit: 0
--- stdout
data:  local  [ROOT]/home/.local/share/storage  read, write, delete, list

configuration: none, this is the built-in default

"#]]
    );
}

#[test]
fn all_capabilities() {
    assert_shown!(
        world().run("mounts --long"),
        str![[r#"
exit: 0
--- stdout
look:
  type      relative
  location  work:public
  can       directories, list, local_path, read, symlinks, unix_mode, url, user_metadata
  cannot    append, checksum_md5, compare_and_set, create_only, delete, opaque_paths, rename, server_side_copy, set_modified, versions, write

scratch:
  type      memory
  location  -
  can       append, compare_and_set, create_only, delete, directories, list, read, rename, server_side_copy, set_modified, user_metadata, write
  cannot    checksum_md5, local_path, opaque_paths, symlinks, unix_mode, url, versions

uri:
  type      base64
  location  -
  can       checksum_md5, opaque_paths, read, write
  cannot    append, compare_and_set, create_only, delete, directories, list, local_path, rename, server_side_copy, set_modified, symlinks, unix_mode, url, user_metadata, versions

work:
  type      local
  location  /srv/files
  can       append, compare_and_set, create_only, delete, directories, list, local_path, read, rename, server_side_copy, set_modified, symlinks, unix_mode, url, user_metadata, write
  cannot    checksum_md5, opaque_paths, versions

configuration: [ROOT]/here/storage.yaml

"#]]
    );
}

#[test]
fn json() {
    assert_shown!(
        World::new().run("mounts --json"),
        str![[r#"
exit: 0
--- stdout
{
  "configuration": null,
  "mounts": [
    {
      "name": "data",
      "type": "local",
      "location": "[ROOT]/home/.local/share/storage",
      "capabilities": {
        "append": true,
        "checksum_md5": false,
        "compare_and_set": true,
        "create_only": true,
        "delete": true,
        "directories": true,
        "list": true,
        "local_path": true,
        "opaque_paths": false,
        "read": true,
        "rename": true,
        "server_side_copy": true,
        "set_modified": true,
        "symlinks": true,
        "unix_mode": true,
        "url": false,
        "user_metadata": true,
        "versions": false,
        "write": true
      }
    }
  ]
}

"#]]
    );
    assert_shown!(
        world().run("mounts --json -l"),
        str![[r#"
exit: 2
--- stderr
error: the argument '--json' cannot be used with '--long'

Usage: storage mounts --json

For more information, try '--help'.

"#]]
    );
}

#[test]
fn secrets_are_not_shown() {
    let world = World::new();
    world.write("storage.yaml", "- {name: a, type: memory, shared: 'https://ada:hunter2@example.org/x'}\n");
    let shown = world.run("mounts --json");
    assert!(!shown.contains("hunter2"), "{shown}");
}
