//! Archives that could not be unpacked, or were unpacked to less than they held.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use snapbox::str;

use crate::support::{World, names};

/// Python knows the format well, and packs what it is told.
fn python(world: &World, program: &str) {
    let output = Command::new("python3").args(["-c", program]).current_dir(world.here()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_file_of_zeros_that_we_packed_is_listed_and_unpacked() {
    let world = World::new();
    File::create(world.here().join("z")).unwrap().set_len(80 << 20).unwrap();
    world.ok("zip z z.zip");
    assert!(world.stdout("unzip --list z.zip").contains("80.0 MiB"));
    world.ok("unzip z.zip out");
    assert_eq!(fs::metadata(world.here().join("out/z")).unwrap().len(), 80 << 20);
}

#[test]
fn an_archive_is_listed_whatever_the_limits_and_says_what_would_not_be_unpacked() {
    let world = World::new();
    python(
        &world,
        "import zipfile\nz = zipfile.ZipFile('odd.zip', 'w')\nz.writestr('fine', 'x')\nz.writestr('../out', 'x')",
    );
    assert_shown!(
        world.run("unzip --list --json --max-bytes 1 --max-entries 1 odd.zip"),
        str![[r#"
exit: 0
--- stdout
{"name":"fine","type":"file","size":1,"packed":1,"modified":"[DATE]","problem":null}
{"name":"../out","type":"file","size":1,"packed":1,"modified":"[DATE]","problem":"unsafe name: it goes up with `..`"}
--- stderr
2 files, 2 B

"#]]
    );
}

#[test]
fn leaving_out_all_that_there_is_is_no_success() {
    let world = World::new();
    python(&world, "import zipfile\nz = zipfile.ZipFile('evil.zip', 'w')\nz.writestr('../out', 'x')");
    assert_shown!(
        world.run("unzip --skip-unsafe evil.zip in/side"),
        str![[r#"
exit: 2
--- stderr
skipped `evil.zip:../out`: the name leads out of the destination
0 files, 0 B unpacked, 1 skipped (unsafe name) in [TIME]
error: nothing was unpacked: 1 name in it leads out of the destination

"#]]
    );
}

#[test]
fn links_are_restored_on_request_and_only_inside() {
    let world = World::new();
    world.write("docs/a", "a");
    symlink("a", world.here().join("docs/link")).unwrap();
    symlink("/etc/passwd", world.here().join("docs/evil")).unwrap();
    world.ok("zip --symlinks preserve docs docs.zip");
    assert_shown!(
        world.run("unzip docs.zip without"),
        str![[r#"
exit: 0
--- stderr
skipped `docs.zip:evil`: symbolic link
skipped `docs.zip:link`: symbolic link
1 file, 1 B unpacked, 2 skipped (symbolic link) in [TIME]
hint: `--symlinks preserve` restores the links that stay inside the destination

"#]]
    );
    let shown = world.run("unzip --symlinks preserve docs.zip with");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("`docs.zip:evil`"), "{shown}");
    assert!(shown.contains("the link to `/etc/passwd` is not safe: its target is absolute"), "{shown}");
    assert_eq!(names(&world.here().join("with")), ["a", "link"]);
    assert_eq!(fs::read_link(world.here().join("with/link")).unwrap().to_str(), Some("a"));
    assert!(world.run("unzip --symlinks follow docs.zip").starts_with("exit: 2\n"));
}

#[test]
fn directories_come_back_with_their_modes_and_times() {
    let world = World::new();
    world.write("docs/private/key", "secret");
    world.write("docs/closed/file", "x");
    world.write("docs/open/deep/file", "x");
    for (name, mode) in [("private", 0o700), ("closed", 0o555), ("open", 0o775), ("open/deep", 0o755)] {
        let path = world.here().join("docs").join(name);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        touch_directory(&path);
    }
    world.ok("zip docs docs.zip");
    world.ok("unzip docs.zip out");
    world.ok("unzip --include private/key docs.zip part");
    assert_eq!(names(&world.here().join("part")), ["private/", "private/key"]);
    for path in ["out/private", "out/closed", "out/open", "out/open/deep", "part/private"] {
        let docs = world.here().join("docs").join(path.split_once('/').unwrap().1);
        let (before, after) = (fs::metadata(docs).unwrap(), fs::metadata(world.here().join(path)).unwrap());
        assert_eq!(after.permissions().mode(), before.permissions().mode(), "{path}");
        assert_eq!(after.modified().unwrap(), before.modified().unwrap(), "{path}");
    }
}

fn touch_directory(path: &std::path::Path) {
    let touched = Command::new("touch").args(["-d", "@1700000000"]).arg(path).status().unwrap();
    assert!(touched.success());
}

#[test]
fn of_two_entries_of_one_name_the_one_that_does_not_count_is_named() {
    let world = World::new();
    python(
        &world,
        "import warnings, zipfile\nwarnings.simplefilter('ignore')\nz = zipfile.ZipFile('twice.zip', 'w')\n\
         z.writestr('a', 'first')\nz.writestr('a', 'second')",
    );
    assert_shown!(
        world.run("unzip twice.zip out"),
        str![[r#"
exit: 0
--- stderr
skipped `twice.zip:a`: a later entry of the archive has the same name
1 file, 6 B unpacked, 1 skipped (same name again) in [TIME]

"#]]
    );
    assert_eq!(fs::read(world.here().join("out/a")).unwrap(), b"second");
}

/// Python writes what the clock on the wall shows, and reads the same.
#[test]
fn times_without_a_zone_are_those_of_the_clock_on_the_wall() {
    let world = World::new();
    world.write("a", "a");
    let in_cet = |args: &[&str]| {
        let done = world.command(args).env("TZ", "CET-1").output().unwrap();
        assert!(done.status.success(), "{}", world.shown(&done));
    };
    let packed = Command::new("python3")
        .args(["-m", "zipfile", "-c", "theirs.zip", "a"])
        .current_dir(world.here())
        .env("TZ", "CET-1")
        .status()
        .unwrap();
    assert!(packed.success());
    in_cet(&["unzip", "theirs.zip", "out"]);
    let modified = |path: &str| fs::metadata(world.here().join(path)).unwrap().modified().unwrap();
    assert_eq!(modified("out/a"), modified("a"));
    in_cet(&["zip", "a", "ours.zip"]);
    let shown =
        "import zipfile\nassert zipfile.ZipFile('ours.zip').getinfo('a').date_time == (2026, 3, 1, 13, 0, 0)";
    python(&world, shown);
}
