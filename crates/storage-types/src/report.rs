//! What a transfer did.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind};
use crate::metadata::{Checksum, EntryKind, FileAttribute};
use crate::path::Address;
use crate::pattern::UnmatchedPattern;
use crate::transfer::{Cancelled, ErrorNote};

/// Why a file was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// The destination exists.
    Exists,
    /// The destination has the same size.
    SameSize,
    /// The destination is at least as new.
    NotOlder,
    /// The destination has the same size and is not older, or its time is the same.
    Unchanged,
    /// The destination has the same content.
    SameContent,
    /// The caller's own rule said so.
    Custom,
    /// No include pattern names it, or an exclude pattern does.
    Excluded,
    /// A rule in the syntax of gitignore names it.
    Ignored,
    /// It is smaller than wanted.
    TooSmall,
    /// It is larger than wanted.
    TooLarge,
    /// It was stored before the time that was given.
    TooOld,
    /// It was stored after the time that was given.
    TooNew,
    /// The caller's filter left it out.
    Filtered,
    /// A symbolic link, and the policy is to skip those.
    Symlink,
    /// A device, a socket or a pipe.
    Special,
    /// Source and destination are the same.
    SameFile,
    /// The name in an archive leads out of the destination.
    UnsafeName,
    /// A later entry of the archive has the same name.
    Duplicate,
}

impl SkipReason {
    /// The reason in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exists => "exists at the destination",
            Self::SameSize => "same size at the destination",
            Self::NotOlder => "destination is not older",
            Self::Unchanged => "unchanged: same size and time at the destination",
            Self::SameContent => "same content at the destination",
            Self::Custom => "left out by the caller's rule",
            Self::Excluded => "excluded by pattern",
            Self::Ignored => "ignored by a rule",
            Self::TooSmall => "smaller than wanted",
            Self::TooLarge => "larger than wanted",
            Self::TooOld => "older than wanted",
            Self::TooNew => "newer than wanted",
            Self::Filtered => "left out by the filter",
            Self::Symlink => "symbolic link",
            Self::Special => "neither file nor directory",
            Self::SameFile => "source and destination are the same",
            Self::UnsafeName => "the name leads out of the destination",
            Self::Duplicate => "a later entry of the archive has the same name",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

/// A file or link that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CopiedFile<A = Address> {
    /// The source.
    pub source: A,
    /// The destination.
    pub destination: A,
    /// What it is: a file or a symbolic link.
    pub kind: EntryKind,
    /// Bytes; 0 for a further name.
    pub bytes: u64,
    /// It is a further name of a file that was copied under another one (a hard link).
    #[serde(skip_serializing_if = "is_false")]
    pub hard_link: bool,
    /// The checksum that source and destination have, where [`CopyOptions::verify`](crate::CopyOptions::verify) compared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl<A> CopiedFile<A> {
    /// A file that was copied.
    #[must_use]
    pub fn new(source: A, destination: A, bytes: u64) -> Self {
        Self { source, destination, kind: EntryKind::File, bytes, hard_link: false, checksum: None }
    }

    /// The same, of another kind.
    #[must_use]
    pub fn of_kind(mut self, kind: EntryKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same; `hard_link` tells whether it is a further name of a file that was copied.
    #[must_use]
    pub fn hard_link(mut self, hard_link: bool) -> Self {
        self.hard_link = hard_link;
        self
    }

    /// The same with the checksum that was compared.
    #[must_use]
    pub fn checksum(mut self, checksum: Option<Checksum>) -> Self {
        self.checksum = checksum;
        self
    }

    /// The same with each address rendered by `show`.
    pub fn map<B>(&self, show: impl Fn(&A) -> B) -> CopiedFile<B> {
        let (source, destination) = (show(&self.source), show(&self.destination));
        let Self { kind, bytes, hard_link, checksum, .. } = *self;
        CopiedFile { source, destination, kind, bytes, hard_link, checksum }
    }
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedFile<A = Address> {
    /// The source.
    pub source: A,
    /// Why.
    pub reason: SkipReason,
}

impl<A> SkippedFile<A> {
    /// A file that was left out.
    #[must_use]
    pub fn new(source: A, reason: SkipReason) -> Self {
        Self { source, reason }
    }

    /// The same with the address rendered by `show`.
    pub fn map<B>(&self, show: impl Fn(&A) -> B) -> SkippedFile<B> {
        SkippedFile { source: show(&self.source), reason: self.reason }
    }
}

/// Something that was deleted at the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeletedFile<A = Address> {
    /// The destination.
    pub destination: A,
    /// What it was.
    pub kind: EntryKind,
    /// Bytes.
    pub bytes: u64,
    /// Something of another kind comes in its place: a directory instead of a file, or the reverse.
    pub replaced: bool,
}

impl<A> DeletedFile<A> {
    /// Something that was deleted.
    #[must_use]
    pub fn new(destination: A, kind: EntryKind, bytes: u64) -> Self {
        Self { destination, kind, bytes, replaced: false }
    }

