//! Programs that work on content of mounts.

mod arguments;
mod builder;
mod failure;
mod files;
mod group;
mod limits;
mod run;
pub(crate) mod streams;

pub use arguments::CallPart;
pub use builder::{Call, CallOutput};
pub(crate) use failure::not_started;
pub(crate) use group::Group;
pub(crate) use limits::Limits;
