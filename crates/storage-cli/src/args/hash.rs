//! `storage hash`.

use std::ffi::OsString;

use clap::Args;
use storage::types::HashAlgorithm;

use super::parse::algorithm;

/// What only `--check` knows.
const CHECKING: &str = "Options of --check";

#[derive(Debug, Args)]
pub(crate) struct HashArgs {
    /// Files; with `--check` the lists to check. `-`, or none, is standard input
    #[arg(value_name = "PLACE")]
    pub(crate) places: Vec<OsString>,

    /// `sha256`, `sha512`, `sha384`, `sha224`, `sha1`, `md5` or `crc32c`; by default sha256, and with `--check` what each line is made with
    #[arg(short, long, value_name = "NAME", value_parser = algorithm)]
    pub(crate) algorithm: Option<HashAlgorithm>,

    /// Files in directories, too
    #[arg(short, long, visible_short_alias = 'R')]
    pub(crate) recursive: bool,

    /// Names in the list are below this directory, and the places as well; without places all of it
    #[arg(short = 'C', long, value_name = "PLACE")]
    pub(crate) directory: Option<OsString>,

    /// Write the list here instead of standard output
    #[arg(short, long, value_name = "PLACE", conflicts_with = "check")]
    pub(crate) output: Option<OsString>,

    /// Lines as BSD writes them: `SHA256 (NAME) = DIGITS`
    #[arg(long, conflicts_with_all = ["check", "json"])]
    pub(crate) tag: bool,

    /// End each line with NUL and leave names as they are
    #[arg(short, long, conflicts_with_all = ["check", "json"])]
    pub(crate) zero: bool,

    /// Read the content even where the store holds its checksum
    #[arg(long)]
    pub(crate) download: bool,

    /// So many files at once; by default as many as there are processors, and 16 in the cloud
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Read lists of checksums, and compare
    #[arg(short, long)]
    pub(crate) check: bool,

    /// No word about files that are missing
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(crate) ignore_missing: bool,

    /// Fail when a line is no line of a list
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(crate) strict: bool,

    /// Only the exit code tells; errors are still told
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(crate) status: bool,

    /// Name each line that is no line of a list
    #[arg(short, long, requires = "check", help_heading = CHECKING)]
    pub(crate) warn: bool,
}
