//! Stopping what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// The source of the error of what was cancelled: other interruptions, as by a server that goes away, have not got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller cancelled it")]
pub(crate) struct Cancelled;

/// Stops running transfers from another thread, task or signal handler. Clones share one switch.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks whatever holds this token to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// # Errors
    ///
    /// `Interrupted` (not retryable) once cancelled.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            let error = Error::new(ErrorKind::Interrupted, "cancelled").with_retryable(false);
            return Err(error.with_source(Cancelled));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_token_share_the_switch() {
        let token = CancelToken::new();
        let clone = token.clone();
        assert!(token.check().is_ok());
        clone.cancel();
        assert_eq!(token.check().unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
