//! `storage stat` and `storage url`.

use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a".repeat(5000));
    symlink("a.txt", world.here().join("box/link")).unwrap();
    world
}

#[test]
fn a_file_a_directory_and_a_link() {
    assert_shown!(
        world().run("stat box/a.txt box box/link"),
        str![[r#"
exit: 0
--- stdout
path        box/a.txt
kind        file
size        4.9 KiB (5000 bytes)
modified    2026-03-01 12:00:00 +00:00
mode        -rw-r--r-- (0644)
etag      [ETAG]

path        box
kind        directory
modified    [DATE] +00:00
mode        drwxr-xr-x (0755)

path        box/link
kind        file
link        a.txt
size        4.9 KiB (5000 bytes)
modified    2026-03-01 12:00:00 +00:00
mode        -rw-r--r-- (0644)
etag      [ETAG]

"#]]
    );
}

#[test]
fn json() {
    assert_shown!(
        world().run("stat --json box/a.txt box/link"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/a.txt","name":"a.txt","kind":"file","size":5000,"modified":"2026-03-01T12:00:00Z","etag":"[ETAG]","mode":"0644","link":null,"version":null,"content_type":null,"cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"checksum":null,"metadata":{}}
{"path":"box/link","name":"link","kind":"file","size":5000,"modified":"2026-03-01T12:00:00Z","etag":"[ETAG]","mode":"0644","link":"a.txt","version":null,"content_type":null,"cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"checksum":null,"metadata":{}}

"#]]
    );
}

#[test]
fn user_metadata() {
    let world = world();
    world.ok("put --content-type text/plain --meta author=ada data:a");
    assert_shown!(
        world.run("stat data:a"),
        str![[r#"
exit: 0
--- stdout
path        data:a
kind        file
size        0 B
modified    [DATE] +00:00
mode        -rw-r--r-- (0644)
etag      [ETAG]
type        text/plain
metadata    author=ada

"#]]
    );
}

#[test]
fn missing() {
    assert_shown!(
        world().run("stat data:nothing nothing"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `data:nothing`: nothing is stored there
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn urls() {
    let world = world();
    world.configure(
        "storage.yaml",
        "- {name: web, type: local, path: box, base_url: 'https://files.example/pub'}\n",
    );
    assert_shown!(
        world.run("url web:a.txt"),
        str![[r#"
exit: 0
--- stdout
https://files.example/pub/a.txt

"#]]
    );
    assert_shown!(
        world.run("url --expires 15m web:a.txt"),
        str![[r#"
exit: 0
--- stdout
https://files.example/pub/a.txt

"#]]
    );
    assert_shown!(
        world.run("url --put web:a.txt"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `web:a.txt`: this mount cannot make URLs for writing
hint: no other mount of the configuration can

"#]]
    );
    assert_shown!(
        world.run("url --expires soon web:a.txt"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'soon' for '--expires <TIME>': write `90s`, `15m`, `12h`, `7d` or `1w`

For more information, try '--help'.

"#]]
    );
    assert_shown!(
        world.run("url box/a.txt"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `box/a.txt`: this mount cannot make URLs
hint: set `base_url` of the mount to where it is served; mounts that can: `web:`

"#]]
    );
}
