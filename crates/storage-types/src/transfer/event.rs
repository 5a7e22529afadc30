//! What happens in a transfer, for those who watch or keep a log.

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
#[derive(Debug, Serialize)]
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
