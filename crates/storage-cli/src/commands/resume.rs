//! Where notes on files that were stopped half-way are kept.

use std::path::PathBuf;

use storage::blocking::{ResumeNote, StorageNode};
use storage::types::CopyOptions;

use crate::args::ResumeArgs;
use crate::config;

/// The options with the folder for notes, unless nobody wants them or the system names no place.
pub(super) fn with(args: &ResumeArgs, options: CopyOptions) -> CopyOptions {
    match folder(args) {
        Some(folder) => options.resume(folder),
        None => options,
    }
}

fn folder(args: &ResumeArgs) -> Option<PathBuf> {
    let folder = args.state_dir.clone().or_else(|| Some(config::state_directory()?.join("transfers")));
    folder.filter(|_| !args.no_resume)
}

/// Whether some file at a destination, or below it, was stopped half-way and can go on.
pub(super) fn waits(args: &ResumeArgs, destination: &StorageNode) -> bool {
    let named = [Some(destination.to_string()), destination.backend().identity(destination.path())];
    let notes = folder(args).and_then(|folder| ResumeNote::all(&folder).ok());
    let mut places = notes.into_iter().flatten().filter_map(|note| note.destination);
    places.any(|place| named.iter().flatten().any(|name| place.contains(name)))
}
