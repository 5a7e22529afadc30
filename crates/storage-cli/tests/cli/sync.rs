//! `storage sync` and `storage check`.

use snapbox::str;

use crate::support::{World, touch};

fn world() -> World {
    let world = World::new();
    for (path, content) in [("src/a.txt", "alpha"), ("src/b/c", "gamma"), ("src/b/d.log", "delta")] {
        world.write(path, content);
    }
    world
}

#[test]
fn a_tree_is_mirrored_and_then_there_is_nothing_to_do() {
    let world = world();
    assert_shown!(
        world.run("sync src data:mirror"),
        str![[r#"
exit: 0
--- stderr
3 files, 15 B copied, 2 directories made in [TIME]

"#]]
    );
    assert_shown!(
        world.run("sync src data:mirror"),
        str![[r#"
exit: 0
--- stderr
nothing to do: 3 files are up to date, seen in [TIME]

"#]]
    );
    assert_shown!(
        world.run("check src data:mirror"),
        str![[r#"
exit: 0
--- stderr
no difference: 3 files are equal, seen in [TIME]

"#]]
    );
}

#[test]
fn a_dry_run_shows_the_plan_and_does_nothing() {
    let world = world();
    world.run("sync src dst");
    world.write("src/a.txt", "alphabet");
    world.write("src/new", "n");
    world.write("dst/extra", "e");
    // Both directories could have been changed within one tick of the clock.
    touch(&world.here().join("src"), 1_700_000_000);
    assert_shown!(
        world.run("sync -n --delete -j 1 src dst"),
        str![[r#"
exit: 0
--- stdout
set mode and time of dst
copy src/a.txt -> dst/a.txt (8 B, changed)
copy src/new -> dst/new (1 B, new)
delete dst/extra
--- stderr
would be: 2 files, 9 B copied, mode and time of 1 set, 1 deleted, 2 skipped (unchanged) in [TIME]

"#]]
    );
    assert!(world.here().join("dst/extra").exists() && !world.here().join("dst/new").exists());
    assert_shown!(
        world.run("check -j 1 src dst"),
        str![[r#"
exit: 1
--- stdout
size dst/a.txt
missing dst/new
extra dst/extra
--- stderr
3 differences (1 missing, 1 extra, 1 size); 2 files are equal, seen in [TIME]

"#]]
    );
    world.run("sync --delete src dst");
    assert!(!world.here().join("dst/extra").exists());
    assert!(world.run("check src dst").starts_with("exit: 0"));
}

#[test]
fn an_empty_source_deletes_nothing() {
    let world = world();
    world.run("sync src dst");
    world.mkdir("empty");
    assert_shown!(
        world.run("sync --delete empty dst"),
        str![[r#"
exit: 1
--- stderr
error: cannot delete `dst`: nothing was taken from the source, so 4 entries of the destination stayed
hint: check the source and what is excluded; with `--force` the destination is emptied
0 files, 0 B copied, mode and time of 1 set, 1 failed in [TIME]

"#]]
    );
    world.run("sync --delete --force empty dst");
    assert!(!world.here().join("dst/a.txt").exists());
}

#[test]
fn rules_from_a_file_and_limits_hold() {
    let world = world();
    world.write("rules", "# logs\n*.log\n");
    assert_shown!(
        world.run("sync --ignore-from rules --max-size 5 -v -j 1 src dst"),
        str![[r#"
exit: 0
--- stderr
src/a.txt -> dst/a.txt
src/b/c -> dst/b/c
skipped `src/b/d.log`: ignored by a rule
2 files, 10 B copied, 2 directories made, 1 skipped (ignored) in [TIME]

"#]]
    );
}

#[test]
fn events_and_a_report_are_json() {
    let world = world();
    let shown = world.run("sync --json --report report.json -j 1 src/a.txt copy.txt");
    let names = |line: &str| -> Option<String> {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(event["event"].as_str()?.to_owned())
    };
    let told: Vec<String> = shown.lines().filter_map(names).collect();
    assert_eq!(told, ["planned", "started", "progress", "copied"]);
    let report = std::fs::read(world.here().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((report["copied_count"].as_u64(), report["bytes"].as_u64()), (Some(1), Some(5)));
}

#[test]
fn what_is_missing_is_told() {
    let world = world();
    assert_shown!(
        world.run("sync nothing dst"),
        str![[r#"
exit: 3
--- stderr
error: cannot stat `nothing`: nothing is stored there

"#]]
    );
    assert!(world.run("check nothing dst").starts_with("exit: 3"));
    assert!(world.run("sync --force src dst").starts_with("exit: 2"));
}
