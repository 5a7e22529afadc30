//! The suite in the async colour: `cargo test -p storage-tests --test behaviour_async -- memory::`.

use libtest_mimic::Arguments;
use storage_tests::asynchronous::suite;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for fixture in suite::fixtures::Own::all() {
        trials.extend(suite::trials(fixture));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
