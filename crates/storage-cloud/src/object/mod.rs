//! Mounts of object stores.
//!
//! # What a directory is
//!
//! A store knows objects and keys, no directories. A directory is a prefix that some key has: it is there as long as
//! something is below it, and a file may have the same name. One that is made by itself is kept by a marker, an empty
//! object whose key ends with a slash. So a write is one request, and asks nothing beforehand.

mod backend;
mod directories;
mod level;
mod lister;
mod reader;
mod remove;
mod store;
mod writer;

pub use self::backend::ObjectBackend;
pub use self::store::{Download, Limits, ListQuery, Object, Page, Part, Store};
