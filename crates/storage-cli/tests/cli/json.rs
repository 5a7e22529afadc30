//! What programs read: every `--json`, whole.

use serde_json::{Deserializer, Value};
use snapbox::file;

use crate::support::World;

/// In this order, each on what those before it have left.
const LINES: &[&str] = &[
    "mounts --json",
    "ls --json src",
    "find --json src",
    "stat --json src/a src",
    "du --json src",
    "hash --json -r src",
    "hash --json --check sums",
    "url --json served:a",
    "put --json --from src/a data:put",
    "concat --json src/a src/b/c data:whole",
    "cp --json src/a data:copy",
    "cp -r --json -j 1 --exclude b src data:tree",
    "cp -r --json -j 1 src taken",
    "mv --json data:copy data:moved",
    "meta get --json data:put",
    "meta set --json --user key=value data:put",
    "check --json src data:tree",
    "sync --json -n -j 1 src data:synced",
    "sync --json -j 1 src data:synced",
    "sync --json -n src taken",
    "zip --json src data:src.zip",
    "unzip --json --list data:src.zip",
    "unzip --json -j 1 data:src.zip out",
];

fn world() -> World {
    let world = World::new();
    world.write("src/a", "a\n");
    world.write("src/b/c", "content\n");
    world.mkdir("taken/a/below");
    world.write("sums", "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  src/a\n");
    world.configure(
        "storage.yaml",
        "- {name: data, type: local, path: ../data, create: true}\n\
         - {name: served, type: local, path: src, base_url: 'https://files.example/'}\n",
    );
    world
}

#[test]
fn every_json_output_is_as_documented() {
    let world = world();
    let mut all = String::new();
    for line in LINES {
        let shown = world.run(line);
        let shown = shown.split("--- stderr\n").next().unwrap();
        all += &format!("$ storage {line}\n{shown}");
    }
    assert_shown!(all, file!["json.txt"]);
}

#[test]
fn every_json_output_is_json() {
    let world = world();
    for line in LINES {
        let args: Vec<&str> = line.split_whitespace().collect();
        let output = world.command(&args).output().unwrap();
        let values: Result<Vec<Value>, _> = Deserializer::from_slice(&output.stdout).into_iter().collect();
        assert!(values.as_ref().is_ok_and(|values| !values.is_empty()), "{line}: {values:?}");
        if !line.starts_with("mounts")
            && !line.contains("cp ")
            && !line.contains("mv ")
            && !line.contains("zip ")
        {
            let lines = output.stdout.split_inclusive(|byte| *byte == b'\n');
            let objects = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
            assert_eq!(objects.count(), values.unwrap().len(), "{line} prints one object per line");
        }
    }
}
