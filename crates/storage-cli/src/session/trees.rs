//! Listing and copying where directories are no more than the files below them.

use std::sync::Arc;

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

fn session() -> (Session, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    let session = Session::new("- {name: box, type: memory}\n").with("cloud", cloud.clone());
    for path in ["demo/a.txt", "demo/sub/b.rs", "demo/sub/deep/c"] {
        session.store(&format!("box:{path}"), path, 0);
    }
    (session, cloud)
}

#[test]
fn a_listing_is_one_request_for_each_directory() {
    let (session, cloud) = session();
    session.ok("cp -r box:demo cloud:demo");
    cloud.calls();
    assert_shown!(
        session.run("ls -R cloud:"),
        str![[r#"
exit: 0
--- stdout
cloud:
demo/

cloud:demo:
a.txt
sub/

cloud:demo/sub:
b.rs
deep/

cloud:demo/sub/deep:
c

"#]]
    );
    assert_eq!(cloud.calls(), ["list"; 4]);
    assert_shown!(
        session.run("ls cloud:demo/a.txt cloud:none"),
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
fn a_copy_within_a_store_that_tells_no_size_asks_for_it() {
    let (session, cloud) = session();
    session.ok("cp box:demo/a.txt cloud:");
    cloud.calls();
    assert_shown!(
        session.run("cp cloud:a.txt cloud:b.txt"),
        str![[r#"
exit: 0
--- stderr
1 file, 10 B copied in [TIME]

"#]]
    );
    assert!(cloud.calls().ends_with(&["copy", "stat"]));
}

#[test]
fn a_tree_is_copied_without_asking_what_is_there() {
    let (session, cloud) = session();
    session.ok("cp -r box:demo cloud:demo");
    assert_eq!(cloud.calls(), ["put", "put", "put"]);
    session.ok("cp -r box:demo cloud:");
    assert_eq!(cloud.calls(), ["put", "put", "put"]);
    session.ok("cp box:demo/a.txt cloud:");
    assert_eq!(cloud.calls(), ["put"]);
}

#[test]
fn a_tree_goes_round_and_comes_back_the_same() {
    let (session, _) = session();
    let session = session.with("other", Arc::new(Cloud::versioned()));
    session.ok("cp -r box:demo cloud:demo");
    session.ok("cp -r cloud:demo other:demo");
    session.ok("cp -r other:demo [DIR]/back");
    // The mount of the destination exists, and `demo` names the copy, however often it is copied.
    session.ok("cp -r cloud:demo other:demo");
    assert_shown!(
        session.run("tree other:"),
        str![[r#"
exit: 0
--- stdout
other:
└── demo/
    ├── a.txt
    └── sub/
        ├── b.rs
        └── deep/
            └── c

3 directories, 3 files

"#]]
    );
    assert_shown!(
        session.run("cat [DIR]/back/sub/deep/c"),
        str![[r#"
exit: 0
--- stdout
demo/sub/deep/c[no newline]

"#]]
    );
    assert_shown!(
        session.run("mv other:demo other:moved"),
        str![[r#"
exit: 0
--- stderr
3 files, 38 B moved in [TIME]

"#]]
    );
    assert_shown!(
        session.run("rm -r cloud:demo other:moved"),
        str![[r#"
exit: 0

"#]]
    );
    assert_shown!(
        session.run("ls cloud: other:"),
        str![[r#"
exit: 0
--- stdout
cloud:

other:

"#]]
    );
}
