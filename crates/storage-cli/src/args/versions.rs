//! `storage versions`.

use std::ffi::OsString;
use std::time::SystemTime;

use clap::{ArgGroup, Args, Subcommand};

use super::parse::{Selector, age, id, selector};

#[derive(Debug, Args)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct VersionsArgs {
    #[command(subcommand)]
    pub(crate) command: VersionsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VersionsCommand {
    /// List the versions of files, newest first
    #[command(after_help = include_str!("../help/versions-list.txt"))]
    List(VersionsListArgs),
    /// Write the content of one version to standard output
    #[command(after_help = include_str!("../help/versions-cat.txt"))]
    Cat(VersionsCatArgs),
    /// Show how two versions of a text differ
    #[command(after_help = include_str!("../help/versions-diff.txt"))]
    Diff(VersionsDiffArgs),
    /// Make an old version current again, as a new version
    #[command(after_help = include_str!("../help/versions-restore.txt"))]
    Restore(VersionsRestoreArgs),
    /// Delete versions for good
    #[command(after_help = include_str!("../help/versions-delete.txt"))]
    Delete(VersionsDeleteArgs),
    /// Delete versions that are no different from the one before them
    #[command(after_help = include_str!("../help/versions-compact.txt"))]
    Compact(VersionsCompactArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VersionsListArgs {
    /// Files, deleted ones too
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Sizes in bytes instead of KiB, MiB, ...
    #[arg(long)]
    pub(crate) bytes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VersionsCatArgs {
    /// The file
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// Its version: an id, an index from the newest (`0`), or a time
    #[arg(value_name = "SELECTOR", value_parser = selector)]
    pub(crate) selector: Selector,
}

#[derive(Debug, Args)]
pub(crate) struct VersionsDiffArgs {
    /// The file
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// The old version: an id, an index from the newest, or a time
    #[arg(value_name = "OLD", value_parser = selector, default_value = "1")]
    pub(crate) old: Selector,

    /// The new version
    #[arg(value_name = "NEW", value_parser = selector, default_value = "0")]
    pub(crate) new: Selector,

    /// Unchanged lines around each change
    #[arg(short = 'U', long, value_name = "LINES", default_value_t = 3)]
    pub(crate) unified: usize,
}

#[derive(Debug, Args)]
pub(crate) struct VersionsRestoreArgs {
    /// The file
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// Its version: an id, an index from the newest (`0`), or a time
    #[arg(value_name = "SELECTOR", value_parser = selector)]
    pub(crate) selector: Selector,

    /// Print what is now known about the file as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct RestoreArgs {
    /// The file; a deleted one too
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// The version with this id, or index from the newest (`0`)
    #[arg(long, value_name = "ID", value_parser = id, group = "which")]
    pub(crate) version: Option<Selector>,

    /// What was current then: a time (`2026-03-01T12:00:00Z`), a date or an age (`7d`, `2h30m`)
    #[arg(long, value_name = "TIME", value_parser = age, group = "which")]
    pub(crate) as_of: Option<SystemTime>,

    /// Print what is now known about the file as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VersionsDeleteArgs {
    /// The file
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// Its versions: ids, indexes from the newest (`0`), or times
    #[arg(value_name = "SELECTOR", value_parser = selector, required = true)]
    pub(crate) selectors: Vec<Selector>,

    /// Only say what would be deleted
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Print what was deleted as JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VersionsCompactArgs {
    /// Files
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Only say what would be deleted
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Print what was deleted as JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}
