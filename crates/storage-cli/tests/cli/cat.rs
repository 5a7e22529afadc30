//! `storage cat`.

use snapbox::str;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("a.txt", "0123456789");
    world.ok("cp a.txt data:");
    world
}

#[test]
fn several() {
    assert_shown!(
        world().run("cat a.txt data:a.txt"),
        str![[r#"
exit: 0
--- stdout
01234567890123456789[no newline]

"#]]
    );
}

#[test]
fn ranges() {
    let world = world();
    for (range, text) in
        [("0-3", "0123"), ("5-", "56789"), ("-2", "89"), ("8-99", "89"), ("-99", "0123456789")]
    {
        assert_eq!(world.stdout(&format!("cat --range {range} data:a.txt")), text, "{range}");
        assert_eq!(world.stdout(&format!("cat --range={range} a.txt")), text, "{range}");
    }
}

#[test]
fn a_range_past_the_end_is_refused() {
    assert_shown!(
        world().run("cat --range 11- data:a.txt"),
        str![[r#"
exit: 2
--- stderr
error: cannot read `data:a.txt`: range 11- starts past the end of 10 bytes

"#]]
    );
}

#[test]
fn what_is_no_range_is_refused() {
    assert_shown!(
        world().run("cat --range 3..5 data:a.txt"),
        str![[r#"
exit: 2
--- stderr
error: invalid value '3..5' for '--range <RANGE>': `3..5` is not a byte range; write `0-99` (both ends included), `100-` or `-20` (the last 20 bytes)

For more information, try '--help'.

"#]]
    );
}

#[test]
fn standard_input_between_files() {
    assert_shown!(
        world().run_with("cat a.txt - a.txt", "<in>"),
        str![[r#"
exit: 0
--- stdout
0123456789<in>0123456789[no newline]

"#]]
    );
}

#[test]
fn standard_input_has_no_ranges() {
    assert_shown!(
        world().run_with("cat --range 0-1 -", "abc"),
        str![[r#"
exit: 2
--- stderr
error: `--range` cannot be used with standard input
hint: cut a pipe with `head -c` and `tail -c`

"#]]
    );
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    assert_shown!(
        world().run("cat nothing a.txt data:nothing"),
        str![[r#"
exit: 3
--- stdout
0123456789[no newline]
--- stderr
error: cannot read `nothing`: nothing is stored there
error: cannot read `data:nothing`: nothing is stored there

"#]]
    );
}

#[test]
fn a_directory_is_refused() {
    assert_shown!(
        world().run("cat . a.txt"),
        str![[r#"
exit: 1
--- stdout
0123456789[no newline]
--- stderr
error: cannot read `.`: a directory stands there, not a file

"#]]
    );
}

#[test]
fn bytes_are_not_touched() {
    let world = World::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    world.write("b.bin", &bytes);
    world.ok("cp b.bin data:b.bin");
    let output = world.command(&["cat", "data:b.bin"]).output().unwrap();
    assert!(output.stdout == bytes);
}
