//! CPU time and peak memory, each contender alone in a process of its own.

use std::time::Duration;

use super::Run;
use crate::op::Op;
use crate::process;
use crate::results::Row;

/// Adds to each row what a child measured.
pub(crate) fn add(run: &Run<'_>, op: Op, rows: &mut [Row]) {
    let count = run.scale.cost_runs(op);
    for row in rows {
        let args = process::task("cost", op, row.who, run.dir, count, run.scale.quick);
        let numbers = process::numbers(process::child(args));
        row.cpu = numbers.first().map(|nanos| Duration::from_nanos(*nanos));
        row.peak_kib = numbers.get(1).copied();
    }
}
