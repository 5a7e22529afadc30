//! Two things that would become one, and results that would replace what they are made of.

use snapbox::str;

use crate::support::{World, names};

fn world() -> World {
    let world = World::new();
    world.write("x/a", "x");
    world.write("y/a", "y");
    world.mkdir("d");
    world
}

#[test]
fn two_sources_with_one_name_are_refused_before_anything_happens() {
    let world = world();
    world.write("x/t/f", "x");
    world.write("y/t/f", "y");
    for line in [
        "mv x/a y/a d/",
        "cp x/a y/a d/",
        "cp x/t/f x/a y/a d",
        "mv x/t y/t d/",
        "cp -r x/t y/t d/",
        "cp -r x/. y/. d/",
        "cp -r x/. y/a d/",
        "cp -r y/a x/. d/",
        "cp x/a y/a data:d/",
    ] {
        let shown = world.run(line);
        assert!(shown.starts_with("exit: 2\n") && shown.contains("would both become"), "{line}: {shown}");
        assert_eq!(names(&world.here().join("d")), [""; 0], "{line}");
        assert_eq!(names(&world.here().join("x")), ["a", "t/", "t/f"], "{line}");
    }
    assert_shown!(
        world.run("mv x/a y/a d/"),
        str![[r#"
exit: 2
--- stderr
error: `x/a` and `y/a` would both become `d/a`
hint: take one after the other, to destinations of their own

"#]]
    );
}

#[test]
fn a_source_that_is_named_twice_goes_once() {
    let world = world();
    world.write("x/b", "b");
    assert_shown!(
        world.run("mv x/a x/b ./x/a d/"),
        str![[r#"
exit: 0
--- stderr
`./x/a` was named more than once
2 files, 2 B moved in [TIME]

"#]]
    );
    assert_eq!(names(&world.here().join("d")), ["a", "b"]);
}

#[test]
fn several_sources_without_a_collision_go() {
    let world = world();
    world.write("y/b", "b");
    world.ok("cp -r x/. y/b d/");
    assert_eq!(names(&world.here().join("d")), ["a", "b"]);
}

#[test]
fn two_results_of_a_program_have_places_of_their_own() {
    let world = world();
    for line in [
        "exec -- touch {out:d/r} {out:d/r}",
        "exec -- touch {both:x/a} {out:x/a}",
        "exec --stdout d/r -- touch {out:d/r}",
    ] {
        let shown = world.run(line);
        assert!(
            shown.starts_with("exit: 2\n") && shown.contains("two results would be stored at"),
            "{shown}"
        );
    }
    assert_eq!(names(&world.here().join("d")), [""; 0]);
}

#[test]
fn a_list_or_an_archive_never_replaces_what_it_is_made_of() {
    let world = world();
    std::os::unix::fs::symlink("a", world.here().join("x/link")).unwrap();
    for line in ["hash x/a y/a -o x/a", "hash x/a -o x/link", "zip x/a x/a", "zip x/a y/a x/a"] {
        let shown = world.run(line);
        assert!(shown.starts_with("exit: 2\n") && shown.contains("what is read"), "{line}: {shown}");
        assert_eq!(world.stdout("cat x/a"), "x", "{line}");
    }
}

#[test]
fn a_whole_may_replace_one_of_its_parts() {
    let world = world();
    world.ok("concat x/a y/a x/a");
    assert_eq!(world.stdout("cat x/a"), "xy");
}

#[test]
fn a_report_never_lies_in_what_is_synced() {
    let world = world();
    for line in
        ["sync --report x/a x d", "sync --report d/r x d", "sync --report x/a x/a d/a", "sync --report d x d"]
    {
        assert_shown!(
            world.run(line),
            str![[r#"
exit: 2
--- stderr
error: the report would lie in what is synced
hint: store it elsewhere

"#]]
        );
    }
    assert_eq!(world.stdout("cat x/a"), "x");
}
