//! Patterns that protected nothing, took nothing, or meant something else than they do elsewhere.

use std::fs;

use snapbox::str;

use crate::support::{World, names};

/// A source with one file, and a destination that has more.
fn world() -> World {
    let world = World::new();
    world.write("s/a", "1");
    world.write("d/a", "1");
    world.write("d/build/o", "x");
    world.write("d/sub/build/o", "x");
    world
}

/// What the program shows for arguments that may hold blanks, or nothing.
fn run(world: &World, args: &[&str]) -> String {
    world.shown(&world.command(args).output().unwrap())
}

#[test]
fn what_a_slash_at_the_end_excludes_is_not_deleted_nor_its_directories() {
    for pattern in ["build/", "build", "**/build/", "*uild/", "{build,x}/", "[[:lower:]]*[^/]/"] {
        let world = world();
        world.write("d/extra", "x");
        run(&world, &["sync", "--delete", "--exclude", pattern, "s", "d"]);
        let left = names(&world.here().join("d"));
        assert_eq!(left, ["a", "build/", "build/o", "sub/", "sub/build/", "sub/build/o"], "{pattern}");
    }
}

#[test]
fn an_excluded_path_from_the_start_protects_that_path_only() {
    for pattern in ["./build", "/build", "/build/", "./build/", "/build/**"] {
        let world = world();
        run(&world, &["sync", "--delete", "--exclude", pattern, "s", "d"]);
        assert_eq!(names(&world.here().join("d")), ["a", "build/", "build/o"], "{pattern}");
    }
}

#[test]
fn rules_of_a_file_protect_the_destination_as_excluding_does() {
    for rules in ["build/\n", "\u{feff}build/\n", "\u{feff}build/\r\n", "/*\n!/a\n", "[[:lower:]]uild\n"] {
        let world = world();
        world.write("rules", rules);
        world.run("sync --delete --ignore-from rules s d");
        let left = names(&world.here().join("d"));
        assert!(left.contains(&"build/o".to_owned()), "{rules:?}: {left:?}");
    }
}

