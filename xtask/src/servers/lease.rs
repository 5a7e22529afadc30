//! Servers for the time of a test run: what the run brought up, it takes down.

use std::path::PathBuf;

use crate::servers::place::Place;
use crate::servers::{Options, Server, down, up};

/// Servers that are up; those that were not before are stopped when it is dropped.
pub(crate) struct Lease {
    place: Place,
    started: Vec<&'static Server>,
}

impl Lease {
    /// Brings up what is not up yet, in the folder of this workspace.
    pub(crate) fn take() -> Result<Self, String> {
        let place = Place::new(None)?;
        let started = up::bring_up(&place, Options::default())?;
        Ok(Self { place, started })
    }

    /// The file that tells tests how to reach the servers.
    pub(crate) fn connections(&self) -> PathBuf {
        self.place.connections()
    }

    /// Stops what was started.
    fn give_back(&self) -> Result<(), String> {
        if self.started.is_empty() {
            return Ok(());
        }
        let _lock = self.place.lock()?;
        down::stop(&self.place, &self.started).map(drop)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            eprintln!("error: the test servers could not be stopped: {error}");
            eprintln!("hint: cargo xtask servers down");
        }
    }
}
