//! The shapes that a configuration may have, and batches with mistakes.

use serde_json::json;

use super::{read, refused};
use crate::config::{Config, Format, MountConfig, join_errors};
use crate::{Error, ErrorKind};

fn expected() -> Config {
    Config::new()
        .mount(MountConfig::local("home", "/home/me/x").option("create", true))
        .mount(MountConfig::memory("tmp"))
}

#[test]
fn json_lists_and_mappings_are_the_same() {
    for text in [
        r#"[{"name":"home","type":"local","path":"${HOME}/x","create":true},{"name":"tmp","protocol":"${KIND}"}]"#,
        r#"{"mounts":[{"name":"home","type":"local","path":"${HOME}/x","create":true},{"name":"tmp","type":"memory"}]}"#,
        r#"{"mounts":{"home":{"type":"local","protocol":"local","path":"${HOME}/x","create":true},
                      "tmp":{"name":"tmp","type":"memory"}}}"#,
    ] {
        assert_eq!(read(text, Format::Json).unwrap(), expected(), "{text}");
    }
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_lists_and_mappings_are_the_same() {
    for text in [
        "- name: home\n  type: local\n  path: ${HOME}/x\n  create: true\n- {name: tmp, type: memory}\n",
        "mounts:\n- {name: home, type: local, path: \"${HOME}/x\", create: true}\n- {name: tmp, type: memory}\n",
        "mounts:\n  home: {type: local, path: \"${HOME}/x\", create: true}\n  tmp:\n    type: memory\n",
    ] {
        assert_eq!(read(text, Format::Yaml).unwrap(), expected(), "{text}");
    }
}

#[cfg(feature = "toml")]
#[test]
fn toml_lists_and_mappings_are_the_same() {
    for text in [
        "[mounts.home]\ntype = 'local'\npath = '${HOME}/x'\ncreate = true\n[mounts.tmp]\ntype = 'memory'\n",
        "[[mounts]]\nname = 'home'\ntype = 'local'\npath = '${HOME}/x'\ncreate = true\n\
         [[mounts]]\nname = 'tmp'\ntype = 'memory'\n",
    ] {
        assert_eq!(read(text, Format::Toml).unwrap(), expected(), "{text}");
    }
}

#[test]
fn code_can_have_variables_expanded_too() {
    let literal = MountConfig::local("home", "${HOME}/$$x");
    assert_eq!(literal.get("path").unwrap(), "${HOME}/$$x");
    let expanded = literal.expand(&|_| Some("h".to_owned())).unwrap();
    assert_eq!(expanded, MountConfig::local("home", "h/$x"));
    let error = literal.expand(&|_| None).unwrap_err();
    assert_eq!((error.kind(), error.mount()), (ErrorKind::Config, Some("home")));
}

#[test]
fn nothing_is_no_mounts() {
    for text in ["", " \n", "null", "[]", "{}", r#"{"mounts": []}"#, r#"{"mounts": null}"#, "\u{feff}[]"] {
        assert_eq!(read(text, Format::Json).unwrap(), Config::new(), "{text}");
    }
}

#[test]
fn every_bad_mount_is_told_in_one_line() {
    let text = r#"{"mounts": [
        {"name": "a", "path": "x", "tpye": "local"},
        {"name": "b b", "type": "local"},
        {"name": "c", "type": "local", "path": "${NOPE}", "more": ["${NOPE_TOO}"]},
        {"name": "d", "type": "local", "protocol": "s3"},
        {"type": "memory"},
        5,
        {"name": "e", "type": 5},
        {"name": "f", "type": "memory"},
        {"name": "f", "type": "memory"}
    ]}"#;
    assert_eq!(
        refused(text, Format::Json),
        "cannot configure: bad configuration: \
         mount `a`: missing field `type`; did you mean it by `tpye`?; \
         mount `b b`: `b b` cannot name a mount; a mount name has one or more of `A-Z a-z 0-9 _ . -`; \
         mount `c`: field `more[0]`: the environment variable `NOPE_TOO` is not set: run `export NOPE_TOO=...` or \
         write `${NOPE_TOO:-default}`; \
         field `path`: the environment variable `NOPE` is not set: run `export NOPE=...` or write `${NOPE:-default}`; \
         mount `d`: `type` and `protocol` mean the same and differ; keep one of them; \
         mount number 5: missing field `name`; add `name`, under which paths address the mount; \
         mount number 6: expected a mapping with `name` and `type`, found a number; \
         mount `e`: field `type`: expected a string, found a number; put the value in quotes; \
         mount `f`: two mounts have this name; rename or remove one of them"
    );
}

#[test]
fn a_single_bad_mount_is_named() {
    let error = read(r#"{"mounts": {"a": {"name": "b", "type": "x"}}}"#, Format::Json).unwrap_err();
    assert!(error.to_string().contains("field `name`: it differs from the key `a`"), "{error}");
    let error = read(r#"[{"name": "a", "type": "local", "path": "${"}]"#, Format::Json).unwrap_err();
    assert_eq!((error.kind(), error.mount()), (ErrorKind::Config, Some("a")));
    assert!(error.to_string().starts_with("cannot configure mount `a`: bad configuration: field `path`: "));
}

#[test]
fn strange_keys_at_the_top_are_refused() {
    for (text, said) in [
        (
            r#"{"mount": []}"#,
            "unknown key `mount` at the top; did you mean `mounts`? Put all mounts below `mounts:`",
        ),
        (
            r#"{"version": 1, "mounts": [{}]}"#,
            "unknown key `version` at the top; put all mounts below `mounts:`; mount",
        ),
        (r#"{"name": "a", "type": "memory"}"#, "put it into a list"),
        ("5", "the configuration must be a list"),
        (r#"{"mounts": "x"}"#, "`mounts` must be a list"),
    ] {
        let said_really = refused(text, Format::Json);
        assert!(said_really.contains(said), "{said_really}");
    }
}

#[test]
fn code_is_checked_as_text_is() {
    let twice =
        Config::from(vec![MountConfig::memory("a"), MountConfig::memory("a"), MountConfig::memory("/")]);
    let error = twice.validate().unwrap_err().to_string();
    assert!(error.contains("mount `a`: two mounts") && error.contains("mount `/`: "), "{error}");
    assert!(expected().validate().is_ok());
    let value = json!([{"name": "tmp", "type": "memory"}]);
    assert_eq!(Config::from_value(value).unwrap().into_iter().next(), Some(MountConfig::memory("tmp")));
}

#[test]
fn a_lone_error_stays_as_it_is() {
    assert!(join_errors(Vec::new()).is_ok());
    let error = join_errors(vec![Error::unsupported("x").with_mount("m")]).unwrap_err();
    assert_eq!((error.kind(), error.mount()), (ErrorKind::Unsupported, Some("m")));
}
