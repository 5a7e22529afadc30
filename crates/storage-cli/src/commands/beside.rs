//! Work on a thread of its own, whose messages are printed here: standard output belongs to this thread.

use std::iter::once;
use std::sync::mpsc::Receiver;
use std::thread;

use storage::types::{Error, ErrorKind, Result};

use crate::context::Context;
use crate::exit::{Done, Stop};
use crate::output::Output;

/// Runs `work` and prints its messages until it drops their sender. When they cannot be printed, as on a full disk, it is
/// cancelled; a reader that went away is no reason to stop half-way.
pub(super) fn run<T: Send, M: Send>(
    what: &str,
    work: impl FnOnce() -> Result<T> + Send,
    messages: &Receiver<M>,
    context: &Context,
    out: &mut Output,
    mut print: impl FnMut(M, &mut Output) -> Done,
) -> Done<T> {
    thread::scope(|scope| {
        let working = scope.spawn(work);
        let mut print_all = || {
            while let Ok(message) = messages.recv() {
                once(message).chain(messages.try_iter()).try_for_each(|message| print(message, out))?;
                // Nothing more for now: whoever reads need not wait for what comes later.
                out.flush()?;
            }
            Ok(())
        };
        let printed = print_all();
        if printed.is_err() {
            context.interrupt.token().cancel();
        }
        let outcome = working.join().unwrap_or_else(|_| Err(lost(what)));
        printed.and(outcome.map_err(Stop::from))
    })
}

fn lost(what: &str) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the {what} panicked"))
}
