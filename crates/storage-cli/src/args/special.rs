//! `storage concat` and `storage diff`.

use std::ffi::OsString;

use clap::Args;

use super::parse::size;

#[derive(Debug, Args)]
pub(crate) struct ConcatArgs {
    /// Files, in order; `-` is standard input
    #[arg(value_name = "SRC", required = true)]
    pub(crate) sources: Vec<OsString>,

    /// Where to store them as one; `-` is standard output
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// Print what is now known about it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The old text; `-` is standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: OsString,

    /// The new text; `-` is standard input
    #[arg(value_name = "NEW")]
    pub(crate) new: OsString,

    /// Unchanged lines around each change
    #[arg(short = 'U', long, value_name = "LINES", default_value_t = 3)]
    pub(crate) unified: usize,

    /// Refuse a side that is larger than this, as both are held in memory
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub(crate) max_bytes: u64,
}
