//! Ctrl-C and SIGTERM during the tests: what runs is ended, and the task goes on to clean up after itself.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, getpid, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::servers::process;

static RAISED: AtomicBool = AtomicBool::new(false);

/// From now on the signals no longer end this process: they end what it runs, and [`check`] fails.
pub(crate) fn watch() -> Result<(), String> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM]).map_err(|error| format!("cannot watch for signals: {error}"))?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            RAISED.store(true, Ordering::SeqCst);
            end_descendants();
        }
    });
    Ok(())
}

/// Fails once a signal has come, so that no further step begins.
pub(crate) fn check() -> Result<(), String> {
    if RAISED.load(Ordering::SeqCst) { Err("interrupted".to_owned()) } else { Ok(()) }
}

/// Ends what we run in our own process group. What leads a group of its own, as servers do, is stopped in order.
fn end_descendants() {
    let own = getpid().as_raw_nonzero().get();
    let group = rustix::process::getpgrp().as_raw_nonzero().get();
    let all: Vec<_> = process::all().filter(|(_, stat)| stat.group == group).collect();
    let mut parents = vec![own];
    while let Some(parent) = parents.pop() {
        for (id, _) in all.iter().filter(|(_, stat)| stat.parent == parent) {
            if let Some(pid) = Pid::from_raw(*id) {
                let _ = kill_process(pid, Signal::TERM);
            }
            parents.push(*id);
        }
    }
}
