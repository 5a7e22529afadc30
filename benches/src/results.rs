//! What was measured.

use std::time::Duration;

use crate::contenders::Who;
use crate::measure::Samples;
use crate::op::Op;

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) who: Who,
    pub(crate) samples: Samples,
    /// CPU time of one run, user and system, all threads.
    pub(crate) cpu: Option<Duration>,
    pub(crate) peak_kib: Option<u64>,
    /// Names of the last copy in its directory tree; more than one is a hard link.
    pub(crate) names: Option<u64>,
}

impl Row {
    pub(crate) fn p50(&self) -> Duration {
        self.samples.percentile(50)
    }
}

/// All lines of one kind of store.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
}

impl Results {
    pub(crate) fn get(&self, op: Op, who: Who) -> Option<&Row> {
        self.rows.iter().find(|row| row.op == op && row.who == who)
    }

    /// How many times as long as `base` the contender takes, by p50.
    pub(crate) fn ratio(&self, op: Op, who: Who, base: Who) -> Option<f64> {
        let (row, base) = (self.get(op, who)?, self.get(op, base)?);
        Some(row.p50().as_secs_f64() / base.p50().as_secs_f64())
    }
}
