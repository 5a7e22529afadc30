//! `storage meta`.

use std::sync::Arc;

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

fn session() -> (Session, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    let session = Session::new("- {name: box, type: memory}\n- {name: uri, type: base64}\n");
    let session = session.with("cloud", cloud.clone());
    session.store("box:a", "a", 0);
    session.store("cloud:a", "a", 0);
    (session, cloud)
}

#[test]
fn nothing_at_first() {
    let (session, _) = session();
    assert_shown!(
        session.run("meta get box:a"),
        str![[r#"
exit: 0
--- stderr
nothing is stored beside the content of `box:a`

"#]]
    );
    assert_shown!(
        session.run("meta get --json box:a cloud:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"box:a","content_type":null,"cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"metadata":{},"tags":null}
{"path":"cloud:a","content_type":null,"cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"metadata":{},"tags":{}}

"#]]
    );
}

#[test]
fn what_is_not_named_is_kept() {
    let (session, _) = session();
    assert_shown!(
        session
            .run("meta set --content-type text/plain --cache-control no-cache --user a=1 --user b=2 box:a"),
        str![[r#"
exit: 0
--- stderr
metadata of `box:a` set

"#]]
    );
    session.ok("meta set --user b=3 --user c=4=5 box:a");
    assert_shown!(
        session.run("meta get box:a"),
        str![[r#"
exit: 0
--- stdout
type        text/plain
cache       no-cache
metadata    a=1
metadata    b=3
metadata    c=4=5

"#]]
    );
    session.ok("meta set --unset a --unset none --content-type= box:a");
    assert_shown!(
        session.run("meta get --json box:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"box:a","content_type":null,"cache_control":"no-cache","content_encoding":null,"content_disposition":null,"content_language":null,"metadata":{"b":"3","c":"4=5"},"tags":null}

"#]]
    );
    assert_shown!(
        session.run("meta set --clear --user d=6 --json box:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"box:a","content_type":null,"cache_control":"no-cache","content_encoding":null,"content_disposition":null,"content_language":null,"metadata":{"d":"6"},"tags":null}
--- stderr
metadata of `box:a` set

"#]]
    );
    assert_shown!(
        session.run("cat box:a"),
        str![[r#"
exit: 0
--- stdout
a[no newline]

"#]]
    );
}

#[test]
fn tags_are_apart_from_metadata() {
    let (session, cloud) = session();
    session.ok("meta set --user a=1 --tag team=docs --tag x=y cloud:a");
    cloud.calls();
    session.ok("meta set --tag x=z --untag team cloud:a");
    assert_eq!(cloud.calls(), ["tags", "set_tags"]);
    assert_shown!(
        session.run("meta get cloud:a"),
        str![[r#"
exit: 0
--- stdout
metadata    a=1
tag         x=z

"#]]
    );
    session.ok("meta set --clear-tags cloud:a");
    assert_shown!(
        session.run("meta get --json cloud:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"cloud:a","content_type":null,"cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"metadata":{"a":"1"},"tags":{}}

"#]]
    );
    cloud.calls();
    session.ok("meta set --user a=2 cloud:a");
    assert_eq!(cloud.calls(), ["stat", "set_metadata"]);
}

#[test]
fn a_mount_without_tags_changes_nothing_and_names_those_with() {
    let (session, _) = session();
    assert_shown!(
        session.run("meta set --user a=1 --tag x=y box:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot set metadata of `box:a`: this mount cannot keep tags
hint: mounts that can: `cloud:`

"#]]
    );
    assert_shown!(
        session.run("meta get box:a"),
        str![[r#"
exit: 0
--- stderr
nothing is stored beside the content of `box:a`

"#]]
    );
}

#[test]
fn a_mount_without_metadata_names_those_with() {
    let (session, _) = session();
    assert_shown!(
        session.run("meta set --user a=1 uri:YQ=="),
        str![[r#"
exit: 1
--- stderr
error: cannot set metadata of `uri:YQ==`: this mount cannot store user metadata
hint: mounts that can: `box:`, `cloud:`

"#]]
    );
}

#[test]
fn directories_and_missing_files() {
    let (session, _) = session();
    session.ok("mkdir box:dir");
    assert_shown!(
        session.run("meta get box:dir box:none box:a"),
        str![[r#"
exit: 1
--- stdout
box:a:
--- stderr
error: cannot stat `box:dir`: a directory stands there, not a file
hint: name the files in it
error: cannot stat `box:none`: nothing is stored there
nothing is stored beside the content of `box:a`

"#]]
    );
    assert_shown!(
        session.run("meta set --user a=1 box:dir box:none"),
        str![[r#"
exit: 1
--- stderr
error: cannot stat `box:dir`: a directory stands there, not a file
hint: name the files in it
error: cannot stat `box:none`: nothing is stored there

"#]]
    );
}
