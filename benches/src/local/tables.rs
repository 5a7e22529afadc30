//! The tables of operations.

use super::memory::Memory;
use crate::contenders::Who;
use crate::results::{Results, Row};
use crate::scale::Scale;
use crate::table::Table;
use crate::units;

/// How it is measured, in words.
pub(crate) const METHOD: &str = "\
All contenders run in one process and in turn, operation by operation and in an order that changes, after a warm-up; async ones inside `block_on` of one \
multi-thread tokio runtime with two workers. The page cache is warm. What a caller keeps anyway (path, node, operator) is made \
before the clock starts, and results are dropped after it has stopped. With fewer than 100 samples p99 is the largest. CPU is \
user and system time of all threads per operation, and peak the largest resident set of the whole process, both from a child \
process that does nothing else. Writes and copies go to where nothing is; overwrites replace a file.
";

/// Operations on local files, if any were measured.
pub(crate) fn files(results: &Results, scale: &Scale) -> Option<String> {
    let headings = ["operation", "contender", "samples", "p50", "p99", "x std", "CPU", "peak", "remark"];
    let right = &[false, false, true, true, true, true, true, true, false];
    let mut table = Table::new(&headings, right);
    for row in &results.rows {
        let [who, samples, p50, p99] = times(row);
        table.row([
            row.op.title(scale),
            who,
            samples,
            p50,
            p99,
            ratio(results, row, Who::Std),
            cpu(row),
            row.peak_kib.map(units::mebibytes).unwrap_or_default(),
            remark(row),
        ]);
    }
    (!results.rows.is_empty()).then(|| format!("### Local files\n\n{}", table.render()))
}

/// Operations in memory, if any were measured.
pub(crate) fn memory(memory: &Memory, scale: &Scale) -> Option<String> {
    let headings = ["operation", "contender", "samples", "p50", "p99", "x storage, blocking", "CPU"];
    let mut table = Table::new(&headings, &[false, false, true, true, true, true, true]);
    for row in &memory.results.rows {
        let [who, samples, p50, p99] = times(row);
        let ratio = ratio(&memory.results, row, Who::OursBlocking);
        let title = row.op.title(scale).replace(", durability none", "");
        table.row([title, who, samples, p50, p99, ratio, cpu(row)]);
    }
    (!memory.results.rows.is_empty()).then(|| format!("### Memory\n\n{}", table.render()))
}

fn times(row: &Row) -> [String; 4] {
    [
        row.who.title().to_owned(),
        units::count(row.samples.len() as u64),
        units::time(row.p50()),
        units::time(row.samples.percentile(99)),
    ]
}

fn ratio(results: &Results, row: &Row, base: Who) -> String {
    results.ratio(row.op, row.who, base).map(|ratio| format!("{ratio:.2}")).unwrap_or_default()
}

fn cpu(row: &Row) -> String {
    row.cpu.map(units::time).unwrap_or_default()
}

fn remark(row: &Row) -> String {
    match row.names {
        Some(names) if names > 1 => "a hard link: editing the copy changes the source".to_owned(),
        _ => row.op.remark(row.who).to_owned(),
    }
}
