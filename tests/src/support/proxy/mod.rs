//! A reverse proxy for tests, in front of a server on this machine: it counts the requests and can do harm to them.
//!
//! It speaks as much of HTTP/1.1 (RFC 9112) as the clients and servers of the tests: connections that are kept, bodies
//! with a length and in chunks, `Expect: 100-continue`. Everything is passed on as it came, the `Host` line too: a
//! signature covers it, and servers check it against what they received.
//!
//! - `message`: the head of a message, and where its body ends.
//! - `fault`: what can go wrong, and plans of when.
//! - `lie`: answers that are not what the server said.
//! - `connection`: one connection of a client, request by request.
//! - `server`: the listening side.

mod connection;
mod fault;
mod lie;
mod message;
mod server;

pub use fault::{Fault, Plan};
pub use lie::Lie;
pub use server::{Proxy, Request};

#[cfg(test)]
mod tests;