    /// The same; `replaced` tells whether something of another kind comes in its place.
    #[must_use]
    pub fn replaced(mut self, replaced: bool) -> Self {
        self.replaced = replaced;
        self
    }

    /// The same with the address rendered by `show`.
    pub fn map<B>(&self, show: impl Fn(&A) -> B) -> DeletedFile<B> {
        let destination = show(&self.destination);
        DeletedFile { destination, kind: self.kind, bytes: self.bytes, replaced: self.replaced }
    }
}

/// A file that failed.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct FailedFile {
    /// The source, or the destination of what was to be deleted.
    pub source: Address,
    /// What happened.
    #[serde(serialize_with = "as_note")]
    pub error: Error,
}

fn as_note<S: Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    ErrorNote::from(error).serialize(serializer)
}

impl FailedFile {
    /// A file that failed.
    #[must_use]
    pub fn new(source: Address, error: Error) -> Self {
        Self { source, error }
    }
}

/// What a copy or move did. Counts are complete; of each list the first [`CopyReport::LISTED`] are kept, so that
/// a report of a million files stays small (the callbacks of the options see all of them).
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CopyReport {
    /// Copied files and links.
    pub copied: Vec<CopiedFile>,
    /// Left out, with reasons.
    pub skipped: Vec<SkippedFile>,
    /// Failed, with errors.
    pub failed: Vec<FailedFile>,
    /// Deleted at the destination.
    pub deleted: Vec<DeletedFile>,
    /// Number of copied files and links.
    pub copied_count: u64,
    /// How many of them are symbolic links.
    pub links: u64,
    /// How many of them are further names of a file that was copied (hard links).
    pub hard_links: u64,
    /// Number of files left out.
    pub skipped_count: u64,
    /// How many of them for each reason.
    pub skipped_by_reason: BTreeMap<SkipReason, u64>,
    /// Number of failed files.
    pub failed_count: u64,
    /// Number of deleted files and links.
    pub deleted_count: u64,
    /// Number of deleted directories.
    pub directories_deleted: u64,
    /// Number of directories that were made.
    pub directories_made: u64,
    /// Number of files and directories that were there, and whose mode and time were set.
    pub attributes_set: u64,
    /// Number of whole trees that were renamed in one step. What is in them was not looked at.
    pub trees_renamed: u64,
    /// What sources have and their copies do not, and in how many of them.
    pub left_behind: BTreeMap<FileAttribute, u64>,
    /// How often a file was tried again.
    pub retries: u64,
    /// Bytes that earlier runs had moved, and this one did not move again.
    pub bytes_resumed: u64,
    /// Include patterns that took nothing, and exclude patterns that matched nothing.
    pub unmatched_patterns: Vec<UnmatchedPattern>,
    /// Nothing was changed: this is what would have happened.
    pub dry_run: bool,
    /// Directories made or found.
    pub directories: u64,
    /// Bytes of all copied files.
    pub bytes: u64,
    /// Time from start to end, serialised as seconds.
    #[serde(rename = "seconds", serialize_with = "as_seconds")]
    pub elapsed: Duration,
    /// Where the content of a single file can be read back when that is not the path written to (data URIs).
    #[serde(skip)]
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
        self.links += u64::from(file.kind == EntryKind::Symlink);
        self.hard_links += u64::from(file.hard_link);
        self.bytes += file.bytes;
        keep(&mut self.copied, file);
    }

    /// Adds a file left out.
    pub fn add_skipped(&mut self, file: SkippedFile) {
        self.count_skipped(file.reason, 1);
        keep(&mut self.skipped, file);
    }

    /// Counts files left out that are not listed.
    pub fn count_skipped(&mut self, reason: SkipReason, files: u64) {
        if files > 0 {
            self.skipped_count += files;
            *self.skipped_by_reason.entry(reason).or_default() += files;
        }
    }

    /// Adds something that was deleted.
    pub fn add_deleted(&mut self, file: DeletedFile) {
        if file.kind == EntryKind::Directory {
            self.directories_deleted += 1;
        } else {
            self.deleted_count += 1;
        }
        keep(&mut self.deleted, file);
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

fn as_seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
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
        )?;
        if self.deleted_count > 0 { write!(f, ", {} deleted", self.deleted_count) } else { Ok(()) }
    }
}

/// Whether an error says that the caller cancelled what failed, and not that something else broke it off.
#[must_use]
pub fn is_cancelled(error: &Error) -> bool {
    let mut cause = StdError::source(error);
    while let Some(found) = cause {
        if found.is::<Cancelled>() {
            return error.kind() == ErrorKind::Interrupted;
        }
        cause = found.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CancelToken;

    #[test]
    fn only_what_the_caller_cancelled_is_cancelled() {
        let token = CancelToken::new();
        token.cancel();
        let cancelled = token.check().unwrap_err();
        assert!(is_cancelled(&cancelled));
        let told = Error::new(ErrorKind::Interrupted, "the part `a`: cancelled").with_source(cancelled);
        assert!(is_cancelled(&told));
        let broken = Error::new(ErrorKind::Interrupted, "somebody replaced it").with_retryable(false);
        assert!(!is_cancelled(&broken));
    }
}
