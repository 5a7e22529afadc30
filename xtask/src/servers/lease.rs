//! Servers for the time of a test run: what the run brought up, it takes down.

use std::fs::File;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use crate::interrupt;
use crate::servers::place::Place;
use crate::servers::{Options, Server, down, up};

/// Servers that are up; those that were not before are stopped when it is dropped.
pub(crate) struct Lease {
    place: Place,
    started: Vec<&'static Server>,
    /// Locked by every run that uses the servers, shared; alone by the one that stops them.
    in_use: File,
}

impl Lease {
    /// Brings up what is not up yet, in the folder of this workspace.
    pub(crate) fn take() -> Result<Self, String> {
        let place = Place::new(None)?;
        let in_use = place.open("in-use")?;
        in_use.lock_shared().map_err(|error| format!("cannot lock the servers: {error}"))?;
        let started = up::bring_up(&place, Options::default())?;
        Ok(Self { place, started, in_use })
    }

    /// The file that tells tests how to reach the servers.
    pub(crate) fn connections(&self) -> PathBuf {
        self.place.connections()
    }

    /// Stops what was started, once no other run uses it.
    fn give_back(&self) -> Result<(), String> {
        if self.started.is_empty() {
            return Ok(());
        }
        self.in_use.unlock().map_err(|error| error.to_string())?;
        if self.in_use.try_lock().is_err() {
            println!("the test servers stay up until another run has ended that uses them");
            while self.in_use.try_lock().is_err() {
                interrupt::check()?;
                sleep(Duration::from_millis(200));
            }
        }
        let _lock = self.place.lock()?;
        down::stop(&self.place, &self.started).map(drop)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            eprintln!("error: the test servers were not stopped: {error}");
            eprintln!("hint: cargo xtask servers down");
        }
    }
}
