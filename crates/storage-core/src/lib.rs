//! The async half of the storage library, on tokio.
//!
//! An application names bytes `mount:path`; the mount decides where they live.
//!
//! ```
//! use storage_core::StorageManager;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), storage_core::Error> {
//! let storage = StorageManager::new();
//! storage.configure_json(r#"[{"name": "box", "type": "memory"}]"#)?;
//!
//! let node = storage.node("box:letters/hello.txt")?;
//! node.write("hello").await?;
//! assert_eq!(node.read_text().await?, "hello");
//! # Ok(())
//! # }
//! ```
//!
//! `storage-blocking` has the same API without `.await`, compiled from the same files.
//!
//! # Layout
//!
//! - `dual/`: the source of both colours. [`StorageManager`], [`StorageNode`], the [`Backend`] trait, the backends.
//! - `rt`: what only this colour has. `adapters`: `AsyncRead`, `AsyncWrite`, `AsyncSeek` and `Stream`.
//!
//! Operations on local mounts need a tokio runtime around them, as `tokio::fs` does.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub(crate) use maybe_async::must_be_async as maybe_async;

mod adapters;
mod dual;
mod futures_traits;
#[cfg(feature = "http-body")]
mod http_body;
mod rt;
#[cfg(test)]
mod spawned;

pub use adapters::{SkipFn, skip_when};
pub use dual::backend::{Backend, CopyWatch};
pub use dual::base64::{Base64Backend, Base64Config, Base64Provider};
pub use dual::buffers::BufferPool;
pub use dual::call::{Call, CallOutput, CallPart};
pub use dual::content::Content;
pub use dual::leftovers::ResumeNote;
pub use dual::local::{LocalBackend, LocalConfig, LocalProvider, LocalRoot};
pub use dual::local_copy::LocalPath;
pub use dual::manager::{MEMORY, StorageManager};
pub use dual::memory::{MemoryBackend, MemoryConfig, MemoryProvider};
pub use dual::mount::Mount;
pub use dual::node::{Children, Hasher, NodeEntry, StorageNode, Walk};
pub use dual::provider::{MountLookup, Provider};
pub use dual::relative::{RelativeBackend, RelativeConfig, RelativeProvider};
pub use dual::serve::ServeResponse;
#[cfg(feature = "zip")]
pub use dual::special::{ArchiveEntries, Zip, ZipReport};
pub use dual::stream::{CHUNK, Entry, ListStream, Lister, ReadStream, Reader, WriteStream, Writer};
pub use dual::sync_handle::{SyncHandle, SyncTarget};
pub use dual::transfer::{Plan, SkipWhen};
pub use futures_traits::FuturesIo;
#[cfg(feature = "http-body")]
pub use http_body::ServeBody;
pub use storage_types as types;
pub use storage_types::{Error, ErrorKind, Result};
