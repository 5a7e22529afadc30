//! `storage versions`.

use std::sync::Arc;

use snapbox::str;
use storage::types::{DeleteOptions, WriteOptions};

use super::cloud::Cloud;
use super::{Session, assert_shown};

const MOUNTS: &str = "- {name: box, type: memory, versioned: true}\n- {name: plain, type: memory}\n";

/// A file with three versions.
fn session() -> Session {
    let session = Session::new(MOUNTS);
    session.store("box:a", "one", 0);
    session.store("box:a", "second", 10);
    session.store("box:a", "third", 20);
    session
}

#[test]
fn newest_first() {
    assert_shown!(
        session().run("versions list box:a"),
        str![[r#"
exit: 0
--- stdout
0  2026-03-01T12:20:00Z          5 B  4  4  latest
1  2026-03-01T12:10:00Z          6 B  3  3
2  2026-03-01T12:00:00Z          3 B  2  2

"#]]
    );
    assert_shown!(
        session().run("versions list --json box:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"box:a","index":0,"id":"4","modified":"2026-03-01T12:20:00Z","size":5,"etag":"4","is_latest":true,"is_delete_marker":false}
{"path":"box:a","index":1,"id":"3","modified":"2026-03-01T12:10:00Z","size":6,"etag":"3","is_latest":false,"is_delete_marker":false}
{"path":"box:a","index":2,"id":"2","modified":"2026-03-01T12:00:00Z","size":3,"etag":"2","is_latest":false,"is_delete_marker":false}

"#]]
    );
}

#[test]
fn several_files_have_headers_and_failures_do_not_stop_the_others() {
    let session = session();
    session.store("box:b", "b", 5);
    assert_shown!(
        session.run("versions list --bytes box:a box:none box:b"),
        str![[r#"
exit: 3
--- stdout
box:a:
0  2026-03-01T12:20:00Z            5  4  4  latest
1  2026-03-01T12:10:00Z            6  3  3
2  2026-03-01T12:00:00Z            3  2  2

box:b:
0  2026-03-01T12:05:00Z            1  5  5  latest
--- stderr
error: cannot handle versions of `box:none`: nothing is stored there

"#]]
    );
}

#[test]
fn a_deleted_file_has_a_marker() {
    let session = session();
    session.node("box:a").delete_with(&DeleteOptions::new()).unwrap();
    let shown = session.run("versions list box:a");
    assert!(shown.contains("latest, delete marker\n"), "{shown}");
    assert_shown!(
        session.run("versions cat box:a 0"),
        str![[r#"
exit: 3
--- stderr
error: cannot handle versions of `box:a`: this version says that the file was deleted then, and has no content
hint: take an older one

"#]]
    );
    // Without the marker the file is there again.
    session.ok("versions delete box:a 0");
    assert_shown!(
        session.run("cat box:a"),
        str![[r#"
exit: 0
--- stdout
third[no newline]

"#]]
    );
}

#[test]
fn what_changed_from_one_version_to_another() {
    let session = session();
    assert_shown!(
        session.run("versions diff box:a"),
        str![[r#"
exit: 1
--- stdout
--- box:a (version 3)
+++ box:a (version 4)
@@ -1 +1 @@
-second
\ No newline at end of file
+third
\ No newline at end of file

"#]]
    );
    assert_eq!(session.run("versions diff box:a 1 1"), "exit: 0\n");
    let shown = session.run("versions diff box:a 0 9");
    assert!(shown.starts_with("exit: 3\n"), "{shown}");
}

#[test]
fn content_by_index_id_and_time() {
    let session = session();
    let cases = [
        ("0", "third"),
        ("2", "one"),
        ("id:2", "one"),
        ("2026-03-01T12:10:00Z", "second"),
        ("2026-03-01T12:19:59.9Z", "second"),
        ("2026-03-01T13:20:00+01:00", "third"),
    ];
    for (selector, content) in cases {
        let shown = session.run(&format!("versions cat box:a {selector}"));
        assert_eq!(shown, format!("exit: 0\n--- stdout\n{content}[no newline]\n"), "{selector}");
    }
}

#[test]
fn what_is_not_there() {
    let session = session();
    for selector in ["3", "id:none"] {
        let shown = session.run(&format!("versions cat box:a {selector}"));
        assert_shown!(
            shown,
            str![[r#"
exit: 3
--- stderr
error: cannot handle versions of `box:a`: there is no such version; there are 3 versions
hint: `storage versions list box:a` shows them

"#]]
        );
    }
}

#[test]
fn an_old_version_is_restored_as_a_new_one() {
    let session = session();
    assert_shown!(
        session.run("versions restore box:a 2026-03-01T12:00:00Z"),
        str![[r#"
exit: 0
--- stderr
`box:a` is as in version 2 again

"#]]
    );
    assert_shown!(
        session.run("cat box:a"),
        str![[r#"
exit: 0
--- stdout
one[no newline]

"#]]
    );
    assert_eq!(session.node("box:a").versions().unwrap().len(), 4);
}

#[test]
fn before_the_first_version_there_was_nothing() {
    let session = session();
    for command in ["versions cat box:a 2026-03-01T11:59:59Z", "restore box:a --as-of 2026-03-01T11:59:59Z"] {
        assert_shown!(
            session.run(command),
            str![[r#"
exit: 3
--- stderr
error: cannot handle versions of `box:a`: nothing was stored there at that time; there are 3 versions, the first one of 2026-03-01T12:00:00Z
hint: `storage versions list box:a` shows them

"#]]
        );
    }
}

#[test]
fn restored_by_id_by_index_and_as_of_a_time() {
    let cases = [
        ("--version 2", "one"),
        ("--version id:3", "second"),
        ("--as-of 2026-03-01T12:10:00Z", "second"),
        ("--as-of 2026-03-01T12:19:59Z", "second"),
        ("--as-of 1s", "third"),
    ];
    for (flags, content) in cases {
        let session = session();
        session.ok(&format!("restore box:a {flags}"));
        assert_eq!(session.node("box:a").read_text().unwrap(), content, "{flags}");
        assert_eq!(session.node("box:a").versions().unwrap().len(), 4);
    }
    let session = session();
    let shown = session.run("restore box:a --version 2 --json");
    assert!(shown.contains("{\"path\":\"box:a\"") && shown.contains("is as in version 2 again"), "{shown}");
}

#[test]
fn a_deleted_file_is_restored() {
    let session = session();
    session.node("box:a").delete_with(&DeleteOptions::new()).unwrap();
    assert_shown!(
        session.run("restore box:a --version 1"),
        str![[r#"
exit: 0
--- stderr
`box:a` is as in version 4 again

"#]]
    );
    assert_eq!(session.node("box:a").read_text().unwrap(), "third");
}

#[test]
fn an_id_that_is_none_leads_to_the_list() {
    let session = session();
    for id in ["none", "2026-03-01T12:00:00Z", "7"] {
        assert_shown!(
            session.run(&format!("restore box:a --version {id}")),
            str![[r#"
exit: 3
--- stderr
error: cannot handle versions of `box:a`: there is no such version; there are 3 versions
hint: `storage versions list box:a` shows them

"#]]
        );
    }
    assert_eq!(session.node("box:a").versions().unwrap().len(), 3);
}

#[test]
fn several_are_deleted_by_the_indexes_of_before() {
    let session = session();
    assert_shown!(
        session.run("versions delete --dry-run box:a 1 2 1"),
        str![[r#"
exit: 0
--- stdout
1  2026-03-01T12:10:00Z          6 B  3  3
2  2026-03-01T12:00:00Z          3 B  2  2
--- stderr
2 versions of `box:a` would be deleted

"#]]
    );
    assert_eq!(session.node("box:a").versions().unwrap().len(), 3);
    assert_shown!(
        session.run("versions delete box:a 1 2"),
        str![[r#"
exit: 0
--- stdout
1  2026-03-01T12:10:00Z          6 B  3  3
2  2026-03-01T12:00:00Z          3 B  2  2
--- stderr
2 versions of `box:a` deleted

"#]]
    );
    assert_shown!(
        session.run("versions list box:a"),
        str![[r#"
exit: 0
--- stdout
0  2026-03-01T12:20:00Z          5 B  4  4  latest

"#]]
    );
}

#[test]
fn nothing_is_deleted_when_one_selector_is_wrong() {
    let session = session();
    let shown = session.run("versions delete box:a 1 9");
    assert!(shown.starts_with("exit: 3\n"), "{shown}");
    assert_eq!(session.node("box:a").versions().unwrap().len(), 3);
}

#[test]
fn deleting_asks_for_the_list_once() {
    let cloud = Arc::new(Cloud::versioned());
    let session = Session::new(MOUNTS).with("cloud", cloud.clone());
    for content in ["1", "2", "3"] {
        session.store("cloud:a", content, 0);
    }
    cloud.calls();
    session.ok("versions delete cloud:a 1 2");
    assert_eq!(cloud.calls(), ["versions", "delete_version", "delete_version"]);
}

#[test]
fn equal_neighbours_are_compacted() {
    let session = session();
    session.store("box:a", "third", 30);
    session.store("box:a", "third", 40);
    assert_shown!(
        session.run("versions compact -n box:a"),
        str![[r#"
exit: 0
--- stdout
1  2026-03-01T12:30:00Z          5 B  5  5
2  2026-03-01T12:20:00Z          5 B  4  4
--- stderr
2 versions of `box:a` would be deleted

"#]]
    );
    assert_shown!(
        session.run("versions compact --json box:a"),
        str![[r#"
exit: 0
--- stdout
{"path":"box:a","index":1,"id":"5","modified":"2026-03-01T12:30:00Z","size":5,"etag":"5","is_latest":false,"is_delete_marker":false}
{"path":"box:a","index":2,"id":"4","modified":"2026-03-01T12:20:00Z","size":5,"etag":"4","is_latest":false,"is_delete_marker":false}
--- stderr
2 versions of `box:a` deleted

"#]]
    );
    assert_shown!(
        session.run("versions compact box:a"),
        str![[r#"
exit: 0
--- stderr
0 versions of `box:a` deleted

"#]]
    );
    assert_eq!(session.node("box:a").versions().unwrap().len(), 3);
}

#[test]
fn a_mount_without_versions_names_those_with() {
    let session = session();
    session.node("plain:a").write_with("a", &WriteOptions::new()).unwrap();
    assert_shown!(
        session.run("versions list plain:a"),
        str![[r#"
exit: 1
--- stderr
error: cannot handle versions of `plain:a`: this mount cannot keep versions
hint: set `versioned: true` for this mount; mounts that can: `box:`

"#]]
    );
    assert_shown!(
        session.run("versions list [DIR]/storage.yaml"),
        str![[r#"
exit: 1
--- stderr
error: cannot handle versions of `[DIR]/storage.yaml`: this mount cannot keep versions
hint: mounts that can: `box:`

"#]]
    );
}
