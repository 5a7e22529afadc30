//! Mounts of object stores.
//!
//! # What a directory is
//!
//! A store knows objects and keys, no directories. A directory is a prefix that some key has: it is there as long as
//! something is below it, and a file may have the same name. One that is made by itself is kept by a marker, an empty
//! object whose key ends with a slash. So a write is one request, and asks nothing beforehand.

mod abandoned;
mod ahead;
mod answered;
mod backend;
mod directories;
mod gather;
mod level;
mod lister;
mod listing;
mod note;
mod pages;
mod reader;
mod remove;
mod store;
mod writer;

use storage_types::{Error, ErrorKind};
use tokio::task::JoinError;

pub use self::backend::ObjectBackend;
pub use self::pages::Pages;
pub use self::store::{
    Arrived, CopyObjects, DeleteObjects, Download, Limits, ListObjects, ListQuery, MultipartUpload, Object,
    ObjectTags, ObjectVersions, OpenUpload, Page, Part, PresignUrls, ReadObjects, Store, WriteObjects,
};

/// The error of a task that has no result; `panicked` says what it was doing.
fn lost_task(panicked: &'static str, lost: JoinError) -> Error {
    let what = if lost.is_panic() { panicked } else { "the runtime is shutting down" };
    Error::new(ErrorKind::Interrupted, what).with_retryable(false).with_source(lost)
}
