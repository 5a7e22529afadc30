//! What `cp` and `mv` tell programs at the end: one document.

use serde::Serialize;
use storage::types::CopyReport;

use super::transfer::Action;
use crate::context::Context;

pub(super) fn past(action: Action) -> &'static str {
    match action {
        Action::Copy { .. } => "copied",
        Action::Move => "moved",
    }
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
    directories: u64,
    bytes: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct CopiedJson {
    source: String,
    destination: String,
    bytes: u64,
}

#[derive(Serialize)]
struct SkippedJson {
    source: String,
    reason: String,
}

#[derive(Serialize)]
struct FailedJson {
    source: String,
    kind: String,
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
                    source: names.show_text(&file.source),
                    destination: names.show_text(&file.destination),
                    bytes: file.bytes,
                })
                .collect(),
            skipped: report
                .skipped
                .iter()
                .map(|file| SkippedJson {
                    source: names.show_text(&file.source),
                    reason: snake_case(&format!("{:?}", file.reason)),
                })
                .collect(),
            failed: report
                .failed
                .iter()
                .map(|file| FailedJson {
                    source: names.show_text(&file.source),
                    kind: snake_case(&format!("{:?}", file.error.kind())),
                    error: context.console.describe(&file.error).0,
                })
                .collect(),
            copied_count: report.copied_count,
            skipped_count: report.skipped_count,
            failed_count: report.failed_count,
            directories: report.directories,
            bytes: report.bytes,
            seconds: report.elapsed.as_secs_f64(),
        }
    }
}

/// `SameSize` becomes `same_size`: the names of the library's own types, as JSON has them.
pub(super) fn snake_case(name: &str) -> String {
    name.char_indices().fold(String::with_capacity(name.len() + 4), |mut text, (at, char)| {
        if char.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(char.to_ascii_lowercase());
        text
    })
}

#[cfg(test)]
mod tests {
    use storage::types::{ErrorKind, SkipReason};

    use super::*;

    #[test]
    fn names_of_kinds_in_json() {
        assert_eq!(snake_case(&format!("{:?}", ErrorKind::NotADirectory)), "not_a_directory");
        assert_eq!(snake_case(&format!("{:?}", SkipReason::SameSize)), "same_size");
    }
}
