//! Configuration through the manager, in both colours: what is the same, what is refused, and what stays secret.

mod asynchronous;
mod blocking;
