//! The behaviours, written once. Each file is about one capability.
//!
//! `super` is the colour: what it means to be async, the API under test, and how trials run.

pub(crate) use super::{api, maybe_async, rt};

pub mod clouds;
pub mod exempt;
pub mod fixture;
pub mod fixtures;
pub mod helpers;
pub mod published;
pub mod stage;
#[macro_use]
pub(crate) mod trials;

mod ahead;
mod attacked;
pub(crate) mod call;
mod changing;
mod concat;
mod conditions;
mod copy;
mod data_uri;
mod delete;
mod denied;
mod diff;
mod directories;
mod disk_full;
mod disorder;
mod faults_answers;
mod faults_archives;
mod faults_hard_links;
mod faults_leftovers;
mod faults_lending;
mod faults_local;
mod faults_patterns;
mod faults_stores;
mod faults_transfer;
mod folded;
mod hash;
mod in_flight;
mod killed;
mod killed_clouds;
mod listing;
mod local;
mod local_path;
mod metadata;
mod mounts;
mod move_;
pub(crate) mod odd;
mod paths;
mod probe;
mod processes;
pub(crate) mod programs;
mod read;
mod relative;
mod resume;
mod roots;
mod serve;
mod serve_changes;
mod skip;
mod symlinks;
mod sync;
mod sync_faults;
mod tags;
mod transfer;
mod urls;
mod versions;
pub(crate) mod watched;
mod write;
mod zip;
mod zip_large;

use std::sync::Arc;

use libtest_mimic::Trial;

use self::fixture::Fixture;
use self::fixtures::Own;
use self::trials::Behaviour;

/// Everything that a backend has to do, as far as its `Capabilities` go.
#[must_use]
pub fn trials(fixture: impl Fixture) -> Vec<Trial> {
    let fixture: Arc<dyn Fixture> = Arc::new(fixture);
    trials::of(&fixture, behaviours())
}

/// What concerns the library rather than one backend: the mount table, local folders and what can befall them.
///
/// Some of these trials start the program again as a helper process, so its main calls
/// [`help_if_asked`](helpers::help_if_asked) first.
#[must_use]
pub fn library_trials() -> Vec<Trial> {
    let on_disk = [
        local::behaviours(),
        of_users(faults_local::behaviours()),
        changing::behaviours(),
        sync_faults::behaviours(),
        denied::behaviours(),
        disk_full::behaviours(),
        attacked::behaviours(),
        processes::behaviours(),
        killed::behaviours(),
        roots::behaviours(),
    ];
    let local: Arc<dyn Fixture> = Arc::new(Own::local());
    let memory: Arc<dyn Fixture> = Arc::new(Own::memory().called("mounts"));
    let mut trials = trials::of(&local, on_disk.into_iter().flatten().collect());
    trials.extend(trials::of(&memory, mounts::behaviours()));
    trials.extend(trials::of(&memory, in_flight::behaviours()));
    trials.extend(trials::of(&memory, ahead::behaviours()));
    trials.extend(trials::of(&memory, disorder::behaviours()));
    trials.extend(trials::of(&memory, folded::behaviours()));
    trials.extend(trials::of(&memory, zip_large::behaviours()));
    trials.extend(trials::of(&memory, programs::behaviours()));
    trials
}

/// What concerns the clouds together with processes and networks: programs that are killed in the middle of a transfer, and answers
/// that are not what the server said.
///
/// These trials start the program again as a helper process, as those of [`library_trials`] do.
#[must_use]
pub fn cloud_trials() -> Vec<Trial> {
    let bucket: Arc<dyn Fixture> = Arc::new(clouds::Cloud::of(clouds::Kind::S3));
    let mut trials = trials::some_of(&bucket, killed_clouds::behaviours());
    trials.extend(faults_answers::trials());
    trials
}

/// Behaviours that stand for faults that users met: their trials are named `backend::faults::behaviour`.
fn of_users(behaviours: Vec<Behaviour>) -> Vec<Behaviour> {
    behaviours.into_iter().map(Behaviour::of_users).collect()
}

fn behaviours() -> Vec<Behaviour> {
    let hierarchical = [
        paths::behaviours(),
        read::behaviours(),
        write::behaviours(),
        conditions::behaviours(),
        delete::behaviours(),
        directories::behaviours(),
        listing::behaviours(),
        metadata::behaviours(),
        hash::behaviours(),
        tags::behaviours(),
        probe::behaviours(),
        versions::behaviours(),
        urls::behaviours(),
        local_path::behaviours(),
        of_users(faults_answers::behaviours()),
        of_users(faults_lending::behaviours()),
        of_users(faults_leftovers::behaviours()),
        serve::behaviours(),
        serve_changes::behaviours(),
        call::behaviours(),
        symlinks::behaviours(),
        relative::behaviours(),
        copy::behaviours(),
        skip::behaviours(),
        transfer::behaviours(),
        of_users(faults_transfer::behaviours()),
        of_users(faults_hard_links::behaviours()),
        of_users(faults_stores::behaviours()),
        sync::behaviours(),
        resume::behaviours(),
        move_::behaviours(),
        concat::behaviours(),
        diff::behaviours(),
        zip::behaviours(),
        of_users(faults_archives::behaviours()),
        of_users(faults_patterns::behaviours()),
        super::own_behaviours(),
    ];
    // Behaviours are prepared by writing, and read to be checked.
    let all = hierarchical.into_iter().flatten();
    let all = all.map(|behaviour| behaviour.needs(|can| can.read && can.write && !can.opaque_paths));
    all.chain(data_uri::behaviours()).collect()
}
