//! `storage mounts`.

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.configure(
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
  can       directories, hard_links, list, local_path, read, symlinks, unix_mode, url, user_metadata
  cannot    append, checksum_md5, compare_and_set, conditional_delete, create_only, delete, folder_markers, opaque_paths, rename, resume, server_side_copy, set_attributes, set_modified, tags, versions, write

scratch:
  type      memory
  location  -
  can       append, compare_and_set, conditional_delete, create_only, delete, directories, list, read, rename, server_side_copy, set_attributes, set_modified, user_metadata, write
  cannot    checksum_md5, folder_markers, hard_links, local_path, opaque_paths, resume, symlinks, tags, unix_mode, url, versions

uri:
  type      base64
  location  -
  can       checksum_md5, opaque_paths, read, write
  cannot    append, compare_and_set, conditional_delete, create_only, delete, directories, folder_markers, hard_links, list, local_path, rename, resume, server_side_copy, set_attributes, set_modified, symlinks, tags, unix_mode, url, user_metadata, versions

work:
  type      local
  location  /srv/files
  can       append, compare_and_set, conditional_delete, create_only, delete, directories, hard_links, list, local_path, read, rename, resume, server_side_copy, set_attributes, set_modified, symlinks, unix_mode, url, user_metadata, write
  cannot    checksum_md5, folder_markers, opaque_paths, tags, versions

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
        "conditional_delete": true,
        "create_only": true,
        "delete": true,
        "directories": true,
        "folder_markers": false,
        "hard_links": true,
        "list": true,
        "local_path": true,
        "opaque_paths": false,
        "read": true,
        "rename": true,
        "resume": true,
        "server_side_copy": true,
        "set_attributes": true,
        "set_modified": true,
        "symlinks": true,
        "tags": false,
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
fn a_test_of_each() {
    let world = World::new();
    world.mkdir("there");
    world.configure(
        "storage.yaml",
        "- {name: gone, type: local, path: gone}\n- {name: scratch, type: memory}\n- {name: work, type: local, path: there}\n",
    );
    assert_shown!(
        world.run("mounts test"),
        str![[r#"
exit: 3
--- stdout
gone:     failed in [TIME]
          error: cannot stat `gone:`: the root folder `[ROOT]/here/gone` of the mount does not exist
          hint: make the folder, or set `create: true` for the mount
scratch:  ok in [TIME]  read, write, delete, list
work:     ok in [TIME]  read, write, delete, list

"#]]
    );
    assert_shown!(
        world.run("mounts test scratch work:"),
        str![[r#"
exit: 0
--- stdout
scratch:  ok in [TIME]  read, write, delete, list
work:     ok in [TIME]  read, write, delete, list

"#]]
    );
    assert_shown!(
        world.run("mounts -l test"),
        str![[r#"
exit: 2
--- stderr
error: the subcommand 'test' cannot be used with '--long'

Usage: storage mounts [OPTIONS]
       storage mounts <COMMAND>

For more information, try '--help'.

"#]]
    );
    assert_shown!(
        world.run("mounts test --timeout never"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'never' for '--timeout <TIME>': write `90s`, `15m`, `12h`, `7d` or `1w`

For more information, try '--help'.

"#]]
    );
    assert_shown!(
        world.run("mounts tset"),
        str![[r#"
exit: 2
--- stderr
error: unrecognized subcommand 'tset'

  tip: a similar subcommand exists: 'test'

Usage: storage mounts [OPTIONS]
       storage mounts <COMMAND>

For more information, try '--help'.

"#]]
    );
}

#[test]
fn secrets_are_not_shown() {
    let world = World::new();
    world.configure(
        "storage.yaml",
        "- {name: a, type: memory, shared: 'https://ada:hunter2@example.org/x'}\n",
    );
    let shown = world.run("mounts --json");
    assert!(!shown.contains("hunter2"), "{shown}");
}
