//! The suite in the blocking colour on the clouds: `cargo test -p storage-tests --test clouds_blocking -- s3::`.
//!
//! The servers have to be running: `cargo xtask servers up`.

use libtest_mimic::Arguments;
use storage_tests::blocking::rt::Place;
use storage_tests::blocking::suite;
use storage_tests::blocking::suite::clouds::{Cloud, Kind};
use storage_tests::blocking::suite::published::Web;

fn main() {
    suite::helpers::help_if_asked();
    let arguments = Arguments::from_args();
    let mut trials = suite::cloud_trials();
    // The other way round than in the async colour, beside which this runs: so they do not both wait for the same server.
    for cloud in Cloud::all().into_iter().rev() {
        trials.extend(suite::trials(cloud));
    }
    for place in [Place::Worker, Place::Drop] {
        trials.extend(suite::trials(Cloud::of(Kind::S3).inside(place)));
    }
    trials.extend(suite::trials(Web));
    libtest_mimic::run(&arguments, trials).exit();
}
