//! What ends a program before its own end.

use std::time::{Duration, Instant};

use storage_types::{CancelToken, Error, ErrorKind, Result};

/// How long a program may run, and who may end it.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(super) timeout: Option<Duration>,
    pub(super) cancel: CancelToken,
    /// Whether the program has a process group of its own.
    pub(crate) group: bool,
}

impl Limits {
    /// A token has nothing to wait for, so it is looked at this often.
    pub(crate) const TICK: Duration = Duration::from_millis(50);

    /// A program that was asked to end has so long to do it.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

    /// When the program has ended but its pipes have not, somebody else holds them; what comes so late is not waited for.
    pub(crate) const LATE: Duration = Duration::from_secs(2);

    /// Fails when a program that was started then is to be ended.
    pub(crate) fn check(&self, started: Instant) -> Result<()> {
        self.cancel.check()?;
        match self.timeout {
            Some(timeout) if started.elapsed() >= timeout => {
                let message = format!("the program was ended: it took longer than {timeout:?}");
                Err(Error::new(ErrorKind::Timeout, message)
                    .with_hint("allow it more time, or look at what it waits for")
                    .with_retryable(false))
            }
            _ => Ok(()),
        }
    }

    /// How long nothing has to be looked at.
    pub(crate) fn next_look(&self, started: Instant) -> Duration {
        let left = self.timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        left.map_or(Self::TICK, |left| left.min(Self::TICK))
    }
}
