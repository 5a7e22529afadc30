//! What only a terminal sees: colour and the progress bar.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use snapbox::str;

use crate::support::World;

/// Runs `command` with standard error on a new terminal; gives everything that appeared there.
fn on_a_terminal(mut command: Command) -> String {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = rustix::termios::Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&terminal, size).unwrap();
    let mut child = command.env("TERM", "xterm").stderr(OwnedFd::from(terminal)).spawn().unwrap();
    // The command holds the other end of the terminal too, and reading ends only when all are closed.
    drop(command);
    let mut seen = Vec::new();
    // Linux answers `EIO` once nobody has the terminal open any more.
    let _ = File::from(controller).read_to_end(&mut seen);
    child.wait().unwrap();
    String::from_utf8(seen).unwrap().replace('\r', "")
}

#[test]
fn errors_have_colour() {
    let world = World::new();
    let seen = on_a_terminal(world.command(&["ls", "dta:"]));
    assert_shown!(
        seen.replace('\u{1b}', "ESC"),
        str![[r#"
ESC[1mESC[31merrorESC[0m: there is no mount `dta`; known are `data`
ESC[1mESC[36mhintESC[0m: did you mean `data:`? A plain file is `./dta:`

"#]]
    );
}

#[test]
fn no_color_is_honoured() {
    let world = World::new();
    let mut command = world.command(&["ls", "dta:"]);
    command.env("NO_COLOR", "1");
    let seen = on_a_terminal(command);
    assert!(seen.contains("error: there is no mount") && !seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn a_bar_shows_bytes_files_rate_and_time_left() {
    let world = World::new();
    world.write("box/big", vec![b'x'; 40 << 20]);
    world.write("box/little", "x");
    let seen = on_a_terminal(world.command(&["cp", "-r", "box", "data:box"]));
    assert!(seen.contains(" of 40.0 MiB, ") && seen.contains(" of 2 files, "), "{seen:?}");
    assert!(seen.contains("/s, ") && seen.contains("s left "), "{seen:?}");
    let last = seen.trim_end().rsplit("\u{1b}[2K").next().unwrap();
    assert!(last.starts_with("2 files, 40.0 MiB copied in "), "{seen:?}");
}

#[test]
fn no_bar_when_nobody_wants_one() {
    let world = World::new();
    world.write("big", vec![b'x'; 20 << 20]);
    for flag in ["--quiet", "--progress=never"] {
        let seen = on_a_terminal(world.command(&["cp", flag, "big", "data:"]));
        assert!(!seen.contains('\u{1b}') && !seen.contains(" left"), "{flag}: {seen:?}");
    }
}

#[test]
fn names_cannot_steer_the_terminal() {
    let world = World::new();
    let name = "a\u{1b}]0;owned\u{7}b";
    world.write(name, "");
    let seen = on_a_terminal(world.command(&["ls", "data:", &format!("{name}/below")]));
    assert!(seen.contains("a\\u{1b}]0;owned\\u{7}b") && !seen.contains('\u{7}'), "{seen:?}");
}
