//! Configuration through the manager, in both colours: what is the same, what is refused, and what stays secret.

#![expect(clippy::duplicate_mod, reason = "one source for both colours")]

mod asynchronous;
mod blocking;
