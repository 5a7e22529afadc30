//! Where notes on files that were stopped half-way are kept.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use storage::blocking::StorageNode;
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
    let is_of_it = |note: &PathBuf| {
        let note: Option<Value> = fs::read(note).ok().and_then(|note| serde_json::from_slice(&note).ok());
        let place = note.as_ref().and_then(|note| note["subject"]["destination"].as_str());
        place.is_some_and(|place| named.iter().flatten().any(|name| place.contains(name)))
    };
    let notes = folder(args).and_then(|folder| fs::read_dir(folder).ok());
    notes.into_iter().flatten().flatten().any(|entry| is_of_it(&entry.path()))
}
