//! `storage mounts`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::parse::duration;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct MountsArgs {
    /// All capabilities of each mount
    #[arg(short, long)]
    pub(crate) long: bool,

    /// Print JSON
    #[arg(long, conflicts_with = "long")]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Option<MountsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MountsCommand {
    /// Connect to mounts and say what they can do, or what keeps them from working
    #[command(after_help = include_str!("../help/mounts-test.txt"))]
    Test(MountsTestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MountsTestArgs {
    /// Mounts to test, with or without the colon; all if none is named
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// How long one mount may take to answer: `90s`, `2m`
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
