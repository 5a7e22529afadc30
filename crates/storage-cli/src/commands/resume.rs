//! Where notes on files that were stopped half-way are kept.

use storage::types::CopyOptions;

use crate::args::ResumeArgs;
use crate::config;

/// The options with the folder for notes, unless nobody wants them or the system names no place.
pub(super) fn with(args: &ResumeArgs, options: CopyOptions) -> CopyOptions {
    let folder = args.state_dir.clone().or_else(|| Some(config::state_directory()?.join("transfers")));
    match folder.filter(|_| !args.no_resume) {
        Some(folder) => options.resume(folder),
        None => options,
    }
}
