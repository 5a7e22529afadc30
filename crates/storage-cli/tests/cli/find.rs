//! `storage find`.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use snapbox::str;

use crate::support::{World, touch};

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a".repeat(5000));
    world.write("box/b.rs", "");
    world.write("box/sub/c.txt", "c");
    world.write("box/sub/deep/d.rs", vec![0; 2 << 20]);
    world.mkdir("box/none");
    symlink("a.txt", world.here().join("box/link")).unwrap();
    world
}

/// The names that a search gives, on one line.
#[track_caller]
fn found(world: &World, line: &str) -> String {
    world.stdout(&format!("find {line}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn everything_below() {
    assert_shown!(
        world().run("find box"),
        str![[r#"
exit: 0
--- stdout
box/a.txt
box/b.rs
box/link
box/none
box/sub
box/sub/c.txt
box/sub/deep
box/sub/deep/d.rs

"#]]
    );
}

#[test]
fn by_name_and_path() {
    let world = world();
    assert_eq!(found(&world, "box --name *.rs"), "box/b.rs box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --name *.rs --name a*"), "box/a.txt box/b.rs box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --path *.rs"), "box/b.rs box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --path /*.rs"), "box/b.rs");
    assert_eq!(found(&world, "box --path sub/**"), "box/sub/c.txt box/sub/deep box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --path **/*.rs --name d*"), "box/sub/deep/d.rs");
    assert_eq!(found(&world, "box/a.txt box/b.rs --name *.txt"), "box/a.txt");
    assert_shown!(
        world.run("find box --name a/b"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'a/b' for '--name <PATTERN>': a name has no `/`; `--path` compares the whole path

For more information, try '--help'.

"#]]
    );
}

#[test]
fn by_type() {
    let world = world();
    assert_eq!(found(&world, "box --type d"), "box/none box/sub box/sub/deep");
    assert_eq!(found(&world, "box --type l"), "box/link");
    assert_eq!(found(&world, "box -t f,l -d 1"), "box/a.txt box/b.rs box/link");
}

#[test]
fn by_size() {
    let world = world();
    assert_eq!(found(&world, "box --size +4k"), "box/a.txt box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --size -4k"), "box/b.rs box/sub/c.txt");
    assert_eq!(found(&world, "box --size +1 --size -1M"), "box/a.txt");
    assert_eq!(found(&world, "box --size 2M"), "box/sub/deep/d.rs");
    assert_eq!(found(&world, "box --size 0"), "box/b.rs");
    assert_shown!(
        world.run("find box --size big"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'big' for '--size <SIZE>': write `+10M` (more), `-4k` (less) or `1.5G` (exactly); a k is 1024 bytes, a kB 1000

For more information, try '--help'.

"#]]
    );
}

#[test]
fn by_age() {
    let world = world();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    touch(&world.here().join("box/a.txt"), now - 3600);
    touch(&world.here().join("box/b.rs"), now - 3 * 86_400);
    let files = "box --type f";
    assert_eq!(found(&world, &format!("{files} --newer-than 2h")), "box/a.txt");
    assert_eq!(found(&world, &format!("{files} --newer-than 7d --older-than 1d12h")), "box/b.rs");
    let old = "box/sub/c.txt box/sub/deep/d.rs";
    assert_eq!(found(&world, &format!("{files} --older-than 2026-03-01T12:00:01Z")), old);
    assert_eq!(found(&world, &format!("{files} --older-than 2026-03-01T12:00:00Z")), "");
    assert_shown!(
        world.run("find box --newer-than yesterday"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'yesterday' for '--newer-than <WHEN>': write an age (`7d`, `1w`, `2h30m`), a date (`2026-03-01`) or a time (`2026-03-01T12:00:00Z`)

For more information, try '--help'.

"#]]
    );
}

#[test]
fn only_so_deep() {
    let world = world();
    assert_eq!(found(&world, "box --max-depth 1"), "box/a.txt box/b.rs box/link box/none box/sub");
    assert_eq!(found(&world, "box -d 2 -t d"), "box/none box/sub box/sub/deep");
}

#[test]
fn what_is_empty() {
    let world = world();
    assert_eq!(found(&world, "box --empty"), "box/b.rs box/none");
    assert_eq!(found(&world, "box --empty --type d"), "box/none");
    world.mkdir("box/sub/deep/last");
    world.mkdir("box/zz");
    let directories = "box/none box/sub/deep/last box/zz";
    assert_eq!(found(&world, "box --empty --type d"), directories);
    // The walk does not go as far as it has to look.
    assert_eq!(found(&world, "box --empty --type d -d 1"), "box/none box/zz");
    assert_eq!(found(&world, "box --empty --type d -d 3"), directories);
    assert_eq!(found(&world, "box/b.rs box/a.txt --empty"), "box/b.rs");
}

#[test]
fn names_end_with_nul() {
    let world = world();
    let output = world.command(&["find", "box", "-0", "--name", "[ab].*"]).output().unwrap();
    assert_eq!(output.stdout, b"box/a.txt\0box/b.rs\0");
}

#[test]
fn long() {
    assert_shown!(
        world().run("find box --long --type f,l"),
        str![[r#"
exit: 0
--- stdout
-rw-r--r--      4.9 KiB  2026-03-01 12:00  box/a.txt
-rw-r--r--          0 B  2026-03-01 12:00  box/b.rs
lrwxrwxrwx            -  [DATE]  box/link -> a.txt
-rw-r--r--          1 B  2026-03-01 12:00  box/sub/c.txt
-rw-r--r--      2.0 MiB  2026-03-01 12:00  box/sub/deep/d.rs

"#]]
    );
}

#[test]
fn json_lines() {
    assert_shown!(
        world().run("find box --json --name b.rs --name sub"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/b.rs","name":"b.rs","kind":"file","size":0,"modified":"2026-03-01T12:00:00Z","etag":"[ETAG]","mode":"0644","link":null}
{"path":"box/sub","name":"sub","kind":"directory","size":0,"modified":"[DATE]","etag":null,"mode":"0755","link":null}

"#]]
    );
}

#[test]
fn a_mount() {
    let world = world();
    world.ok("cp -r box data:box");
    assert_eq!(found(&world, "data: --name *.rs"), "data:box/b.rs data:box/sub/deep/d.rs");
    assert_eq!(found(&world, "data:box --path sub/*.txt"), "data:box/sub/c.txt");
}

#[test]
fn what_cannot_be_listed_is_told_and_the_search_goes_on() {
    let world = world();
    world.protect("box/sub");
    let shown = world.run_unprivileged("find box --empty");
    assert_shown!(
        shown,
        str![[r#"
exit: 1
--- stdout
box/b.rs
box/none
--- stderr
error: cannot list `box/sub`: permission denied
hint: check the owner and mode of the file and its folders

"#]]
    );
    assert_shown!(
        world.run("find nothing box/a.txt"),
        str![[r#"
exit: 3
--- stdout
box/a.txt
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn a_name_that_is_not_unicode_makes_its_directory_not_empty() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let world = world();
    let name = OsStr::from_bytes(b"bad\xff");
    fs::write(world.here().join("box/none").join(name), "").unwrap();
    let shown = world.run("find box --empty --type d");
    assert!(shown.starts_with("exit: 1\n") && !shown.contains("box/none\n"), "{shown}");
}
