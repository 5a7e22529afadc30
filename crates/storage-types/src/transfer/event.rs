//! What happens in a transfer, for those who watch or keep a log.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::metadata::EntryKind;
use crate::path::Address;
use crate::report::{CopiedFile, DeletedFile, SkippedFile};

/// What a step changes at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The destination has nothing of that name, as far as anybody asked.
    New,
    /// The destination has another content, or another target of a link.
    Changed,
    /// Only mode and time are set.
    Attributes,
}

/// One thing that happened. Serialised, each is an object whose `event` names it. Addresses are of type `A`, so that
/// who shows them can render them ([`map`](Self::map)).
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferEvent<A = Address> {
    /// A file or link will be copied, a directory made or its mode and time set (in a dry run: would be).
    Planned {
        /// The source.
        source: A,
        /// The destination.
        destination: A,
        /// What it is.
        kind: EntryKind,
        /// What the destination has under that name, where somebody looked.
        there: Option<EntryKind>,
        /// Bytes.
        bytes: u64,
        /// What it changes.
        change: Change,
    },
    /// Its bytes begin to move.
    Started {
        /// The source.
        source: A,
        /// Bytes.
        bytes: u64,
    },
    /// An earlier run moved some of its bytes; they need not move again.
    Resumed {
        /// The source.
        source: A,
        /// Bytes that are there already.
        bytes: u64,
    },
    /// Some of its bytes have moved.
    Progress {
        /// The source.
        source: A,
        /// Bytes so far.
        bytes: u64,
        /// Bytes in all.
        total: u64,
    },
    /// It failed in a way that may pass, and is tried again.
    Retrying {
        /// The source.
        source: A,
        /// Which try comes now, counted from 1.
        attempt: u32,
        /// What happened.
        error: ErrorNote,
    },
    /// It is at the destination.
    Copied(CopiedFile<A>),
    /// A directory was made at the destination.
    DirectoryMade {
        /// The destination.
        destination: A,
    },
    /// Mode and time of something were set that was at the destination already.
    AttributesSet {
        /// The destination.
        destination: A,
        /// What it is.
        kind: EntryKind,
    },
    /// A whole tree was renamed in one step; what is in it was not looked at.
    RenamedTree {
        /// The source.
        source: A,
        /// The destination.
        destination: A,
    },
    /// It was left out.
    Skipped(SkippedFile<A>),
    /// It failed.
    Failed {
        /// The source, or the destination of what was to be deleted.
        source: A,
        /// What happened.
        error: ErrorNote,
    },
    /// It was deleted at the destination (in a dry run: would be).
    Deleted(DeletedFile<A>),
}

impl<A> TransferEvent<A> {
    /// The same with each address rendered by `show`.
    pub fn map<B>(&self, show: impl Fn(&A) -> B) -> TransferEvent<B> {
        use TransferEvent as To;
        match self {
            Self::Planned { source, destination, kind, there, bytes, change } => To::Planned {
                source: show(source),
                destination: show(destination),
                kind: *kind,
                there: *there,
                bytes: *bytes,
                change: *change,
            },
            Self::Started { source, bytes } => To::Started { source: show(source), bytes: *bytes },
            Self::Resumed { source, bytes } => To::Resumed { source: show(source), bytes: *bytes },
            Self::Progress { source, bytes, total } => {
                To::Progress { source: show(source), bytes: *bytes, total: *total }
            }
            Self::Retrying { source, attempt, error } => {
                To::Retrying { source: show(source), attempt: *attempt, error: error.clone() }
            }
            Self::Copied(file) => To::Copied(file.map(show)),
            Self::DirectoryMade { destination } => To::DirectoryMade { destination: show(destination) },
            Self::AttributesSet { destination, kind } => {
                To::AttributesSet { destination: show(destination), kind: *kind }
            }
            Self::RenamedTree { source, destination } => {
                To::RenamedTree { source: show(source), destination: show(destination) }
            }
            Self::Skipped(file) => To::Skipped(file.map(show)),
            Self::Failed { source, error } => To::Failed { source: show(source), error: error.clone() },
            Self::Deleted(file) => To::Deleted(file.map(show)),
        }
    }
}

/// An error, for those who read it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorNote {
    /// The kind, serialised as `not_found`.
    pub kind: ErrorKind,
    /// What happened, with place and operation.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it may pass.
    pub retryable: bool,
}

impl From<&Error> for ErrorNote {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
            retryable: error.is_retryable(),
        }
    }
}

/// One line for people.
impl<A: fmt::Display> fmt::Display for TransferEvent<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned { destination, change: Change::Attributes, .. } => {
                write!(f, "set mode and time of {destination}")
            }
            Self::Planned { destination, kind: EntryKind::Directory, .. } => {
                write!(f, "make directory {destination}")
            }
            Self::Planned { source, destination, bytes, change, .. } => {
                let what = match change {
                    Change::New => "copy",
                    _ => "replace",
                };
                write!(f, "{what} {source} -> {destination} ({bytes} bytes)")
            }
            Self::Started { source, bytes } => write!(f, "begin {source} ({bytes} bytes)"),
            Self::Resumed { source, bytes } => write!(f, "resume {source} behind {bytes} bytes"),
            Self::Progress { source, bytes, total } => write!(f, "move {source}: {bytes} of {total} bytes"),
            Self::Retrying { source, attempt, error } => {
                write!(f, "try {source} again (try {attempt}): {}", error.message)
            }
            Self::Copied(file) => {
                write!(f, "copied {} -> {} ({} bytes)", file.source, file.destination, file.bytes)
            }
            Self::DirectoryMade { destination } => write!(f, "made directory {destination}"),
            Self::AttributesSet { destination, .. } => write!(f, "set mode and time of {destination}"),
            Self::RenamedTree { source, destination } => write!(f, "renamed {source} -> {destination}"),
            Self::Skipped(file) => write!(f, "leave {}: {}", file.source, file.reason.describe()),
            Self::Failed { error, .. } => write!(f, "fail: {}", error.message),
            Self::Deleted(file) => write!(f, "delete {} ({} bytes)", file.destination, file.bytes),
        }
    }
}
