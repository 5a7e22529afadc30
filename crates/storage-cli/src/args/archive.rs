//! `storage zip` and `storage unzip`.

use std::ffi::OsString;

use clap::Args;
use storage::types::SymlinkPolicy;

use super::parse::{SkipWhen, archived_symlinks, size, skip, symlinks};
use super::select::PatternArgs;

#[derive(Debug, Args)]
pub(crate) struct ZipArgs {
    /// Files and directories to archive
    #[arg(value_name = "SRC", required = true)]
    pub(crate) sources: Vec<OsString>,

    /// The archive to make; `-` is standard output
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// How hard to compress, from 0 (not at all) to 9
    #[arg(short, long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u8).range(0..=9))]
    pub(crate) level: u8,

    #[command(flatten)]
    pub(crate) patterns: PatternArgs,

    /// Symbolic links: `skip` and say so, `follow`, or `preserve` (store the links themselves)
    #[arg(long, value_name = "POLICY", default_value = "skip", value_parser = symlinks)]
    pub(crate) symlinks: SymlinkPolicy,

    /// Name every file on standard error, those that are left out too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UnzipArgs {
    /// The archive; `-` is standard input
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: OsString,

    /// The directory to unpack into
    #[arg(value_name = "DST", default_value = ".")]
    pub(crate) destination: OsString,

    /// Show what is in it and unpack nothing
    #[arg(long, conflicts_with_all = ["destination", "include", "exclude"])]
    pub(crate) list: bool,

    /// The encoding of names that are not marked as UTF-8: `cp437`, `cp850`, `cp866`, `shift_jis`, `gbk`, ...
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,

    /// Symbolic links: `skip` and say so, or `preserve` (restore those that stay inside DST)
    #[arg(long, value_name = "POLICY", default_value = "skip", value_parser = archived_symlinks)]
    pub(crate) symlinks: SymlinkPolicy,

    /// Refuse an archive that holds more than this unpacked: `10MiB`, `2GiB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_bytes: Option<u64>,

    /// Refuse an archive with more files and directories than this
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    pub(crate) max_entries: u64,

    /// Refuse an archive that grows more than so many times when unpacked, and past 1 GiB
    #[arg(long, value_name = "N", default_value_t = 1_032)]
    pub(crate) max_ratio: u64,

    /// Leave out entries whose names lead out of DST, instead of refusing the archive
    #[arg(long, alias = "skip-unsafe-names")]
    pub(crate) skip_unsafe: bool,

    /// When to leave a file that is there already: `never`, `exists`, `size` (same size), `newer` (not older than in
    /// the archive) or `hash` (same content)
    #[arg(long, value_name = "WHEN", default_value = "never", value_parser = skip)]
    pub(crate) skip: SkipWhen,

    #[command(flatten)]
    pub(crate) patterns: PatternArgs,

    /// So many files at once
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,

    /// Name every file on standard error, those that are left out too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a report as JSON; with `--list`, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}
