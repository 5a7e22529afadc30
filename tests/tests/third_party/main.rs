//! The suite on a backend that somebody else wrote, once in each colour: every trial that its capabilities call for.

#![expect(clippy::duplicate_mod, reason = "one source for both colours")]

mod asynchronous;
mod blocking;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for kind in [asynchronous::shelf::Kind::Bare, asynchronous::shelf::Kind::Full] {
        trials.extend(storage_tests::asynchronous::suite::trials(asynchronous::shelf::Shelves(kind)));
    }
    for kind in [blocking::shelf::Kind::Bare, blocking::shelf::Kind::Full] {
        trials.extend(storage_tests::blocking::suite::trials(blocking::shelf::Shelves(kind)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
