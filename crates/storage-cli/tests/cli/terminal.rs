//! What only a terminal sees: colour and the progress bar.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use snapbox::str;

use crate::support::{World, wait_until, writes_below};

/// Runs `command` with standard error on a new terminal; gives everything that appeared there.
pub(crate) fn on_a_terminal(command: Command) -> String {
    watched(command, |_| {})
}

/// Runs `command` with standard output on a new terminal; gives everything that appeared there.
pub(crate) fn printed_on_a_terminal(command: Command) -> String {
    shown(command, |command, terminal| command.stdout(terminal), |_| {})
}

/// As `on_a_terminal`; `meanwhile` may do something to the program.
fn watched(command: Command, meanwhile: impl FnOnce(&Child)) -> String {
    shown(command, |command, terminal| command.stderr(terminal), meanwhile)
}

fn shown(
    mut command: Command,
    put: impl FnOnce(&mut Command, OwnedFd) -> &mut Command,
    meanwhile: impl FnOnce(&Child),
) -> String {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = rustix::termios::Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&terminal, size).unwrap();
    put(command.env("TERM", "xterm"), OwnedFd::from(terminal));
    let mut child = command.spawn().unwrap();
    // The command holds the other end of the terminal too, and reading ends only when all are closed.
    drop(command);
    let reading = std::thread::spawn(move || {
        let mut seen = Vec::new();
        // Linux answers `EIO` once nobody has the terminal open any more.
        let _ = File::from(controller).read_to_end(&mut seen);
        seen
    });
    meanwhile(&child);
    child.wait().unwrap();
    let seen = reading.join().unwrap();
    String::from_utf8(seen).unwrap().replace('\r', "")
}

/// What stands where the bar and its lines were, once they are gone.
fn after_the_bar(seen: &str) -> &str {
    let mut rest = seen.trim_end().rsplit("\u{1b}[2K").next().unwrap();
    // The cursor goes back up to the first of the lines.
    while let Some((_, after)) = rest.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('A')) {
        rest = after;
    }
    rest
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
    assert!(after_the_bar(&seen).starts_with("2 files, 40.0 MiB copied in "), "{seen:?}");
}

#[test]
fn each_file_under_way_has_a_line() {
    let world = World::new();
    world.write("src/same", vec![b'x'; 5 << 20]);
    world.ok("sync src data:dst");
    world.write("src/one", vec![b'x'; 3 << 20]);
    world.write("src/two", vec![b'x'; 3 << 20]);
    let seen = on_a_terminal(world.command(&["sync", "--bandwidth", "4MiB", "src", "data:dst"]));
    for name in ["  src/one  ", "  src/two  "] {
        assert!(seen.contains(name), "{name}: {seen:?}");
    }
    assert!(seen.contains(" of 3.0 MiB, ") && !seen.contains("src/same"), "{seen:?}");
    // What need not be copied is none of what is to come.
    assert!(seen.contains(" of 6.0 MiB, ") && seen.contains(" of 3 files, "), "{seen:?}");
    let last = after_the_bar(&seen);
    assert!(last.starts_with("2 files, 6.0 MiB copied, "), "{seen:?}");
    assert!(last.contains(", 1 skipped (unchanged) in "), "{seen:?}");
    assert!(last.ends_with("/s"), "{seen:?}");
}

#[test]
fn ctrl_c_takes_the_bar_away() {
    let world = World::new();
    // It takes the test no room, and the copy more than long enough at this rate.
    File::create(world.here().join("big")).unwrap().set_len(64 << 30).unwrap();
    let seen = watched(world.command(&["cp", "--bandwidth", "64MiB", "big", "data:big"]), |child| {
        wait_until("cp writes", || writes_below(child, &world.data()));
        kill_process(Pid::from_child(child), Signal::INT).unwrap();
    });
    assert!(after_the_bar(&seen).starts_with("interrupted; 0 files copied before"), "{seen:?}");
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
