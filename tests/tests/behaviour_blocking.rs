//! The suite in the blocking colour: `cargo test -p storage-tests --test behaviour_blocking -- memory::`.

use libtest_mimic::Arguments;
use storage_tests::blocking::rt::Place;
use storage_tests::blocking::suite::fixtures::Own;
use storage_tests::blocking::{bridged, suite};

fn main() {
    suite::helpers::help_if_asked();
    let arguments = Arguments::from_args();
    let mut trials = suite::library_trials();
    for fixture in Own::all() {
        trials.extend(suite::trials(fixture));
    }
    trials.extend(suite::trials(bridged::memory(Place::Thread)));
    trials.extend(suite::trials(bridged::local(Place::Thread)));
    for place in Place::INSIDE {
        trials.extend(suite::trials(Own::memory().inside(place)));
        trials.extend(suite::trials(bridged::memory(place)));
        trials.extend(suite::trials(bridged::local(place)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
