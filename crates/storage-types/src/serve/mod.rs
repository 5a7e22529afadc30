//! What a web server decides before it sends content (RFC 9110): conditions, ranges, headers. No I/O, no types of any
//! HTTP library.
//!
//! `StorageNode::serve` of both colours puts content to it.

mod conditions;
mod disposition;
mod etag;
mod options;
mod plan;
mod ranges;
mod request;
mod status;

pub use options::{Disposition, ServeOptions};
pub use plan::{ServePlan, Subject};
pub use request::ServeRequest;
pub use status::status_of;

#[cfg(test)]
mod tests;
