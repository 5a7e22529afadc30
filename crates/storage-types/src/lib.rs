//! Types of the storage library that have no colour: paths, metadata, options, capabilities, errors and the
//! configuration model.
//!
//! Nothing here does I/O, names a runtime or is async, so the async crate (`storage-core`) and the blocking one
//! (`storage-blocking`) share these very types: an [`Error`] or a [`Metadata`] of one is one of the other.
//!
//! ```
//! use storage_types::StoragePath;
//!
//! let path = StoragePath::parse("docs//2026/./report.pdf")?;
//! assert_eq!(path.as_str(), "docs/2026/report.pdf");
//! assert_eq!(path.extension(), Some("pdf"));
//! assert!(StoragePath::parse("docs/../../etc/passwd").is_err());
//! # Ok::<(), storage_types::Error>(())
//! ```
//!
//! # Layout
//!
//! - [`error`]: the one error type; [`path`]: normalised paths and `mount:path` addresses.
//! - [`metadata`], [`options`], [`capabilities`], [`range`], [`report`]: what calls take and give.
//! - [`content`]: what can be written; [`pattern`]: patterns that choose files; [`size`]: numbers of bytes; [`hash`]: algorithms of digests.
//! - [`archive`], [`diff`]: options of zip archives and of unified diffs.
//! - [`config`]: mounts described in code, YAML, JSON or TOML.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod archive;
pub mod capabilities;
pub mod checkpoint;
pub mod config;
pub mod content;
mod described;
pub mod diff;
pub mod error;
pub mod hash;
pub mod leftover;
pub mod local_path;
pub mod media_type;
pub mod metadata;
pub mod options;
pub mod path;
pub mod pattern;
pub mod program;
pub mod range;
pub mod report;
pub mod serve;
mod shown;
pub mod size;
pub mod suggest;
pub mod transfer;

pub use bytes::Bytes;

pub use archive::{ArchiveEntry, ArchiveOptions, ExtractOptions, WallClock, ZipOptions};
pub use capabilities::{Capabilities, Colour, Permissions};
pub use checkpoint::Checkpoint;
pub use config::{Config, MountConfig, Secret};
pub use content::IntoBytes;
pub use diff::DiffOptions;
pub use error::{ApiName, Error, ErrorKind, Operation, Result};
pub use hash::HashAlgorithm;
pub use leftover::{Leftover, LeftoverKind, LeftoverOptions};
pub use local_path::LocalPathOptions;
pub use metadata::{Checksum, EntryKind, FileAttribute, Metadata, Version};
pub use options::{
    Access, Attributes, CreateDirOptions, DeleteOptions, Durability, ListOptions, PresignMethod,
    PresignOptions, ReadOptions, VersionSelector, WalkOptions, WriteMode, WriteOptions,
};
pub use path::{Address, Segments, StoragePath};
pub use pattern::{Pattern, PatternList, PatternSet, UnmatchedPattern};
pub use program::ProgramFailure;
pub use range::{ByteRange, Offset};
pub use report::{CopiedFile, CopyReport, DeletedFile, FailedFile, SkipReason, SkippedFile};
pub use serve::{PutOptions, ServeOptions, ServeRequest};
pub use size::ByteSize;
pub use transfer::{
    CancelToken, Change, CopyOptions, ErrorNote, IgnoreRules, Progress, Skip, SymlinkPolicy, SyncOptions,
    TransferEntry, TransferEvent,
};
