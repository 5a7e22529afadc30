//! Options of copying and moving.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Metadata;
use crate::path::StoragePath;
use crate::report::{CopiedFile, FailedFile, SkippedFile};
use crate::suggest;

/// One side of a transfer, as skip rules and filters see it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TransferEntry {
    /// The mount's name.
    pub mount: String,
    /// The path inside the mount.
    pub path: StoragePath,
    /// The path relative to the start of the transfer; empty for a single file.
    pub relative: String,
    /// What is known about it.
    pub metadata: Metadata,
}

impl TransferEntry {
    /// An entry of a transfer.
    #[must_use]
    pub fn new(mount: String, path: StoragePath, relative: String, metadata: Metadata) -> Self {
        Self { mount, path, relative, metadata }
    }
}

type Compare = Arc<dyn Fn(&TransferEntry, &TransferEntry) -> bool + Send + Sync>;
type Filter = Arc<dyn Fn(&TransferEntry) -> bool + Send + Sync>;
type Callback<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// When a file that the destination has already is left alone. Asked only if the destination exists.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Skip {
    /// Always copy.
    #[default]
    Never,
    /// Leave whatever exists.
    Exists,
    /// Leave files of equal size.
    Size,
    /// Leave files that are at least as new as the source.
    Newer,
    /// Leave files of equal content, compared by checksum.
    Hash,
    /// Leave files for which this says so: source first, destination second.
    Custom(Compare),
}

impl Skip {
    /// The names that parse.
    pub const NAMES: [&'static str; 5] = ["never", "exists", "size", "newer", "hash"];

    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Exists => "exists",
            Self::Size => "size",
            Self::Newer => "newer",
            Self::Hash => "hash",
            Self::Custom(_) => "custom",
        }
    }
}

impl fmt::Debug for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Skip {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "never" => Ok(Self::Never),
            "exists" => Ok(Self::Exists),
            "size" => Ok(Self::Size),
            "newer" => Ok(Self::Newer),
            "hash" => Ok(Self::Hash),
            _ => Err(unknown_name("skip strategy", text, &Self::NAMES)),
        }
    }
}

/// What becomes of symbolic links in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SymlinkPolicy {
    /// Leave them out and report it.
    #[default]
    Skip,
    /// Copy what they point at.
    Follow,
    /// Make the same link at the destination; both sides must be local.
    Preserve,
}

impl FromStr for SymlinkPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "skip" => Ok(Self::Skip),
            "follow" => Ok(Self::Follow),
            "preserve" => Ok(Self::Preserve),
            _ => Err(unknown_name("symlink policy", text, &["skip", "follow", "preserve"])),
        }
    }
}

fn unknown_name(what: &str, text: &str, names: &[&'static str]) -> Error {
    let error = Error::invalid(format!(
        "`{text}` is not a {what}; there are {}",
        suggest::list(names.iter().copied())
    ));
    match suggest::nearest(text, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// How far a transfer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Files handled: copied, skipped or failed.
    pub files: u64,
    /// Bytes written so far, those of files not finished included.
    pub bytes: u64,
    /// All files, as far as known.
    pub total_files: Option<u64>,
    /// All bytes, as far as known.
    pub total_bytes: Option<u64>,
}

/// Stops running transfers from another thread, task or signal handler. Clones share one switch.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks whatever holds this token to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// # Errors
    ///
    /// `Interrupted` (not retryable) once cancelled.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(ErrorKind::Interrupted, "cancelled").with_retryable(false));
        }
        Ok(())
    }
}

