//! `storage exec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::duration;

#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// The program and its arguments; in them, `{in:PLACE}`, `{out:PLACE}` and `{both:PLACE}` become paths of files
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<OsString>,

    /// Standard input of the program is the content of this
    #[arg(long, value_name = "PLACE")]
    pub(crate) stdin: Option<OsString>,

    /// Standard output of the program is stored here
    #[arg(long, value_name = "PLACE")]
    pub(crate) stdout: Option<OsString>,

    /// End the program when it takes longer: `90s`, `15m`, `12h`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// The directory that the program works in
    #[arg(long, value_name = "DIR")]
    pub(crate) chdir: Option<PathBuf>,
}
