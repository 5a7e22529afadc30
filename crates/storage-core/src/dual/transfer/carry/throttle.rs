//! A bound on bytes per second for all files of a run together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use storage_types::{CancelToken, Result};

use crate::{maybe_async, rt};

/// The time between two looks at whether the run was cancelled.
const PIECE: Duration = Duration::from_millis(100);

/// Waits, unless the run is cancelled meanwhile.
#[maybe_async]
pub(super) async fn wait(time: Duration, cancel: &CancelToken) -> Result<()> {
    let mut left = time;
    while !left.is_zero() {
        cancel.check()?;
        rt::sleep(left.min(PIECE)).await;
        left = left.saturating_sub(PIECE);
    }
    cancel.check()
}

/// As `wait`, on a thread that may block.
pub(in crate::dual::transfer) fn wait_here(time: Duration, cancel: &CancelToken) -> Result<()> {
    let mut left = time;
    while !left.is_zero() {
        cancel.check()?;
        rt::pause(left.min(PIECE));
        left = left.saturating_sub(PIECE);
    }
    cancel.check()
}

/// Hands out time: each piece begins when those before it would have ended at the given rate.
#[derive(Debug)]
pub(in crate::dual::transfer) struct Throttle {
    /// Bytes per second.
    rate: u64,
    free: Mutex<Option<Instant>>,
}

impl Throttle {
    pub(in crate::dual::transfer) fn new(rate: u64) -> Self {
        Self { rate: rate.max(1), free: Mutex::new(None) }
    }

    /// How long to wait after these bytes.
    pub(in crate::dual::transfer) fn take(&self, bytes: u64) -> Duration {
        self.take_at(bytes, Instant::now())
    }

    fn take_at(&self, bytes: u64, now: Instant) -> Duration {
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let lasts = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = free.map_or(now, |free| free.max(now));
        let end = begin.checked_add(lasts).unwrap_or(begin);
        *free = Some(end);
        end - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_wait_for_those_before_them() {
        let (throttle, now) = (Throttle::new(1000), Instant::now());
        assert_eq!(throttle.take_at(500, now), Duration::from_millis(500));
        assert_eq!(throttle.take_at(500, now), Duration::from_secs(1));
        // Unused time is not saved up.
        let later = now + Duration::from_secs(60);
        assert_eq!(throttle.take_at(100, later), Duration::from_millis(100));
        assert!(throttle.take_at(u64::MAX, later) > Duration::from_secs(1 << 30));
    }
}
