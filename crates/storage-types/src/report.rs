//! What a transfer did.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// Why a file was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The destination exists.
    Exists,
    /// The destination has the same size.
    SameSize,
    /// The destination is at least as new.
    NotOlder,
    /// The destination has the same content.
    SameContent,
    /// The caller's own rule said so.
    Custom,
    /// No include pattern names it, or an exclude pattern does.
    Excluded,
    /// The caller's filter left it out.
    Filtered,
    /// A symbolic link, and the policy is to skip those.
    Symlink,
    /// A device, a socket or a pipe.
    Special,
    /// Source and destination are the same.
    SameFile,
}

impl SkipReason {
    /// The reason in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exists => "exists at the destination",
            Self::SameSize => "same size at the destination",
            Self::NotOlder => "destination is not older",
            Self::SameContent => "same content at the destination",
            Self::Custom => "left out by the caller's rule",
            Self::Excluded => "excluded by pattern",
            Self::Filtered => "left out by the filter",
            Self::Symlink => "symbolic link",
            Self::Special => "neither file nor directory",
            Self::SameFile => "source and destination are the same",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

/// A file that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopiedFile {
    /// Full source, `mount:path`.
    pub source: String,
    /// Full destination, `mount:path`.
    pub destination: String,
    /// Bytes.
    pub bytes: u64,
}

impl CopiedFile {
    /// A file that was copied.
    #[must_use]
    pub fn new(source: String, destination: String, bytes: u64) -> Self {
        Self { source, destination, bytes }
    }
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedFile {
    /// Full source, `mount:path`.
    pub source: String,
    /// Why.
    pub reason: SkipReason,
}

impl SkippedFile {
    /// A file that was left out.
    #[must_use]
    pub fn new(source: String, reason: SkipReason) -> Self {
        Self { source, reason }
    }
}

/// A file that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedFile {
    /// Full source, `mount:path`.
    pub source: String,
    /// What happened.
    pub error: Error,
}

impl FailedFile {
    /// A file that failed.
    #[must_use]
    pub fn new(source: String, error: Error) -> Self {
        Self { source, error }
    }
}

/// What a copy or move did. Counts are complete; of each list the first [`CopyReport::LISTED`] are kept, so that
/// a report of a million files stays small (the callbacks of the options see all of them).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CopyReport {
    /// Copied files.
    pub copied: Vec<CopiedFile>,
    /// Left out, with reasons.
    pub skipped: Vec<SkippedFile>,
    /// Failed, with errors.
    pub failed: Vec<FailedFile>,
    /// Number of copied files.
    pub copied_count: u64,
    /// Number of files left out.
    pub skipped_count: u64,
    /// Number of failed files.
    pub failed_count: u64,
    /// Directories made or found.
    pub directories: u64,
    /// Bytes of all copied files.
    pub bytes: u64,
    /// Time from start to end.
    pub elapsed: Duration,
    /// Where the content of a single file can be read back when that is not the path written to (data URIs).
    pub location: Option<crate::StoragePath>,
}

impl CopyReport {
    /// So many entries of each list are kept.
    pub const LISTED: usize = 10_000;

    /// Whether every file was copied or left out on purpose.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failed_count == 0
    }

    /// Adds a copied file.
    pub fn add_copied(&mut self, file: CopiedFile) {
        self.copied_count += 1;
        self.bytes += file.bytes;
        keep(&mut self.copied, file);
    }

    /// Adds a file left out.
    pub fn add_skipped(&mut self, file: SkippedFile) {
        self.skipped_count += 1;
        keep(&mut self.skipped, file);
    }

    /// Adds a failed file.
    pub fn add_failed(&mut self, file: FailedFile) {
        self.failed_count += 1;
        keep(&mut self.failed, file);
    }

    /// The report, or an error when a file failed: the first failure's, saying how many more there are.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn into_result(mut self) -> Result<Self, Error> {
        if self.failed.is_empty() {
            return Ok(self);
        }
        let first = self.failed.swap_remove(0).error;
        if self.failed_count == 1 {
            return Err(first);
        }
        let message = format!("{} files failed; the first: {first}", self.failed_count);
        Err(Error::new(first.kind(), message).with_source(first))
    }
}

fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() < CopyReport::LISTED {
        list.push(item);
    }
}

impl fmt::Display for CopyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} copied ({} bytes), {} skipped, {} failed",
            self.copied_count, self.bytes, self.skipped_count, self.failed_count
        )
    }
}

/// An error stands for `Interrupted` when the transfer itself was cancelled.
#[must_use]
pub fn is_cancelled(error: &Error) -> bool {
    error.kind() == ErrorKind::Interrupted && !error.is_retryable()
}
