//! Arguments of `sync` and `check`.

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use clap::Args;
use storage::types::SymlinkPolicy;

use super::ResumeArgs;
use super::parse::{SkipWhen, age, by, duration, size, skip, symlinks};

/// Which files are meant.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Only files that match this glob; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// No files and directories that match this glob; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Leave out what the rules in this file name, in the syntax of gitignore; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) ignore_from: Vec<OsString>,

    /// No smaller files
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) min_size: Option<u64>,

    /// No larger files
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) max_size: Option<u64>,

    /// No files stored before this: an age such as `7d`, or a time
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) newer_than: Option<SystemTime>,

    /// No files stored after this: an age such as `7d`, or a time
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) older_than: Option<SystemTime>,

    /// Symbolic links: `skip` and say so, `follow`, or `preserve` (from local to local)
    #[arg(long, value_name = "POLICY", default_value = "skip", value_parser = symlinks)]
    pub(crate) symlinks: SymlinkPolicy,

    /// So many files at once
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// The directory or file to take as the model
    #[arg(value_name = "SRC")]
    pub(crate) source: OsString,

    /// What becomes like it
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Delete what only DST has, after everything was copied
    #[arg(long)]
    pub(crate) delete: bool,

    /// With --delete: delete nothing at all when it would be more files than this
    #[arg(long, value_name = "N", requires = "delete")]
    pub(crate) max_delete: Option<u64>,

    /// With --delete: delete even if SRC is empty or something failed
    #[arg(long, requires = "delete")]
    pub(crate) force: bool,

    /// When a file is up to date: `size-time`, `size`, `newer` (not older than the source), `exists`, `hash` (same
    /// content) or `never`
    #[arg(long, value_name = "WHEN", default_value = "size-time", value_parser = skip)]
    pub(crate) skip: SkipWhen,

    /// Do not keep times and permission bits
    #[arg(long)]
    pub(crate) no_preserve: bool,

    /// Read every copy back and compare checksums
    #[arg(long)]
    pub(crate) verify: bool,

    /// Stop at the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Try a file again so many times after an error that may pass
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,

    /// At most so many bytes per second
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) bandwidth: Option<u64>,

    #[command(flatten)]
    pub(crate) resume: ResumeArgs,

    #[command(flatten)]
    pub(crate) select: SelectArgs,

    /// Name every file on standard error, those that are left out too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print what happens as JSON, one event per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Go on: sync again whenever SRC changes, as `storage watch` does
    #[arg(long)]
    pub(crate) watch: bool,

    /// With --watch: look for changes so often, `10s`, `5m`; by default every 10s where no file system tells of them
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) poll_interval: Option<Duration>,

    /// Store a report as JSON there
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// One directory or file
    #[arg(value_name = "SRC")]
    pub(crate) source: OsString,

    /// The other
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// What has to be equal: `hash` (the content), `size-time` or `size`
    #[arg(long, value_name = "WHAT", default_value = "hash", value_parser = by)]
    pub(crate) by: SkipWhen,

    /// Compare the contents byte for byte, whatever checksums the stores hold
    #[arg(long, conflicts_with = "by")]
    pub(crate) download: bool,

    /// What only DST has is no difference
    #[arg(long)]
    pub(crate) one_way: bool,

    #[command(flatten)]
    pub(crate) select: SelectArgs,

    /// Print differences as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}
