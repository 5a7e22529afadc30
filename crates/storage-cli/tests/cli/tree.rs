//! `storage tree`.

use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a");
    world.write("box/sub/deep/d.txt", "d");
    world.write("box/sub/z.txt", "z");
    world.mkdir("box/empty");
    symlink("sub", world.here().join("box/link")).unwrap();
    world
}

#[test]
fn drawn() {
    assert_shown!(
        world().run("tree box"),
        str![[r#"
exit: 0
--- stdout
box
├── a.txt
├── empty/
├── link -> sub
└── sub/
    ├── deep/
    │   └── d.txt
    └── z.txt

3 directories, 4 files

"#]]
    );
}

#[test]
fn to_a_depth() {
    assert_shown!(
        world().run("tree -L 1 box"),
        str![[r#"
exit: 0
--- stdout
box
├── a.txt
├── empty/
├── link -> sub
└── sub/

2 directories, 2 files

"#]]
    );
    assert_shown!(
        world().run("tree -L 0 box"),
        str![[r#"
exit: 2
--- stderr
error: invalid value '0' for '--depth <LEVELS>': 0 is not in 1..=4294967295

For more information, try '--help'.

"#]]
    );
}

#[test]
fn several_and_none() {
    let world = world();
    world.ok("cp -r box/sub data:sub");
    assert_shown!(
        world.run("tree data: box/sub/deep box/a.txt nothing"),
        str![[r#"
exit: 1
--- stdout
data:
└── sub/
    ├── deep/
    │   └── d.txt
    └── z.txt
box/sub/deep
└── d.txt

2 directories, 3 files
--- stderr
error: cannot list `box/a.txt`: a file stands where a directory is needed
error: cannot list `nothing`: nothing is stored there

"#]]
    );
}
