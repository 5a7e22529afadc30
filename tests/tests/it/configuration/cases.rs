//! What every manager does with configuration.

use std::sync::Arc;

use storage::types::config::{Format, process_env};
use storage::types::{Config, Error, ErrorKind, MountConfig, Operation, Result, StoragePath};
use storage_tests::support::checks::{equal, mentions, no, refused, some, yes};

use super::api::StorageManager;
use super::provider::{Shelf, View};

const SECRET: &str = "hunter2";

const YAML: &str = r#"
mounts:
  - name: home
    type: local
    path: /srv/data
    durability: none
    base_url: https://files.example/pub
  - name: part
    type: relative
    path: "home:sub"
    permissions: readonly
  - name: scratch
    type: memory
    versioned: true
  - name: inline
    type: base64
"#;

const JSON: &str = r#"[
  {"name": "home", "type": "local", "path": "/srv/data", "durability": "none",
   "base_url": "https://files.example/pub"},
  {"name": "part", "type": "relative", "path": "home:sub", "permissions": "readonly"},
  {"name": "scratch", "type": "memory", "versioned": true},
  {"name": "inline", "type": "base64"}
]"#;

const TOML: &str = r#"
[[mounts]]
name = "home"
type = "local"
path = "/srv/data"
durability = "none"
base_url = "https://files.example/pub"

[[mounts]]
name = "part"
type = "relative"
path = "home:sub"
permissions = "readonly"

[[mounts]]
name = "scratch"
type = "memory"
versioned = true

[[mounts]]
name = "inline"
type = "base64"
"#;

fn code() -> Config {
    Config::new()
        .mount(
            MountConfig::local("home", "/srv/data")
                .option("durability", "none")
                .option("base_url", "https://files.example/pub"),
        )
        .mount(MountConfig::relative("part", "home:sub", "readonly"))
        .mount(MountConfig::memory("scratch").option("versioned", true))
        .mount(MountConfig::base64("inline"))
}

/// A manager that knows the kinds of this test and has one mount already.
fn manager() -> StorageManager {
    let manager = StorageManager::new();
    manager.register(Arc::new(Shelf));
    manager.register(Arc::new(View));
    equal(manager.add_mount(&MountConfig::memory("first")).is_ok(), true);
    manager
}

fn kinds(manager: &StorageManager) -> Vec<String> {
    manager.mounts().iter().map(|mount| format!("{} {}", mount.name(), mount.backend().kind())).collect()
}

fn described(manager: &StorageManager) -> Vec<String> {
    let mounts = manager.mounts();
    mounts.iter().map(|mount| format!("{mount:?} {:?}", mount.backend().capabilities())).collect()
}

/// The batch is refused as bad configuration, on one line, and the manager is as it was.
#[track_caller]
fn refusal(configure: impl FnOnce(&StorageManager) -> Result<()>) -> Error {
    let manager = manager();
    let before = described(&manager);
    let error = refused(configure(&manager), ErrorKind::Config);
    equal(described(&manager), before);
    equal(manager.mount_names(), ["first"]);
    equal(error.operation(), Some(Operation::Configure));
    no(error.to_string().contains('\n'));
    error
}

#[track_caller]
fn refused_yaml(text: &str) -> Error {
    refusal(|manager| manager.configure_yaml(text))
}

#[test]
fn yaml_json_toml_and_code_give_the_same_mounts() -> Result<()> {
    let code = code();
    let (by_yaml, by_json, by_toml) = (manager(), manager(), manager());
    let (by_code, one_by_one) = (manager(), manager());
    by_yaml.configure_yaml(YAML)?;
    by_json.configure_json(JSON)?;
    by_toml.configure_toml(TOML)?;
    by_code.configure(&code)?;
    for mount in &code.mounts {
        one_by_one.add_mount(mount)?;
    }
    for other in [&by_yaml, &by_json, &by_toml, &one_by_one] {
        equal(kinds(other), kinds(&by_code));
    }
    equal(
        kinds(&by_code),
        ["first memory", "home local", "inline base64", "part relative", "scratch memory"],
    );
    for other in [&by_yaml, &by_json, &by_toml, &one_by_one] {
        let capabilities = |manager: &StorageManager| {
            manager.mounts().iter().map(|mount| mount.backend().capabilities()).collect::<Vec<_>>()
        };
        equal(capabilities(other), capabilities(&by_code));
        equal(other.node("home:a")?, by_code.node("home:a")?);
    }
    for (text, format) in [(YAML, Format::Yaml), (JSON, Format::Json), (TOML, Format::Toml)] {
        equal(Config::from_text(text, format)?, code.clone());
        let by_text = manager();
        by_text.configure_text(text, format)?;
        equal(kinds(&by_text), kinds(&by_code));
    }
    Ok(())
}

