//! Options of zip archives.

use std::fmt;
use std::sync::Arc;

use crate::report::{CopiedFile, SkippedFile};
use crate::transfer::{CancelToken, CopyOptions, Progress, SymlinkPolicy};

type Callback<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// Options of making a zip archive.
#[derive(Clone)]
#[non_exhaustive]
pub struct ZipOptions {
    /// How hard to compress: 0 (not at all) to 9. Media that are compressed already never are.
    pub level: u8,
    /// Only files that one of these [patterns](crate::Pattern) covers; empty means all.
    pub include: Vec<String>,
    /// No files and directories that one of these [patterns](crate::Pattern) covers.
    pub exclude: Vec<String>,
    /// What becomes of symbolic links. `Preserve` stores the links themselves.
    pub symlinks: SymlinkPolicy,
    /// Called as files are read; bytes are those of the files, not of the archive.
    pub progress: Option<Callback<Progress>>,
    /// Called after each file; its destination is the name in the archive.
    pub on_file: Option<Callback<CopiedFile>>,
    /// Called for each file left out, with the reason.
    pub on_skip: Option<Callback<SkippedFile>>,
    /// Stops the work when cancelled; nothing is left then.
    pub cancel: CancelToken,
}

impl Default for ZipOptions {
    fn default() -> Self {
        Self {
            level: 6,
            include: Vec::new(),
            exclude: Vec::new(),
            symlinks: SymlinkPolicy::Skip,
            progress: None,
            on_file: None,
            on_skip: None,
            cancel: CancelToken::new(),
        }
    }
}

impl ZipOptions {
    /// Everything but symbolic links, at level 6.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How hard to compress: 0 (not at all) to 9; more counts as 9.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.min(9);
        self
    }

    /// Adds a [pattern](crate::Pattern) of what to take.
    #[must_use]
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.include.push(pattern.into());
        self
    }

    /// Adds a [pattern](crate::Pattern) of what not to take.
    #[must_use]
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.exclude.push(pattern.into());
        self
    }

    /// What becomes of symbolic links.
    #[must_use]
    pub fn symlinks(mut self, policy: SymlinkPolicy) -> Self {
        self.symlinks = policy;
        self
    }

    /// Called as files are read.
    #[must_use]
    pub fn progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(call));
        self
    }

    /// Called after each file.
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

    /// Stops the work when this token is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }
}

impl fmt::Debug for ZipOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZipOptions")
            .field("level", &self.level)
            .field("include", &self.include)
            .field("exclude", &self.exclude)
            .field("symlinks", &self.symlinks)
            .finish_non_exhaustive()
    }
}

/// What an archive may demand before it is refused, whatever it says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveOptions {
    /// Bytes of all files together, unpacked; 64 GiB by default.
    pub max_bytes: u64,
    /// Files and directories; 1,000,000 by default. An open archive keeps some 200 bytes for each in memory.
    pub max_entries: u64,
    /// How many times larger than packed all files together may be; 250 by default. Not asked below 64 MiB unpacked.
    pub max_ratio: u64,
    /// Leave out entries whose names lead out of the destination. Without it such an archive is refused.
    pub skip_unsafe_names: bool,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        Self { max_bytes: 64 << 30, max_entries: 1_000_000, max_ratio: 250, skip_unsafe_names: false }
    }
}

impl ArchiveOptions {
    /// 64 GiB, a million entries, 250 to 1.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of all files together, unpacked.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Files and directories.
    #[must_use]
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = entries;
        self
    }

    /// How many times larger than packed.
    #[must_use]
    pub fn max_ratio(mut self, ratio: u64) -> Self {
        self.max_ratio = ratio;
        self
    }

    /// Leave out entries whose names lead out of the destination, instead of refusing the archive.
    #[must_use]
    pub fn skip_unsafe_names(mut self, skip: bool) -> Self {
        self.skip_unsafe_names = skip;
        self
    }
}

/// Options of unpacking an archive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// What the archive may demand.
    pub archive: ArchiveOptions,
    /// How its files are copied out: skip rules, patterns, progress, concurrency. Times and permission bits are kept
    /// by default.
    pub copy: CopyOptions,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self { archive: ArchiveOptions::new(), copy: CopyOptions::new().preserve(true) }
    }
}

impl ExtractOptions {
    /// The default limits; times and permission bits are kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the archive may demand.
    #[must_use]
    pub fn archive(mut self, options: ArchiveOptions) -> Self {
        self.archive = options;
        self
    }

    /// How its files are copied out.
    #[must_use]
    pub fn copy(mut self, options: CopyOptions) -> Self {
        self.copy = options;
        self
    }
}
