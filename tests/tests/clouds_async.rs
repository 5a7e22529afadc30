//! The suite in the async colour on the clouds: `cargo test -p storage-tests --test clouds_async -- s3::`.
//!
//! The servers have to be running: `cargo xtask servers up`.

use libtest_mimic::Arguments;
use storage_tests::asynchronous::suite;
use storage_tests::asynchronous::suite::clouds::Cloud;
use storage_tests::asynchronous::suite::published::Web;

fn main() {
    suite::helpers::help_if_asked();
    let arguments = Arguments::from_args();
    let mut trials = suite::cloud_trials();
    for cloud in Cloud::all() {
        trials.extend(suite::trials(cloud));
    }
    trials.extend(suite::trials(Web));
    libtest_mimic::run(&arguments, trials).exit();
}
