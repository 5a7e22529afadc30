//! Memory that several transfers share.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use storage_types::Result;

/// So many bytes for everybody together.
#[derive(Debug)]
pub(crate) struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    all: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    /// Who comes next, and the number that the one behind the last will get: first come, first served.
    turn: u64,
    last: u64,
}

/// Some of them, given back when dropped.
#[derive(Debug)]
pub(crate) struct Grant {
    shared: Arc<Shared>,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        let all = bytes.max(1);
        let state = Mutex::new(State { free: all, turn: 0, last: 0 });
        Self { shared: Arc::new(Shared { all, state, changed: Condvar::new() }) }
    }

    /// Waits for `least` bytes, and takes up to `most` when more is free: half of it, so that something is left for
    /// others; or everything, for somebody who is `alone`.
    pub(crate) fn take(&self, least: u64, most: u64, alone: bool) -> Result<Grant> {
        let shared = self.shared.clone();
        let least = least.clamp(1, shared.all);
        let mut state = shared.state();
        let ours = state.last;
        state.last += 1;
        let mut state = shared
            .changed
            .wait_while(state, |state| state.turn != ours || state.free < least)
            .unwrap_or_else(PoisonError::into_inner);
        let share = if alone { state.free } else { (state.free / 2).max(least) };
        let bytes = share.min(most.max(least));
        state.free -= bytes;
        state.turn += 1;
        drop(state);
        shared.changed.notify_all();
        Ok(Grant { shared, bytes })
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Grant {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.shared.state().free += self.bytes;
        self.shared.changed.notify_all();
    }
}
