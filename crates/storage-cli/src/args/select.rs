//! What the commands that transfer and compare have in common: which files are meant, and how they go.

use std::ffi::OsString;
use std::time::SystemTime;

use clap::Args;
use storage::types::SymlinkPolicy;

use super::ResumeArgs;
use super::parse::{age, pattern, size, symlinks};

/// Patterns.
#[derive(Debug, Args)]
pub(crate) struct PatternArgs {
    /// Only what matches this pattern, and all that is in it; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub(crate) include: Vec<String>,

    /// Nothing that matches this pattern, and nothing that is in it; may be given several times
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub(crate) exclude: Vec<String>,
}

/// Which files are meant.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) patterns: PatternArgs,

    /// Leave out what the rules in this file name, in the syntax of gitignore; may be given several times. `-` is standard
    /// input
    #[arg(long, value_name = "FILE", visible_alias = "exclude-from")]
    pub(crate) ignore_from: Vec<OsString>,

    /// No smaller files
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) min_size: Option<u64>,

    /// No larger files
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) max_size: Option<u64>,

    /// No files stored before this: an age (`7d`, `1w`), a date or a time
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) newer_than: Option<SystemTime>,

    /// No files stored after this: an age (`7d`, `1w`), a date or a time
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) older_than: Option<SystemTime>,

    /// Symbolic links: `skip` and say so, `follow`, or `preserve` (from local to local); `mv` takes them along, everything
    /// else skips them unless told otherwise
    #[arg(long, value_name = "POLICY", value_parser = symlinks)]
    pub(crate) symlinks: Option<SymlinkPolicy>,

    /// So many files at once
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
}

/// How files go.
#[derive(Debug, Args)]
pub(crate) struct WayArgs {
    /// Files with several names in SRC (hard links) have them at DST too, from local to local; else each name becomes a file
    /// of its own
    #[arg(long)]
    pub(crate) hard_links: bool,

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
    #[arg(long, value_name = "BYTES", value_parser = size, visible_alias = "bwlimit")]
    pub(crate) bandwidth: Option<u64>,

    #[command(flatten)]
    pub(crate) resume: ResumeArgs,
}
