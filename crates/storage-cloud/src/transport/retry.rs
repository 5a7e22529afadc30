//! When a request is tried again, and after how long.

use std::time::Duration;

use storage_types::{Error, ErrorKind};

use super::exchange::Broken;
use super::failure::Failure;

/// Whether a request may be repeated when it is unknown if the server carried it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Carried out twice, it leaves what it leaves once.
    Always,
    /// Only if the server certainly did nothing: it never got the request, or said that it refuses it. Where that is not
    /// certain, the error is not retryable: who repeats the call has to look first at what is stored.
    Unprocessed,
    /// Under the same rule, but a caller may repeat it: carried out twice, it leaves something that does no harm.
    Harmless,
}

impl Replay {
    /// The error of a request that is not sent again, although it is not certain that the server did nothing.
    #[must_use]
    pub fn uncertain(self, error: Error) -> Error {
        if self == Self::Unprocessed { error.with_retryable(false) } else { error }
    }

    /// After the connection broke.
    pub(super) fn after_breaking(self, error: &Broken) -> bool {
        self == Self::Always || error.is_connect()
    }

    /// After an answer. 409, 429 and 503 refuse (RFC 9110, 15.5.10 and 15.6.4; RFC 6585, 4); other server errors may come
    /// after the fact.
    pub(super) fn after_answer(self, failure: &Failure) -> bool {
        self == Self::Always || matches!(failure.status, 409 | 429 | 503)
    }
}

/// Exponential waits with full jitter, so that clients that failed together do not come back together.
#[derive(Debug, Clone)]
pub struct Retry {
    attempts: u32,
}

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(10);
/// A server may ask for this much patience (`Retry-After`, RFC 9110, 10.2.3).
const PATIENCE: Duration = Duration::from_secs(60);

impl Retry {
    /// Tries at most `attempts` times in all.
    #[must_use]
    pub fn new(attempts: u32) -> Self {
        Self { attempts: attempts.max(1) }
    }

    /// How often something is tried in all.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The first try of something.
    #[must_use]
    pub fn start(&self) -> Tries {
        Tries { left: self.attempts - 1, bound: FIRST }
    }
}

/// The tries of one request.
#[derive(Debug)]
pub struct Tries {
    left: u32,
    bound: Duration,
}

impl Tries {
    /// Whether to try again after this error: if that may help, and after a wait.
    pub async fn again(&mut self, error: &Error) -> bool {
        self.again_after(error, None).await
    }

    /// As [`again`](Self::again), where the server may have asked to wait for so long.
    pub(super) async fn again_after(&mut self, error: &Error, asked: Option<Duration>) -> bool {
        if error.kind() == ErrorKind::RateLimited {
            // A server that is asked for too much needs more time than a connection that broke.
            self.bound = self.bound.max(Duration::from_secs(1));
        }
        error.is_retryable() && self.wait(asked).await
    }

    /// Waits before the next try: as long as the server asked for, or a random time below a bound that doubles. False
    /// when there is no further try.
    pub async fn wait(&mut self, asked: Option<Duration>) -> bool {
        if self.left == 0 || asked.is_some_and(|asked| asked > PATIENCE) {
            return false;
        }
        self.left -= 1;
        let pause = asked.unwrap_or_else(|| self.bound.mul_f64(fastrand::f64()));
        self.bound = (self.bound * 2).min(LONGEST);
        tokio::time::sleep(pause).await;
        true
    }
}