#[test]
fn a_mapping_names_its_mounts_by_their_keys() -> Result<()> {
    let manager = manager();
    manager.configure_yaml("mounts:\n  a: {type: memory}\n  b: {protocol: memory, versioned: true}\n")?;
    manager.configure_toml("[mounts.c]\ntype = 'memory'\n")?;
    manager.configure_json(r#"{"mounts": {"d": {"type": "memory"}}}"#)?;
    equal(manager.mount_names(), ["a", "b", "c", "d", "first"]);
    yes(manager.node("b")?.capabilities().versions);
    Ok(())
}

#[test]
fn nothing_configures_nothing() -> Result<()> {
    let manager = manager();
    manager.configure_yaml("")?;
    manager.configure_json("[]")?;
    manager.configure_toml("")?;
    manager.configure_yaml("mounts: []")?;
    manager.configure(&Config::new())?;
    equal(manager.mount_names(), ["first"]);
    Ok(())
}

#[test]
fn protocol_and_type_mean_the_same() -> Result<()> {
    for text in ["- {name: a, type: memory}", "- {name: a, protocol: memory}"] {
        let manager = manager();
        manager.configure_yaml(text)?;
        equal(kinds(&manager), ["a memory", "first memory"]);
    }
    let error = refused_yaml("- {name: a, type: memory, protocol: local}");
    mentions(error, &["`a`", "`type`", "`protocol`"]);
    Ok(())
}

#[test]
fn variables_are_taken_from_the_environment() -> Result<()> {
    let env = |name: &str| match name {
        "FOLDER" => Some("/srv/data".to_owned()),
        "VERSIONED" => Some("true".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let text = "
- {name: a, type: local, path: '${FOLDER}/sub'}
- {name: b, type: local, path: '${NOWHERE:-/tmp}/x'}
- {name: c, type: local, path: '${EMPTY:-/var}'}
- {name: d, type: memory, versioned: '${VERSIONED}'}
- {name: e, type: '${KIND:-memory}'}
- {name: f, type: local, path: '/$${FOLDER}'}
";
    let manager = manager();
    manager.configure_reading(Config::read_text(text, Format::Yaml, &env)?)?;
    equal(manager.mount_names(), ["a", "b", "c", "d", "e", "f", "first"]);
    yes(manager.node("d")?.capabilities().versions);
    let mounts = Config::from_text_with(text, Format::Yaml, &env)?.mounts;
    let paths: Vec<&str> =
        mounts.iter().filter_map(|mount| mount.get("path").and_then(|path| path.as_str())).collect();
    equal(paths, ["/srv/data/sub", "/tmp/x", "/var", "/${FOLDER}"]);
    Ok(())
}

#[test]
fn the_environment_is_that_of_the_process() -> Result<()> {
    let path = some(process_env("PATH"));
    let text = "- {name: a, type: memory, shared: '${PATH}'}";
    equal(Config::from_yaml(text)?.mounts, [MountConfig::memory("a").option("shared", path)]);
    let manager = manager();
    manager.configure_yaml(text)?;
    yes(manager.has_mount("a"));
    Ok(())
}

#[test]
fn a_missing_variable_is_refused() {
    let text = "- {name: a, type: local, path: '${STORAGE_TEST_NOT_SET}/x'}";
    mentions(
        refused_yaml(text),
        &["`a`", "`path`", "`STORAGE_TEST_NOT_SET`", "export STORAGE_TEST_NOT_SET="],
    );
    let open = refused_yaml("- {name: a, type: local, path: '${STORAGE_TEST_NOT_SET'}");
    mentions(open, &["`a`", "`path`", "never closed"]);
}

#[test]
fn variables_in_code_are_taken_literally() -> Result<()> {
    let mount = MountConfig::memory("a").option("shared", "${STORAGE_TEST_NOT_SET}");
    manager().add_mount(&mount)?;
    refused(mount.expand(&|_| None), ErrorKind::Config);
    let expanded = mount.expand(&|_| Some("x".to_owned()))?;
    equal(expanded.get("shared").and_then(|value| value.as_str()), Some("x"));
    Ok(())
}

#[test]
fn what_is_wrong_is_told_with_the_way_out() {
    let cases: [(&str, &[&str]); 20] = [
        ("- {name: a, type: local, pth: /srv}", &["mount `a`", "`pth`", "did you mean `path`", "`base_url`"]),
        ("- {name: a, type: memory, version: true}", &["mount `a`", "`version`", "did you mean `versioned`"]),
        ("- {name: a, type: base64, path: x}", &["mount `a`", "`path`", "`base64`"]),
        (
            "- {name: a, type: loca}",
            &["mount `a`", "unknown type `loca`", "did you mean `local`", "`memory`"],
        ),
        (
            "- {name: a, type: zzzzzz}",
            &["`zzzzzz`", "`base64`", "`local`", "`memory`", "`relative`", "`shelf`"],
        ),
        ("- {name: a, type: ''}", &["mount `a`", "`type`"]),
        ("- {name: a}", &["mount `a`", "missing field `type`", "`protocol`"]),
        ("- {name: a, typ: memory}", &["mount `a`", "missing field `type`", "did you mean it by `typ`"]),
        ("- {type: memory}", &["mount number 1", "missing field `name`"]),
        ("- {name: a, type: local}", &["mount `a`", "missing field `path`"]),
        ("- {name: a, type: relative}", &["mount `a`", "missing field `path`"]),
        (
            "- {name: a, type: local, path: /srv, durability: ful}",
            &["mount `a`", "`durability`", "`ful`", "did you mean `full`", "`full`, `file`, `none`"],
        ),
        (
            "- {name: a, type: relative, path: 'first:x', permissions: writable}",
            &["mount `a`", "`permissions`", "`writable`", "`readonly`", "`readwrite`", "`delete`"],
        ),
        ("- {name: a, type: memory, versioned: maybe}", &["mount `a`", "`versioned`", "`true` or `false`"]),
        ("- {name: a, type: local, path: 5}", &["mount `a`", "`path`", "a string", "a number"]),
        ("- {name: a, type: local, path: [x]}", &["mount `a`", "`path`", "a list"]),
        ("- {name: a, type: shelf, boards: -1}", &["mount `a`", "`boards`", "whole number", "-1"]),
        ("- {name: a, type: shelf, boards: 0}", &["mount `a`", "`boards`", "one at least"]),
        ("mount: []", &["`mount`", "did you mean `mounts`"]),
        ("- memory", &["mount number 1", "a mapping", "a string"]),
    ];
    for (text, parts) in cases {
        mentions(refused_yaml(text), parts);
    }
}

#[test]
fn text_that_does_not_parse_is_refused_with_its_place() {
    mentions(refused_yaml("- {name: a, type: [memory}"), &["YAML, line 1"]);
    let json = refusal(|manager| manager.configure_json("[\n{\"name\": \"a\",, }]"));
    mentions(json, &["JSON, line 2"]);
    let toml = refusal(|manager| manager.configure_toml("[[mounts]]\nname = \n"));
    mentions(toml, &["TOML, line 2"]);
    mentions(refused_yaml("- {name: a, type: memory, type: memory}"), &["YAML, line 1", "type"]);
    mentions(refused_yaml("just text"), &["a list of mounts", "a string"]);
}

#[test]
fn a_bad_mount_name_is_refused() {
    for name in ["", " ", "a b", "a/b", "a:b", "é", "a\u{0}", "a\nb", "..a/"] {
        let mount = MountConfig::memory(name);
        let error = refusal(|manager| manager.add_mount(&mount));
        mentions(&error, &["cannot name a mount", "`A-Z a-z 0-9 _ . -`"]);
        let text = mount.to_json().to_string();
        let by_text = refusal(|manager| manager.configure_json(&format!("[{text}]")));
        mentions(by_text, &["cannot name a mount"]);
    }
    for name in ["a", "A-Z_0.9", "-", "_", "0"] {
        let manager = manager();
        equal(manager.add_mount(&MountConfig::memory(name)).is_ok(), true);
        yes(manager.has_mount(name));
    }
}

#[test]
fn a_bad_batch_tells_every_bad_mount_and_changes_nothing() {
    let text = "
- {name: good, type: memory}
- {name: first, type: memory, versioned: true}
- {name: bad name, type: memory}
- {name: no-type}
- {name: no-variable, type: local, path: '${STORAGE_TEST_NOT_SET}'}
- {name: no-such-type, type: lokal, path: /srv}
- {name: no-path, type: local}
- {name: odd-key, type: memory, versoned: true}
- {name: no-parent, type: relative, path: 'nowhere:x'}
- {name: no-board, type: shelf, boards: 0}
- {name: round, type: relative, path: 'round:x'}
";
    let error = refused_yaml(text);
    mentions(
        &error,
        &[
            "`bad name`",
            "`no-type`",
            "`no-variable`",
            "`no-such-type`",
            "did you mean `local`",
            "`no-path`",
            "`odd-key`",
            "did you mean `versioned`",
            "`no-parent`",
            "`nowhere`",
            "`no-board`",
            "one at least",
            "`round`",
            "stands on itself",
        ],
    );
    no(error.to_string().contains("mount `good`"));
    no(error.to_string().contains("mount `first`"));
}

#[test]
fn one_name_twice_is_refused() {
    let error = refused_yaml("[{name: a, type: memory}, {name: b, type: memory}, {name: a, type: memory}]");
    mentions(&error, &["mount `a`", "two mounts"]);
    no(error.to_string().contains("mount `b`"));
    let twice = Config::from_iter([MountConfig::memory("a"), MountConfig::memory("a")]);
    mentions(refusal(|manager| manager.configure(&twice)), &["mount `a`", "two mounts"]);
}

/// The path of `mount:x` in the store at the bottom.
fn leads_to(manager: &StorageManager, mount: &str) -> Result<String> {
    let mut place = (manager.mount(mount)?.backend().clone(), StoragePath::parse("x")?);
    while let Some(below) = place.0.resolve(&place.1) {
        place = below;
    }
    Ok(place.1.to_string())
}

#[test]
fn mounts_stand_on_one_another_in_any_order() -> Result<()> {
    let mut mounts = [
        MountConfig::relative("d", "c:three", "readonly"),
        MountConfig::relative("c", "b:two", "readwrite"),
        MountConfig::relative("b", "a:one", "delete"),
        MountConfig::memory("a"),
        MountConfig::new("e", "view").option("of", "d"),
    ];
    for _ in 0..mounts.len() {
        mounts.rotate_left(1);
        for reversed in [false, true] {
            let mut batch = mounts.to_vec();
            if reversed {
                batch.reverse();
            }
            let manager = manager();
            manager.configure(&Config::from(batch))?;
            equal(manager.mount_names(), ["a", "b", "c", "d", "e", "first"]);
            let can = |name: &str| manager.node(name).map(|node| node.capabilities());
            equal((can("b")?.write, can("b")?.delete), (true, true));
            equal((can("c")?.write, can("c")?.delete), (true, false));
            equal((can("d")?.write, can("e")?.write), (false, false));
            equal(leads_to(&manager, "d")?, "one/two/three/x");
            equal(leads_to(&manager, "e")?, "one/two/three/x");
        }
    }
    Ok(())
}

#[test]
fn a_mount_may_stand_on_one_that_is_there_already() -> Result<()> {
    let manager = manager();
    manager.configure_yaml("- {name: part, type: relative, path: 'first:sub', permissions: readonly}")?;
    no(manager.node("part")?.capabilities().write);
    // A batch that replaces the parent is built on the new one.
    manager.configure_yaml(
        "[{name: part, type: relative, path: 'first:sub'}, {name: first, type: memory, versioned: true}]",
    )?;
    yes(manager.node("part")?.capabilities().versions);
    Ok(())
}

#[test]
fn circles_are_refused() {
    let error = refused_yaml("- {name: a, type: relative, path: 'a:x'}");
    mentions(error, &["mount `a`", "stands on itself"]);
    let error = refused_yaml(
        "
- {name: a, type: relative, path: 'b:x'}
- {name: b, type: view, of: c}
- {name: c, type: relative, path: 'a:x'}
- {name: fine, type: memory}
",
    );
    mentions(&error, &["mount `a`", "mount `b`", "mount `c`", "stands on itself"]);
    no(error.to_string().contains("mount `fine`"));
}

#[test]
fn a_part_of_nothing_is_refused() {
    for (path, parts) in [
        ("nowhere:x", ["`nowhere`", "`first`"]),
        ("firs:x", ["`firs`", "did you mean `first`"]),
        ("first:../x", ["`path`", ".."]),
        ("first:a/../../x", ["`path`", ".."]),
    ] {
        let mount = MountConfig::relative("part", path, "delete");
        mentions(refusal(|manager| manager.add_mount(&mount)), &["`part`", parts[0], parts[1]]);
    }
    let error = refused_yaml("[{name: d, type: base64}, {name: part, type: relative, path: 'd:x'}]");
    mentions(error, &["`part`", "no sub-trees"]);
}

#[test]
fn mounts_are_added_replaced_and_removed() -> Result<()> {
    let manager = manager();
    manager.configure_yaml("[{name: a, type: memory}, {name: b, type: memory}]")?;
    let old = manager.node("a:file")?;
    no(old.capabilities().versions);
    manager.configure_json(r#"[{"name": "a", "type": "memory", "versioned": true}]"#)?;
    equal(manager.mount_names(), ["a", "b", "first"]);
    yes(manager.node("a:file")?.capabilities().versions);
    no(old.capabilities().versions);
    yes(manager.remove_mount("a"));
    no(manager.remove_mount("a"));
    equal(manager.mount_names(), ["b", "first"]);
    let error = refused(manager.node("a:file"), ErrorKind::NotFound);
    mentions(error, &["`a`", "`b`", "`first`"]);
    refused(manager.mount("a"), ErrorKind::NotFound);
    equal(old.full_path(), "a:file");
    Ok(())
}

#[test]
fn a_program_brings_its_own_kinds() -> Result<()> {
    let text = "- {name: books, type: shelf, boards: 3, wood: beech}";
    let without = StorageManager::new();
    mentions(refused(without.configure_yaml(text), ErrorKind::Config), &["unknown type `shelf`", "`local`"]);
    without.register(Arc::new(Shelf));
    without.configure_yaml(text)?;
    without.configure_yaml("- {name: more, type: bookcase, boards: '4'}")?;
    equal(kinds(&without), ["books memory", "more memory"]);

    let cases: [(&str, &[&str]); 5] = [
        ("- {name: a, type: shelf}", &["mount `a`", "missing field `boards`"]),
        ("- {name: a, type: shelf, bords: 3}", &["`bords`", "did you mean `boards`"]),
        ("- {name: a, type: shelf, boards: 3, wood: oka}", &["`oka`", "did you mean `oak`", "`beech`"]),
        ("- {name: a, type: shlef, boards: 3}", &["`shlef`", "did you mean `shelf`"]),
        ("- {name: a, type: view, of: nowhere}", &["mount `a`", "`nowhere`", "`first`"]),
    ];
    for (text, parts) in cases {
        mentions(refused_yaml(text), parts);
    }
    Ok(())
}

#[test]
fn secrets_are_shown_by_nothing() -> Result<()> {
    let text = format!(
        "
- {{name: a, type: shelf, boards: 1, wood: beech, pin: 7}}
- {{name: b, type: shelf, boards: x, secret_key: {SECRET}, password: {SECRET}}}
- {{name: c, type: shelf, boards: 1, endpoint: 'https://me:{SECRET}@host/'}}
- {{name: d, type: memory, access_token: {SECRET}, versioned: {{token: {SECRET}}}}}
- {{name: e, type: local, path: '${{STORAGE_TEST_NOT_SET}}', connection_string: 'AccountKey={SECRET}'}}
"
    );
    let error = refused_yaml(&text);
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        no(shown.contains(SECRET));
        mentions(shown, &["`b`", "`c`", "`d`", "`e`"]);
    }
    for broken in [format!("- {{password: {SECRET}"), format!("- password: {SECRET}\n x: *y {SECRET}")] {
        no(format!("{0} {0:?}", refused_yaml(&broken)).contains(SECRET));
    }

    let mount = MountConfig::new("shelf", "shelf").option("boards", 1).secret("pin", SECRET);
    let config = Config::from(vec![mount.clone(), mount.clone().option("api_key", SECRET)]);
    for shown in [
        format!("{config:?} {config:#?} {mount:?}"),
        config.to_json().to_string(),
        serde_json::to_string(&config).unwrap_or_default(),
        serde_json::to_string(&mount).unwrap_or_default(),
    ] {
        no(shown.contains(SECRET));
        yes(shown.contains("***"));
    }
    yes(config.to_json_exposed().to_string().contains(SECRET));

    // What is hidden from view still reaches the provider, and nothing of the manager shows it.
    let manager = manager();
    manager.add_mount(&mount)?;
    no(format!("{manager:?} {:?}", manager.mounts()).contains(SECRET));
    let refused_in_beech = refused(manager.add_mount(&mount.option("wood", "beech")), ErrorKind::Config);
    mentions(&refused_in_beech, &["`shelf`", "beech has no lock"]);
    no(refused_in_beech.to_string().contains(SECRET));
    Ok(())
}

#[test]
fn exposed_configuration_can_be_read_again() -> Result<()> {
    let config = code().mount(MountConfig::new("shelf", "shelf").option("boards", 1).secret("pin", "a-b"));
    let again = Config::from_json(&config.to_json_exposed().to_string())?;
    equal(&again, &config);
    let manager = manager();
    manager.configure(&again)?;
    yes(manager.has_mount("shelf"));
    Ok(())
}
