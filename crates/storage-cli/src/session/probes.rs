//! `storage mounts test`.

use std::sync::Arc;

use snapbox::str;
use storage::types::ErrorKind;

use super::cloud::Cloud;
use super::{Session, assert_shown};

/// A mount in memory, one whose key is refused, and one that never answers.
fn session() -> Session {
    let (message, hint) = ("the key is not known", "set `access_key_id` of the mount");
    let refused = Cloud::broken(ErrorKind::Unauthenticated, message, hint);
    let session = Session::new("- {name: box, type: memory}\n");
    session.with("refused", Arc::new(refused)).with("silent", Arc::new(Cloud::silent()))
}

#[test]
fn what_works() {
    assert_shown!(
        session().run("mounts test box"),
        str![[r#"
exit: 0
--- stdout
box:  ok in [TIME]  read, write, delete, list

"#]]
    );
    let session = Session::new("- {name: box, type: memory}\n").with("cloud", Arc::new(Cloud::versioned()));
    assert_shown!(
        session.run("mounts test"),
        str![[r#"
exit: 0
--- stdout
box:    ok in [TIME]  read, write, delete, list
cloud:  ok in [TIME]  read, write, delete, list, versions, tags, url

"#]]
    );
}

#[test]
fn what_is_wrong_and_what_to_do() {
    assert_shown!(
        session().run("mounts test refused: box"),
        str![[r#"
exit: 4
--- stdout
refused:  failed in [TIME]
          error: cannot stat `refused:`: the key is not known
          hint: set `access_key_id` of the mount
box:      ok in [TIME]  read, write, delete, list

"#]]
    );
    assert_shown!(
        session().run("mounts test --timeout 100ms"),
        str![[r#"
exit: 1
--- stdout
box:      ok in [TIME]  read, write, delete, list
refused:  failed in [TIME]
          error: cannot stat `refused:`: the key is not known
          hint: set `access_key_id` of the mount
silent:   failed in [TIME]
          error: mount `silent`: timed out: no answer within 0.1s
          hint: look whether the endpoint of the mount is right and can be reached, or give it a longer `--timeout`

"#]]
    );
}

#[test]
fn json() {
    let shown = session().run("mounts test --json refused");
    let (before, rest) = shown.split_once("\"seconds\": ").unwrap();
    let (_, after) = rest.split_once(',').unwrap();
    assert_shown!(
        format!("{before}\"seconds\": [SECONDS],{after}"),
        str![[r#"
exit: 4
--- stdout
{
  "mounts": [
    {
      "name": "refused",
      "type": "cloud",
      "ok": false,
      "seconds": [SECONDS],
      "capabilities": null,
      "error": {
        "kind": "unauthenticated",
        "message": "cannot stat `refused:`: the key is not known",
        "hint": "set `access_key_id` of the mount"
      }
    }
  ]
}

"#]]
    );
    let shown = session().run("mounts test --json box");
    assert!(shown.contains("\"ok\": true") && shown.contains("\"write\": true"), "{shown}");
}

#[test]
fn unknown_names() {
    assert_shown!(
        session().run("mounts test bix"),
        str![[r#"
exit: 3
--- stderr
error: there is no mount `bix`; known are `box`, `refused`, `silent`
hint: did you mean `box:`?

"#]]
    );
}
