//! From two texts to the hunks of a unified diff (POSIX.1-2017, `diff`, "Diff -u Output Format").

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices_deadline, group_diff_ops};

/// For how long the shortest diff is looked for. What is found later is right, but may be longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// More lines of context than any file has.
const ALL: usize = 1 << 30;

const MISSING_NEWLINE: &str = "\\ No newline at end of file";

/// The unified diff; empty for equal texts.
pub(super) fn unified(old: &str, new: &str, labels: (&str, &str), context: usize) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let ops = changes(&old, &new);
    let mut text = format!("--- {}\n+++ {}\n", label(labels.0), label(labels.1));
    for hunk in group_diff_ops(ops, context.min(ALL)) {
        write_hunk(&mut text, &hunk, &old, &new);
    }
    text
}

/// Lines are compared as numbers: the same line has the same number.
fn changes<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<DiffOp> {
    let mut known: HashMap<&'a str, usize> = HashMap::new();
    let mut number = |line: &'a str| {
        let next = known.len();
        *known.entry(line).or_insert(next)
    };
    let mut numbers = |lines: &[&'a str]| -> Vec<usize> { lines.iter().map(|line| number(line)).collect() };
    let (old, new) = (numbers(old), numbers(new));
    let deadline = Instant::now().checked_add(PATIENCE);
    capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline)
}

/// A name may hold a line break, which would be a line of the diff.
fn label(name: &str) -> String {
    if name.contains(char::is_control) { name.escape_debug().to_string() } else { name.to_owned() }
}

fn write_hunk(text: &mut String, ops: &[DiffOp], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else { return };
    let before = first.old_range().start..last.old_range().end;
    let after = first.new_range().start..last.new_range().end;
    let _ = writeln!(text, "@@ -{} +{} @@", range(before), range(after));
    for op in ops {
        let (tag, before, after) = op.as_tag_tuple();
        match tag {
            DiffTag::Equal => write_lines(text, ' ', &old[before]),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                write_lines(text, '-', &old[before]);
                write_lines(text, '+', &new[after]);
            }
        }
    }
}

/// Lines count from 1; a range of one line has no length, and an empty one names the line before it.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

fn write_lines(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push('\n');
            text.push_str(MISSING_NEWLINE);
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> String {
        unified(old, new, ("a", "b"), 3)
    }

    #[test]
    fn equal_texts_have_none() {
        assert_eq!(diff("", ""), "");
        assert_eq!(diff("a\r\nb", "a\r\nb"), "");
    }

    #[test]
    fn a_changed_line_stands_between_three_others() {
        let old: String = (1..=9).map(|n| format!("{n}\n")).collect();
        let new = old.replace("5\n", "five\n");
        assert_eq!(diff(&old, &new), "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
        let near = unified(&old, &new, ("a", "b"), 0);
        assert_eq!(near, "--- a\n+++ b\n@@ -5 +5 @@\n-5\n+five\n");
        let far = unified(&old, &new, ("a", "b"), usize::MAX);
        assert!(far.starts_with("--- a\n+++ b\n@@ -1,9 +1,9 @@\n 1\n"));
    }

    #[test]
    fn a_missing_newline_is_told() {
        assert_eq!(
            diff("a\nb", "a\nb\n"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
        );
        assert_eq!(diff("", "x"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n");
        assert_eq!(diff("x\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
    }

    #[test]
    fn only_line_feeds_end_lines() {
        assert_eq!(diff("a\rb\r\n", "a\rc\r\n"), "--- a\n+++ b\n@@ -1 +1 @@\n-a\rb\r\n+a\rc\r\n");
    }

    #[test]
    fn a_line_break_in_a_name_is_no_line() {
        assert!(unified("a", "b", ("x\ny", "z"), 3).starts_with("--- x\\ny\n+++ z\n@@"));
    }
}
