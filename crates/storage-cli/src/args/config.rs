//! `storage config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Use a configuration when commands run in its folder, as long as it stays as it is
    #[command(after_help = include_str!("../help/config-allow.txt"))]
    Allow(ConfigFileArgs),
    /// Leave a configuration out when commands run in its folder, whatever it holds
    #[command(after_help = include_str!("../help/config-deny.txt"))]
    Deny(ConfigFileArgs),
    /// Show what was allowed and denied
    #[command(after_help = include_str!("../help/config-list.txt"))]
    List(ConfigListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigFileArgs {
    /// The configuration, or its folder; that of the current folder if none is named
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
