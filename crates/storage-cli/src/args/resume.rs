//! Arguments of commands that go on with large files.

use std::path::PathBuf;

use clap::Args;

/// Whether large files go on where an earlier run was stopped.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Begin large files anew, and leave nothing of them when stopped; else the next run goes on where this one stopped
    #[arg(long)]
    pub(crate) no_resume: bool,

    /// Keep the notes on files that were stopped half-way in this folder, and not below `$XDG_STATE_HOME` or
    /// `~/.local/state`
    #[arg(long, value_name = "DIR", conflicts_with = "no_resume")]
    pub(crate) state_dir: Option<PathBuf>,
}
