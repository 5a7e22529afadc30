//! Where mounts come from, and what is said when they are wrong.

use snapbox::str;

use crate::support::World;

const BOX: &str = "[{\"name\": \"NAME\", \"type\": \"memory\"}]";

fn named(name: &str) -> String {
    BOX.replace("NAME", name)
}

/// The mounts that a run sees, with and without a variable and an option.
fn mounts(world: &World, variables: &[(&str, &str)], args: &[&str]) -> String {
    let mut command = world.command(args);
    command.arg("mounts").envs(variables.iter().copied());
    world.shown(&command.output().unwrap())
}

#[test]
fn the_first_file_that_is_found_is_used() {
    let world = World::new();
    let config = world.home().join(".config/storage");
    let steps: [(&dyn Fn(), &str); 7] = [
        (&|| drop(world.write(config.join("storage.json"), named("xdg-json"))), "xdg-json"),
        (
            &|| drop(world.write(config.join("storage.toml"), "[mounts.xdg-toml]\ntype = \"memory\"\n")),
            "xdg-toml",
        ),
        (&|| drop(world.write(config.join("storage.yml"), "- {name: xdg-yml, type: memory}")), "xdg-yml"),
        (&|| drop(world.write(config.join("storage.yaml"), "- {name: xdg-yaml, type: memory}")), "xdg-yaml"),
        (&|| drop(world.configure("storage.json", named("here-json"))), "here-json"),
        (&|| drop(world.configure("storage.toml", "[mounts.here-toml]\ntype = \"memory\"\n")), "here-toml"),
        (&|| drop(world.configure("storage.yaml", "- {name: here-yaml, type: memory}")), "here-yaml"),
    ];
    assert!(world.stdout("mounts").starts_with("data:  local"));
    for (write, name) in steps {
        write();
        assert!(world.stdout("mounts").starts_with(&format!("{name}:  memory")), "{name}");
    }
    world.write("other.json", named("variable"));
    world.write("third.json", named("option"));
    let variable = [("STORAGE_CONFIG", "other.json")];
    assert_shown!(
        mounts(&world, &variable, &[]),
        str![[r#"
exit: 0
--- stdout
variable:  memory  -  read, write, delete, list

configuration: [ROOT]/here/other.json

"#]]
    );
    assert_shown!(
        mounts(&world, &variable, &["--config", "third.json"]),
        str![[r#"
exit: 0
--- stdout
option:  memory  -  read, write, delete, list

configuration: [ROOT]/here/third.json

"#]]
    );
    assert_shown!(
        mounts(&world, &[("STORAGE_CONFIG", "")], &[]),
        str![[r#"
exit: 0
--- stdout
here-yaml:  memory  -  read, write, delete, list

configuration: [ROOT]/here/storage.yaml

"#]]
    );
}

#[test]
fn xdg_directories_count_when_they_are_absolute() {
    let world = World::new();
    world.write(world.root().join("xdg/storage/storage.json"), named("xdg"));
    let absolute = world.root().join("xdg");
    assert_shown!(
        mounts(&world, &[("XDG_CONFIG_HOME", absolute.to_str().unwrap())], &[]),
        str![[r#"
exit: 0
--- stdout
xdg:  memory  -  read, write, delete, list

configuration: [ROOT]/xdg/storage/storage.json

"#]]
    );
    assert_shown!(
        mounts(&world, &[("XDG_CONFIG_HOME", "../xdg"), ("XDG_DATA_HOME", "relative")], &[]),
        str![[r#"
exit: 0
--- stdout
data:  local  [ROOT]/home/.local/share/storage  read, write, delete, list

configuration: none, this is the built-in default

"#]]
    );
    assert_shown!(
        mounts(&world, &[("XDG_DATA_HOME", absolute.to_str().unwrap())], &[]),
        str![[r#"
exit: 0
--- stdout
data:  local  [ROOT]/xdg/storage  read, write, delete, list

configuration: none, this is the built-in default

"#]]
    );
}

#[test]
fn without_a_home_there_is_no_default() {
    let world = World::new();
    let output = world.command(&["ls", "data:"]).env_remove("HOME").output().unwrap();
    assert_shown!(
        world.shown(&output),
        str![[r#"
exit: 5
--- stderr
error: there is no configuration, and neither `$HOME` nor `$XDG_DATA_HOME` says where data goes
hint: write a `storage.yaml`, or set `HOME`

"#]]
    );
}

#[test]
fn the_default_mount_is_made_on_the_first_write() {
    let world = World::new();
    world.ok("ls data:");
    assert!(!world.data().exists());
    assert_shown!(
        world.run_with("put data:a/b.txt", "b"),
        str![[r#"
exit: 0
--- stderr
1 B stored at `data:a/b.txt`

"#]]
    );
    assert_eq!(std::fs::read(world.data().join("a/b.txt")).unwrap(), b"b");
}

#[test]
fn a_missing_file_is_an_error_when_it_was_asked_for() {
    assert_shown!(
        World::new().run("--config nothing.yaml mounts"),
        str![[r#"
exit: 5
--- stderr
error: `nothing.yaml` cannot be read: no such file or directory
hint: `--config FILE` or `$STORAGE_CONFIG` names another one

"#]]
    );
}

#[test]
fn an_unknown_format_is_refused() {
    let world = World::new();
    world.write("storage.ini", "x");
    assert_shown!(
        world.run("--config storage.ini mounts"),
        str![[r#"
exit: 5
--- stderr
error: `storage.ini` is of no known format
hint: the name of a configuration file ends in `.yaml`, `.yml`, `.toml` or `.json`

"#]]
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_spelling() {
    let world = World::new();
    world.configure("storage.yaml", "- name: work\n  type: local\n  pth: /srv\n");
    assert_shown!(
        world.run("ls work:"),
        str![[r#"
exit: 5
--- stderr
error: in `storage.yaml`: mount `work`: unknown field `pth` for type `local`
hint: did you mean `path`? Fields are `path`, `create`, `durability`, `base_url`

"#]]
    );
}

#[test]
fn an_unknown_type_is_refused_with_the_nearest_spelling() {
    let world = World::new();
    world.configure("storage.toml", "[mounts.work]\ntype = \"lokal\"\npath = \"/srv\"\n");
    assert_shown!(
        world.run("ls work:"),
        str![[r#"
exit: 5
--- stderr
error: in `storage.toml`: mount `work`: unknown type `lokal`; known are [..]`local`, [..]
hint: did you mean `local`?

"#]]
    );
}

#[test]
fn every_bad_mount_is_reported_at_once() {
    let world = World::new();
    world.configure(
        "storage.yaml",
        "- {name: a, type: local}\n- {name: b, type: lokal}\n- {name: c, type: memory}\n",
    );
    assert_shown!(
        world.run("ls c:"),
        str![[r#"
exit: 5
--- stderr
error: in `storage.yaml`: mount `a`: missing field `path` for type `local`; add `path` to the mount; mount `b`: unknown type `lokal`; known are [..]`local`, [..]; did you mean `local`?

"#]]
    );
}

#[test]
fn text_that_does_not_parse_is_located() {
    let world = World::new();
    world.configure("storage.yaml", "- name: a\n  type: [local\n");
    assert_shown!(
        world.run("mounts"),
        str![[r#"
exit: 5
--- stderr
error: in `storage.yaml`: YAML, line 2, column 9: unclosed bracket '['

"#]]
    );
}

#[test]
fn a_missing_variable_is_named() {
    let world = World::new();
    world.configure("storage.yaml", "- {name: a, type: local, path: '${NOWHERE}/x'}\n");
    assert_shown!(
        world.run("mounts"),
        str![[r#"
exit: 5
--- stderr
error: in `storage.yaml`: mount `a`: field `path`: the environment variable `NOWHERE` is not set: run `export NOWHERE=...` or write `${NOWHERE:-default}`

"#]]
    );
}

#[test]
fn the_hidden_mount_cannot_be_taken() {
    let world = World::new();
    world.configure("storage.yaml", "- {name: _path_, type: memory}\n");
    assert_shown!(
        world.run("mounts"),
        str![[r#"
exit: 5
--- stderr
error: the name `_path_` is kept for plain paths
hint: give the mount another name

"#]]
    );
}

#[test]
fn directories_are_relative_to_the_file_that_names_them() {
    let world = World::new();
    world.write("etc/storage.yaml", "- {name: work, type: local, path: files}\n");
    world.write("etc/files/a.txt", "a");
    assert_shown!(
        world.run("--config etc/storage.yaml cat work:a.txt"),
        str![[r#"
exit: 0
--- stdout
a[no newline]

"#]]
    );
    assert_shown!(
        world.run("--config etc/storage.yaml mounts"),
        str![[r#"
exit: 0
--- stdout
work:  local  [ROOT]/here/etc/files  read, write, delete, list

configuration: [ROOT]/here/etc/storage.yaml

"#]]
    );
}

#[test]
fn completions_do_not_need_a_configuration() {
    let world = World::new();
    world.configure("storage.yaml", "broken: [");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.stdout(&format!("completions {shell}"));
        assert!(script.contains("completions") && script.contains("symlinks"), "{shell}");
        for word in ["versions", "restore", "compact", "meta", "clear-tags", "allow-private", "method"] {
            let known = script.contains(word) || (word == "allow-private" && cfg!(not(feature = "http")));
            assert!(known, "{shell}: {word}");
        }
    }
    assert_shown!(
        world.run("completions tcsh"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'tcsh' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

  tip: a similar value exists: 'zsh'

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_relative_mount_keeps_its_permissions() {
    let world = World::new();
    world.write("files/a.txt", "a");
    world.configure(
        "storage.yaml",
        "- {name: work, type: local, path: files}\n- {name: look, type: relative, path: 'work:', permissions: readonly}\n",
    );
    assert_shown!(
        world.run("cat look:a.txt"),
        str![[r#"
exit: 0
--- stdout
a[no newline]

"#]]
    );
    assert_shown!(
        world.run_with("put look:b.txt", "b"),
        str![[r#"
exit: 4
--- stderr
error: cannot write `look:b.txt`: the mount has `permissions: readonly`, which does not allow to write
hint: configure the mount with `permissions: readwrite`

"#]]
    );
    assert_shown!(
        world.run("rm look:a.txt"),
        str![[r#"
exit: 4
--- stderr
error: cannot delete `look:a.txt`: the mount has `permissions: readonly`, which does not allow to delete
hint: configure the mount with `permissions: delete`

"#]]
    );
    assert_shown!(
        world.run("mounts"),
        str![[r#"
exit: 0
--- stdout
work:  local     [ROOT]/here/files  read, write, delete, list
look:  relative  work:                               read, list

configuration: [ROOT]/here/storage.yaml

"#]]
    );
}
