//! `storage find`.

use std::ffi::OsString;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use storage::types::{EntryKind, Pattern};

use super::parse::{SizeTest, age, name_pattern, path_pattern, size_test};

#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// Directories to search, or files
    #[arg(value_name = "PLACE", default_value = ".")]
    pub(crate) places: Vec<OsString>,

    /// The name matches this pattern; given several times, one of them
    #[arg(short, long, value_name = "PATTERN", value_parser = name_pattern)]
    pub(crate) name: Vec<Pattern>,

    /// The path below PLACE matches this pattern, or lies in what does; given several times, one of them
    #[arg(short, long, value_name = "PATTERN", value_parser = path_pattern)]
    pub(crate) path: Vec<Pattern>,

    /// `f` (file), `d` (directory) or `l` (symbolic link); `f,d` is one of both
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub(crate) kinds: Vec<Kind>,

    /// Files of more than (`+10M`), less than (`-4k`) or exactly (`1.5G`) so many bytes; several times: all of them
    #[arg(short, long, value_name = "SIZE", value_parser = size_test, allow_hyphen_values = true)]
    pub(crate) size: Vec<SizeTest>,

    /// Changed after this: an age (`7d`, `2h30m`), a date (`2026-03-01`) or a time
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) newer_than: Option<SystemTime>,

    /// Changed before this
    #[arg(long, value_name = "WHEN", value_parser = age)]
    pub(crate) older_than: Option<SystemTime>,

    /// Empty files and empty directories
    #[arg(short, long)]
    pub(crate) empty: bool,

    /// At most so many levels down; 1 is what stands in PLACE itself
    #[arg(short = 'd', long, value_name = "LEVELS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_depth: Option<u32>,

    /// End each name with NUL, as `xargs -0` wants it
    #[arg(short = '0', long, conflicts_with_all = ["json", "long"])]
    pub(crate) print0: bool,

    /// Mode, size, time and link target of each entry
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) long: bool,

    /// Sizes in bytes instead of KiB, MiB, ... (with `--long`)
    #[arg(long)]
    pub(crate) bytes: bool,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    #[value(name = "f", alias = "file")]
    File,
    #[value(name = "d", alias = "directory")]
    Directory,
    #[value(name = "l", alias = "symlink")]
    Symlink,
}

impl Kind {
    pub(crate) fn is(self, kind: EntryKind) -> bool {
        match self {
            Self::File => kind == EntryKind::File,
            Self::Directory => kind == EntryKind::Directory,
            Self::Symlink => kind == EntryKind::Symlink,
        }
    }
}
