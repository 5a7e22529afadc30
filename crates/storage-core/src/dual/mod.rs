//! The colour-neutral source of the library, compiled into `storage-core` (async) and `storage-blocking`.
//!
//! What differs in kind between the colours is behind `crate::rt`; streams are pull-shaped.

pub(crate) mod backend;
pub(crate) mod base64;
pub(crate) mod buffers;
pub(crate) mod call;
pub(crate) mod content;
pub(crate) mod hex;
pub(crate) mod leftovers;
pub(crate) mod local;
pub(crate) mod local_copy;
pub(crate) mod manager;
pub(crate) mod memory;
pub(crate) mod mount;
pub(crate) mod node;
pub(crate) mod note_file;
pub(crate) mod origin;
pub(crate) mod pieces;
pub(crate) mod provider;
pub(crate) mod ranges;
pub(crate) mod relative;
pub(crate) mod serve;
pub(crate) mod special;
pub(crate) mod stream;
pub(crate) mod sync_handle;
#[cfg(test)]
mod threads;
pub(crate) mod transfer;
pub(crate) mod work;
