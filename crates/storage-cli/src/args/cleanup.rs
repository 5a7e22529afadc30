//! `storage cleanup`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;

use super::parse::age;

#[derive(Debug, Args)]
pub(crate) struct CleanupArgs {
    /// Directories to search, with all below; without any, notes and copies on this machine are looked at
    #[arg(value_name = "PLACE")]
    pub(crate) places: Vec<OsString>,

    /// Remove what is listed; without it nothing is changed
    #[arg(long)]
    pub(crate) delete: bool,

    /// Only what was last written to before this: an age (`7d`, `2h30m`) or a time (`2026-03-01T12:00:00Z`)
    #[arg(long, value_name = "WHEN", value_parser = age, default_value = "1d")]
    pub(crate) older_than: SystemTime,

    /// What belongs to other users, too; the super-user needs no asking
    #[arg(long)]
    pub(crate) all_users: bool,

    /// The folder with the notes on files that were stopped half-way, if it is not the usual one
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Sizes in bytes instead of KiB, MiB, ...
    #[arg(long)]
    pub(crate) bytes: bool,
}