/// Options of `copy_to_with` and `move_to_with`.
#[derive(Clone)]
#[non_exhaustive]
pub struct CopyOptions {
    /// When to leave a file that the destination has already.
    pub skip: Skip,
    /// Only files that match one of these globs; empty means all.
    pub include: Vec<String>,
    /// No files that match one of these globs.
    pub exclude: Vec<String>,
    /// Only files for which this says so.
    pub filter: Option<Filter>,
    /// Keep modification times and permission bits where the destination can.
    pub preserve: bool,
    /// What becomes of symbolic links.
    pub symlinks: SymlinkPolicy,
    /// Stop at the first failing file.
    pub fail_fast: bool,
    /// Files in flight at once; at least 1.
    pub concurrency: usize,
    /// Read the checksum of every written file back and compare.
    pub verify: bool,
    /// Called as bytes and files are done, from whichever thread does them.
    pub progress: Option<Callback<Progress>>,
    /// Called after each copied file.
    pub on_file: Option<Callback<CopiedFile>>,
    /// Called for each file left out, with the reason.
    pub on_skip: Option<Callback<SkippedFile>>,
    /// Called for each file that failed.
    pub on_error: Option<Callback<FailedFile>>,
    /// Stops the transfer when cancelled; files half-way leave nothing.
    pub cancel: CancelToken,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            skip: Skip::Never,
            include: Vec::new(),
            exclude: Vec::new(),
            filter: None,
            preserve: false,
            symlinks: SymlinkPolicy::Skip,
            fail_fast: false,
            concurrency: 8,
            verify: false,
            progress: None,
            on_file: None,
            on_skip: None,
            on_error: None,
            cancel: CancelToken::new(),
        }
    }
}

impl CopyOptions {
    /// Copy everything, eight files at once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When to leave a file that the destination has already.
    #[must_use]
    pub fn skip(mut self, skip: Skip) -> Self {
        self.skip = skip;
        self
    }

    /// Leave files for which `same(source, destination)` says so.
    #[must_use]
    pub fn skip_if(
        mut self,
        same: impl Fn(&TransferEntry, &TransferEntry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.skip = Skip::Custom(Arc::new(same));
        self
    }

    /// Adds a glob of files to copy.
    #[must_use]
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.include.push(pattern.into());
        self
    }

    /// Adds a glob of files not to copy.
    #[must_use]
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.exclude.push(pattern.into());
        self
    }

    /// Copies only files for which `wanted` says so.
    #[must_use]
    pub fn filter(mut self, wanted: impl Fn(&TransferEntry) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(wanted));
        self
    }

    /// Keep modification times and permission bits.
    #[must_use]
    pub fn preserve(mut self, preserve: bool) -> Self {
        self.preserve = preserve;
        self
    }

    /// What becomes of symbolic links.
    #[must_use]
    pub fn symlinks(mut self, policy: SymlinkPolicy) -> Self {
        self.symlinks = policy;
        self
    }

    /// Stop at the first failing file.
    #[must_use]
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.fail_fast = fail_fast;
        self
    }

    /// Files in flight at once; 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, files: usize) -> Self {
        self.concurrency = files.max(1);
        self
    }

    /// Read the checksum of every written file back and compare.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Called as bytes and files are done.
    #[must_use]
    pub fn progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(call));
        self
    }

    /// Called after each copied file.
    #[must_use]
    pub fn on_file(mut self, call: impl Fn(&CopiedFile) + Send + Sync + 'static) -> Self {
        self.on_file = Some(Arc::new(call));
        self
    }

    /// Called for each file left out.
    #[must_use]
    pub fn on_skip(mut self, call: impl Fn(&SkippedFile) + Send + Sync + 'static) -> Self {
        self.on_skip = Some(Arc::new(call));
        self
    }

    /// Called for each file that failed.
    #[must_use]
    pub fn on_error(mut self, call: impl Fn(&FailedFile) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Arc::new(call));
        self
    }

    /// Stops the transfer when this token is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("skip", &self.skip)
            .field("include", &self.include)
            .field("exclude", &self.exclude)
            .field("preserve", &self.preserve)
            .field("symlinks", &self.symlinks)
            .field("fail_fast", &self.fail_fast)
            .field("concurrency", &self.concurrency)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_strategy_is_refused_with_the_nearest_spelling() {
        let error = "exist".parse::<Skip>().unwrap_err().to_string();
        assert!(error.contains("`exists`") && error.contains("did you mean"), "{error}");
        for name in Skip::NAMES {
            assert_eq!(name.parse::<Skip>().unwrap().name(), name);
        }
    }

    #[test]
    fn clones_of_a_token_share_the_switch() {
        let token = CancelToken::new();
        let clone = token.clone();
        assert!(token.check().is_ok());
        clone.cancel();
        assert_eq!(token.check().unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
