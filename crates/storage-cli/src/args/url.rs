//! `storage url`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse::{duration, header};

#[derive(Debug, Args)]
pub(crate) struct UrlArgs {
    /// Files
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// For how long: `90s`, `15m`, `12h`, `7d`; stores with plain URLs ignore it
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub(crate) expires: Duration,

    /// What the URL allows: `get` (download) or `put` (upload)
    #[arg(long, value_name = "METHOD", value_enum, default_value_t, hide_possible_values = true)]
    pub(crate) method: Method,

    /// The same as `--method put`
    #[arg(long, conflicts_with = "method")]
    pub(crate) put: bool,

    /// A header line that whoever uses the URL has to send, as it is; may be given several times
    #[arg(long = "header", value_name = "NAME:VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Method {
    #[default]
    Get,
    Put,
}
