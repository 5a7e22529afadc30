//! Time, CPU time and memory.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// One run of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timed {
    pub(crate) elapsed: Duration,
    /// Bytes or entries that it gave, to prove that it did its work.
    pub(crate) amount: u64,
}

/// Times `work`; what it gives is dropped afterwards.
pub(crate) fn timed<T>(work: impl FnOnce() -> T, amount: impl FnOnce(&T) -> u64) -> Timed {
    let start = Instant::now();
    let result = black_box(work());
    let elapsed = start.elapsed();
    Timed { elapsed, amount: amount(&result) }
}

/// As [`timed`], for a future.
pub(crate) async fn timed_async<F: Future>(work: F, amount: impl FnOnce(&F::Output) -> u64) -> Timed {
    let start = Instant::now();
    let result = black_box(work.await);
    let elapsed = start.elapsed();
    Timed { elapsed, amount: amount(&result) }
}

/// Times of many runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn add(&mut self, elapsed: Duration) {
        self.0.push(elapsed);
    }

    pub(crate) fn extend(&mut self, times: Vec<Duration>) {
        self.0.extend(times);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// The smallest sample that at least this share of all samples does not exceed (nearest rank). Sort first.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

/// User and system time of the whole process, all threads.
pub(crate) fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
}

/// User and system time of all children that have ended, and of theirs (`proc_pid_stat(5)`, fields 16 and 17).
pub(crate) fn children_cpu_time() -> Duration {
    // What the kernel counts in, on every architecture (`USER_HZ`).
    const TICK: Duration = Duration::from_millis(10);
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in brackets that may hold blanks.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u32 = fields.skip(13).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// Makes the peak the present: what follows is measured alone. Nothing on systems that cannot.
pub(crate) fn reset_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The largest resident set since the start or [`reset_peak`], in KiB.
pub(crate) fn peak_kib() -> u64 {
    field("/proc/self/status", "VmHWM:")
}

/// Threads of the process now.
pub(crate) fn threads() -> u64 {
    field("/proc/self/status", "Threads:")
}

/// The largest resident set of another process so far, in KiB; `None` when it has ended.
pub(crate) fn peak_kib_of(process: u32) -> Option<u64> {
    Some(field(&format!("/proc/{process}/status"), "VmHWM:")).filter(|peak| *peak > 0)
}

fn field(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut samples = Samples::default();
        for millis in (1..=100).rev() {
            samples.add(Duration::from_millis(millis));
        }
        samples.sort();
        assert_eq!(samples.percentile(50), Duration::from_millis(50));
        assert_eq!(samples.percentile(99), Duration::from_millis(99));
    }
}
