//! Ctrl-C while something is uploaded: the store is told to throw away what it has, before the program ends.

use std::sync::Arc;

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

const MIB: usize = 1 << 20;

/// A store that interrupts the first upload, and files that are sent in several pieces.
fn session() -> (Session, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    let session = Session::new("- {name: box, type: memory}\n").with("cloud", cloud.clone());
    session.store("box:big/file", &"x".repeat(4 * MIB), 0);
    *cloud.cancels.lock().unwrap() = Some(session.context.interrupt.token().clone());
    (session, cloud)
}

#[test]
fn put_aborts_the_upload() {
    let (session, cloud) = session();
    assert_shown!(
        session.run("put --from box:big/file cloud:file"),
        str![[r#"
exit: 130
--- stderr
interrupted; nothing was stored

"#]]
    );
    assert_eq!(cloud.calls(), ["begin", "part", "abort"]);
}

#[test]
fn copying_a_file_aborts_the_upload() {
    let (session, cloud) = session();
    assert_shown!(
        session.run("cp box:big/file cloud:"),
        str![[r#"
exit: 130
--- stderr
interrupted; 0 files copied before

"#]]
    );
    assert_eq!(cloud.calls(), ["begin", "part", "abort"]);
}

#[test]
fn copying_a_tree_aborts_the_upload() {
    let (session, cloud) = session();
    assert_shown!(
        session.run("cp -r -j 1 box:big cloud:big"),
        str![[r#"
exit: 130
--- stderr
interrupted; 0 files copied before

"#]]
    );
    assert_eq!(cloud.calls(), ["begin", "part", "abort"]);
}
