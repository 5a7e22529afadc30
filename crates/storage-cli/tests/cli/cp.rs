//! `storage cp`.

use std::os::unix::fs::symlink;

use snapbox::{assert_data_eq, str};

use crate::support::{World, names, touch};

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "a".repeat(2000));
    world.write("box/sub/b.rs", "bb");
    world.write("box/sub/c.txt", "ccc");
    world.mkdir("box/empty");
    world
}

#[test]
fn a_file_to_a_new_name() {
    let world = world();
    assert_data_eq!(world.run("cp box/a.txt data:x/y.txt"), str![]);
    assert_eq!(names(&world.data()), ["x/", "x/y.txt"]);
}

#[test]
fn a_file_goes_into_an_existing_folder() {
    let world = world();
    world.ok("mkdir data:x");
    world.ok("cp box/a.txt data:x");
    world.ok("cp box/a.txt data:");
    world.ok("cp box/a.txt data:new/");
    world.ok("cp data:a.txt .");
    assert_eq!(names(&world.data()), ["a.txt", "new/", "new/a.txt", "x/", "x/a.txt"]);
    assert!(world.here().join("a.txt").exists());
}

#[test]
fn a_folder_needs_r() {
    assert_data_eq!(world().run("cp box data:box"), str![]);
}

#[test]
fn a_folder_twice_gives_the_same_tree() {
    let world = world();
    assert_data_eq!(world.run("cp -r box data:demo"), str![]);
    let once = names(&world.data());
    assert_data_eq!(world.run("cp -r box data:demo"), str![]);
    assert_eq!(names(&world.data()), once);
    assert_eq!(once, ["demo/", "demo/a.txt", "demo/empty/", "demo/sub/", "demo/sub/b.rs", "demo/sub/c.txt"]);
}

#[test]
fn a_folder_goes_under_its_name_into_a_destination_with_a_slash() {
    let world = world();
    for (destination, expected) in [("data:into/", "into/box/a.txt"), ("data:", "box/a.txt")] {
        world.ok(&format!("cp -r box {destination}"));
        assert!(world.data().join(expected).exists(), "{destination}");
    }
    world.mkdir("below");
    let output = world
        .command(&["cp", "-r", "data:box", "."])
        .current_dir(world.here().join("below"))
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(world.here().join("below/box/sub/b.rs").exists());
}

#[test]
fn the_content_alone_of_a_folder_without_a_name() {
    let world = world();
    world.ok("cp -r box/. data:");
    assert_eq!(names(&world.data()), ["a.txt", "empty/", "sub/", "sub/b.rs", "sub/c.txt"]);
    world.ok("cp -r data: back/");
    assert_eq!(names(&world.here().join("back")), names(&world.here().join("box")));
}

#[test]
fn several_go_into_a_folder() {
    let world = world();
    assert_data_eq!(world.run("cp box/a.txt box/sub/c.txt data:new"), str![]);
    assert_data_eq!(world.run("cp -r box/a.txt box/sub data:new/"), str![]);
    assert_eq!(names(&world.data()), ["new/", "new/a.txt", "new/sub/", "new/sub/b.rs", "new/sub/c.txt"]);
}

#[test]
fn a_missing_source_does_not_stop_the_others() {
    let world = world();
    assert_data_eq!(world.run("cp nothing box/a.txt data:new/"), str![]);
    assert_data_eq!(world.run("cp --fail-fast nothing box/sub/c.txt data:new/"), str![]);
    assert_eq!(names(&world.data()), ["new/", "new/a.txt"]);
}

