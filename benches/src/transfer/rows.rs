//! What was measured, and rounds of it.

use std::process::Command;
use std::time::Duration;

use super::load::Load;
use super::program;
use super::who::Who;
use crate::measure::Samples;
use crate::order;

/// What is done with a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// To where nothing is.
    Fresh,
    /// Everything is there, by size and time.
    Nothing,
    /// Everything is there, by content.
    NothingByHash,
    /// One file in a hundred has changed.
    Changed,
    /// Every file has changed.
    Replaced,
    /// To a bucket.
    Up,
    /// From a bucket.
    Down,
    /// To a bucket that has everything.
    NothingUp,
    /// From bucket to bucket.
    Across,
}

impl Job {
    pub(crate) const CLOUD: [Self; 4] = [Self::Up, Self::NothingUp, Self::Down, Self::Across];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Nothing => "nothing",
            Self::NothingByHash => "hash",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Up => "up",
            Self::Down => "down",
            Self::NothingUp => "nothing-up",
            Self::Across => "across",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fresh => "fresh copy",
            Self::Nothing => "nothing to do, by size and time",
            Self::NothingByHash => "nothing to do, by content",
            Self::Changed => "1 % changed",
            Self::Replaced => "all changed",
            Self::Up => "up",
            Self::Down => "down",
            Self::NothingUp => "up, nothing to do",
            Self::Across => "bucket to bucket",
        }
    }
}

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) load: Load,
    pub(crate) job: Job,
    pub(crate) who: Who,
    pub(crate) samples: Samples,
    /// The lowest of the runs: whatever else the machine does only adds to it.
    pub(crate) cpu: Duration,
    /// The largest of the runs.
    pub(crate) peak_kib: u64,
}

impl Row {
    pub(crate) fn p50(&self) -> Duration {
        self.samples.percentile(50)
    }
}

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    pub(crate) fn get(&self, load: Load, job: Job, who: Who) -> Option<&Row> {
        self.0.iter().find(|row| row.load == load && row.job == job && row.who == who)
    }

    /// Time, as many times that of `base`.
    pub(crate) fn time_ratio(&self, load: Load, job: Job, who: Who, base: Who) -> Option<f64> {
        let (row, base) = (self.get(load, job, who)?, self.get(load, job, base)?);
        Some(row.p50().as_secs_f64() / base.p50().as_secs_f64())
    }

    /// CPU time, as many times that of `base`.
    pub(crate) fn cpu_ratio(&self, load: Load, job: Job, who: Who, base: Who) -> Option<f64> {
        let (row, base) = (self.get(load, job, who)?, self.get(load, job, base)?);
        // The kernel counts in hundredths of a second; nothing takes less than half of one.
        let seconds = |row: &Row| row.cpu.as_secs_f64().max(0.005);
        Some(seconds(row) / seconds(base))
    }
}

/// What one job of one load needs of whoever measures it.
pub(crate) trait Stage {
    /// Before each round, untimed.
    fn begin(&mut self, round: usize);

    /// Before each run, untimed; gives what is timed.
    fn prepare(&mut self, who: Who, round: usize) -> Vec<Command>;

    /// After each run, untimed: says what is wrong with its result, and clears away.
    fn check(&mut self, who: Who, round: usize) -> Result<(), String>;
}

/// Measures one job of everyone. A program of others that fails is left out from then on.
pub(crate) fn measure(
    load: Load,
    job: Job,
    contenders: &[Who],
    rounds: usize,
    stage: &mut impl Stage,
) -> Vec<Row> {
    eprintln!("{}, {} ...", load.name(), job.title());
    let new = |who: &Who| Row {
        load,
        job,
        who: *who,
        samples: Samples::default(),
        cpu: Duration::MAX,
        peak_kib: 0,
    };
    let mut rows: Vec<Row> = contenders.iter().map(new).collect();
    let mut failed: Vec<Who> = Vec::new();
    for round in 0..rounds {
        stage.begin(round);
        for index in order::of_round(round, rows.len()) {
            let row = &mut rows[index];
            if failed.contains(&row.who) {
                continue;
            }
            let commands = stage.prepare(row.who, round);
            let ended = program::run(commands);
            let checked = ended.and_then(|cost| stage.check(row.who, round).map(|()| cost));
            match checked {
                Ok(cost) => {
                    row.samples.add(cost.elapsed);
                    row.cpu = row.cpu.min(cost.cpu);
                    row.peak_kib = row.peak_kib.max(cost.peak_kib);
                }
                Err(why) if row.who.is_ours() => panic!("{}: {why}", row.who.title()),
                Err(why) => {
                    eprintln!("warning: {} is left out: {why}", row.who.title());
                    failed.push(row.who);
                }
            }
        }
    }
    rows.retain(|row| !failed.contains(&row.who));
    rows.iter_mut().for_each(|row| row.samples.sort());
    rows
}
