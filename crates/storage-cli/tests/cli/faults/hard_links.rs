//! Several names of one file.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::World;

/// `a`, `d/b` and `z` are one file, `n` and `o` another, `p` is alone.
fn tree(world: &World) {
    for (path, content) in [("src/a", "one"), ("src/n", "other"), ("src/p", "alone")] {
        world.write(path, content);
    }
    world.mkdir("src/d");
    for (original, name) in [("src/a", "src/d/b"), ("src/a", "src/z"), ("src/n", "src/o")] {
        fs::hard_link(world.here().join(original), world.here().join(name)).unwrap();
    }
}

/// For each file the content, and the first name of the same file.
fn files(root: &Path) -> BTreeMap<String, (String, String)> {
    let mut first = BTreeMap::new();
    let mut files = BTreeMap::new();
    for name in ["a", "d/b", "n", "o", "p", "z"] {
        let path = root.join(name);
        let inode = fs::metadata(&path).unwrap().ino();
        let first = first.entry(inode).or_insert_with(|| name.to_owned()).clone();
        files.insert(name.to_owned(), (fs::read_to_string(&path).unwrap(), first));
    }
    files
}

fn links(root: &Path) -> u64 {
    files(root).iter().filter(|(name, (_, first))| *name != first).count() as u64
}

#[test]
fn hard_links_become_those_that_rsync_makes() {
    let world = World::new();
    tree(&world);
    world.ok("cp -r --hard-links src copied");
    world.ok("sync --hard-links src synced");
    let rsync = Command::new("rsync").args(["-aH", "src/", "expected/"]).current_dir(world.here()).status();
    assert!(rsync.unwrap().success());
    let expected = files(&world.here().join("expected"));
    for made in ["src", "copied", "synced"] {
        assert_eq!(files(&world.here().join(made)), expected, "{made}");
    }
    assert_eq!(world.stdout("sync --hard-links --json src synced").matches("\"copied\"").count(), 0);
}

#[test]
fn without_the_option_each_name_is_a_file_of_its_own() {
    let world = World::new();
    tree(&world);
    world.ok("cp -r src copied");
    world.ok("sync src copied");
    assert_eq!(links(&world.here().join("copied")), 0);
}

#[test]
fn files_that_were_copied_apart_become_one() {
    let world = World::new();
    tree(&world);
    world.ok("sync src dst");
    let plan = world.stdout("sync -n -v --json --hard-links src dst");
    let planned = plan.lines().filter(|line| line.contains("\"kind\":\"file\"")).count();
    let run = world.stdout("sync --json --hard-links src dst");
    assert_eq!(planned, 3, "{plan}");
    assert_eq!(run.matches("\"hard_link\":true").count(), 3, "{run}");
    assert_eq!(files(&world.here().join("dst")), files(&world.here().join("src")));
    // And a name that became a file of its own at the destination.
    fs::remove_file(world.here().join("dst/z")).unwrap();
    fs::copy(world.here().join("dst/a"), world.here().join("dst/z")).unwrap();
    world.ok("sync --hard-links src dst");
    assert_eq!(files(&world.here().join("dst")), files(&world.here().join("src")));
    assert_eq!(world.run("cleanup dst").matches("storage-tmp").count(), 0);
}

#[test]
fn a_file_with_several_names_at_the_destination_is_not_written_through() {
    let world = World::new();
    world.write("src/a", "src a");
    world.write("dst/a", "dst a before");
    world.write("src/b", "src b, of its own");
    fs::hard_link(world.here().join("dst/a"), world.here().join("dst/b")).unwrap();
    fs::hard_link(world.here().join("dst/a"), world.here().join("outside")).unwrap();
    world.ok("sync --hard-links src dst");
    let read = |path: &str| fs::read_to_string(world.here().join(path)).unwrap();
    assert_eq!((read("dst/a"), read("dst/b")), ("src a".to_owned(), "src b, of its own".to_owned()));
    assert_eq!(read("outside"), "dst a before");
}

#[test]
fn names_outside_of_the_tree_do_not_count() {
    let world = World::new();
    tree(&world);
    fs::hard_link(world.here().join("src/p"), world.here().join("outside")).unwrap();
    world.ok("sync --hard-links --exclude a src dst");
    let dst = world.here().join("dst");
    let inode = |name: &str| fs::metadata(dst.join(name)).unwrap().ino();
    assert!(!dst.join("a").exists());
    assert_eq!(inode("d/b"), inode("z"));
    assert_eq!(fs::metadata(dst.join("p")).unwrap().nlink(), 1);
}

#[test]
fn when_the_first_name_fails_the_next_one_is_copied() {
    let world = World::new();
    tree(&world);
    // Something of another kind in the place of the first.
    world.mkdir("dst/a/full");
    let shown = world.run("cp -r --hard-links src/. dst");
    assert!(shown.starts_with("exit: 1"), "{shown}");
    let dst = world.here().join("dst");
    let inode = |name: &str| fs::metadata(dst.join(name)).unwrap().ino();
    assert_eq!(inode("d/b"), inode("z"));
    assert_eq!(fs::read_to_string(dst.join("z")).unwrap(), "one");
}

/// Moves to another file system, where this machine has one.
#[test]
fn a_move_to_another_file_system_takes_every_name_along() {
    for (option, names) in [("--hard-links", 3), ("--retries=2", 0)] {
        let world = World::new();
        tree(&world);
        let Ok(memory) = tempfile::Builder::new().prefix("storage-links-").tempdir_in("/dev/shm") else {
            return;
        };
        let place = memory.path().join("moved");
        let expected = files(&world.here().join("src"));
        world.ok(&format!("mv {option} src {}", place.display()));
        assert!(!world.here().join("src").exists());
        assert_eq!(links(&place), names, "{option}");
        let contents = |files: BTreeMap<String, (String, String)>| {
            files.into_iter().map(|(name, (content, _))| (name, content)).collect::<Vec<_>>()
        };
        assert_eq!(contents(files(&place)), contents(expected));
    }
}

#[test]
fn what_has_no_hard_links_says_so_before_anything_happens() {
    let world = World::new();
    tree(&world);
    world.write("mounts.yaml", "mounts:\n  remembered:\n    type: memory\n");
    for command in ["cp -r", "sync"] {
        let shown = world.run(&format!("--config mounts.yaml {command} --hard-links src remembered:dst"));
        assert!(shown.contains("the mount has no hard links"), "{shown}");
        assert!(shown.contains("leave `--hard-links` out"), "{shown}");
    }
}
