//! Options as typed structs, and what is said when they are wrong.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::config::{Config, Format, MountConfig, Secret};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Permissions {
    ReadOnly,
    ReadWrite,
    Delete,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Tls {
    verify: bool,
    #[serde(default)]
    ports: Vec<u16>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Options {
    path: PathBuf,
    #[serde(default)]
    create: bool,
    permissions: Option<Permissions>,
    part_size: Option<u16>,
    ratio: Option<f64>,
    password: Option<Secret>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    tls: Option<Tls>,
    #[serde(alias = "workers")]
    threads: Option<NonZeroU32>,
}

fn mount() -> MountConfig {
    MountConfig::local("home", "/srv")
}

#[track_caller]
fn complaint(mount: &MountConfig) -> String {
    mount.parse_options::<Options>().unwrap_err().to_string()
}

#[test]
fn every_kind_of_value_arrives() {
    let options: Options = mount()
        .option("create", true)
        .option("permissions", "readonly")
        .option("part_size", 5)
        .option("ratio", 2)
        .secret("password", "hunter2")
        .option("headers", json!({"a": "b"}))
        .option("tls", json!({"verify": false, "ports": [1, 2]}))
        .option("workers", 4)
        .parse_options()
        .unwrap();
    assert_eq!(options.permissions, Some(Permissions::ReadOnly));
    assert_eq!((options.part_size, options.ratio, options.create), (Some(5), Some(2.0), true));
    assert_eq!(options.password.unwrap().expose(), "hunter2");
    assert_eq!(options.tls, Some(Tls { verify: false, ports: vec![1, 2] }));
    assert_eq!((options.threads, options.headers["a"].as_str()), (NonZeroU32::new(4), "b"));
}

#[test]
fn variables_are_text_and_serve_as_numbers() {
    let options: Options = mount()
        .option("create", "true")
        .option("part_size", "8080")
        .option("ratio", "0.5")
        .option("tls", json!({"verify": "false", "ports": ["80"]}))
        .parse_options()
        .unwrap();
    assert_eq!((options.create, options.part_size, options.ratio), (true, Some(8080), Some(0.5)));
    assert_eq!(options.tls.unwrap().ports, [80]);
}

#[test]
fn an_unknown_field_gets_the_nearest_spelling_and_the_list() {
    assert_eq!(
        complaint(&mount().option("pth", "x")),
        "cannot configure mount `home`: bad configuration: unknown field `pth` for type `local`; did you mean \
         `path`? Fields are `path`, `create`, `permissions`, `part_size`, `ratio`, `password`, `headers`, `tls`, \
         `threads`, `workers`"
    );
    assert_eq!(
        complaint(&mount().option("tls", json!({"verify": true, "prots": []}))),
        "cannot configure mount `home`: bad configuration: unknown field `tls.prots` for type `local`; did you mean \
         `ports`? Fields are `verify`, `ports`"
    );
    #[derive(Debug, Deserialize)]
    struct Nothing {}
    let error = MountConfig::memory("m").option("a", 1).parse_options::<Nothing>().unwrap_err();
    assert!(
        error.to_string().contains("unknown field `a` for type `memory`; type `memory` has no fields"),
        "{error}"
    );
    assert!(MountConfig::memory("m").parse_options::<()>().is_ok());
}

#[test]
fn a_wrong_value_of_an_enum_gets_the_list() {
    assert_eq!(
        complaint(&mount().option("permissions", "read-only")),
        "cannot configure mount `home`: bad configuration: field `permissions`: unknown value `read-only`; did you \
         mean `readonly`? Values are `readonly`, `readwrite`, `delete`"
    );
    assert!(
        complaint(&mount().option("permissions", 7)).contains(
            "field `permissions`: expected one of `readonly`, `readwrite`, `delete`, found a number"
        )
    );
}

#[test]
fn a_missing_field_and_wrong_types_name_the_field() {
    let missing = complaint(&MountConfig::new("home", "local"));
    assert!(missing.contains("missing field `path` for type `local`; add `path`"), "{missing}");
    for (key, value, said) in [
        (
            "create",
            json!("yes"),
            "field `create`: expected a boolean, found a string; write `true` or `false`",
        ),
        ("path", json!(5), "field `path`: expected a string, found a number; put the value in quotes"),
        ("part_size", json!(70_000), "expected a whole number from 0 to 65535, found the number 70000"),
        ("part_size", json!(-1), "expected a whole number from 0 to 65535, found the number -1"),
        ("part_size", json!(1.5), "expected a whole number from 0 to 65535, found a number"),
        ("threads", json!(0), "field `threads`: expected a whole number above 0, found the number 0"),
        ("tls", json!("x"), "field `tls`: expected a mapping, found a string"),
        ("tls", json!({}), "missing field `tls.verify`"),
        ("tls", json!({"verify": true, "ports": [1, "x"]}), "field `tls.ports[1]`: expected a whole number"),
        ("headers", json!({"a": 1}), "field `headers.a`: expected a string, found a number"),
    ] {
        let said_really = complaint(&mount().option(key, value));
        assert!(said_really.contains(said), "{said_really}\n{said}");
    }
}

#[test]
fn a_secret_value_is_never_told() {
    #[derive(Debug, Deserialize)]
    struct Odd {
        #[expect(dead_code, reason = "only its type matters")]
        api_key: Option<Permissions>,
        #[expect(dead_code, reason = "only its type matters")]
        pin: Option<u8>,
    }
    for mount in [
        MountConfig::new("a", "x").option("api_key", "hunter2"),
        MountConfig::new("a", "x").secret("pin", "hunter2"),
        MountConfig::new("a", "x").option("api_key", json!({"hunter2": 1})),
    ] {
        let error = mount.parse_options::<Odd>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let error = MountConfig::new("a", "x").option("pin", 4711).parse_options::<Odd>().unwrap_err();
    assert!(error.to_string().contains("4711"), "a number that nobody called secret is shown: {error}");
    let marked = MountConfig::new("a", "x").secret("pin", "").option("pin", 4711);
    assert!(!marked.parse_options::<Odd>().unwrap_err().to_string().contains("4711"));
}

#[test]
fn mistakes_made_in_code_are_told() {
    for (mount, said) in [
        (MountConfig::memory("a b"), "`a b` cannot name a mount"),
        (MountConfig::memory(""), "cannot name a mount"),
        (MountConfig::new("a", ""), "field `type`: it is empty"),
        (MountConfig::memory("a").option("type", "s3"), "are no options"),
    ] {
        assert!(mount.validate().unwrap_err().to_string().contains(said), "{mount:?}");
        assert!(mount.parse_options::<()>().is_err());
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_text_is_refused_not_changed() {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::OsStr::from_bytes(b"/srv/\xff");
    assert!(MountConfig::local("a", path).validate().unwrap_err().to_string().contains("not UTF-8"));
}

proptest! {
    #[test]
    fn no_options_panic(key in "(path|create|tls|pth|headers)", text in any::<String>(), number in any::<f64>()) {
        let _ = mount().option(key.clone(), text.clone()).parse_options::<Options>().map_err(|e| e.to_string());
        let _ = mount().option(key, json!({"verify": [text, number]})).parse_options::<Options>();
    }
}

#[test]
fn what_came_from_the_environment_stands_in_no_error() {
    let text = r#"[{"name": "a", "type": "t", "path": "/srv/${DEPLOY}", "part_size": "${DEPLOY}"},
        {"name": "b", "type": "t", "path": "/srv", "permissions": "${UNSET:-delet}"},
        {"name": "c", "type": "t", "path": "/srv/${DEPLOY}", "endpoint": "https://h/${API_TOKEN:-x}/y"}]"#;
    let env = |name: &str| matches!(name, "DEPLOY" | "API_TOKEN").then(|| "hunter2".to_owned());
    let mounts = Config::from_text_with(text, Format::Json, &env).unwrap().mounts;
    let told = complaint(&mounts[0]);
    assert!(told.contains("`part_size`") && !told.contains("hunter2"), "{told}");
    // What the file itself says may be shown.
    assert!(complaint(&mounts[1]).contains("`delet`"));
    // A variable that is named like a secret makes its option one; a path is good to know.
    let shown = mounts[2].to_json();
    assert_eq!((&shown["endpoint"], &shown["path"]), (&json!("***"), &json!("/srv/hunter2")));
    let expanded = MountConfig::new("m", "t").option("endpoint", "${API_TOKEN}").expand(&env).unwrap();
    assert!(!format!("{expanded:?}").contains("hunter2"));
    assert_eq!(expanded.get("endpoint"), Some(&json!("hunter2")));
}
