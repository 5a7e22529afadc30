//! `storage url`.

use std::sync::Arc;

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

const MOUNTS: &str = "- {name: box, type: memory}\n\
                      - {name: web, type: local, path: ., base_url: 'https://files.example/pub'}\n";

fn session() -> Session {
    Session::new(MOUNTS).with("cloud", Arc::new(Cloud::default()))
}

#[test]
fn signed_and_plain() {
    let session = session();
    assert_shown!(
        session.run("url --expires 15m cloud:a web:a"),
        str![[r#"
exit: 0
--- stdout
https://cloud.example/a?X-Amz-Expires=900&for=GET&headers=0
https://files.example/pub/a

"#]]
    );
    assert_shown!(
        session.run("url --method put --expires 7d --header Content-Type:text/plain cloud:a"),
        str![[r#"
exit: 0
--- stdout
https://cloud.example/a?X-Amz-Expires=604800&for=PUT&headers=1

"#]]
    );
    assert_eq!(session.run("url --put cloud:a"), session.run("url --method put cloud:a"));
}

#[test]
fn json() {
    let session = session();
    let shown = session.run("url --json --method put --header x-a:b cloud:a");
    let (before, rest) = shown.split_once("\"expires_at\":\"").unwrap();
    let (time, after) = rest.split_once('"').unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    assert_shown!(
        format!("{before}\"expires_at\":\"[TIME]\"{after}"),
        str![[r#"
exit: 0
--- stdout
{"path":"cloud:a","url":"https://cloud.example/a?X-Amz-Expires=3600&for=PUT&headers=1","method":"PUT","expires_at":"[TIME]","headers":{"x-a":"b"}}

"#]]
    );
    assert_shown!(
        session.run("url --json web:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"web:a","url":"https://files.example/pub/a","method":"GET","expires_at":null,"headers":{}}

"#]]
    );
}

#[test]
fn a_mount_without_urls_names_those_with() {
    let session = session();
    assert_shown!(
        session.run("url box:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `box:a`: this mount cannot make URLs
hint: mounts that can: `cloud:`, `web:`

"#]]
    );
    assert_shown!(
        session.run("url --put web:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `web:a`: this mount cannot make URLs for writing
hint: mounts that can: `cloud:`

"#]]
    );
    assert_shown!(
        session.run("url [DIR]/storage.yaml"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `[DIR]/storage.yaml`: this mount cannot make URLs
hint: set `base_url` of the mount to where it is served; mounts that can: `cloud:`, `web:`

"#]]
    );
    assert_shown!(
        Session::new("- {name: box, type: memory}\n").run("url box:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot make a URL for `box:a`: this mount cannot make URLs
hint: no other mount of the configuration can

"#]]
    );
}
