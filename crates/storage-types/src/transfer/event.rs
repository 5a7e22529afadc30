//! What happens in a transfer, for those who watch or keep a log.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::report::{CopiedFile, DeletedFile, SkippedFile};

/// Why a file is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The destination has none, as far as anybody asked.
    New,
    /// The destination has another one.
    Changed,
}

/// One thing that happened. Serialised, each is an object whose `event` names it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferEvent {
    /// A file will be copied (in a dry run: would be).
    Planned {
        /// Full source, `mount:path`.
        source: String,
        /// Full destination, `mount:path`.
        destination: String,
        /// Bytes.
        bytes: u64,
        /// Why.
        change: Change,
    },
    /// Its bytes begin to move.
    Started {
        /// Full source.
        source: String,
        /// Bytes.
        bytes: u64,
    },
    /// An earlier run moved some of its bytes; they need not move again.
    Resumed {
        /// Full source.
        source: String,
        /// Bytes that are there already.
        bytes: u64,
    },
    /// Some of its bytes have moved.
    Progress {
        /// Full source.
        source: String,
        /// Bytes so far.
        bytes: u64,
        /// Bytes in all.
        total: u64,
    },
    /// It failed in a way that may pass, and is tried again.
    Retrying {
        /// Full source.
        source: String,
        /// Which try comes now, counted from 1.
        attempt: u32,
        /// What happened.
        error: ErrorNote,
    },
    /// It is at the destination.
    Copied(CopiedFile),
    /// It was left out.
    Skipped(SkippedFile),
    /// It failed.
    Failed {
        /// Full source.
        source: String,
        /// What happened.
        error: ErrorNote,
    },
    /// It was deleted at the destination (in a dry run: would be).
    Deleted(DeletedFile),
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
impl fmt::Display for TransferEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned { source, destination, bytes, change } => {
                let what = match change {
                    Change::New => "copy",
                    Change::Changed => "replace",
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
            Self::Skipped(file) => write!(f, "leave {}: {}", file.source, file.reason.describe()),
            Self::Failed { error, .. } => write!(f, "fail: {}", error.message),
            Self::Deleted(file) => write!(f, "delete {} ({} bytes)", file.destination, file.bytes),
        }
    }
}
