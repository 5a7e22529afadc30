//! Options of zip archives.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::metadata::EntryKind;
use crate::report::{CopiedFile, SkippedFile};
use crate::transfer::{CancelToken, CopyOptions, Progress, SymlinkPolicy};

type Callback<T> = Arc<dyn Fn(&T) + Send + Sync>;

type Shift = Arc<dyn Fn(SystemTime) -> SystemTime + Send + Sync>;

/// A time zone for times that have none, as DOS keeps them in archives. This library knows no time zones, so its caller
/// says how a zone turns what a clock on the wall shows into a time, and back.
#[derive(Clone)]
pub struct WallClock {
    time: Shift,
    shown: Shift,
}

impl WallClock {
    /// `time` gives the time at which the clock shows this, and `shown` what it shows then; what it shows is written as if
    /// it were UTC.
    #[must_use]
    pub fn new(
        time: impl Fn(SystemTime) -> SystemTime + Send + Sync + 'static,
        shown: impl Fn(SystemTime) -> SystemTime + Send + Sync + 'static,
    ) -> Self {
        Self { time: Arc::new(time), shown: Arc::new(shown) }
    }

    /// The time at which the clock shows this.
    #[must_use]
    pub fn time(&self, shown: SystemTime) -> SystemTime {
        (self.time)(shown)
    }

    /// What the clock shows at this time.
    #[must_use]
    pub fn shown(&self, time: SystemTime) -> SystemTime {
        (self.shown)(time)
    }
}

/// UTC.
impl Default for WallClock {
    fn default() -> Self {
        Self::new(|time| time, |time| time)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WallClock").finish_non_exhaustive()
    }
}

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
    /// The zone of the times that programs read who know no better ones: UTC by default.
    pub clock: WallClock,
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
            clock: WallClock::default(),
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

    /// The zone of the times that programs read who know no better ones.
    #[must_use]
    pub fn clock(mut self, clock: WallClock) -> Self {
        self.clock = clock;
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

/// What an archive may demand before it is refused, whatever it says about itself, and how its names and times are read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArchiveOptions {
    /// Bytes of all files together, unpacked; any number by default. A service that unpacks what strangers send wants a
    /// limit.
    pub max_bytes: u64,
    /// Files and directories; 10,000,000 by default. An open archive keeps some 200 bytes for each in memory.
    pub max_entries: u64,
    /// How many times larger than packed all files together may be; 1,032 by default, which is the most that deflate can
    /// do. Not asked below 1 GiB unpacked.
    pub max_ratio: u64,
    /// Leave out entries whose names lead out of the destination. Without it such an archive is refused.
    pub skip_unsafe_names: bool,
    /// The encoding of names that do not say that they are UTF-8: `cp437`, `cp850`, `cp852`, or a name of the WHATWG
    /// Encoding Standard such as `shift_jis`. By default they are UTF-8 where that is valid, else `cp437`.
    pub encoding: Option<String>,
    /// The zone of times that have none (Python and .NET write no others): UTC by default.
    pub clock: WallClock,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        Self {
            max_bytes: u64::MAX,
            max_entries: 10_000_000,
            max_ratio: 1_032,
            skip_unsafe_names: false,
            encoding: None,
            clock: WallClock::default(),
        }
    }
}

impl ArchiveOptions {
    /// Any number of bytes, ten million entries, 1,032 to 1: whatever this library packs, it unpacks.
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

    /// The zone of times that have none.
    #[must_use]
    pub fn clock(mut self, clock: WallClock) -> Self {
        self.clock = clock;
        self
    }

    /// The encoding of names that do not say that they are UTF-8.
    #[must_use]
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = Some(name.into());
        self
    }
}

/// One entry of an archive, as its directory describes it: nothing is checked against the content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveEntry {
    /// The name with `/` between folders, safe or not; that of a directory mostly ends with one.
    pub name: String,
    /// What it would be unpacked to.
    pub kind: EntryKind,
    /// Bytes unpacked.
    pub size: u64,
    /// Bytes in the archive.
    pub packed: u64,
    /// When it was changed last.
    pub modified: Option<SystemTime>,
    /// Permission bits, from archives made on Unix.
    pub mode: Option<u32>,
    /// Whether a password is needed.
    pub encrypted: bool,
    /// How it is packed, as a number of the zip format: 0 not at all, 8 by deflate.
    pub method: u16,
    /// Why it would not be unpacked, if so.
    pub problem: Option<String>,
}

impl ArchiveEntry {
    /// An entry of which nothing more is known.
    #[must_use]
    pub fn new(name: String, kind: EntryKind) -> Self {
        Self {
            name,
            kind,
            size: 0,
            packed: 0,
            modified: None,
            mode: None,
            encrypted: false,
            method: 0,
            problem: None,
        }
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
