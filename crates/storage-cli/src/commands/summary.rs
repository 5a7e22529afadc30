//! What transfers say at the end, on one line for people to read.

use std::time::Duration;

use storage::types::{CopyReport, FileAttribute, SkipReason};

use super::report::past;
use super::transfer::Action;
use crate::console::Console;
use crate::output::{count, human};
use crate::progress::short;

/// `68 files, 214.5 KiB copied, 1 skipped (same size) in 0.12s, 1.7 MiB/s`.
pub(super) fn copied(report: &CopyReport, action: Action) -> String {
    let (files, renamed) = (report.copied_count, report.trees_renamed);
    let mut parts = Vec::new();
    if renamed > 0 {
        parts.push(count(renamed, "directory", "directories"));
    }
    if files > 0 || renamed == 0 {
        parts.push(moved(report, files));
    }
    format!("{} {}{} {}", parts.join(", "), past(action), others(report), time(report))
}

/// `3 files, 1.2 KiB zipped in 0.05s, 24.0 KiB/s`.
pub(super) fn archived(report: &CopyReport, done: &str) -> String {
    format!("{} {done}{} {}", moved(report, report.copied_count), others(report), time(report))
}

/// `3 files, 1.2 KiB copied, 1 directory made, 2 deleted, 65 skipped (unchanged) in 0.05s, 24.0 KiB/s`.
pub(super) fn synced(report: &CopyReport) -> String {
    if changes(report) + report.failed_count == 0 {
        return nothing(report);
    }
    let would = if report.dry_run { "would be: " } else { "" };
    let moved = moved(report, report.copied_count);
    format!("{would}{moved} copied{}{} {}", steps(report), others(report), time(report))
}

/// The number of steps of a sync.
pub(super) fn changes(report: &CopyReport) -> u64 {
    report.copied_count
        + report.directories_made
        + report.attributes_set
        + report.deleted_count
        + report.directories_deleted
}

/// `, 1 directory made, 3 times set, 2 deleted`.
fn steps(report: &CopyReport) -> String {
    let mut text = String::new();
    if report.directories_made > 0 {
        text += &format!(", {} made", count(report.directories_made, "directory", "directories"));
    }
    if report.attributes_set > 0 {
        text += &format!(", mode and time of {} set", report.attributes_set);
    }
    match report.deleted_count + report.directories_deleted {
        0 => text,
        number => text + &format!(", {number} deleted"),
    }
}

/// Says once what the sources have and their copies do not. Another owner is what everybody expects of a copy.
pub(super) fn tell_left_behind(report: &CopyReport, console: &Console) {
    let of = |(attribute, files): (&FileAttribute, &u64)| {
        format!("the {attribute} of {}", count(*files, "file", "files"))
    };
    let left: Vec<String> = report
        .left_behind
        .iter()
        .filter(|(attribute, _)| **attribute != FileAttribute::Owner)
        .map(of)
        .collect();
    if !left.is_empty() {
        console.note(&format!("not copied: {}", left.join(", ")));
        console.hint("`--preserve=all` keeps what the destination can keep");
    }
}

/// How many files the destination has already.
pub(super) fn up_to_date(report: &CopyReport) -> u64 {
    report
        .skipped_by_reason
        .iter()
        .filter(|(reason, _)| is_up_to_date(**reason))
        .map(|(_, files)| files)
        .sum()
}

/// `, 2 skipped (excluded)`: what was not to be compared at all.
pub(super) fn left_out(report: &CopyReport) -> String {
    skipped(report.skipped_by_reason.iter().filter(|(reason, _)| !is_up_to_date(**reason)))
}

/// `nothing to do: 65 files are up to date, 2 skipped (excluded), seen in 0.05s`.
fn nothing(report: &CopyReport) -> String {
    let current = count(up_to_date(report), "file is", "files are");
    format!("nothing to do: {current} up to date{}, seen in {}", left_out(report), lasted(report.elapsed))
}

/// Whether the destination has the file already.
fn is_up_to_date(reason: SkipReason) -> bool {
    use SkipReason::{Custom, Exists, NotOlder, SameContent, SameSize, Unchanged};
    matches!(reason, Exists | SameSize | NotOlder | Unchanged | SameContent | Custom)
}

fn moved(report: &CopyReport, files: u64) -> String {
    let earlier = match report.bytes_resumed {
        0 => String::new(),
        bytes => format!(" ({} of them before)", human(bytes)),
    };
    let names = match report.hard_links {
        0 => String::new(),
        names => format!(" ({names} of them hard links)"),
    };
    format!("{}{names}, {}{earlier}", count(files, "file", "files"), human(report.bytes))
}

/// What became of the others.
fn others(report: &CopyReport) -> String {
    let mut text = skipped(report.skipped_by_reason.iter());
    if report.retries > 0 {
        text += &format!(", {}", count(report.retries, "retry", "retries"));
    }
    if report.failed_count > 0 {
        text += &format!(", {} failed", report.failed_count);
    }
    text
}

