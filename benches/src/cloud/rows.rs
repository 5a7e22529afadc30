//! What was measured, and how: every contender in a process of its own, in rounds.

use std::time::Duration;

use super::op::Op;
use super::who::Who;
use super::worker::{Place, Program, Round, Worker};
use crate::measure::Samples;
use crate::order;

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) who: Who,
    pub(crate) samples: Samples,
    /// CPU time of one request: the lowest of the rounds, as whatever else the machine does only adds to it.
    pub(crate) cpu: Duration,
    /// Operations per second in the median round.
    pub(crate) rate: f64,
    /// Of one request, reallocations too.
    pub(crate) allocations: Option<f64>,
    pub(crate) peak_kib: u64,
}

/// How often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// Operations of a round.
    pub(crate) count: usize,
    /// Operations before the first round.
    pub(crate) warm_up: usize,
}

/// All lines of one kind of server.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    pub(crate) fn get(&self, op: Op, who: Who) -> Option<&Row> {
        self.0.iter().find(|row| row.op == op && row.who == who)
    }

    /// CPU time of a request, as many times that of `base`.
    pub(crate) fn cpu_ratio(&self, op: Op, who: Who, base: Who) -> Option<f64> {
        Some(self.get(op, who)?.cpu.as_secs_f64() / self.get(op, base)?.cpu.as_secs_f64())
    }

    /// Throughput, as many times that of `base`.
    pub(crate) fn rate_ratio(&self, op: Op, who: Who, base: Who) -> Option<f64> {
        Some(self.get(op, who)?.rate / self.get(op, base)?.rate)
    }
}

/// Measures one operation of these contenders; `between` is called before each run of one.
pub(crate) fn measure(
    op: Op,
    contenders: &[Who],
    place: Place<'_>,
    effort: Effort,
    mut between: impl FnMut(),
) -> Vec<Row> {
    eprintln!("{} ...", op.title());
    let mut workers: Vec<(Who, Worker, Vec<Round>)> = Vec::new();
    for who in contenders {
        workers.push((*who, Worker::client(Program::Ordinary, op, *who, place), Vec::new()));
    }
    if effort.warm_up > 0 {
        workers.iter_mut().for_each(|(_, worker, _)| drop(worker.round(effort.warm_up)));
    }
    for round in 0..effort.rounds {
        for index in order::of_round(round, workers.len()) {
            between();
            let (_, worker, rounds) = &mut workers[index];
            rounds.push(worker.round(effort.count));
        }
    }
    workers.into_iter().map(|(who, _, rounds)| row(op, who, rounds)).collect()
}

fn row(op: Op, who: Who, rounds: Vec<Round>) -> Row {
    let per_request = |round: &Round| {
        let requests = round.times.len() as u64 * op.requests();
        round.cpu / u32::try_from(requests.max(1)).unwrap_or(u32::MAX)
    };
    let cpu = rounds.iter().map(per_request).min().unwrap_or_default();
    let mut rates: Vec<f64> =
        rounds.iter().map(|round| round.times.len() as f64 / round.elapsed.as_secs_f64()).collect();
    rates.sort_by(f64::total_cmp);
    let rate = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let peak_kib = rounds.iter().map(|round| round.peak_kib).max().unwrap_or(0);
    let mut samples = Samples::default();
    rounds.into_iter().for_each(|round| samples.extend(round.times));
    samples.sort();
    Row { op, who, samples, cpu, rate, allocations: None, peak_kib }
}

/// Counts allocations per request with the program whose allocator counts.
pub(crate) fn count_allocations(
    rows: &mut [Row],
    place: Place<'_>,
    effort: Effort,
    mut between: impl FnMut(),
) {
    for row in rows {
        between();
        let mut worker = Worker::client(Program::Counting, row.op, row.who, place);
        if effort.warm_up > 0 {
            worker.round(effort.warm_up);
        }
        let round = worker.round(effort.count);
        let requests = round.times.len() as u64 * row.op.requests();
        row.allocations = Some(round.allocations as f64 / requests.max(1) as f64);
    }
}
