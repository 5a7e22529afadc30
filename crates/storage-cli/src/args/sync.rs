//! Arguments of `sync` and `check`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::Preserve;
use super::parse::{SkipWhen, by, duration, skip};
use super::select::{SelectArgs, WayArgs};

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
    #[arg(long, conflicts_with = "preserve")]
    pub(crate) no_preserve: bool,

    /// With `=all`, keep owner, access control lists and extended attributes too, from local to local
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "times")]
    pub(crate) preserve: Option<Preserve>,

    #[command(flatten)]
    pub(crate) way: WayArgs,

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
