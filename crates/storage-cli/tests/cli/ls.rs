//! `storage ls`.

use std::os::unix::fs::symlink;

use snapbox::str;

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
    assert_shown!(
        world().run("ls box"),
        str![[r#"
exit: 0
--- stdout
a.txt
b.txt
broken
link
sub/

"#]]
    );
}

#[test]
fn the_current_directory_without_arguments() {
    assert_shown!(
        world().run("ls"),
        str![[r#"
exit: 0
--- stdout
box/

"#]]
    );
}

#[test]
fn long() {
    assert_shown!(
        world().run("ls -l box"),
        str![[r#"
exit: 0
--- stdout
-rw-r--r--      2.9 KiB  2026-03-01 12:00  a.txt
-rw-r--r--          2 B  [DATE]  b.txt
lrwxrwxrwx            -  [DATE]  broken -> nowhere
lrwxrwxrwx            -  [DATE]  link -> a.txt
drwxr-xr-x            -  [DATE]  sub/

"#]]
    );
}

#[test]
fn long_and_recursive_together() {
    assert_shown!(
        world().run("ls -lR box"),
        str![[r#"
exit: 0
--- stdout
box:
-rw-r--r--      2.9 KiB  2026-03-01 12:00  a.txt
-rw-r--r--          2 B  [DATE]  b.txt
lrwxrwxrwx            -  [DATE]  broken -> nowhere
lrwxrwxrwx            -  [DATE]  link -> a.txt
drwxr-xr-x            -  [DATE]  sub/

box/sub:
-rw-r--r--          0 B  [DATE]  c.txt
drwxr-xr-x            -  [DATE]  deep/

box/sub/deep:
-rw-r--r--      2.0 MiB  2026-03-01 12:00  d.bin

"#]]
    );
}

#[test]
fn recursive() {
    assert_shown!(
        world().run("ls -R box"),
        str![[r#"
exit: 0
--- stdout
box:
a.txt
b.txt
broken
link
sub/

box/sub:
c.txt
deep/

box/sub/deep:
d.bin

"#]]
    );
}

#[test]
fn by_size_and_time_and_reversed() {
    let world = world();
    assert_shown!(
        world.run("ls -l --sort size --bytes box/sub box"),
        str![[r#"
exit: 0
--- stdout
box/sub:
-rw-r--r--            0  [DATE]  c.txt
drwxr-xr-x            -  [DATE]  deep/

box:
drwxr-xr-x            -  [DATE]  sub/
-rw-r--r--            2  [DATE]  b.txt
lrwxrwxrwx            -  [DATE]  link -> a.txt
lrwxrwxrwx            -  [DATE]  broken -> nowhere
-rw-r--r--         3000  2026-03-01 12:00  a.txt

"#]]
    );
    for (name, time) in [("new", 1_700_000_000), ("old", 1_500_000_000), ("middle", 1_600_000_000)] {
        touch(&world.write(format!("timed/{name}"), ""), time);
    }
    assert_eq!(world.stdout("ls --sort time timed"), "old\nmiddle\nnew\n");
    assert_eq!(world.stdout("ls --sort time -r timed"), "new\nmiddle\nold\n");
    assert_shown!(
        world.run("ls -r box"),
        str![[r#"
exit: 0
--- stdout
sub/
link
broken
b.txt
a.txt

"#]]
    );
}

#[test]
fn files_and_directories_and_missing_ones() {
    assert_shown!(
        world().run("ls box/a.txt nothing box/sub"),
        str![[r#"
exit: 3
--- stdout
box/a.txt
box/sub:
c.txt
deep/
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn json_lines() {
    assert_shown!(
        world().run("ls --json -R box"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/a.txt","name":"a.txt","kind":"file","size":3000,"modified":"2026-03-01T12:00:00Z","etag":"[ETAG]","mode":"0644","link":null}
{"path":"box/b.txt","name":"b.txt","kind":"file","size":2,"modified":"[DATE]","etag":"[ETAG]","mode":"0644","link":null}
{"path":"box/broken","name":"broken","kind":"symlink","size":7,"modified":"[DATE]","etag":null,"mode":"0777","link":"nowhere"}
{"path":"box/link","name":"link","kind":"symlink","size":5,"modified":"[DATE]","etag":null,"mode":"0777","link":"a.txt"}
{"path":"box/sub","name":"sub","kind":"directory","size":0,"modified":"[DATE]","etag":null,"mode":"0755","link":null}
{"path":"box/sub/c.txt","name":"c.txt","kind":"file","size":0,"modified":"[DATE]","etag":"[ETAG]","mode":"0644","link":null}
{"path":"box/sub/deep","name":"deep","kind":"directory","size":0,"modified":"[DATE]","etag":null,"mode":"0755","link":null}
{"path":"box/sub/deep/d.bin","name":"d.bin","kind":"file","size":2097152,"modified":"2026-03-01T12:00:00Z","etag":"[ETAG]","mode":"0644","link":null}

"#]]
    );
}

#[test]
fn a_mount() {
    let world = world();
    world.ok("cp -r box data:box");
    assert_shown!(
        world.run("ls -R data:"),
        str![[r#"
exit: 0
--- stdout
data:
box/

data:box:
a.txt
b.txt
sub/

data:box/sub:
c.txt
deep/

data:box/sub/deep:
d.bin

"#]]
    );
    assert_shown!(
        world.run("ls -l data:box/a.txt"),
        str![[r#"
exit: 0
--- stdout
-rw-r--r--      2.9 KiB  [DATE]  data:box/a.txt

"#]]
    );
    assert_shown!(
        world.run("ls data:nothing data:box/a.txt/below"),
        str![[r#"
exit: 1
--- stderr
error: cannot stat `data:nothing`: nothing is stored there
error: cannot stat `data:box/a.txt/below`: a file stands where a directory is needed

"#]]
    );
}

#[test]
fn a_link_that_leads_nowhere() {
    assert_shown!(
        world().run("ls -l box/broken"),
        str![[r#"
exit: 0
--- stdout
l                     -  -                 box/broken -> nowhere

"#]]
    );
}

#[test]
fn an_empty_mount_is_an_empty_list() {
    assert_shown!(
        World::new().run("ls -l data:"),
        str![[r#"
exit: 0

"#]]
    );
}

#[test]
fn an_unknown_order_is_refused() {
    assert_shown!(
        world().run("ls --sort date box"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'date' for '--sort <BY>'
  [possible values: name, size, time]

For more information, try '--help'.

"#]]
    );
}
