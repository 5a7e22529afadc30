//! What arguments mean.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use snapbox::str;

use crate::support::World;

#[test]
fn an_unknown_mount_lists_the_known_ones() {
    assert_shown!(
        World::new().run("ls nowhere:x"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `nowhere`; known are `data`
hint: for a plain file write `./nowhere:x`

"#]]
    );
}

#[test]
fn an_unknown_mount_suggests_the_nearest() {
    assert_shown!(
        World::new().run("ls dta:x"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `dta`; known are `data`
hint: did you mean `data:`? A plain file is `./dta:x`

"#]]
    );
}

#[test]
fn without_mounts_the_error_says_so() {
    let world = World::new();
    world.configure("storage.json", "[]");
    assert_shown!(
        world.run("ls data:"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `data`; there are none
hint: for a plain file write `./data:`

"#]]
    );
}

#[test]
fn a_file_with_a_colon_is_plain_when_it_exists() {
    let world = World::new();
    world.write("12:30.txt", "noon");
    assert_shown!(
        world.run("cat 12:30.txt"),
        str![[r#"
exit: 0
--- stdout
noon[no newline]

"#]]
    );
}

#[test]
fn a_mount_wins_over_a_file_of_the_same_name() {
    let world = World::new();
    world.write("data:x", "plain");
    assert_shown!(
        world.run("cat data:x"),
        str![[r#"
exit: 3
--- stderr
error: cannot read `data:x`: nothing is stored there

"#]]
    );
    assert_shown!(
        world.run("cat ./data:x"),
        str![[r#"
exit: 0
--- stdout
plain[no newline]

"#]]
    );
}

#[test]
fn a_new_file_with_a_colon_needs_a_dot() {
    let world = World::new();
    assert_shown!(
        world.run_with("put 12:30.txt", "noon"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `12`; known are `data`
hint: for a plain file write `./12:30.txt`

"#]]
    );
    world.ok("put ./12:30.txt");
    assert_shown!(
        world.run("ls"),
        str![[r#"
exit: 0
--- stdout
12:30.txt

"#]]
    );
}

#[test]
fn a_forgotten_colon_is_hinted_at() {
    assert_shown!(
        World::new().run("ls data"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `data`: nothing is stored there
hint: `data:` is the mount of that name

"#]]
    );
}

#[test]
fn dots_in_plain_paths_are_resolved() {
    let world = World::new();
    world.write("a/b/c.txt", "c");
    world.write("d.txt", "d");
    assert_shown!(
        world.run("cat ./a/../d.txt a/b/../b/./c.txt ../here/d.txt"),
        str![[r#"
exit: 0
--- stdout
dcd[no newline]

"#]]
    );
}

#[test]
fn dots_behind_a_link_go_up_from_where_it_leads() {
    let world = World::new();
    world.write("far/away/x.txt", "x");
    world.write("far/y.txt", "y");
    symlink("far/away", world.here().join("link")).unwrap();
    assert_shown!(
        world.run("cat link/../y.txt link/x.txt"),
        str![[r#"
exit: 0
--- stdout
yx[no newline]

"#]]
    );
}

#[test]
fn dots_in_a_mount_do_not_leave_it() {
    assert_shown!(
        World::new().run("cat data:a/../../etc/passwd"),
        str![[r#"
exit: 2
--- stderr
error: cannot parse `data:a/../../etc/passwd`: `..` would leave the mount
hint: write the path from the root of the mount, without `..`

"#]]
    );
}

#[test]
fn errors_show_plain_paths_as_typed() {
    let world = World::new();
    world.mkdir("directory");
    assert_shown!(
        world.run("cat nothing ./nothing ../here/nothing directory"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `nothing`: nothing is stored there
error: cannot read `./nothing`: nothing is stored there
error: cannot read `../here/nothing`: nothing is stored there
error: cannot read `directory`: a directory stands there, not a file

"#]]
    );
}

#[test]
fn an_empty_path_is_refused() {
    let world = World::new();
    let output = world.command(&["ls", ""]).output().unwrap();
    assert_shown!(
        world.shown(&output),
        str![[r#"
exit: 2
--- stderr
error: a path is empty
hint: write `.` for the current directory

"#]]
    );
}

#[test]
fn a_dash_is_no_place_where_nothing_streams() {
    assert_shown!(
        World::new().run("ls -"),
        str![[r#"
exit: 2
--- stderr
error: `-` is standard input or output, which has no place here
hint: write `./-` for a file of that name

"#]]
    );
}

#[test]
fn arguments_that_are_not_unicode_are_named() {
    let world = World::new();
    let output = world.command(&[OsStr::new("cat"), OsStr::from_bytes(b"caf\xe9.txt")]).output().unwrap();
    assert_shown!(
        world.shown(&output),
        str![[r#"
exit: 2
--- stderr
error: the argument `caf\xe9.txt` is not valid UTF-8
hint: rename the file, for example with `convmv -f latin1 -t utf8`

"#]]
    );
}

#[test]
fn names_in_a_directory_that_are_not_unicode_do_not_hide_the_others() {
    let world = World::new();
    world.write("a/1.txt", "1");
    world.write("a/2.txt", "2");
    world.write(std::path::Path::new("a").join(OsStr::from_bytes(b"caf\xe9.txt")), "?");
    assert_shown!(
        world.run("ls a"),
        str![[r#"
exit: 1
--- stdout
1.txt
2.txt
--- stderr
error: cannot list `a`: a name is not UTF-8: `caf\xe9.txt`
hint: rename the file; paths of mounts are UTF-8

"#]]
    );
    assert_shown!(
        world.run("cp -r a data:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot list `a`: a name is not UTF-8: `caf\xe9.txt`
hint: rename the file; paths of mounts are UTF-8
2 files, 2 B copied, 1 failed in [TIME]

"#]]
    );
    assert_shown!(
        world.run("ls data:a"),
        str![[r#"
exit: 0
--- stdout
1.txt
2.txt

"#]]
    );
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    assert_shown!(
        World::new().run("mount"),
        str![[r#"
exit: 2
--- stderr
error: unrecognized subcommand 'mount'

  tip: some similar subcommands exist: 'concat', 'mounts'

Usage: storage [OPTIONS] <COMMAND>

For more information, try '--help'.

"#]]
    );
}
