//! `storage watch` of a store that tells of no changes.

use std::thread;
use std::time::Duration;

use super::Session;

#[test]
fn a_store_is_looked_at_now_and_then() {
    let session = Session::new("- {name: box, type: memory}\n- {name: copy, type: memory}\n");
    session.store("box:a", "a", 0);
    let (source, copy) = (session.node("box:b"), [session.node("copy:a"), session.node("copy:b")]);
    let interrupt = session.context.interrupt.clone();
    let other = thread::spawn(move || {
        while !copy[0].exists().unwrap() {
            thread::sleep(Duration::from_millis(1));
        }
        source.write("b").unwrap();
        while !copy[1].exists().unwrap() {
            thread::sleep(Duration::from_millis(1));
        }
        interrupt.stop();
    });
    let shown = session.run("watch --poll-interval 3ms box: copy:");
    other.join().unwrap();
    let expected = "exit: 0\n--- stderr\n1 file, 1 B copied in [TIME]\nlooking for changes every 0.003s; Ctrl-C ends it\n";
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn by_default_every_ten_seconds() {
    let session = Session::new("- {name: box, type: memory}\n- {name: copy, type: memory}\n");
    session.store("box:a", "a", 0);
    let (copy, interrupt) = (session.node("copy:a"), session.context.interrupt.clone());
    let other = thread::spawn(move || {
        while !copy.exists().unwrap() {
            thread::sleep(Duration::from_millis(1));
        }
        interrupt.stop();
    });
    let shown = session.run("sync --watch box: copy:");
    other.join().unwrap();
    // Cancelled in the first round or after it.
    assert!(shown.starts_with("exit: 0\n--- stderr\n"), "{shown}");
    let told = shown.contains("looking for changes every 10s; Ctrl-C ends it\n");
    assert!(told || shown.contains("interrupted; "), "{shown}");
}
