//! The mount behind plain paths, which nobody has to know of.

use std::fs;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("src/a", "a\n");
    world.write("src/b/c", "c\n");
    std::os::unix::fs::symlink("a", world.here().join("src/link")).unwrap();
    world.mkdir("taken/a/below");
    world.write("taken/b", "b\n");
    world.write("wrong", "0000000000000000000000000000000000000000000000000000000000000000  src/a\n");
    world
}

#[test]
fn the_hidden_mount_shows_nowhere() {
    let world = world();
    let report = world.here().join("report.json");
    for line in [
        "ls -lR --json src",
        "ls absent",
        "find --json src",
        "tree src",
        "cat src absent src/a/x",
        "put --json --from src/a new",
        "put --create-only --from src/a src/a",
        "cp -rv src copy",
        "cp -r --json src taken",
        "cp -rv --verify --include a src filtered",
        "cp src x",
        "cp absent x",
        "cp -r src src/below",
        "mv -v copy moved",
        "mv --json absent x",
        "mv moved moved/below",
        "sync --json --report report.json src synced",
        "sync -v --delete --force taken synced",
        "sync --json --report report.json src taken",
        "sync -n src taken",
        "sync -n --json --delete src synced",
        "sync --json --delete --max-delete 0 --report report.json src synced",
        "sync absent x",
        "sync src src/below",
        "watch --json absent x",
        "check src taken",
        "check --json --download src taken",
        "check absent src",
        "concat --json src/a src/b/c whole",
        "concat src/a src whole",
        "concat src/a absent -",
        "diff src/a src/b/c",
        "diff src/a src",
        "zip -v src src.zip",
        "zip --json src absent new.zip",
        "unzip -v src.zip out",
        "unzip --json src.zip src/a",
        "unzip src/a out",
        "rm src",
        "rm absent",
        "rm -r .",
        "mkdir src absent/x",
        "stat src/a absent",
        "stat --json src",
        "hash -r src",
        "hash --check wrong",
        "hash --json --check wrong",
        "hash src absent",
        "md5 src absent",
        "du src absent",
        "du --json src",
        "versions list src/a",
        "versions cat src/a 0",
        "restore --version 0 src/a",
        "meta get src/a src absent",
        "meta set --tag a=b src/a",
        "url src/a",
        "url --put src/a",
        "exec -- cat {in:absent}",
        "exec -- cat {in:src}",
        "exec --stdout src -- echo x",
        "mounts",
        "mounts --json",
        "mounts test --json",
    ] {
        let shown = world.run(line) + &fs::read_to_string(&report).unwrap_or_default();
        let _ = fs::remove_file(&report);
        assert!(!shown.contains("_path_"), "storage {line}\n{shown}");
    }
}
