//! `storage md5`.

use std::process::Command;

use snapbox::str;

use crate::support::World;

#[test]
fn several_and_standard_input() {
    let world = World::new();
    world.write("a.txt", "hello\n");
    world.ok("cp a.txt data:b.txt");
    assert_shown!(
        world.run_with("md5 a.txt data:b.txt -", "hello\n"),
        str![[r#"
exit: 0
--- stdout
b1946ac92492d2347c6235b4d2611184  a.txt
b1946ac92492d2347c6235b4d2611184  data:b.txt
b1946ac92492d2347c6235b4d2611184  -

"#]]
    );
}

#[test]
fn refusals() {
    let world = World::new();
    world.mkdir("directory");
    assert_shown!(
        world.run("md5 nothing directory"),
        str![[r#"
exit: 1
--- stderr
error: cannot read `nothing`: nothing is stored there
error: cannot read `directory`: a directory stands there, not a file

"#]]
    );
}

#[test]
fn md5sum_reads_it() {
    let world = World::new();
    for name in ["plain", "with space", "back\\slash", "new\nline"] {
        world.write(name, name);
    }
    let output = world.command(&["md5", "plain", "with space", "back\\slash", "new\nline"]).output().unwrap();
    std::fs::write(world.here().join("sums"), &output.stdout).unwrap();
    let check = Command::new("md5sum")
        .args(["--check", "--strict", "--quiet", "sums"])
        .current_dir(world.here())
        .output();
    let check = check.unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
