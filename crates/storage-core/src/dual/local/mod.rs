//! Mounts on the file system of this machine (Linux): confined by the kernel, atomic, durable.
//!
//! Every operation is one closure of system calls, run through `rt::unblock`: one hop to the blocking pool in the async
//! colour, none in the blocking one. What the kernel has in memory is read and described without the hop (`cached`).

mod append;
mod attributes;
mod backend;
mod beneath;
mod cache_probe;
mod cached;
mod config;
mod copy;
mod core;
mod delete;
mod describe;
mod dir_entry;
mod direct;
mod directory;
mod io;
mod leftovers;
mod lend;
mod links;
mod list;
mod location;
mod lock;
mod partial;
mod publish;
mod read;
mod rename;
mod root;
mod set_attributes;
mod special;
mod sync;
mod temp;
mod url;
mod write;

pub use backend::LocalBackend;
pub use config::{LocalConfig, LocalProvider};
pub(crate) use lend::lent;
pub use root::LocalRoot;
pub(crate) use temp::is_reserved;
