//! `storage exec`.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use snapbox::str;

use crate::support::{World, names, wait_until};

/// A script in the current directory, so that a line of the test needs no quotes. It is given to `sh`: a file that a
/// neighbouring test has inherited while it was written cannot be run itself (`ETXTBSY`).
fn script(world: &World, name: &str, text: &str) {
    world.write(name, format!("{text}\n"));
}

fn world() -> World {
    let world = World::new();
    world.write("in.txt", "one\ntwo\n");
    world.ok("cp in.txt data:in.txt");
    script(&world, "join", "cat \"$1\" \"$2\" > \"$3\"; echo joined");
    script(&world, "show", "for a; do echo \"<$a>\"; done");
    script(&world, "fail", "echo half > \"$1\"; echo the reason >&2; exit ${2:-3}");
    world
}

/// Nothing else is in the mount, and no temporary file is left.
fn only(world: &World, expected: &[&str]) {
    assert_eq!(names(&world.data()), expected);
    assert_eq!(names(&world.mkdir("tmp")), [""; 0]);
}

fn run(world: &World, line: &str) -> String {
    let args: Vec<&str> = line.split_whitespace().collect();
    let output = world.command(&args).env("TMPDIR", world.mkdir("tmp")).env("PATH", "/usr/bin:/bin").output();
    world.shown(&output.unwrap())
}

#[test]
fn files_in_and_out() {
    let world = world();
    assert_shown!(
        run(&world, "exec -- sh ./join {in:in.txt} {in:data:in.txt} {out:data:a/all.txt}"),
        str![[r#"
exit: 0
--- stdout
joined
--- stderr
16 B stored at `data:a/all.txt`

"#]]
    );
    assert_eq!(world.stdout("cat data:a/all.txt"), "one\ntwo\none\ntwo\n");
    only(&world, &["a/", "a/all.txt", "in.txt"]);
}

#[test]
fn without_the_dashes_and_quietly() {
    let world = world();
    assert_shown!(
        run(&world, "exec -q sed -i s/one/1/ {both:data:in.txt}"),
        str![[r#"
exit: 0

"#]]
    );
    assert_eq!(world.stdout("cat data:in.txt"), "1\ntwo\n");
    only(&world, &["in.txt"]);
}

#[test]
fn streams() {
    let world = world();
    assert_shown!(
        run(&world, "exec --stdin data:in.txt --stdout data:sorted -- sort -r"),
        str![[r#"
exit: 0
--- stderr
8 B stored at `data:sorted`

"#]]
    );
    assert_eq!(world.stdout("cat data:sorted"), "two\none\n");
    assert_shown!(
        world.run_with("exec -- cat", "through a pipe"),
        str![[r#"
exit: 0
--- stdout
through a pipe[no newline]

"#]]
    );
}

#[test]
fn markers_stand_anywhere_and_can_be_escaped() {
    let world = world();
    let shown =
        run(&world, "exec -- sh ./show --file={in:./in.txt},x {{in:x} {} {other:x} {{both: a{out:data:o}");
    assert!(shown.contains("<--file=[ROOT]/here/tmp/storage-"), "{shown}");
    assert!(shown.contains("/in.txt,x>\n"), "{shown}");
    for kept in ["<{in:x}>\n", "<{}>\n", "<{other:x}>\n", "<{both:>\n"] {
        assert!(shown.contains(kept), "{kept}: {shown}");
    }
    // The program made no output.
    assert!(shown.starts_with("exit: 125\n"), "{shown}");
    assert!(
        shown.contains("error: cannot write `data:o`: nothing was written to the local path\n"),
        "{shown}"
    );
}

#[test]
fn a_program_that_fails_changes_nothing() {
    let world = world();
    assert_shown!(
        run(&world, "exec -- sh ./fail {out:data:in.txt}"),
        str![[r#"
exit: 3
--- stderr
the reason
nothing was stored

"#]]
    );
    assert_eq!(world.stdout("cat data:in.txt"), "one\ntwo\n");
    only(&world, &["in.txt"]);
    assert!(run(&world, "exec -q -- sh ./fail {out:data:x} 77").starts_with("exit: 77\n"));
}

#[test]
fn what_is_wrong_has_its_own_codes() {
    let world = world();
    assert_shown!(
        run(&world, "exec -- no-such-program {in:data:in.txt}"),
        str![[r#"
exit: 127
--- stderr
error: cannot run a program: there is no program `no-such-program`
hint: install it, or name it by its path; programs are looked up in `PATH`

"#]]
    );
    assert_shown!(
        run(&world, "exec -- ./in.txt"),
        str![[r#"
exit: 126
--- stderr
error: cannot run a program: `./in.txt` cannot be run
hint: make it an executable file (`chmod +x`) on a file system that lets programs run

"#]]
    );
    assert_shown!(
        run(&world, "exec -- sh ./show {in:data:missing}"),
        str![[r#"
exit: 125
--- stderr
error: cannot hand out a local path for `data:missing`: nothing is stored there

"#]]
    );
    assert_shown!(
        run(&world, "exec -- sh ./show {in:nowhere:x}"),
        str![[r#"
exit: 125
--- stderr
error: there is no mount `nowhere`; known are `data`
hint: for a plain file write `./nowhere:x`

"#]]
    );
    assert_shown!(
        run(&world, "exec --timeout 300ms -- sleep 1000"),
        str![[r#"
exit: 124
--- stderr
error: cannot run a program: timed out: the program was ended: it took longer than 300ms
hint: allow it more time, or look at what it waits for

"#]]
    );
    script(&world, "die", "kill -9 $$");
    assert_shown!(
        run(&world, "exec -- sh ./die"),
        str![[r#"
exit: 137
--- stderr
error: `sh` was ended by signal 9 (SIGKILL)
nothing was stored

"#]]
    );
}

#[test]
fn a_wrong_command_line() {
    let world = world();
    assert_shown!(
        run(&world, "exec -- sh ./show {in:data:in.txt"),
        str![[r#"
exit: 2
--- stderr
error: a marker in `{in:data:in.txt` has no end
hint: write `{in:PLACE}`; `{{in:` is the text `{in:`

"#]]
    );
    assert_shown!(
        run(&world, "exec --chdir nowhere -- sh ./show"),
        str![[r#"
exit: 2
--- stderr
error: there is no directory `nowhere`
hint: make it first, or name another one

"#]]
    );
    assert!(run(&world, "exec").starts_with("exit: 2\n"));
}

#[test]
fn ctrl_c_ends_the_program() {
    let world = world();
    script(&world, "hang", "echo $$ > \"$1\"; echo half > \"$2\"; sleep 1000");
    let args = ["exec", "--", "sh", "./hang", "pid", "{out:data:in.txt}"];
    let mut command = world.command(&args);
    command.env("TMPDIR", world.mkdir("tmp")).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    let mut child = command.spawn().unwrap();
    let pid = || fs::read_to_string(world.here().join("pid")).unwrap_or_default();
    wait_until("the program runs", || pid().ends_with('\n'));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(130), "interrupted\n"));
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid().trim()));
    assert!(stat.is_err() || stat.unwrap().contains(") Z "), "the program still runs");
    assert_eq!(world.stdout("cat data:in.txt"), "one\ntwo\n");
    only(&world, &["in.txt"]);
}
