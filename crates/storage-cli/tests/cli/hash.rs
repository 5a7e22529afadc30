//! `storage hash`, beside the programs of coreutils.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use snapbox::str;

use crate::support::{World, names};

const NAMES: [&str; 8] =
    ["plain", "with space", " leading", "back\\slash", "new\nline", "carriage\rreturn", "*star", "a) = (b"];

fn world() -> World {
    let world = World::new();
    world.write("box/a.txt", "hello\n");
    world.write("box/sub/b.txt", "");
    world.write("box/sub/deep/c.txt", "c".repeat(100_000));
    world
}

/// A program of coreutils in the current directory of the world.
fn coreutils(world: &World, program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(world.here()).env("LC_ALL", "C").stdin(Stdio::null());
    command.output().unwrap()
}

fn storage(world: &World, args: &[&str]) -> Output {
    world.command(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn several_and_standard_input() {
    let world = world();
    world.ok("cp box/a.txt data:a.txt");
    assert_shown!(
        world.run_with("hash box/a.txt data:a.txt -", "hello\n"),
        str![[r#"
exit: 0
--- stdout
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  box/a.txt
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  data:a.txt
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  -

"#]]
    );
    assert_shown!(
        world.run_with("hash -a crc32c", "123456789"),
        str![[r#"
exit: 0
--- stdout
e3069283  -

"#]]
    );
}

#[test]
fn algorithms_and_styles() {
    let world = world();
    assert_shown!(
        world.run("hash --tag --algorithm md5 box/a.txt"),
        str![[r#"
exit: 0
--- stdout
MD5 (box/a.txt) = b1946ac92492d2347c6235b4d2611184

"#]]
    );
    assert_shown!(
        world.run("hash --json -a CRC32C box/a.txt"),
        str![[r#"
exit: 0
--- stdout
{"path":"box/a.txt","algorithm":"crc32c","checksum":"353dd8be","held":false}

"#]]
    );
    assert_shown!(
        world.run("hash -a sha3 box/a.txt"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'sha3' for '--algorithm <NAME>': there is no algorithm `sha3`; known are `md5`, `sha1`, `sha224`, `sha256`, `sha384`, `sha512`, `crc32c`

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_tree() {
    let world = world();
    symlink("a.txt", world.here().join("box/link")).unwrap();
    assert_shown!(
        world.run("hash -r -a md5 box"),
        str![[r#"
exit: 0
--- stdout
b1946ac92492d2347c6235b4d2611184  box/a.txt
d41d8cd98f00b204e9800998ecf8427e  box/sub/b.txt
ce71a4569324fedb18dfd288d0110e73  box/sub/deep/c.txt
--- stderr
1 symbolic link or special file left out

"#]]
    );
    assert_shown!(
        world.run("hash -a md5 box nothing"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `box`: a directory stands there, not a file
error: cannot read `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn a_directory_that_cannot_be_read_is_told_and_the_rest_hashed() {
    let world = world();
    world.protect("box/sub");
    let shown = world.run_unprivileged("hash -r -a md5 box");
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    assert!(shown.contains("b1946ac92492d2347c6235b4d2611184  box/a.txt\n"), "{shown}");
    assert!(shown.contains("error: cannot list `box/sub`: permission denied"), "{shown}");
}

#[test]
fn names_are_relative_to_a_directory() {
    let world = world();
    world.ok("cp -r box data:copy");
    let list = world.stdout("hash -r -C box");
    assert_eq!(list, world.stdout("hash -C data:copy"));
    assert!(list.contains("  sub/deep/c.txt\n"), "{list}");
    fs::write(world.here().join("SUMS"), &list).unwrap();
    assert_shown!(
        world.run("hash --check SUMS -C data:copy"),
        str![[r#"
exit: 0
--- stdout
a.txt: OK
sub/b.txt: OK
sub/deep/c.txt: OK

"#]]
    );
    assert_eq!(world.stdout("hash -C box sub -r"), list.split_inclusive('\n').skip(1).collect::<String>());
    assert_shown!(
        world.run("hash -C box ../here/box/a.txt"),
        str![[r#"
exit: 2
--- stderr
error: `../here/box/a.txt` does not lie below the directory
hint: write names relative to `--directory`, without `..`

"#]]
    );
}

#[test]
fn a_list_is_stored_anywhere_and_checked_there() {
    let world = world();
    world.ok("cp -r box data:box");
    assert_shown!(
        world.run("hash -r data:box -o data:box/SUMS"),
        str![[r#"
exit: 0
--- stderr
256 B stored at `data:box/SUMS`

"#]]
    );
    // The list itself is no part of the next one.
    let before = world.stdout("cat data:box/SUMS");
    world.ok("hash -r data:box -o data:box/SUMS");
    assert_eq!(world.stdout("cat data:box/SUMS"), before);
    assert_shown!(
        world.run("hash --check data:box/SUMS"),
        str![[r#"
exit: 0
--- stdout
data:box/a.txt: OK
data:box/sub/b.txt: OK
data:box/sub/deep/c.txt: OK

"#]]
    );
    assert_shown!(
        world.run("hash box/a.txt nothing -o list"),
        str![[r#"
exit: 3
--- stderr
error: cannot read `nothing`: nothing is stored there
76 B stored at `list`

"#]]
    );
}

#[test]
fn what_differs_and_what_is_missing() {
    let world = world();
    world.ok("hash -r box -o list");
    world.write("box/a.txt", "changed");
    fs::remove_file(world.here().join("box/sub/b.txt")).unwrap();
    assert_shown!(
        world.run("hash --check list"),
        str![[r#"
exit: 1
--- stdout
box/a.txt: FAILED
box/sub/b.txt: FAILED open or read
box/sub/deep/c.txt: OK
--- stderr
error: cannot read `[ROOT]/here/box/sub/b.txt`: nothing is stored there
error: list: 1 listed file could not be read
error: list: 1 checksum does not match

"#]]
    );
    assert_shown!(
        world.run("hash --check --quiet --ignore-missing list"),
        str![[r#"
exit: 1
--- stdout
box/a.txt: FAILED
--- stderr
error: list: 1 checksum does not match

"#]]
    );
    assert_shown!(
        world.run("hash --check --status --ignore-missing list"),
        str![[r#"
exit: 1

"#]]
    );
    assert_shown!(
        world.run("hash --check --json list"),
        str![[r#"
exit: 1
--- stdout
{"path":"box/a.txt","algorithm":"sha256","status":"failed","expected":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03","checksum":"d67e2e944994496c8d8ec76eed0cf9f09679448d584b532bebf941852a37f5ed"}
{"path":"box/sub/b.txt","algorithm":"sha256","status":"unreadable","expected":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","checksum":null}
{"path":"box/sub/deep/c.txt","algorithm":"sha256","status":"ok","expected":"c280c4324f84f4884572910d1ca3e6f04b421c6928ee4aefc5bc270ee3307f69","checksum":"c280c4324f84f4884572910d1ca3e6f04b421c6928ee4aefc5bc270ee3307f69"}
--- stderr
error: cannot read `[ROOT]/here/box/sub/b.txt`: nothing is stored there
error: list: 1 listed file could not be read
error: list: 1 checksum does not match

"#]]
    );
}

#[test]
fn nothing_to_verify_is_no_success() {
    let world = world();
    world.write("list", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  gone\n");
    assert_shown!(
        world.run("hash --check --ignore-missing list"),
        str![[r#"
exit: 1
--- stderr
error: list: no file was verified

"#]]
    );
    world.write("empty", "# nothing but a remark\n\n");
    assert_shown!(
        world.run("hash --check empty"),
        str![[r#"
exit: 1
--- stderr
error: empty: there is no line of checksums in it

"#]]
    );
    assert_shown!(
        world.run("hash --check nothing"),
        str![[r#"
exit: 3
--- stderr
error: cannot read `nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn lines_that_are_none() {
    let world = world();
    world.write("list", "b1946ac92492d2347c6235b4d2611184  box/a.txt\nnonsense\n");
    assert_shown!(
        world.run("hash --check --warn list"),
        str![[r#"
exit: 0
--- stdout
box/a.txt: OK
--- stderr
list: line 2 is no line of checksums
list: 1 line is no line of checksums

"#]]
    );
    assert_shown!(
        world.run("hash --check --strict list"),
        str![[r#"
exit: 1
--- stdout
box/a.txt: OK
--- stderr
error: list: 1 line is no line of checksums

"#]]
    );
    assert_shown!(
        world.run("hash --check -a sha256 list"),
        str![[r#"
exit: 1
--- stderr
error: list: there is no line of checksums in it

"#]]
    );
    let shown = world.run_with("hash --check", "b1946ac92492d2347c6235b4d2611184  -\n");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("there is no line"), "{shown}");
}

#[test]
fn lists_are_those_of_coreutils_to_the_byte() {
    let world = World::new();
    for name in NAMES {
        world.write(name, name);
    }
    for (program, algorithm) in [("md5sum", "md5"), ("sha256sum", "sha256")] {
        for style in [&[][..], &["--tag"], &["--zero"]] {
            let names = ["--"].iter().chain(&NAMES);
            let theirs: Vec<&str> = style.iter().chain(names.clone()).copied().collect();
            let start = ["hash", "-a", algorithm];
            let ours: Vec<&str> = start.iter().chain(style).chain(names).copied().collect();
            let theirs = stdout(&coreutils(&world, program, &theirs));
            assert_eq!(stdout(&storage(&world, &ours)), theirs, "{program} {style:?}");
        }
    }
}

#[test]
fn coreutils_check_what_we_write() {
    let world = World::new();
    for name in NAMES {
        world.write(format!("tree/{name}"), name);
    }
    for (program, algorithm) in [("md5sum", "md5"), ("sha256sum", "sha256")] {
        for style in [None, Some("--tag")] {
            let list = ["hash", "-r", "-a", algorithm, "-o", "list", "tree"];
            let args: Vec<&str> = list.into_iter().chain(style).collect();
            stdout(&storage(&world, &args));
            let checked = coreutils(&world, program, &["--check", "--strict", "list"]);
            assert_eq!(stdout(&checked).lines().count(), NAMES.len(), "{program} {style:?}");
        }
    }
}

#[test]
fn we_check_what_coreutils_write() {
    let world = World::new();
    for name in NAMES {
        world.write(name, name);
    }
    for program in ["md5sum", "sha256sum"] {
        for style in [&[][..], &["--tag"], &["--binary"]] {
            let args: Vec<&str> = style.iter().chain(["--"].iter()).chain(&NAMES).copied().collect();
            let list = stdout(&coreutils(&world, program, &args));
            fs::write(world.here().join("list"), &list).unwrap();
            let theirs = stdout(&coreutils(&world, program, &["--check", "list"]));
            // Later versions escape more of what they print.
            let theirs = theirs.replace("\\back\\\\slash", "back\\slash");
            let theirs = theirs.replace("\\carriage\\rreturn", "carriage\rreturn");
            let ours = storage(&world, &["hash", "--check", "--strict", "list"]);
            assert_eq!(stdout(&ours), theirs, "{program} {style:?}");
            // Names end with a carriage return only when it is escaped.
            let dos = list.replace('\n', "\r\n");
            fs::write(world.here().join("list"), dos).unwrap();
            let ours = storage(&world, &["hash", "--check", "--strict", "list"]);
            assert_eq!(stdout(&ours), theirs, "{program} {style:?} with CR LF");
        }
    }
}

#[test]
fn both_judge_alike() {
    let world = world();
    let right = "b1946ac92492d2347c6235b4d2611184";
    let wrong = "00000000000000000000000000000000";
    let lists = [
        format!("{right}  box/a.txt\n"),
        format!("{right}  box/a.txt"),
        format!("{wrong}  box/a.txt\n"),
        format!("{}  box/a.txt\n", right.to_uppercase()),
        format!("{right} box/a.txt\n"),
        format!("{right}  box/a.txt\n{right} box/a.txt\n"),
        format!("{right}  gone\n"),
        format!("{right}  box/a.txt\n{right}  gone\n"),
        format!("{right}  box\n"),
        format!("# remark\n\n{right} *box/a.txt\n"),
        format!("nonsense\n{right}  box/a.txt\n"),
        format!("\\{right}  box/a\\x.txt\n{right}  box/a.txt\n"),
        format!("MD5 (box/a.txt) = {right}\n"),
        format!("MD5 (box/a.txt) = {wrong}\n"),
        format!("  {right}  box/a.txt\n"),
        format!("{right}0  box/a.txt\n"),
        "nonsense\n".to_owned(),
        String::new(),
    ];
    for list in lists {
        fs::write(world.here().join("list"), &list).unwrap();
        for options in [&[][..], &["--quiet"], &["--ignore-missing"], &["--strict"], &["--status"]] {
            let args: Vec<&str> = ["--check"].iter().chain(options).chain(&["list"]).copied().collect();
            let theirs = coreutils(&world, "md5sum", &args);
            let args: Vec<&str> = ["hash", "-a", "md5"].iter().chain(&args).copied().collect();
            let ours = storage(&world, &args);
            assert_eq!(ours.status.success(), theirs.status.success(), "{list:?} {options:?}");
            let text = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
            assert_eq!(text(&ours), text(&theirs), "{list:?} {options:?}");
        }
    }
}

#[test]
fn many_files_keep_their_order() {
    let world = World::new();
    for number in 0..300 {
        // The first ones take longest.
        world.write(format!("many/{number:03}"), "x".repeat((300 - number) * 1000));
    }
    let alone = world.stdout("hash -r -j 1 many");
    assert_eq!(alone.lines().count(), 300);
    assert_eq!(world.stdout("hash -r -j 9 many"), alone);
    assert_eq!(world.stdout("hash -r many"), alone);
    fs::write(world.here().join("list"), &alone).unwrap();
    let checked = world.stdout("hash --check list");
    assert!(checked.lines().enumerate().all(|(at, line)| line == format!("many/{at:03}: OK")), "{checked}");
}

#[test]
fn ctrl_c_leaves_the_list_that_was_there() {
    let world = World::new();
    world.write("list", "old");
    let mut child = world.spawn("hash - -o list", Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: when it is gone, the program has begun.
    stdin.write_all(&vec![b'x'; 4 << 20]).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_shown!(
        world.shown(&output),
        str![[r#"
exit: 130
--- stderr
interrupted; nothing was stored

"#]]
    );
    assert_eq!(world.stdout("cat list"), "old");
    assert_eq!(names(&world.here()), ["list"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::new();
    for number in 0..3000 {
        world.write(format!("many/{number}"), "");
    }
    for line in ["hash -r many", "find many"] {
        let mut child = world.spawn(line, Stdio::null());
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", world.shown(&output));
    }
}
