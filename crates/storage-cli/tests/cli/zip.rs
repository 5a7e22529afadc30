//! `storage zip` and `storage unzip`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Output};

use snapbox::str;

use crate::support::{World, names};

/// What the standard library of Python makes of it: another program that knows the format well.
fn python(world: &World, program: &str) -> Output {
    let output = Command::new("python3").args(["-c", program]).current_dir(world.here()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn world() -> World {
    let world = World::new();
    world.write("docs/a.txt", "alpha\n".repeat(1000));
    world.write("docs/é ü.txt", "umlaut");
    world.write("docs/deep/run.sh", "#!/bin/sh\n");
    world.write("docs/empty", "");
    world.mkdir("docs/hollow");
    fs::set_permissions(world.here().join("docs/deep/run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    world
}

#[test]
fn a_tree_there_and_back() {
    let world = world();
    assert_shown!(
        world.run("zip docs data:docs.zip"),
        str![[r#"
exit: 0
--- stderr
4 files, 5.9 KiB zipped in [TIME]

"#]]
    );
    assert_shown!(
        world.run("unzip data:docs.zip back"),
        str![[r#"
exit: 0
--- stderr
4 files, 5.9 KiB unpacked in [TIME]

"#]]
    );
    let (there, back) = (world.here().join("docs"), world.here().join("back"));
    assert_eq!(names(&there), names(&back));
    let same = Command::new("diff").args(["-r", "docs", "back"]).current_dir(world.here()).status().unwrap();
    assert!(same.success());
    let metadata = fs::metadata(back.join("deep/run.sh")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o750);
    assert_eq!(
        metadata.modified().unwrap(),
        fs::metadata(there.join("deep/run.sh")).unwrap().modified().unwrap()
    );
}

#[test]
fn python_reads_what_we_make() {
    let world = world();
    world.write("big", vec![b'x'; 3 << 20]);
    world.ok("zip docs big ours.zip");
    let output = python(
        &world,
        "import zipfile\nz = zipfile.ZipFile('ours.zip')\nassert z.testzip() is None\nprint(sorted(z.namelist()))\n\
         assert z.read('docs/a.txt') == b'alpha\\n' * 1000\n\
         assert z.getinfo('docs/deep/run.sh').external_attr >> 16 == 0o100750\n\
         assert z.getinfo('docs/a.txt').date_time == (2026, 3, 1, 12, 0, 0)",
    );
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "['big', 'docs/', 'docs/a.txt', 'docs/deep/', 'docs/deep/run.sh', 'docs/empty', 'docs/hollow/', 'docs/é ü.txt']\n"
    );
}

#[test]
fn we_read_what_python_makes() {
    let world = world();
    python(
        &world,
        "import zipfile\nz = zipfile.ZipFile('theirs.zip', 'w', zipfile.ZIP_DEFLATED)\n\
         z.write('docs/a.txt')\nz.write('docs/é ü.txt')\nz.writestr('stored', 'x' * 70000, zipfile.ZIP_STORED)\n\
         z.mkdir('hollow')\nwith z.open('large', 'w', force_zip64=True) as f: f.write(b'y' * 100000)\nz.comment = b'hello'\nz.close()",
    );
    world.ok("unzip theirs.zip out");
    assert_eq!(fs::read(world.here().join("out/docs/a.txt")).unwrap(), b"alpha\n".repeat(1000));
    assert_eq!(fs::read(world.here().join("out/stored")).unwrap(), b"x".repeat(70_000));
    assert_eq!(fs::read(world.here().join("out/large")).unwrap(), b"y".repeat(100_000));
    assert!(world.here().join("out/hollow").is_dir() && world.here().join("out/docs/é ü.txt").is_file());
}

#[test]
fn standard_output_is_an_archive_too() {
    let world = world();
    let output =
        world.command(&["zip", "--include", "*.txt", "--include", "none", "docs", "-"]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(shown.contains("2 files, 5.9 KiB zipped") && shown.contains("--include none"), "{shown}");
    let output = world.command(&["zip", "docs", "-"]).output().unwrap();
    fs::write(world.here().join("piped.zip"), &output.stdout).unwrap();
    python(&world, "import zipfile\nassert zipfile.ZipFile('piped.zip').testzip() is None");
    assert_shown!(
        world.run("zip --json docs -"),
        str![[r#"
exit: 2
--- stderr
error: `--json` cannot be used with standard output
hint: leave `--json` out

"#]]
    );
}

#[test]
fn a_list_unpacks_nothing() {
    let world = world();
    world.ok("zip docs docs.zip");
    for directory in ["docs/deep", "docs/hollow"] {
        fs::remove_dir_all(world.here().join(directory)).unwrap();
    }
    assert_shown!(
        world.run("unzip --list --json docs.zip"),
        str![[r#"
exit: 0
--- stdout
{"name":"a.txt","type":"file","size":6000,"packed":54,"modified":"2026-03-01T12:00:00Z","problem":null}
{"name":"deep","type":"directory","size":0,"packed":0,"modified":"[DATE]","problem":null}
{"name":"deep/run.sh","type":"file","size":10,"packed":10,"modified":"2026-03-01T12:00:00Z","problem":null}
{"name":"empty","type":"file","size":0,"packed":2,"modified":"2026-03-01T12:00:00Z","problem":null}
{"name":"hollow","type":"directory","size":0,"packed":0,"modified":"[DATE]","problem":null}
{"name":"é ü.txt","type":"file","size":6,"packed":6,"modified":"2026-03-01T12:00:00Z","problem":null}
--- stderr
4 files, 5.9 KiB

"#]]
    );
    assert!(!world.here().join("deep").exists());
}

#[test]
fn a_report_in_json() {
    let world = World::new();
    world.write("a.txt", "a");
    world.ok("zip a.txt data:a.zip");
    assert_shown!(
        world.run("unzip --json -q data:a.zip out"),
        str![[r#"
exit: 0
--- stdout
{
  "copied": [
    {
      "source": "data:a.zip:a.txt",
      "destination": "out/a.txt",
      "kind": "file",
      "hard_link": false,
      "bytes": 1
    }
  ],
  "skipped": [],
  "failed": [],
  "copied_count": 1,
  "skipped_count": 0,
  "failed_count": 0,
  "links": 0,
  "hard_links": 0,
  "directories": 1,
  "directories_made": 1,
  "attributes_set": 0,
  "trees_renamed": 0,
  "bytes": 1,
  "bytes_resumed": 0,
  "unmatched_patterns": [],
  "seconds": [SECONDS]
}

"#]]
    );
}

#[test]
fn links_are_left_out_and_named() {
    let world = World::new();
    world.write("docs/a", "a");
    symlink("a", world.here().join("docs/link")).unwrap();
    assert_shown!(
        world.run("zip docs docs.zip"),
        str![[r#"
exit: 0
--- stderr
skipped `docs/link`: symbolic link
1 file, 1 B zipped, 1 skipped (symbolic link) in [TIME]

"#]]
    );
}

#[test]
fn names_that_lead_out_are_refused() {
    let world = World::new();
    python(
        &world,
        "import zipfile\nz = zipfile.ZipFile('evil.zip', 'w')\nz.writestr('fine', 'x')\nz.writestr('../out', 'x')",
    );
    assert_shown!(
        world.run("unzip evil.zip in/side"),
        str![[r#"
exit: 2
--- stderr
error: cannot read `evil.zip`: the name `../out` in it is not safe: it goes up with `..`
hint: nothing was unpacked; with `--skip-unsafe` such entries are left out

"#]]
    );
    assert!(!world.here().join("in").exists());
    assert_shown!(
        world.run("unzip --skip-unsafe evil.zip in/side"),
        str![[r#"
exit: 0
--- stderr
skipped `evil.zip:../out`: the name leads out of the destination
1 file, 1 B unpacked, 1 skipped (unsafe name) in [TIME]

"#]]
    );
    assert_eq!(names(&world.here().join("in")), ["side/", "side/fine"]);
}

#[test]
fn too_much_is_refused() {
    let world = world();
    world.ok("zip docs docs.zip");
    assert_shown!(
        world.run("unzip --max-bytes 1KiB docs.zip out"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `docs.zip`: it holds more than 1024 bytes unpacked
hint: if you trust the archive, raise `--max-bytes`

"#]]
    );
    assert!(world.run("unzip --max-entries 2 docs.zip out").contains("raise `--max-entries`"));
    assert!(!world.here().join("out").exists());
}

#[test]
fn what_is_damaged_is_told() {
    let world = world();
    assert_shown!(
        world.run("unzip docs/a.txt out"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `docs/a.txt`: corrupted: it is no zip archive, or its end is missing: there is no end record
hint: get the archive again, or have it made again

"#]]
    );
    world.ok("zip docs/a.txt docs/empty bad.zip");
    let mut bytes = fs::read(world.here().join("bad.zip")).unwrap();
    // In the middle of the packed content of the first file.
    bytes[60] ^= 0xff;
    fs::write(world.here().join("bad.zip"), bytes).unwrap();
    let shown = world.run("unzip bad.zip out");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("bad.zip:a.txt`: corrupted"), "{shown}");
    assert_eq!(names(&world.here().join("out")), ["empty"]);
}

#[test]
fn an_archive_needs_a_name() {
    let world = world();
    assert_shown!(
        world.run("zip docs data:"),
        str![[r#"
exit: 2
--- stderr
error: `data:` is a directory, and the archive needs a name
hint: add a name such as `archive.zip`

"#]]
    );
    assert!(world.run("zip nothing a.zip").starts_with("exit: 3\n"));
    assert!(!world.here().join("a.zip").exists());
}