/// `, 3 skipped (unchanged)` or `, 5 skipped (3 unchanged, 2 excluded)`.
fn skipped<'a>(reasons: impl Iterator<Item = (&'a SkipReason, &'a u64)>) -> String {
    let reasons: Vec<_> = reasons.collect();
    match &reasons[..] {
        [] => String::new(),
        [(reason, files)] => format!(", {files} skipped ({})", word(**reason)),
        several => {
            let all: u64 = several.iter().map(|(_, files)| **files).sum();
            let each: Vec<String> =
                several.iter().map(|(reason, files)| format!("{files} {}", word(**reason))).collect();
            format!(", {all} skipped ({})", each.join(", "))
        }
    }
}

/// A reason in a word or two.
fn word(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Exists => "there already",
        SkipReason::SameSize => "same size",
        SkipReason::NotOlder => "not older",
        SkipReason::Unchanged => "unchanged",
        SkipReason::SameContent => "same content",
        SkipReason::Excluded => "excluded",
        SkipReason::Ignored => "ignored",
        SkipReason::TooSmall => "too small",
        SkipReason::TooLarge => "too large",
        SkipReason::TooOld => "too old",
        SkipReason::TooNew => "too new",
        SkipReason::Symlink => "symbolic link",
        SkipReason::Special => "special file",
        SkipReason::SameFile => "same file",
        SkipReason::UnsafeName => "unsafe name",
        SkipReason::Duplicate => "same name again",
        other => other.describe(),
    }
}

/// `in 0.05s, 24.0 KiB/s`; without the rate when nothing moved.
fn time(report: &CopyReport) -> String {
    let seconds = report.elapsed.as_secs_f64();
    let lasted = lasted(report.elapsed);
    let bytes = report.bytes.saturating_sub(report.bytes_resumed);
    if bytes == 0 || report.dry_run || seconds <= 0.0 {
        return format!("in {lasted}");
    }
    format!("in {lasted}, {}/s", human((bytes as f64 / seconds) as u64))
}

/// `0.05s`, `3m07s`.
pub(super) fn lasted(time: Duration) -> String {
    if time.as_secs() < 60 { format!("{:.2}s", time.as_secs_f64()) } else { short(time) }
}

#[cfg(test)]
mod tests {
    use storage::types::{Address, CopiedFile, SkippedFile, StoragePath};

    use super::*;

    fn address(mount: &str) -> Address {
        Address::new(mount, StoragePath::root())
    }

    fn report() -> CopyReport {
        let mut report = CopyReport::default();
        report.add_copied(CopiedFile::new(address("a"), address("b"), 3 << 20));
        report.elapsed = Duration::from_millis(1500);
        report
    }

    #[test]
    fn everything_stands_on_one_line() {
        let mut report = report();
        assert_eq!(synced(&report), "1 file, 3.0 MiB copied in 1.50s, 2.0 MiB/s");
        let add =
            |report: &mut CopyReport, reason| report.add_skipped(SkippedFile::new(address("a"), reason));
        add(&mut report, SkipReason::Unchanged);
        assert_eq!(synced(&report), "1 file, 3.0 MiB copied, 1 skipped (unchanged) in 1.50s, 2.0 MiB/s");
        report.count_skipped(SkipReason::Excluded, 4);
        (report.deleted_count, report.failed_count, report.retries) = (2, 1, 1);
        report.elapsed = Duration::from_secs(192);
        assert_eq!(
            synced(&report),
            "1 file, 3.0 MiB copied, 2 deleted, 5 skipped (1 unchanged, 4 excluded), 1 retry, 1 failed \
             in 3m12s, 16.0 KiB/s"
        );
    }

    #[test]
    fn nothing_to_do_tells_what_was_left_out() {
        let mut report = CopyReport::default();
        report.count_skipped(SkipReason::Unchanged, 65);
        assert_eq!(synced(&report), "nothing to do: 65 files are up to date, seen in 0.00s");
        report.count_skipped(SkipReason::Excluded, 2);
        assert_eq!(
            synced(&report),
            "nothing to do: 65 files are up to date, 2 skipped (excluded), seen in 0.00s"
        );
    }

    #[test]
    fn what_earlier_runs_moved_is_not_the_speed_of_this_one() {
        let mut report = report();
        report.bytes_resumed = 2 << 20;
        assert_eq!(synced(&report), "1 file, 3.0 MiB (2.0 MiB of them before) copied in 1.50s, 682.7 KiB/s");
    }

    #[test]
    fn a_plan_has_no_rate() {
        let mut report = report();
        report.dry_run = true;
        assert_eq!(synced(&report), "would be: 1 file, 3.0 MiB copied in 1.50s");
    }
}
