//! `storage cp`.

use std::os::unix::fs::symlink;

use snapbox::str;

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
    assert_shown!(
        world.run("cp box/a.txt data:x/y.txt"),
        str![[r#"
exit: 0
--- stderr
1 file, 2.0 KiB copied in [TIME]

"#]]
    );
    assert_eq!(names(&world.data()), ["x/", "x/y.txt"]);
}

#[test]
fn a_file_goes_into_an_existing_directory() {
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
fn a_directory_needs_r() {
    assert_shown!(
        world().run("cp box data:box"),
        str![[r#"
exit: 1
--- stderr
error: cannot copy `box`: it is a directory
hint: copy directories with `-r`

"#]]
    );
}

#[test]
fn a_directory_twice_gives_the_same_tree() {
    let world = world();
    assert_shown!(
        world.run("cp -r box data:demo"),
        str![[r#"
exit: 0
--- stderr
3 files, 2.0 KiB copied in [TIME]

"#]]
    );
    let once = names(&world.data());
    assert_shown!(
        world.run("cp -r box data:demo"),
        str![[r#"
exit: 0
--- stderr
3 files, 2.0 KiB copied in [TIME]

"#]]
    );
    assert_eq!(names(&world.data()), once);
    assert_eq!(once, ["demo/", "demo/a.txt", "demo/empty/", "demo/sub/", "demo/sub/b.rs", "demo/sub/c.txt"]);
}

#[test]
fn a_directory_goes_under_its_name_into_a_destination_with_a_slash() {
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
fn the_content_alone_of_a_directory_without_a_name() {
    let world = world();
    world.ok("cp -r box/. data:");
    assert_eq!(names(&world.data()), ["a.txt", "empty/", "sub/", "sub/b.rs", "sub/c.txt"]);
    world.ok("cp -r data: back/");
    assert_eq!(names(&world.here().join("back")), names(&world.here().join("box")));
}

#[test]
fn several_go_into_a_directory() {
    let world = world();
    assert_shown!(
        world.run("cp box/a.txt box/sub/c.txt data:new"),
        str![[r#"
exit: 2
--- stderr
error: `data:new` is no directory, and there are several sources
hint: end it with `/`, or make the directory first

"#]]
    );
    assert_shown!(
        world.run("cp -r box/a.txt box/sub data:new/"),
        str![[r#"
exit: 0
--- stderr
3 files, 2.0 KiB copied in [TIME]

"#]]
    );
    assert_eq!(names(&world.data()), ["new/", "new/a.txt", "new/sub/", "new/sub/b.rs", "new/sub/c.txt"]);
}

#[test]
fn a_missing_source_does_not_stop_the_others() {
    let world = world();
    assert_shown!(
        world.run("cp nothing box/a.txt data:new/"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `nothing`: nothing is stored there
1 file, 2.0 KiB copied, 1 failed in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp --fail-fast nothing box/sub/c.txt data:new/"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
    assert_eq!(names(&world.data()), ["new/", "new/a.txt"]);
}

#[test]
fn links_are_skipped_and_named() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_shown!(
        world.run("cp -r box data:skip"),
        str![[r#"
exit: 0
--- stderr
skipped `box/link`: symbolic link
3 files, 2.0 KiB copied, 1 skipped (symbolic link) in [TIME]
hint: `--symlinks follow` takes what links point at, `--symlinks preserve` the links themselves

"#]]
    );
    assert_shown!(
        world.run("cp -r --symlinks follow box data:follow"),
        str![[r#"
exit: 0
--- stderr
4 files, 3.9 KiB copied in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r --symlinks preserve box data:preserve"),
        str![[r#"
exit: 0
--- stderr
4 files, 2.0 KiB copied in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r --symlinks keep box data:x"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'keep' for '--symlinks <POLICY>': `keep` is not a symlink policy; there are `skip`, `follow`, `preserve`

For more information, try '--help'.

"#]]
    );
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
    assert_shown!(
        world.run("cp -r --skip exists box data:box"),
        str![[r#"
exit: 0
--- stderr
0 files, 0 B copied, 3 skipped (there already) in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r -j 1 --skip size -v box data:box"),
        str![[r#"
exit: 0
--- stderr
skipped `box/a.txt`: same size at the destination
skipped `box/sub/b.rs`: same size at the destination
skipped `box/sub/c.txt`: same size at the destination
0 files, 0 B copied, 3 skipped (same size) in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r -j 1 --skip hash -v box data:box"),
        str![[r#"
exit: 0
--- stderr
box/a.txt -> data:box/a.txt
skipped `box/sub/b.rs`: same content at the destination
skipped `box/sub/c.txt`: same content at the destination
1 file, 2.0 KiB copied, 2 skipped (same content) in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r --skip newer box data:box"),
        str![[r#"
exit: 0
--- stderr
1 file, 2.0 KiB copied, 2 skipped (not older) in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r --skip exist box data:box"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'exist' for '--skip <WHEN>': `exist` is not a skip strategy; there are `never`, `exists`, `size`, `newer`, `size-time`, `hash`; did you mean `exists`?

For more information, try '--help'.

"#]]
    );
}

#[test]
fn include_and_exclude() {
    let world = world();
    assert_shown!(
        world.run("cp -r --include *.txt box data:texts"),
        str![[r#"
exit: 0
--- stderr
2 files, 2.0 KiB copied, 1 skipped (excluded) in [TIME]

"#]]
    );
    assert_eq!(names(&world.data().join("texts")), ["a.txt", "sub/", "sub/c.txt"]);
    assert_shown!(
        world.run("cp -r -j 1 -v --exclude sub box data:top"),
        str![[r#"
exit: 0
--- stderr
box/a.txt -> data:top/a.txt
skipped `box/sub`: excluded by pattern
1 file, 2.0 KiB copied, 1 skipped (excluded) in [TIME]

"#]]
    );
    assert_eq!(names(&world.data().join("top")), ["a.txt", "empty/"]);
    assert_shown!(
        world.run("cp -r --include a[ box data:x"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'a[' for '--include <PATTERN>': the pattern `a[` can match nothing: a `[` is never closed; `[a-z]` is one of these characters, `{a,b}` one of these texts; `\[` and `\{` are the characters themselves

For more information, try '--help'.

"#]]
    );
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
    assert_shown!(
        world.run_with("cp - data:in.txt", "in"),
        str![[r#"
exit: 0
--- stderr
2 B stored at `data:in.txt`

"#]]
    );
    assert_shown!(
        world.run("cp data:in.txt -"),
        str![[r#"
exit: 0
--- stdout
in[no newline]

"#]]
    );
    assert_shown!(
        world.run_with("cp - -", "through"),
        str![[r#"
exit: 0
--- stdout
through[no newline]

"#]]
    );
    assert_shown!(
        world.run_with("cp - data:", "in"),
        str![[r#"
exit: 2
--- stderr
error: `data:` is a directory, and what comes as a stream has no name
hint: add a name

"#]]
    );
    assert_shown!(
        world.run_with("cp --preserve - data:x", "in"),
        str![[r#"
exit: 2
--- stderr
error: `--preserve` cannot be used with standard input
hint: leave `--preserve` out

"#]]
    );
    assert_shown!(
        world.run("cp data:in.txt box/a.txt -"),
        str![[r#"
exit: 2
--- stderr
error: several sources cannot be copied to standard output
hint: use `storage cat`

"#]]
    );
    assert_shown!(
        world.run("cp -r box -"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `box`: a directory stands there, not a file

"#]]
    );
}

#[test]
fn a_report_in_json() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_shown!(
        world.run("cp -r -j 1 --json box nothing data:new/"),
        str![[r#"
exit: 3
--- stdout
{
  "copied": [
    {
      "source": "box/a.txt",
      "destination": "data:new/box/a.txt",
      "kind": "file",
      "hard_link": false,
      "bytes": 2000
    },
    {
      "source": "box/sub/b.rs",
      "destination": "data:new/box/sub/b.rs",
      "kind": "file",
      "hard_link": false,
      "bytes": 2
    },
    {
      "source": "box/sub/c.txt",
      "destination": "data:new/box/sub/c.txt",
      "kind": "file",
      "hard_link": false,
      "bytes": 3
    }
  ],
  "skipped": [
    {
      "source": "box/link",
      "reason": "symlink"
    }
  ],
  "failed": [
    {
      "source": "nothing",
      "kind": "not_found",
      "error": "cannot stat `nothing`: nothing is stored there"
    }
  ],
  "copied_count": 3,
  "skipped_count": 1,
  "failed_count": 1,
  "links": 0,
  "hard_links": 0,
  "directories": 3,
  "directories_made": 3,
  "attributes_set": 0,
  "trees_renamed": 0,
  "bytes": 2005,
  "bytes_resumed": 0,
  "unmatched_patterns": [],
  "seconds": [SECONDS]
}
--- stderr
skipped `box/link`: symbolic link
error: cannot stat `nothing`: nothing is stored there
3 files, 2.0 KiB copied, 1 skipped (symbolic link), 1 failed in [TIME]
hint: `--symlinks follow` takes what links point at, `--symlinks preserve` the links themselves

"#]]
    );
}

#[test]
fn one_failing_file_does_not_stop_the_tree() {
    let world = world();
    // A directory stands where a file is to go.
    world.ok("mkdir -p data:box/a.txt");
    assert_shown!(
        world.run("cp -r box data:box"),
        str![[r#"
exit: 1
--- stderr
error: cannot copy `data:box/a.txt`: a directory stands there, not a file
2 files, 5 B copied, 1 failed in [TIME]

"#]]
    );
    assert!(world.data().join("box/sub/c.txt").exists());
}

#[test]
fn onto_itself_and_into_itself() {
    let world = world();
    assert_shown!(
        world.run("cp box/a.txt box/a.txt"),
        str![[r#"
exit: 0
--- stderr
skipped `box/a.txt`: source and destination are the same
0 files, 0 B copied, 1 skipped (same file) in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp -r box box/below"),
        str![[r#"
exit: 2
--- stderr
error: cannot copy `box`: a directory cannot be copied into itself
hint: choose a destination outside of it, or exclude the destination

"#]]
    );
    assert_shown!(
        world.run("cp -r box box"),
        str![[r#"
exit: 0
--- stderr
skipped `box`: source and destination are the same
0 files, 0 B copied, 1 skipped (same file) in [TIME]

"#]]
    );
    assert_eq!(std::fs::read(world.here().join("box/a.txt")).unwrap().len(), 2000);
}

#[test]
fn to_a_data_uri_prints_where_it_is() {
    let world = world();
    world.configure("storage.yaml", "- {name: uri, type: base64}\n");
    assert_shown!(
        world.run("cp box/sub/b.rs uri:"),
        str![[r#"
exit: 0
--- stdout
uri:YmI=
--- stderr
1 file, 2 B copied in [TIME]

"#]]
    );
    assert_shown!(
        world.run("cp uri:YmI= back.txt"),
        str![[r#"
exit: 0
--- stderr
1 file, 2 B copied in [TIME]

"#]]
    );
    assert_eq!(world.stdout("cat back.txt"), "bb");
}

#[test]
fn verified() {
    assert_shown!(
        world().run("cp -r --verify box data:box"),
        str![[r#"
exit: 0
--- stderr
3 files, 2.0 KiB copied in [TIME]

"#]]
    );
}

#[test]
fn quiet_says_errors_only() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_shown!(
        world.run("cp -q -r box nothing data:new/"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn progress_in_lines_without_a_terminal() {
    let world = world();
    let shown = world.run("cp -r --progress always box data:box");
    assert!(shown.contains("2.0 KiB of 2.0 KiB, 3 of 3 files, "), "{shown}");
}

#[test]
fn too_few_arguments() {
    assert_shown!(
        world().run("cp box"),
        str![[r#"
exit: 2
--- stderr
error: the following required arguments were not provided:
  <SRC>...

Usage: storage cp <SRC>... <DST>

For more information, try '--help'.

"#]]
    );
}

#[test]
fn jobs_are_a_number() {
    assert_shown!(
        world().run("cp -j 0 a b"),
        str![[r#"
exit: 2
--- stderr
error: invalid value '0' for '--jobs <N>': 0 is not in 1..=1024

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_file_that_may_not_be_read() {
    let world = world();
    world.protect("box/a.txt");
    assert_shown!(
        world.run_unprivileged("cp box/a.txt data:"),
        str![[r#"
exit: 4
--- stderr
error: cannot read `box/a.txt`: permission denied
hint: check the owner and mode of the file and its folders

"#]]
    );
    assert_shown!(
        world.run_unprivileged("cp -r box data:box"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `box/a.txt`: permission denied
hint: check the owner and mode of the file and its folders
2 files, 5 B copied, 1 failed in [TIME]

"#]]
    );
}

#[test]
fn rules_limits_and_ages_choose_as_in_sync() {
    let world = world();
    world.write("rules", "# no sources\n*.rs\n");
    world.write("box/old", "old");
    touch(&world.here().join("box/old"), 1_500_000_000);
    assert_shown!(
        world.run(
            "cp -r --exclude-from rules --min-size 3 --max-size 1KiB --newer-than 2020-01-01T00:00:00Z \
             --bwlimit 1GiB --retries 0 --verify box data:few"
        ),
        str![[r#"
exit: 0
--- stderr
1 file, 3 B copied, 3 skipped (1 ignored, 1 too large, 1 too old) in [TIME]

"#]]
    );
    assert_eq!(world.stdout("find -t f data:few"), "data:few/sub/c.txt\n");
    assert_shown!(
        world.run("cp -r --older-than 2020-01-01T00:00:00Z --min-size 3 box data:rest"),
        str![[r#"
exit: 0
--- stderr
1 file, 3 B copied, 3 skipped (1 too small, 2 too new) in [TIME]

"#]]
    );
    assert_eq!(world.stdout("find -t f data:rest"), "data:rest/old\n");
    assert!(world.run("cp -r --ignore-from nowhere box data:none").starts_with("exit: 3"));
}

#[test]
fn a_stream_cannot_be_chosen() {
    let world = world();
    for flag in ["--min-size=1", "--older-than=1d", "--exclude-from=x", "--bandwidth=1k"] {
        let shown = world.run(&format!("cp {flag} - data:x"));
        assert!(
            shown.starts_with("exit: 2") && shown.contains("cannot be used with standard input"),
            "{shown}"
        );
    }
}