#[test]
fn links_are_skipped_and_named() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_data_eq!(world.run("cp -r box data:skip"), str![]);
    assert_data_eq!(world.run("cp -r --symlinks follow box data:follow"), str![]);
    assert_data_eq!(world.run("cp -r --symlinks preserve box data:preserve"), str![]);
    assert_data_eq!(world.run("cp -r --symlinks keep box data:x"), str![]);
    assert!(!world.data().join("skip/link").exists());
    assert!(world.data().join("follow/link").symlink_metadata().unwrap().is_file());
    assert!(world.data().join("preserve/link").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn skip_rules() {
    let world = world();
    world.ok("cp -r box data:box");
    world.write("box/a.txt", "b".repeat(2000));
    touch(&world.here().join("box/a.txt"), 4_000_000_000);
    assert_data_eq!(world.run("cp -r --skip exists box data:box"), str![]);
    assert_data_eq!(world.run("cp -r --skip size -v box data:box"), str![]);
    assert_data_eq!(world.run("cp -r -j 1 --skip hash -v box data:box"), str![]);
    assert_data_eq!(world.run("cp -r --skip newer box data:box"), str![]);
    assert_data_eq!(world.run("cp -r --skip exist box data:box"), str![]);
}

#[test]
fn include_and_exclude() {
    let world = world();
    assert_data_eq!(world.run("cp -r --include *.txt box data:texts"), str![]);
    assert_eq!(names(&world.data().join("texts")), ["a.txt", "sub/", "sub/c.txt"]);
    assert_data_eq!(world.run("cp -r -v --exclude sub box data:top"), str![]);
    assert_eq!(names(&world.data().join("top")), ["a.txt", "empty/"]);
    assert_data_eq!(world.run("cp -r --include a[ box data:x"), str![]);
}

#[test]
fn times_and_modes_are_preserved_on_request() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    let source = world.here().join("box/a.txt");
    std::fs::set_permissions(&source, std::fs::Permissions::from_mode(0o600)).unwrap();
    world.ok("cp -p box/a.txt data:a.txt");
    let copy = world.data().join("a.txt").metadata().unwrap();
    assert_eq!(copy.permissions().mode() & 0o777, 0o600);
    assert_eq!(copy.modified().unwrap(), source.metadata().unwrap().modified().unwrap());
}

#[test]
fn standard_input_and_output() {
    let world = world();
    assert_data_eq!(world.run_with("cp - data:in.txt", "in"), str![]);
    assert_data_eq!(world.run("cp data:in.txt -"), str![]);
    assert_data_eq!(world.run_with("cp - -", "through"), str![]);
    assert_data_eq!(world.run_with("cp - data:", "in"), str![]);
    assert_data_eq!(world.run_with("cp --preserve - data:x", "in"), str![]);
    assert_data_eq!(world.run("cp data:in.txt box/a.txt -"), str![]);
    assert_data_eq!(world.run("cp -r box -"), str![]);
}

#[test]
fn a_report_in_json() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_data_eq!(world.run("cp -r -j 1 --json box nothing data:new/"), str![]);
}

#[test]
fn one_failing_file_does_not_stop_the_tree() {
    let world = world();
    // A folder stands where a file is to go.
    world.ok("mkdir -p data:box/a.txt");
    assert_data_eq!(world.run("cp -r box data:box"), str![]);
    assert!(world.data().join("box/sub/c.txt").exists());
}

#[test]
fn onto_itself_and_into_itself() {
    let world = world();
    assert_data_eq!(world.run("cp box/a.txt box/a.txt"), str![]);
    assert_data_eq!(world.run("cp -r box box/below"), str![]);
    assert_data_eq!(world.run("cp -r box box"), str![]);
    assert_eq!(std::fs::read(world.here().join("box/a.txt")).unwrap().len(), 2000);
}

#[test]
fn verified() {
    assert_data_eq!(world().run("cp -r --verify box data:box"), str![]);
}

#[test]
fn quiet_says_errors_only() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_data_eq!(world.run("cp -q -r box nothing data:new/"), str![]);
}

#[test]
fn progress_in_lines_without_a_terminal() {
    let world = world();
    let shown = world.run("cp -r --progress always box data:box");
    assert!(shown.contains("2.0 KiB of 2.0 KiB, 3 of 3 files, "), "{shown}");
}

#[test]
fn too_few_arguments() {
    assert_data_eq!(world().run("cp box"), str![]);
}

#[test]
fn jobs_are_a_number() {
    assert_data_eq!(world().run("cp -j 0 a b"), str![]);
}

#[test]
fn a_file_that_may_not_be_read() {
    let world = world();
    let path = world.here().join("box/a.txt");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        // The super-user may read everything; another test covers refusals by a read-only mount.
        return;
    }
    assert_data_eq!(world.run("cp box/a.txt data:"), str![]);
}
