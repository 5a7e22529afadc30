//! Hops to the blocking pool per async operation.
//!
//! Counted on a runtime whose pool threads end after one task, so that every hop starts a thread. Where the machine has
//! `strace`, the system calls on an ordinary runtime are counted too: a hop is about four calls of `futex`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Run;
use crate::contenders::Who;
use crate::op::Op;
use crate::process;
use crate::table::Table;

/// One operation of one contender. Numbers are per operation.
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) who: Who,
    title: String,
    pub(crate) hops: f64,
    calls: Option<Calls>,
}

/// System calls per operation.
struct Calls {
    futex: f64,
    others: f64,
    names: String,
}

/// Counts for every operation and async contender.
pub(crate) fn measure(run: &Run<'_>) -> Vec<Row> {
    eprintln!("hops ...");
    let traced = process::exists("strace");
    let mut rows = vec![row(run, Op::Hop, Who::OursAsync, false)];
    for op in Op::ONE_HOP {
        for who in Who::ASYNC.into_iter().filter(|who| op.contenders().contains(who)) {
            rows.push(row(run, op, who, traced));
        }
    }
    rows
}

fn row(run: &Run<'_>, op: Op, who: Who, traced: bool) -> Row {
    let count = run.scale.hops;
    let args = process::task("hops", op, who, run.dir, count, run.scale.quick);
    let total = process::numbers(process::child(args)).first().copied().unwrap_or(0);
    let calls = if traced { calls(run, op, who) } else { None };
    Row { op, who, title: op.title(&run.scale), hops: total as f64 / count as f64, calls }
}

/// System calls per operation: those of a run with many operations, less those of a run that only prepares them.
fn calls(run: &Run<'_>, op: Op, who: Who) -> Option<Calls> {
    let count = run.scale.hops / 5;
    let many = traced(run, op, who, count, &[])?;
    let none = traced(run, op, who, count, &["--prepare-only"])?;
    let each = |name: &str, total: u64| {
        let start = none.get(name).copied().unwrap_or(0);
        total.saturating_sub(start) as f64 / count as f64
    };
    let mut each: Vec<(&str, f64)> =
        many.iter().map(|(name, total)| (name.as_str(), each(name, *total))).collect();
    each.sort_by(|a, b| b.1.total_cmp(&a.1));
    let sum = |futex: bool| each.iter().filter(|(name, _)| (*name == "futex") == futex).map(|(_, n)| n).sum();
    let named = each.iter().filter(|(name, number)| *name != "futex" && *number >= 0.1);
    let names: Vec<String> = named.map(|(name, number)| format!("{name} {number:.1}")).collect();
    Some(Calls { futex: sum(true), others: sum(false), names: names.join(", ") })
}

fn traced(run: &Run<'_>, op: Op, who: Who, count: usize, flags: &[&str]) -> Option<BTreeMap<String, u64>> {
    let summary = run.dir.join("strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-q", "-c", "-U", "calls,name", "-o"]).arg(&summary);
    command.arg(std::env::current_exe().unwrap()).arg("child");
    command.args(process::task("cost", op, who, run.dir, count, run.scale.quick));
    command.args(flags);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success()).then(|| read_summary(&summary))
}

fn read_summary(path: &Path) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let calls = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let calls = words.next()?.parse().ok()?;
        Some((words.next()?.to_owned(), calls))
    });
    calls.filter(|(name, _)| name != "total").collect()
}

/// The table.
pub(crate) fn table(rows: &[Row]) -> String {
    let headings = ["operation", "contender", "hops", "futex calls", "other calls", "which"];
    let mut table = Table::new(&headings, &[false, false, true, true, true, false]);
    for row in rows {
        let who = if row.op == Op::Hop { "tokio" } else { row.who.title() };
        let number = |pick: fn(&Calls) -> f64| {
            row.calls.as_ref().map(pick).map(|n| format!("{n:.1}")).unwrap_or_default()
        };
        table.row([
            row.title.clone(),
            who.to_owned(),
            format!("{:.2}", row.hops),
            number(|calls| calls.futex),
            number(|calls| calls.others),
            row.calls.as_ref().map(|calls| calls.names.clone()).unwrap_or_default(),
        ]);
    }
    format!(
        "### Hops to the blocking pool\n\nPer operation, one after the other. Hops are threads started by a runtime whose pool \
         threads end after one task. System calls are those of an ordinary runtime under `strace -f -c`, preparation left out; \
         a hop is about four calls of `futex`.\n\n{}",
        table.render()
    )
}
