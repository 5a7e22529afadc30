//! `storage du`.

use std::os::unix::fs::symlink;

use snapbox::str;

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
fn each_directory() {
    assert_shown!(
        world().run("du box"),
        str![[r#"
exit: 0
--- stdout
    3.0 MiB  box/sub/deep
    3.0 MiB  box/sub
        0 B  box/zero
    3.0 MiB  box

"#]]
    );
}

#[test]
fn in_bytes_and_summarized() {
    let world = world();
    world.ok("cp -r box data:");
    assert_shown!(
        world.run("du --bytes box/sub"),
        str![[r#"
exit: 0
--- stdout
    3145728  box/sub/deep
    3145729  box/sub

"#]]
    );
    assert_shown!(
        world.run("du -s data: box box/a.txt nothing"),
        str![[r#"
exit: 3
--- stdout
    3.0 MiB  data:
    3.0 MiB  box
    2.0 KiB  box/a.txt
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn json() {
    assert_shown!(
        world().run("du --json box"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/sub/deep","bytes":3145728,"files":1,"directories":0}
{"path":"box/sub","bytes":3145729,"files":2,"directories":1}
{"path":"box/zero","bytes":0,"files":0,"directories":0}
{"path":"box","bytes":3147730,"files":4,"directories":3}

"#]]
    );
    assert_shown!(
        world().run("du -s --json box"),
        str![[r#"
exit: 0
--- stdout
{"path":"box","bytes":3147730,"files":4,"directories":3}

"#]]
    );
}
