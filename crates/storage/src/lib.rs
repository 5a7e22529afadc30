//! One storage library for every place where bytes live, async and blocking from one source.
//!
//! Bytes are named `mount:path`. The mount is local disk, memory, a data URI, a part of another mount, or by
//! features S3, Azure, Google Cloud Storage or a web server; the same calls work on all of them.
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), storage::Error> {
//! use storage::blocking::StorageManager;
//!
//! let storage = StorageManager::new();
//! storage.configure_json(r#"[{"name": "box", "type": "memory"}]"#)?;
//! let node = storage.node("box:letters/hello.txt")?;
//! node.write("hello")?;
//! assert_eq!(node.read_text()?, "hello");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "blocking"))]
//! # fn main() {}
//! ```
//!
//! # What a runtime must offer
//!
//! The async API runs on tokio. Local mounts and programs need a runtime of either flavour; clouds and web servers need its
//! time and its I/O too (`enable_all`, which `#[tokio::main]` does). Memory and data URIs need none. A call that misses the
//! runtime fails with `Unsupported` and says so. Under [`blocking`] no runtime is needed: clouds bring one of their own.
//!
//! # Layout
//!
//! - At the root (feature `async`): the async API.
//! - [`blocking`] (feature `blocking`): the same API, blocking, without a runtime.
//! - [`types`]: what both share: errors, metadata, options, configuration.
//! - `blocking::bridge` (feature `bridge`): backends of one colour for callers of the other.
//! - `s3`, `azure`, `gcs`, `http` (features of these names): mounts of clouds and web servers, in every chosen colour;
//!   `FillFromUrl` (feature `http`).
//! - `NativeClients`: the clients of the clouds' own SDKs out of mounts (`gcs-sdk` for Google's).

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "s3", feature = "azure", feature = "gcs", feature = "http"))]
mod cloud_config;
#[macro_use]
mod clouds;
#[cfg(feature = "http")]
mod fill;
#[cfg(any(feature = "async", feature = "blocking"))]
mod left_out;
#[cfg(any(feature = "async", feature = "blocking"))]
mod manager;
#[cfg(all(
    any(feature = "async", feature = "blocking"),
    any(feature = "s3", feature = "azure", feature = "gcs-sdk", feature = "http")
))]
mod native;

#[cfg(feature = "blocking")]
pub mod blocking {
    //! The same API, blocking, without a runtime.

    pub use storage_blocking::*;

    #[cfg(feature = "http")]
    pub use crate::fill::blocking::FillFromUrl;
    pub use crate::manager::blocking::StorageManager;
    #[cfg(any(feature = "s3", feature = "azure", feature = "gcs-sdk", feature = "http"))]
    pub use crate::native::blocking::NativeClients;
}

#[cfg(any(feature = "s3", feature = "azure", feature = "gcs", feature = "http"))]
pub use cloud_config::CloudConfig;
#[cfg(all(feature = "async", feature = "http"))]
pub use fill::FillFromUrl;

#[cfg(feature = "async")]
pub use manager::asynchronous::StorageManager;
#[cfg(all(
    feature = "async",
    any(feature = "s3", feature = "azure", feature = "gcs-sdk", feature = "http")
))]
pub use native::asynchronous::NativeClients;
#[cfg(all(feature = "async", feature = "http-body"))]
pub use storage_core::ServeBody;
#[cfg(all(feature = "async", feature = "zip"))]
pub use storage_core::{ArchiveEntries, Zip, ZipReport};
#[cfg(feature = "async")]
pub use storage_core::{
    Backend, Base64Backend, Base64Config, Base64Provider, BufferPool, CHUNK, Call, CallOutput, CallPart,
    Children, Content, CopyWatch, Entry, FuturesIo, Hasher, ListStream, Lister, LocalBackend, LocalConfig,
    LocalPath, LocalProvider, LocalRoot, MEMORY, MemoryBackend, MemoryConfig, MemoryProvider, Mount,
    MountLookup, NodeEntry, Plan, Provider, ReadStream, Reader, RelativeBackend, RelativeConfig,
    RelativeProvider, ResumeNote, ServeResponse, SkipFn, SkipWhen, StorageNode, SyncHandle, SyncTarget, Walk,
    WriteStream, Writer, skip_when,
};
pub use storage_types as types;
pub use storage_types::{
    Access, Address, ArchiveEntry, ArchiveOptions, Attributes, ByteRange, ByteSize, Bytes, CancelToken,
    Capabilities, Change, Checkpoint, Checksum, Config, CopyOptions, CopyReport, CreateDirOptions,
    DeleteOptions, DiffOptions, Durability, EntryKind, Error, ErrorKind, ExtractOptions, FileAttribute,
    HashAlgorithm, IgnoreRules, IntoBytes, Leftover, LeftoverKind, LeftoverOptions, ListOptions,
    LocalPathOptions, Metadata, MountConfig, Offset, Operation, Pattern, PatternSet, Permissions,
    PresignMethod, PresignOptions, Progress, PutOptions, ReadOptions, Result, Secret, Segments, ServeOptions,
    ServeRequest, Skip, SkipReason, StoragePath, SymlinkPolicy, SyncOptions, TransferEntry, TransferEvent,
    Version, VersionSelector, WalkOptions, WriteMode, WriteOptions, ZipOptions,
};

clouds! {
    "s3": s3 = storage_s3, S3Provider, S3Config;
    "azure": azure = storage_azure, AzureProvider, AzureConfig;
    "gcs": gcs = storage_gcs, GcsProvider, GcsConfig;
    "http": http = storage_http, HttpProvider, HttpConfig;
}

/// Compiles the programs of the README.
#[cfg(all(doctest, feature = "async", feature = "blocking", feature = "yaml"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
