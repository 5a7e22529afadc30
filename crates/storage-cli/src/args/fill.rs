//! `storage fill`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::parse::{duration, size};

#[derive(Debug, Args)]
pub(crate) struct FillArgs {
    /// Where to store it
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// What to fetch, of http or https
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// The URL and its redirects may lead into private networks
    #[arg(long)]
    pub(crate) allow_private: bool,

    /// Refuse content larger than this: `1000`, `64KiB`, `10MB`, `1.5GiB`
    #[arg(long, value_name = "SIZE", value_parser = size, alias = "max-bytes")]
    pub(crate) max_size: Option<u64>,

    /// How long all of it may take: `90s`, `15m`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Print what is now known about it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
