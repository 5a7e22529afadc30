//! Options of copying and moving.

mod cancel;
mod event;
mod headers;
mod ignore_rules;
mod skip;
mod sync;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub use cancel::CancelToken;
pub(crate) use cancel::Cancelled;
pub use event::{Change, ErrorNote, TransferEvent};
pub use ignore_rules::IgnoreRules;
pub use skip::{Skip, SymlinkPolicy};
pub use sync::SyncOptions;

use crate::metadata::Metadata;
use crate::path::StoragePath;
use crate::report::{CopiedFile, FailedFile, SkippedFile};

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

type Filter = Arc<dyn Fn(&TransferEntry) -> bool + Send + Sync>;
type Callback<T> = Arc<dyn Fn(&T) + Send + Sync>;

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

/// Options of `copy_to_with` and `move_to_with`.
#[derive(Clone)]
#[non_exhaustive]
pub struct CopyOptions {
    /// When to leave a file that the destination has already.
    pub skip: Skip,
    /// Only files that one of these [patterns](crate::Pattern) covers; empty means all.
    pub include: Vec<String>,
    /// No files and directories that one of these [patterns](crate::Pattern) covers.
    pub exclude: Vec<String>,
    /// Only files for which this says so.
    pub filter: Option<Filter>,
    /// Lines in the syntax of gitignore, relative to the start; what they name is left out, with all below it.
    pub ignore: Vec<String>,
    /// No files smaller than this, in bytes.
    pub min_size: Option<u64>,
    /// No files larger than this, in bytes.
    pub max_size: Option<u64>,
    /// No files stored before this. Where a store tells no times, everything counts as new.
    pub newer_than: Option<SystemTime>,
    /// No files stored after this.
    pub older_than: Option<SystemTime>,
    /// Keep modification times and permission bits where the destination can.
    pub preserve: bool,
    /// Keep owner, access control lists, capabilities and all extended attributes too, as far as the caller may and from
    /// local to local. Times and permission bits are kept with it. What is left behind, with this or without it, is in
    /// [`CopyReport::left_behind`](crate::CopyReport::left_behind).
    pub preserve_all: bool,
    /// What becomes of symbolic links. `None`: a copy leaves them out, a move takes them along.
    pub symlinks: Option<SymlinkPolicy>,
    /// Files that have several names in the tree (hard links) have them at the destination too, from local to local. Else
    /// each name becomes a file of its own. Takes some hundred bytes of memory for each such file until all its names were
    /// found.
    pub hard_links: bool,
    /// `Content-Type`, whatever the source has.
    pub content_type: Option<String>,
    /// `Cache-Control`, whatever the source has.
    pub cache_control: Option<String>,
    /// `Content-Encoding`, whatever the source has: the content is packed so already.
    pub content_encoding: Option<String>,
    /// `Content-Disposition`, whatever the source has.
    pub content_disposition: Option<String>,
    /// `Content-Language`, whatever the source has.
    pub content_language: Option<String>,
    /// Stop at the first failing file.
    pub fail_fast: bool,
    /// Files in flight at once; at least 1.
    pub concurrency: usize,
    /// How often a file is tried again after an error that may pass. Below that, stores try their requests again.
    pub retries: u32,
    /// The folder on this machine that keeps notes of large files that were stopped half-way, so that a later run goes on
    /// with them: what has arrived stays at the destination, unseen. `None` begins such files anew, and leaves nothing.
    pub resume: Option<PathBuf>,
    /// At most this many bytes per second for all files together.
    pub bandwidth: Option<u64>,
    /// Read the checksum of every written file back and compare.
    pub verify: bool,
    /// The source of a tree is listed once more, before anything is copied, so that [`Progress`] has totals. Bytes of files that
    /// turn out to be at the destination already are among them; a filter is asked twice.
    pub totals: bool,
    /// Called as bytes and files are done, from whichever thread does them.
    pub progress: Option<Callback<Progress>>,
    /// Called after each copied file.
    pub on_file: Option<Callback<CopiedFile>>,
    /// Called for each file left out, with the reason.
    pub on_skip: Option<Callback<SkippedFile>>,
    /// Called for each file that failed.
    pub on_error: Option<Callback<FailedFile>>,
    /// Called for everything that happens, in the order in which it happens.
    pub on_event: Option<Callback<TransferEvent>>,
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
            ignore: Vec::new(),
            min_size: None,
            max_size: None,
            newer_than: None,
            older_than: None,
            preserve: false,
            preserve_all: false,
            symlinks: None,
            hard_links: false,
            content_type: None,
            cache_control: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            fail_fast: false,
            concurrency: 8,
            retries: 2,
            resume: None,
            bandwidth: None,
            verify: false,
            totals: false,
            progress: None,
            on_file: None,
            on_skip: None,
            on_error: None,
            on_event: None,
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

