//! Lists of checksums on mounts that are no disks.

use std::sync::Arc;

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

fn session() -> (Session, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    let session = Session::new("- {name: box, type: memory}\n- {name: uri, type: base64}\n")
        .with("cloud", cloud.clone());
    for path in ["demo/a.txt", "demo/sub/b.rs", "demo/sub/deep/c"] {
        session.store(&format!("box:{path}"), path, 0);
    }
    session.ok("cp -r box:demo cloud:demo");
    cloud.calls();
    (session, cloud)
}

#[test]
fn one_list_fits_every_copy() {
    let (session, _) = session();
    session.ok("hash -r -C box:demo -o box:SUMS");
    assert_shown!(
        session.run("cat box:SUMS"),
        str![[r#"
exit: 0
--- stdout
d66692898f4fb54a26de14766ec6d4ef39e31bb2b1731d78edeefa241e6cda49  a.txt
875e6c829c2da89486a83edd83748a2bd1510870e2383afba1dd54cbb1a94416  sub/b.rs
a18a6c2e26a2df81f248bb8a88dbab2457d5d7ec061706551b58b17178839343  sub/deep/c

"#]]
    );
    assert_shown!(
        session.run("hash --check box:SUMS -C cloud:demo"),
        str![[r#"
exit: 0
--- stdout
a.txt: OK
sub/b.rs: OK
sub/deep/c: OK

"#]]
    );
    session.store("cloud:demo/a.txt", "something else", 1);
    assert_shown!(
        session.run("hash --check box:SUMS -C cloud:demo"),
        str![[r#"
exit: 1
--- stdout
a.txt: FAILED
sub/b.rs: OK
sub/deep/c: OK
--- stderr
error: box:SUMS: 1 checksum does not match

"#]]
    );
}

#[test]
fn a_tree_of_a_store_is_listed_and_read_once() {
    let (session, cloud) = session();
    assert_shown!(
        session.run("hash -r -a md5 -j 1 cloud:demo"),
        str![[r#"
exit: 0
--- stdout
21a1ba827d71747f3bee0b4e9fad09f2  cloud:demo/a.txt
87ca797fd6e2125a096cdee50c159706  cloud:demo/sub/b.rs
8d182bc4c9c2123012e674ce231abe64  cloud:demo/sub/deep/c

"#]]
    );
    let mut calls = cloud.calls();
    calls.sort_unstable();
    assert_eq!(calls, ["get", "get", "get", "list", "list", "list"]);
}

#[test]
fn a_search_asks_for_each_directory_once() {
    let (session, cloud) = session();
    assert_shown!(
        session.run("find cloud:demo --name *.rs --name deep"),
        str![[r#"
exit: 0
--- stdout
cloud:demo/sub/b.rs
cloud:demo/sub/deep

"#]]
    );
    assert_eq!(cloud.calls(), ["list"; 3]);
    assert_shown!(
        session.run("find cloud:demo/a.txt cloud:none --type f"),
        str![[r#"
exit: 3
--- stdout
cloud:demo/a.txt
--- stderr
error: cannot list `cloud:none`: nothing is stored there

"#]]
    );
}

#[test]
fn the_checksum_of_a_data_uri() {
    let (session, _) = session();
    assert_shown!(
        session.run("hash -a md5 uri:SGVsbG8="),
        str![[r#"
exit: 0
--- stdout
8b1a9953c4611296a827abf8c47804d7  uri:SGVsbG8=

"#]]
    );
}

#[test]
fn an_unknown_mount_in_a_list_is_told() {
    let (session, _) = session();
    session.store("box:SUMS", "00000000000000000000000000000000  gone:a\n", 0);
    assert_shown!(
        session.run("hash --check box:SUMS"),
        str![[r#"
exit: 1
--- stdout
gone:a: FAILED open or read
--- stderr
error: there is no mount `gone`; known are `box`, `cloud`, `uri`
hint: for a plain file write `./gone:a`
error: box:SUMS: 1 listed file could not be read

"#]]
    );
}

#[test]
fn a_list_does_not_replace_a_file_that_it_names_through_another_mount() {
    let (session, _) = session();
    let inside = "- {name: inside, type: relative, path: \"cloud:demo\"}\n";
    session.context.manager().configure_yaml(inside).unwrap();
    for line in ["hash cloud:demo/a.txt -o inside:a.txt", "hash inside:a.txt -o cloud:demo/a.txt"] {
        let shown = session.run(line);
        assert!(shown.starts_with("exit: 2\n") && shown.contains("would be replaced"), "{line}\n{shown}");
        assert_eq!(session.node("cloud:demo/a.txt").read_text().unwrap(), "demo/a.txt");
    }
}
