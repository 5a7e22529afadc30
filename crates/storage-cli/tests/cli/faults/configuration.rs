//! Which configuration is used, and whose.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};

use snapbox::str;

use crate::support::{World, names};
use crate::terminal::on_a_terminal;

const MOUNTS: &str = "- {name: box, type: memory}\n- {name: data, type: memory}\n";

#[test]
fn a_configuration_of_another_user_in_this_folder_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        // Only the super-user can give a file away.
        return;
    }
    let world = World::new();
    chown(world.write("storage.yaml", MOUNTS), Some(65534), None).unwrap();
    assert_shown!(
        world.run("ls data:"),
        str![[r#"
exit: 5
--- stderr
error: `storage.yaml` in this folder belongs to another user (uid 65534), and is not used
hint: if you trust it, name it: `--config storage.yaml`; `storage config deny storage.yaml` leaves it out from now on

"#]]
    );
    for line in ["mounts", "mounts test", "cp a data:a", "put box:x", "config allow", "cleanup"] {
        assert!(world.run(line).starts_with("exit: 5\n"), "{line}");
    }
    // Plain paths need none.
    world.write("a", "a");
    world.ok("cp a b");
    world.ok("--config storage.yaml ls box:");
    world.ok("config deny");
    world.ok("ls data:");
    assert!(world.stdout("mounts").contains("built-in default"));
}

#[test]
fn a_configuration_in_this_folder_is_used_once_it_is_allowed() {
    let world = World::new();
    let file = world.write("storage.yaml", MOUNTS);
    assert_shown!(
        world.run("ls box:"),
        str![[r#"
exit: 5
--- stderr
error: `storage.yaml` in this folder is not used before you allow it
hint: look at it, then run `storage config allow storage.yaml`, or name it: `--config storage.yaml`; `storage config deny storage.yaml` leaves it out from now on

"#]]
    );
    assert_shown!(
        world.run("config allow storage.yaml"),
        str![[r#"
exit: 0
--- stderr
`[ROOT]/here/storage.yaml` is used in its folder, as long as it stays as it is

"#]]
    );
    world.ok("ls box:");
    world.write("storage.yaml", MOUNTS.replace("memory", "base64"));
    assert_shown!(
        world.run("mounts"),
        str![[r#"
exit: 5
--- stderr
error: `storage.yaml` in this folder has changed since you allowed it, and is not used
hint: look at it, then run `storage config allow storage.yaml`, or name it: `--config storage.yaml`; `storage config deny storage.yaml` leaves it out from now on

"#]]
    );
    // What was allowed is a content at a place: the same file elsewhere is another one.
    world.write("storage.yaml", MOUNTS);
    world.ok("ls box:");
    world.mkdir("other");
    std::fs::rename(&file, world.here().join("other/storage.yaml")).unwrap();
    let mut elsewhere = world.command(&["ls", "box:"]);
    let elsewhere = elsewhere.current_dir(world.here().join("other")).output().unwrap();
    assert!(world.shown(&elsewhere).starts_with("exit: 5\n"));
}

#[test]
fn what_was_decided_is_listed_and_can_be_changed() {
    let world = World::new();
    for folder in ["kept", "changed", "gone", "denied"] {
        world.configure(&format!("{folder}/storage.yaml"), MOUNTS);
    }
    world.write("changed/storage.yaml", "[]");
    std::fs::remove_file(world.here().join("gone/storage.yaml")).unwrap();
    world.ok("config deny denied");
    assert_shown!(
        world.run("config list"),
        str![[r#"
exit: 0
--- stdout
changed  [ROOT]/here/changed/storage.yaml
denied   [ROOT]/here/denied/storage.yaml
missing  [ROOT]/here/gone/storage.yaml
allowed  [ROOT]/here/kept/storage.yaml

"#]]
    );
    world.ok("config allow denied");
    let listed: serde_json::Value = serde_json::from_str(&world.stdout("config list --json")).unwrap();
    let files = listed["files"].as_array().unwrap();
    assert!(files.iter().filter(|file| file["state"] == "allowed").count() == 2, "{listed}");
    assert_shown!(
        world.run("config allow kept/other.yaml"),
        str![[r#"
exit: 2
--- stderr
error: `kept/other.yaml` is not looked for in a folder; `storage.yaml`, `storage.yml`, `storage.toml`, `storage.json` are
hint: name a file of another name with `--config FILE`, which needs no allowing

"#]]
    );
    assert_shown!(
        world.run("config allow"),
        str![[r#"
exit: 3
--- stderr
error: there is no configuration in `.`
hint: its name is one of `storage.yaml`, `storage.yml`, `storage.toml`, `storage.json`

"#]]
    );
}

#[test]
fn a_configuration_that_others_can_write_to_is_not_used() {
    let world = World::new();
    let file = world.configure("storage.yaml", MOUNTS);
    std::fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    for line in ["ls box:", "config allow"] {
        let shown = world.run(line);
        let told = "`storage.yaml` in this folder can be changed by other users (mode 0666), and is not used";
        assert!(shown.starts_with("exit: 5\n") && shown.contains(told), "{shown}");
        assert!(shown.contains("`chmod go-w storage.yaml`"), "{shown}");
    }
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    world.ok("ls box:");
}

#[test]
fn a_record_that_somebody_else_may_have_written_allows_nothing() {
    let world = World::new();
    world.configure("storage.yaml", MOUNTS);
    world.ok("ls box:");
    let records = world.home().join(".local/state/storage/allowed");
    let record = records.join(&names(&records)[0]);
    std::fs::set_permissions(&record, Permissions::from_mode(0o666)).unwrap();
    assert!(world.run("ls box:").starts_with("exit: 5\n"));
    std::fs::remove_file(&record).unwrap();
    let planted = world.write("planted", "untouched");
    std::os::unix::fs::symlink(&planted, &record).unwrap();
    assert!(world.run("ls box:").starts_with("exit: 5\n"));
    // Nor is what a link leads to overwritten.
    world.ok("config allow");
    world.ok("ls box:");
    assert_eq!(std::fs::read(&planted).unwrap(), b"untouched");
}

#[test]
fn plain_paths_need_no_configuration() {
    let world = World::new();
    world.write("a", "a");
    world.configure("storage.yaml", "- {name: data, type: nothing}\n");
    world.ok("cp a b");
    world.write(world.home().join(".config/storage/storage.yaml"), "broken: [");
    world.ok("config deny");
    world.ok("cp a c");
    assert!(world.run("ls data:").starts_with("exit: 5\n"));
    // What may be the name of a mount is taken for one.
    world.write("data:a", "a");
    assert!(world.run("cat data:a").starts_with("exit: 5\n"));
    world.ok("cat ./data:a");
    let without_home = world.command(&["cp", "a", "d"]).env_remove("HOME").output().unwrap();
    assert!(without_home.status.success());
}

#[test]
fn files_that_are_named_need_no_allowing() {
    let world = World::new();
    world.write("storage.yaml", MOUNTS);
    world.ok("--config storage.yaml ls box:");
    let by_variable = world.command(&["ls", "box:"]).env("STORAGE_CONFIG", "storage.yaml").output().unwrap();
    assert!(by_variable.status.success());
    // That of the user is trusted, also by one who stands beside it.
    let folder = world.mkdir(world.home().join(".config/storage"));
    world.write(folder.join("storage.yaml"), MOUNTS);
    let beside = world.command(&["ls", "box:"]).current_dir(folder).output().unwrap();
    assert_eq!(world.shown(&beside), "exit: 0\n");
}

#[test]
fn a_large_file_is_not_read_to_its_end() {
    let world = World::new();
    std::fs::File::create(world.here().join("storage.yaml")).unwrap().set_len(1 << 40).unwrap();
    for line in ["--config storage.yaml ls box:", "config allow"] {
        let shown = world.run(line);
        assert!(shown.starts_with("exit: 5\n") && shown.contains("is larger than 1 MiB"), "{shown}");
    }
}

#[test]
fn a_configuration_in_this_folder_is_named_on_a_terminal() {
    let world = World::new();
    world.configure("storage.yaml", MOUNTS);
    world.write("a", "a");
    let told = "the mounts are those of `./storage.yaml`\n";
    assert_eq!(on_a_terminal(world.command(&["ls", "data:"])), told);
    for quiet in [&["--quiet", "ls", "data:"][..], &["--config", "storage.yaml", "ls", "data:"], &["ls", "a"]]
    {
        assert_eq!(on_a_terminal(world.command(quiet)), "", "{quiet:?}");
    }
    assert_eq!(world.run("ls data:"), "exit: 0\n");
}

#[test]
fn urls_of_other_programs_lead_to_a_mount() {
    let world = World::new();
    assert_shown!(
        world.run("cat s3://logs/2026/a.csv"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `s3`; known are `data`
hint: make a mount of it, a line `- {name: s3, type: s3, bucket: logs}` of `storage.yaml`, and write `s3:2026/a.csv`

"#]]
    );
}

#[test]
fn what_came_from_the_environment_is_not_shown() {
    let world = World::new();
    world.write(
        "a.yaml",
        "- {name: a, type: local, path: /srv, base_url: 'https://h/${API_TOKEN}/'}\n- {name: b, type: http, url: \
         'https://h/${API_TOKEN}/'}\n",
    );
    world.write("b.yaml", "- {name: a, type: local, path: /srv, durability: '${DEPLOY}'}\n");
    let shown = |line: &str| {
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut command = world.command(&args);
        world.shown(&command.env("API_TOKEN", "hunter2").env("DEPLOY", "hunter2").output().unwrap())
    };
    for line in ["--config a.yaml mounts", "--config a.yaml mounts --json", "--config b.yaml mounts"] {
        let shown = shown(line);
        assert!(!shown.contains("hunter2") && shown.contains("exit: "), "{shown}");
    }
    assert!(shown("--config b.yaml mounts").contains("field `durability`: unknown value"));
}