    /// Adds a [pattern](crate::Pattern) of what to copy.
    #[must_use]
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.include.push(pattern.into());
        self
    }

    /// Adds a [pattern](crate::Pattern) of what not to copy.
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

    /// Adds a line in the syntax of gitignore.
    #[must_use]
    pub fn ignore(mut self, line: impl Into<String>) -> Self {
        self.ignore.push(line.into());
        self
    }

    /// Leaves out smaller files.
    #[must_use]
    pub fn min_size(mut self, bytes: u64) -> Self {
        self.min_size = Some(bytes);
        self
    }

    /// Leaves out larger files.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Leaves out files stored before this.
    #[must_use]
    pub fn newer_than(mut self, time: SystemTime) -> Self {
        self.newer_than = Some(time);
        self
    }

    /// Leaves out files stored after this.
    #[must_use]
    pub fn older_than(mut self, time: SystemTime) -> Self {
        self.older_than = Some(time);
        self
    }

    /// Keep modification times and permission bits.
    #[must_use]
    pub fn preserve(mut self, preserve: bool) -> Self {
        self.preserve = preserve;
        self
    }

    /// Keep owner, access control lists, capabilities and all extended attributes too, and with them times and permission
    /// bits.
    #[must_use]
    pub fn preserve_all(mut self, preserve: bool) -> Self {
        self.preserve_all = preserve;
        self.preserve |= preserve;
        self
    }

    /// What becomes of symbolic links.
    #[must_use]
    pub fn symlinks(mut self, policy: SymlinkPolicy) -> Self {
        self.symlinks = Some(policy);
        self
    }

    /// Whether several names of one file stay that (hard links), within the tree.
    #[must_use]
    pub fn hard_links(mut self, hard_links: bool) -> Self {
        self.hard_links = hard_links;
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

    /// How often a file is tried again after an error that may pass.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Go on with large files (16 MiB and more) that an earlier run left half-way, and let later runs do so. Notes are kept
    /// in `folder`, which is made when it is needed.
    #[must_use]
    pub fn resume(mut self, folder: impl Into<PathBuf>) -> Self {
        self.resume = Some(folder.into());
        self
    }

    /// At most this many bytes per second for all files together; 0 counts as 1.
    #[must_use]
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.bandwidth = Some(bytes_per_second.max(1));
        self
    }

    /// Read the checksum of every written file back and compare.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Lists the source of a tree once more, so that the progress has totals.
    #[must_use]
    pub fn totals(mut self, totals: bool) -> Self {
        self.totals = totals;
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

    /// Called for everything that happens.
    #[must_use]
    pub fn on_event(mut self, call: impl Fn(&TransferEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(call));
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
            .field("hard_links", &self.hard_links)
            .field("fail_fast", &self.fail_fast)
            .field("concurrency", &self.concurrency)
            .field("retries", &self.retries)
            .field("resume", &self.resume)
            .field("bandwidth", &self.bandwidth)
            .field("verify", &self.verify)
            .field("totals", &self.totals)
            .finish_non_exhaustive()
    }
}