#[test]
fn a_pattern_that_can_match_nothing_is_refused_by_every_command() {
    let world = world();
    let patterns =
        ["", "/", "//x", "a//b", "../x", "a/..", "./", "x[", "[z-a]", "[[:foo:]]", "x\\", "{a", "!x"];
    for pattern in patterns {
        for command in [
            &["cp", "-r", "--include", pattern, "s", "n"][..],
            &["mv", "--exclude", pattern, "s", "n"],
            &["sync", "--delete", "--exclude", pattern, "s", "d"],
            &["watch", "--exclude", pattern, "s", "d"],
            &["check", "--include", pattern, "s", "d"],
            &["zip", "--exclude", pattern, "s", "n.zip"],
            &["unzip", "--include", pattern, "n.zip", "n"],
            &["find", "--path", pattern, "s"],
        ] {
            let shown = run(&world, command);
            assert!(shown.starts_with("exit: 2\n"), "{command:?}: {shown}");
            assert!(shown.contains(&format!("'{pattern}'")), "{command:?}: {shown}");
        }
    }
    assert_eq!(names(&world.here().join("s")), ["a"]);
    assert!(world.here().join("d/build/o").exists());
    assert_shown!(
        world.run("sync --delete --exclude ../build s d"),
        str![[r#"
exit: 2
--- stderr
error: invalid value '../build' for '--exclude <PATTERN>': the pattern `../build` can match nothing: no name is `..`; patterns are compared with paths below the start: name the start, or a path from there

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_rule_that_can_match_nothing_is_refused_with_its_file_and_line() {
    let world = world();
    world.write("good", "*.o\n");
    world.write("lists/bad", "# comment\n*.tmp\n\n../build\n");
    assert_shown!(
        world.run("sync --delete --ignore-from good --ignore-from lists/bad s d"),
        str![[r#"
exit: 2
--- stderr
error: `lists/bad`, line 4: the rule `../build` can match nothing: no name is `..`
hint: patterns are compared with paths below the start: name the start, or a path from there

"#]]
    );
    assert!(world.here().join("d/build/o").exists());
}

#[test]
fn patterns_that_did_nothing_are_reported() {
    let world = world();
    world.write("s/src/b.rs", "2");
    assert_shown!(
        world.run("cp -r --include src --include *.py --exclude buidl/ s n"),
        str![[r#"
exit: 0
--- stderr
1 file, 1 B copied, 1 skipped (excluded) in [TIME]
warning: `--include *.py` took nothing
warning: `--exclude buidl/` matched nothing

"#]]
    );
    assert_eq!(names(&world.here().join("n")), ["src/", "src/b.rs"]);
    for (line, warning) in [
        ("sync -n --delete --exclude buidl/ s d", "warning: `--exclude buidl/` matched nothing"),
        ("check --include src/ --exclude *.py s d", "warning: `--exclude *.py` matched nothing"),
        ("mv --include x s d", "warning: `--include x` took nothing"),
        ("zip --exclude x s s.zip", "warning: `--exclude x` matched nothing"),
        ("unzip --include x s.zip u", "warning: `--include x` took nothing"),
    ] {
        let shown = world.run(line);
        assert_eq!(shown.trim_end().lines().last(), Some(warning), "{line}: {shown}");
        assert!(!world.run(&format!("{line} --quiet")).contains("warning"), "{line}");
    }
    assert_shown!(
        world.run("find s --name *.py --path src/"),
        str![[r#"
exit: 0
--- stderr
warning: `--name *.py` matched nothing

"#]]
    );
    let json = world.stdout("sync --json --exclude buidl/ --include a s d");
    let last = json.lines().last().unwrap();
    assert_eq!(last, r#"{"event":"unmatched","list":"exclude","pattern":"buidl/"}"#);
    let json = world.stdout("cp -r --json --include *.py s n2");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["unmatched_patterns"], serde_json::json!([{"list": "include", "pattern": "*.py"}]));
    world.ok("sync --report r.json --exclude buidl/ s d");
    assert!(fs::read_to_string(world.here().join("r.json")).unwrap().contains("buidl/"));
}

#[test]
fn a_pattern_that_one_of_several_sources_has_is_not_reported() {
    let world = World::new();
    world.write("x/a.rs", "1");
    world.write("y/b.py", "2");
    let shown = world.run("cp -r --include *.rs --include *.py --include *.c x y d/");
    assert!(shown.contains("`--include *.c` took nothing") && shown.matches("took").count() == 1, "{shown}");
}

#[test]
fn excluding_everything_beside_an_include_is_refused_instead_of_taking_nothing() {
    let world = world();
    assert_shown!(
        world.run("cp -r --exclude * --include *.jpg s n"),
        str![[r#"
exit: 2
--- stderr
error: cannot copy `s`: the exclude pattern `*` leaves nothing to include
hint: to take some files only, include patterns are enough: leave it out

"#]]
    );
}

#[test]
fn an_include_takes_a_directory_with_all_that_is_in_it() {
    let world = World::new();
    world.write("s/src/deep/a", "1");
    world.write("s/b", "2");
    world.write("s/x/src", "3");
    world.ok("cp -r --include src/ s one");
    assert_eq!(names(&world.here().join("one")), ["src/", "src/deep/", "src/deep/a"]);
    world.ok("cp -r --include src s two");
    assert_eq!(names(&world.here().join("two")), ["src/", "src/deep/", "src/deep/a", "x/", "x/src"]);
    world.ok("zip --include src/ s s.zip");
    world.ok("unzip --include deep/ s.zip three");
    assert_eq!(names(&world.here().join("three")), ["src/", "src/deep/", "src/deep/a"]);
    assert_eq!(world.stdout("find s --path src/").lines().count(), 3);
}
