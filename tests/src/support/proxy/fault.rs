//! What can go wrong on the way, and plans of when.

use std::collections::VecDeque;
use std::time::Duration;

use super::lie::Lie;
use crate::support::content::Random;

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset; the server never sees the request.
    ResetBefore,
    /// The server does what was asked, and the connection is reset before the answer.
    ResetAfter,
    /// The body of the answer ends after so many bytes, and with it the connection.
    Truncate(u64),
    /// The answer says that its body is longer, by so many bytes, than what then comes.
    TooLong(u64),
    /// The answer says that its body is shorter, by so many bytes, and the rest is not sent.
    TooShort(u64),
    /// An answer that is not the server's, which never sees the request.
    Status {
        /// The status, such as 503.
        code: u16,
        /// The `Retry-After` line, in seconds.
        retry_after: Option<u32>,
        /// The page of some machine between, where the server would send its own kind of error.
        html: bool,
    },
    /// Nothing comes for so long, then everything.
    SlowFirstByte(Duration),
    /// The body of the answer stops after so many bytes for so long, and then the connection ends.
    Stall(u64, Duration),
    /// The answer is not what the server said.
    Lie(Lie),
    /// The request is reset, and for so long nobody accepts a connection.
    Refuse(Duration),
}

/// Which request meets which fault.
#[derive(Debug)]
pub struct Plan(Kind);

#[derive(Debug)]
enum Kind {
    Script(VecDeque<Option<Fault>>),
    Always(Fault),
    Seeded { random: Random, per_thousand: u64, faults: Vec<Fault> },
}

impl Plan {
    /// One entry for each request, in order; all later ones meet no fault.
    #[must_use]
    pub fn script(faults: impl IntoIterator<Item = Option<Fault>>) -> Self {
        Self(Kind::Script(faults.into_iter().collect()))
    }

    /// Every request meets it.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self(Kind::Always(fault))
    }

    /// So many of a thousand requests meet one of these faults. Which do is decided by the seed.
    #[must_use]
    pub fn seeded(seed: u64, per_thousand: u64, faults: Vec<Fault>) -> Self {
        Self(Kind::Seeded { random: Random::new(seed), per_thousand, faults })
    }

    /// What the next request meets.
    pub(super) fn next(&mut self) -> Option<Fault> {
        match &mut self.0 {
            Kind::Script(faults) => faults.pop_front().flatten(),
            Kind::Always(fault) => Some(fault.clone()),
            Kind::Seeded { random, per_thousand, faults } => {
                let hit = random.below(1000) < *per_thousand;
                let which = usize::try_from(random.below(faults.len() as u64)).unwrap_or_default();
                if hit { faults.get(which).cloned() } else { None }
            }
        }
    }
}
