//! What arguments mean.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::World;

#[test]
fn an_unknown_mount_lists_the_known_ones() {
    assert_data_eq!(World::new().run("ls nowhere:x"), str![]);
}

#[test]
fn an_unknown_mount_suggests_the_nearest() {
    assert_data_eq!(World::new().run("ls dta:x"), str![]);
}

#[test]
fn without_mounts_the_error_says_so() {
    let world = World::new();
    world.write("storage.json", "[]");
    assert_data_eq!(world.run("ls data:"), str![]);
}

#[test]
fn a_file_with_a_colon_is_plain_when_it_exists() {
    let world = World::new();
    world.write("12:30.txt", "noon");
    assert_data_eq!(world.run("cat 12:30.txt"), str![]);
}

#[test]
fn a_mount_wins_over_a_file_of_the_same_name() {
    let world = World::new();
    world.write("data:x", "plain");
    assert_data_eq!(world.run("cat data:x"), str![]);
    assert_data_eq!(world.run("cat ./data:x"), str![]);
}

#[test]
fn a_new_file_with_a_colon_needs_a_dot() {
    let world = World::new();
    assert_data_eq!(world.run_with("put 12:30.txt", "noon"), str![]);
    world.ok("put ./12:30.txt");
    assert_data_eq!(world.run("ls"), str![]);
}

#[test]
fn a_forgotten_colon_is_hinted_at() {
    assert_data_eq!(World::new().run("ls data"), str![]);
}

#[test]
fn dots_in_plain_paths_are_resolved() {
    let world = World::new();
    world.write("a/b/c.txt", "c");
    world.write("d.txt", "d");
    assert_data_eq!(world.run("cat ./a/../d.txt a/b/../b/./c.txt ../here/d.txt"), str![]);
}

#[test]
fn dots_behind_a_link_go_up_from_where_it_leads() {
    let world = World::new();
    world.write("far/away/x.txt", "x");
    world.write("far/y.txt", "y");
    symlink("far/away", world.here().join("link")).unwrap();
    assert_data_eq!(world.run("cat link/../y.txt link/x.txt"), str![]);
}

#[test]
fn dots_in_a_mount_do_not_leave_it() {
    assert_data_eq!(World::new().run("cat data:a/../../etc/passwd"), str![]);
}

#[test]
fn errors_show_plain_paths_as_typed() {
    let world = World::new();
    world.mkdir("folder");
    assert_data_eq!(world.run("cat nothing ./nothing ../here/nothing folder"), str![]);
}

#[test]
fn an_empty_path_is_refused() {
    let world = World::new();
    let output = world.command(&["ls", ""]).output().unwrap();
    assert_data_eq!(world.shown(&output), str![]);
}

#[test]
fn a_dash_is_no_place_where_nothing_streams() {
    assert_data_eq!(World::new().run("ls -"), str![]);
}

#[test]
fn arguments_that_are_not_unicode_are_named() {
    let world = World::new();
    let output = world.command(&[OsStr::new("cat"), OsStr::from_bytes(b"caf\xe9.txt")]).output().unwrap();
    assert_data_eq!(world.shown(&output), str![]);
}

#[test]
fn names_in_a_folder_that_are_not_unicode_do_not_hide_the_others() {
    let world = World::new();
    world.write("a/1.txt", "1");
    world.write("a/2.txt", "2");
    world.write(std::path::Path::new("a").join(OsStr::from_bytes(b"caf\xe9.txt")), "?");
    assert_data_eq!(world.run("ls a"), str![]);
    assert_data_eq!(world.run("cp -r a data:a"), str![]);
    assert_data_eq!(world.run("ls data:a"), str![]);
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    assert_data_eq!(World::new().run("mount"), str![]);
}
