//! What a web server decides before it sends or takes content (RFC 9110): conditions, ranges, headers. No I/O, and types of an
//! HTTP library only with the feature `http`.
//!
//! `StorageNode::serve` of both colours puts content to it.

mod conditions;
mod disposition;
mod etag;
mod options;
mod plan;
mod precondition;
mod put;
mod ranges;
mod request;
mod status;

pub use options::{Disposition, ServeOptions};
pub use plan::{ServePlan, Subject};
pub use precondition::Precondition;
pub use put::{PutOptions, PutPlan};
pub use request::ServeRequest;
pub use status::status_of;

#[cfg(test)]
mod tests;
