//! What `cp` and `mv` tell programs at the end: one document.

use serde::Serialize;
use serde_json::Value;
use storage::types::{CopyReport, EntryKind, ErrorKind, SkipReason, UnmatchedPattern};

use super::transfer::Action;
use crate::context::Context;
use crate::names::Names;

pub(super) fn past(action: Action) -> &'static str {
    match action {
        Action::Copy { .. } => "copied",
        Action::Move => "moved",
    }
}

/// A whole report in JSON, with addresses as the user knows them.
pub(super) fn shown(report: &CopyReport, names: &Names) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(report)?;
    for list in ["copied", "skipped", "failed", "deleted"] {
        for file in value[list].as_array_mut().into_iter().flatten() {
            for side in ["source", "destination"] {
                if let Some(Value::String(address)) = file.get_mut(side) {
                    *address = names.show_text(address);
                }
            }
            if let Some(Value::String(message)) = file.pointer_mut("/error/message") {
                *message = names.translate(message);
            }
        }
    }
    Ok(value)
}

/// The report in JSON; documented in `help/cp.txt`.
#[derive(Serialize)]
pub(super) struct ReportJson {
    copied: Vec<CopiedJson>,
    skipped: Vec<SkippedJson>,
    failed: Vec<FailedJson>,
    copied_count: u64,
    skipped_count: u64,
    failed_count: u64,
    links: u64,
    hard_links: u64,
    directories: u64,
    directories_made: u64,
    attributes_set: u64,
    trees_renamed: u64,
    bytes: u64,
    bytes_resumed: u64,
    unmatched_patterns: Vec<UnmatchedPattern>,
    seconds: f64,
}

#[derive(Serialize)]
struct CopiedJson {
    source: String,
    destination: String,
    kind: EntryKind,
    /// A further name of a file that was copied; no bytes were.
    hard_link: bool,
    bytes: u64,
}

#[derive(Serialize)]
struct SkippedJson {
    source: String,
    reason: SkipReason,
}

#[derive(Serialize)]
struct FailedJson {
    source: String,
    kind: ErrorKind,
    error: String,
}

impl ReportJson {
    pub(super) fn new(report: &CopyReport, context: &Context) -> Self {
        let names = &context.names;
        Self {
            copied: report
                .copied
                .iter()
                .map(|file| CopiedJson {
                    source: names.show_address(&file.source),
                    destination: names.show_address(&file.destination),
                    kind: file.kind,
                    hard_link: file.hard_link,
                    bytes: file.bytes,
                })
                .collect(),
            skipped: report
                .skipped
                .iter()
                .map(|file| SkippedJson { source: names.show_address(&file.source), reason: file.reason })
                .collect(),
            failed: report
                .failed
                .iter()
                .map(|file| FailedJson {
                    source: names.show_address(&file.source),
                    kind: file.error.kind(),
                    error: context.console.describe(&file.error).0,
                })
                .collect(),
            copied_count: report.copied_count,
            skipped_count: report.skipped_count,
            failed_count: report.failed_count,
            links: report.links,
            hard_links: report.hard_links,
            directories: report.directories,
            directories_made: report.directories_made,
            attributes_set: report.attributes_set,
            trees_renamed: report.trees_renamed,
            bytes: report.bytes,
            bytes_resumed: report.bytes_resumed,
            unmatched_patterns: report.unmatched_patterns.clone(),
            seconds: report.elapsed.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_in_json() {
        let names = serde_json::json!([ErrorKind::NotADirectory, SkipReason::SameSize]);
        assert_eq!(names, serde_json::json!(["not_a_directory", "same_size"]));
    }
}
