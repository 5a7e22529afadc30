//! Memory that several transfers share.

use std::sync::Arc;

use storage_types::{Error, ErrorKind, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for, in bytes.
const UNIT: u64 = 1 << 10;

/// So many bytes for everybody together.
#[derive(Debug)]
pub(crate) struct Budget {
    free: Arc<Semaphore>,
    all: u32,
}

/// Some of them, given back when dropped.
#[derive(Debug)]
pub(crate) struct Grant {
    permits: OwnedSemaphorePermit,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        let all = units(bytes).clamp(1, u32::MAX >> 3);
        Self { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Waits for `least` bytes, and takes up to `most` when more is free: half of it, so that something is left for
    /// others; or everything, for somebody who is `alone`.
    pub(crate) async fn take(&self, least: u64, most: u64, alone: bool) -> Result<Grant> {
        let least = units(least).clamp(1, self.all);
        let free = self.free.clone();
        let mut permits = free.clone().acquire_many_owned(least).await.map_err(closed)?;
        let left = u32::try_from(free.available_permits()).unwrap_or(u32::MAX);
        let share = if alone { left } else { ((left + least) / 2).saturating_sub(least) };
        let more = share.min(units(most).saturating_sub(least));
        if let Ok(extra) = free.try_acquire_many_owned(more) {
            permits.merge(extra);
        }
        Ok(Grant { permits })
    }
}

impl Grant {
    pub(crate) fn bytes(&self) -> u64 {
        self.permits.num_permits() as u64 * UNIT
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

fn closed(error: tokio::sync::AcquireError) -> Error {
    Error::new(ErrorKind::Unexpected, "the memory budget is closed").with_source(error)
}
