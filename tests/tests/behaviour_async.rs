//! The suite in the async colour: `cargo test -p storage-tests --test behaviour_async -- memory::`.

use libtest_mimic::Arguments;
use storage_tests::asynchronous::rt::Place;
use storage_tests::asynchronous::suite::fixtures::Own;
use storage_tests::asynchronous::{bridged, suite};

fn main() {
    suite::helpers::help_if_asked();
    let arguments = Arguments::from_args();
    let mut trials = suite::library_trials();
    for fixture in Own::all() {
        trials.extend(suite::trials(fixture));
    }
    for fixture in [Own::memory(), Own::local()] {
        trials.extend(suite::trials(fixture.inside(Place::OneThread)));
    }
    for place in [Place::TwoWorkers, Place::OneThread] {
        trials.extend(suite::trials(bridged::memory(place)));
        trials.extend(suite::trials(bridged::local(place)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
