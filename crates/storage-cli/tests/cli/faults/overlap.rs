//! Trees that lie in each other, under whatever names: refused before anything happens.

use super::mounted::Mounted;
use crate::support::names;

/// A tree with a file in each directory, and other names of its parts: by a bind mount, a second mount, and links.
const NAMES: &str =
    "mkdir disk second bound; truncate -s 20m img; mkfs.ext4 -q -F img; mount -o loop img disk
    rmdir disk/lost+found; mount \"$(findmnt -no SOURCE disk)\" second
    mkdir -p disk/a/in/deep; echo a >disk/a/f; echo in >disk/a/in/f; echo deep >disk/a/in/deep/f
    mount --bind disk/a/in bound; ln -s disk linked; ln -s bound linked-bound";

/// What a run that is refused leaves as it is.
#[track_caller]
fn is_refused(mounted: &Mounted, line: &str) {
    let before = names(&mounted.at("disk"));
    let shown = mounted.run(line);
    let code = shown.lines().next().unwrap();
    assert!(matches!(code, "exit: 1" | "exit: 2"), "{line}\n{shown}");
    let reasons = ["a directory cannot be copied into itself", "the source lies in the destination"];
    assert!(reasons.iter().any(|reason| shown.contains(reason)), "{line}\n{shown}");
    assert_eq!(names(&mounted.at("disk")), before, "{line}\n{shown}");
    for (path, content) in [("a/f", "a\n"), ("a/in/f", "in\n"), ("a/in/deep/f", "deep\n")] {
        let found = std::fs::read_to_string(mounted.at("disk").join(path)).unwrap();
        assert_eq!(found, content, "{line}\n{shown}");
    }
}

#[test]
fn a_destination_inside_the_source_is_refused_under_each_of_its_names() {
    let Some(mounted) = Mounted::new(NAMES) else { return };
    for inside in [
        "disk/a/in",
        "second/a/in",
        "bound",
        "bound/deep",
        "linked/a/in",
        "linked-bound/deep",
        "bound/new/er",
    ] {
        for command in ["cp -r", "mv", "sync", "sync --delete --force"] {
            is_refused(&mounted, &format!("{command} disk/a {inside}"));
        }
    }
}

#[test]
fn a_source_inside_the_destination_is_refused_under_each_of_its_names() {
    let Some(mounted) = Mounted::new(NAMES) else { return };
    for inside in ["disk/a/in", "second/a/in", "bound", "bound/deep", "linked/a/in", "linked-bound/deep"] {
        for command in ["cp -r", "mv", "sync", "sync --delete --force"] {
            is_refused(&mounted, &format!("{command} {inside} disk/a"));
        }
    }
}

#[test]
fn a_directory_under_another_of_its_names_is_left_as_it_is() {
    let Some(mounted) = Mounted::new(NAMES) else { return };
    let before = names(&mounted.at("disk"));
    for line in ["cp -r disk/a second/a", "sync --delete --force disk/a/in bound", "mv bound linked/a/in"] {
        let shown = mounted.run(line);
        assert!(shown.contains("same"), "{line}\n{shown}");
        assert_eq!(names(&mounted.at("disk")), before, "{line}\n{shown}");
    }
}

#[test]
fn a_destination_inside_the_source_that_is_excluded_is_filled() {
    for line in ["cp -r --exclude in disk/a second/a/in/copy", "sync --delete --exclude in disk/a bound/copy"]
    {
        let Some(mounted) = Mounted::new(NAMES) else { return };
        for _ in 0..2 {
            let shown = mounted.run(line);
            assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
            let all =
                ["a/", "a/f", "a/in/", "a/in/copy/", "a/in/copy/f", "a/in/deep/", "a/in/deep/f", "a/in/f"];
            assert_eq!(names(&mounted.at("disk")), all, "{line}\n{shown}");
        }
    }
}

/// The disk is mounted once more inside of a tree that lies elsewhere.
const NESTED: &str =
    "mkdir -p disk outer/inner; truncate -s 20m img; mkfs.ext4 -q -F img; mount -o loop img disk
    rmdir disk/lost+found; mount \"$(findmnt -no SOURCE disk)\" outer/inner
    mkdir disk/a; echo a >disk/a/f; echo o >outer/o";

#[test]
fn what_is_mounted_inside_of_one_tree_and_lies_in_the_other_is_refused() {
    let Some(mounted) = Mounted::new(NESTED) else { return };
    let all = ["a/", "a/f"];
    for line in [
        "cp -r outer disk/new",
        "mv outer disk/new",
        "sync outer disk/a",
        "sync --delete --force disk/a outer",
        "cp -r disk outer",
        "mv disk/a outer/",
    ] {
        let shown = mounted.run(line);
        if line.starts_with("mv disk/a") {
            // It goes into `outer/a`, which lies beside of all that.
            assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
            mounted.sh("mv outer/a disk/a");
        } else {
            assert!(shown.starts_with("exit: 2\n"), "{line}\n{shown}");
            assert!(shown.contains("what is mounted at `inner` in it lies in both"), "{line}\n{shown}");
        }
        assert_eq!(names(&mounted.at("disk")), all, "{line}\n{shown}");
        assert_eq!(names(&mounted.at("outer")), ["inner/", "inner/a/", "inner/a/f", "o"], "{line}\n{shown}");
    }
    let shown = mounted.run("cp -r --exclude /inner outer disk/new");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(names(&mounted.at("disk")), ["a/", "a/f", "new/", "new/o"]);
}
