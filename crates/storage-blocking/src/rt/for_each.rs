//! Work on many items at once, on scoped threads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use storage_types::{Error, ErrorKind, Result};

use crate::dual::work::{Source, Work};

/// Items that are found ahead, so that threads seldom wait for each other.
const FOUND: usize = 32;

/// How long a thread looks for more items while others may have none.
const LOOK: Duration = Duration::from_micros(100);

/// An item that takes no longer keeps a processor busy; one that takes longer waits for a disk or a network.
const QUICK: Duration = Duration::from_micros(200);

/// The pauses after which a thread in reserve looks whether it is needed.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LAST_PAUSE: Duration = Duration::from_millis(16);

/// Runs `work` on every item of `source`, at most `limit` at once. The first error stops everything.
///
/// As many threads as there are processors begin; the others are in reserve, and join them while work waits for a disk or a
/// network. More threads than processors on files in the cache only contend for the locks of the kernel.
pub(crate) fn for_each<S, W>(limit: usize, source: &mut S, work: &W) -> Result<()>
where
    S: Source,
    W: Work<S::Item>,
{
    if limit <= 1 {
        while let Some(item) = source.next()? {
            work.run(item)?;
        }
        return Ok(());
    }
    let processors = thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2);
    let team = Team::new(source, work, processors.min(limit) as u64);
    thread::scope(|scope| {
        let team = &team;
        for number in 1..limit {
            let in_reserve = number >= processors;
            let run = move || if in_reserve { team.run_in_reserve() } else { team.run() };
            let started = thread::Builder::new().name("storage-worker".into()).spawn_scoped(scope, run);
            // Fewer threads than wished for are enough: this one works too.
            if started.is_err() {
                break;
            }
        }
        team.run();
    });
    match team.items.into_inner().unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The items, and the threads that work on them.
struct Team<'a, S: Source, W> {
    items: Mutex<Items<'a, S>>,
    work: &'a W,
    /// Items that are done.
    done: AtomicU64,
    /// Threads that are not in reserve.
    regulars: u64,
    ended: Mutex<bool>,
    end: Condvar,
}

impl<'a, S, W> Team<'a, S, W>
where
    S: Source,
    W: Work<S::Item>,
{
    fn new(source: &'a mut S, work: &'a W, regulars: u64) -> Self {
        Self {
            items: Mutex::new(Items { source, found: VecDeque::new(), ended: false, error: None }),
            work,
            done: AtomicU64::new(0),
            regulars,
            ended: Mutex::new(false),
            end: Condvar::new(),
        }
    }

    fn run(&self) {
        while self.run_one() {}
    }

    /// Works while items are slow, and waits while the others need no help.
    fn run_in_reserve(&self) {
        while self.wait_until_needed() {
            loop {
                let begun = Instant::now();
                if !self.run_one() {
                    return;
                }
                if begun.elapsed() < QUICK {
                    break;
                }
            }
        }
    }

    /// Does one item; false when there are no more.
    fn run_one(&self) -> bool {
        let item = self.items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(item) = item else {
            self.set_ended();
            return false;
        };
        let result = self.work.run(item);
        self.done.fetch_add(1, Ordering::Relaxed);
        match result {
            Ok(()) => true,
            Err(error) => {
                self.items.lock().unwrap_or_else(PoisonError::into_inner).fail(error);
                self.set_ended();
                false
            }
        }
    }

    fn set_ended(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.notify_all();
    }

    /// True when so little was done for a while that the others must be waiting; false at the end.
    fn wait_until_needed(&self) -> bool {
        let mut pause = FIRST_PAUSE;
        loop {
            let (begun, before) = (Instant::now(), self.done.load(Ordering::Relaxed));
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let (ended, _) = self
                .end
                .wait_timeout_while(ended, pause, |ended| !*ended)
                .unwrap_or_else(PoisonError::into_inner);
            if *ended {
                return false;
            }
            let done = self.done.load(Ordering::Relaxed) - before;
            let could_be = begun.elapsed().as_micros() as u64 / QUICK.as_micros() as u64 * self.regulars;
            if done < could_be {
                return true;
            }
            pause = LAST_PAUSE.min(pause * 2);
        }
    }
}

struct Items<'a, S: Source> {
    source: &'a mut S,
    /// Found, and not begun.
    found: VecDeque<S::Item>,
    ended: bool,
    error: Option<Error>,
}

impl<S: Source> Items<'_, S> {
    /// The next item; `None` at the end, and after an error.
    fn next(&mut self) -> Option<S::Item> {
        if self.error.is_some() {
            return None;
        }
        if self.found.is_empty() && !self.ended {
            self.look_ahead();
        }
        self.found.pop_front()
    }

    fn look_ahead(&mut self) {
        let begun = Instant::now();
        while self.found.len() < FOUND && (self.found.is_empty() || begun.elapsed() < LOOK) {
            match self.source.next() {
                Ok(Some(item)) => self.found.push_back(item),
                Ok(None) => {
                    self.ended = true;
                    return;
                }
                Err(error) => {
                    self.fail(error);
                    self.found.clear();
                    return;
                }
            }
        }
    }

    fn fail(&mut self, error: Error) {
        // A cancelled neighbour must not hide the cause.
        if self.error.as_ref().is_none_or(|first| first.kind() == ErrorKind::Interrupted) {
            self.error = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    struct Count(std::ops::Range<usize>);

    impl Source for Count {
        type Item = usize;

        fn next(&mut self) -> Result<Option<usize>> {
            Ok(self.0.next())
        }
    }

    struct Do<F>(F);

    impl<F: Fn(usize) -> Result<()> + Sync> Work<usize> for Do<F> {
        fn run(&self, item: usize) -> Result<()> {
            (self.0)(item)
        }
    }

    #[test]
    fn every_item_is_done_once() {
        for limit in [0, 1, 2, 16] {
            let done: Vec<AtomicUsize> = (0..10_000).map(|_| AtomicUsize::new(0)).collect();
            let work = Do(|item: usize| {
                done[item].fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            for_each(limit, &mut Count(0..10_000), &work).unwrap();
            assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{limit}");
        }
    }

    #[test]
    fn work_that_waits_is_done_by_all_threads() {
        let all = Barrier::new(8);
        let work = Do(|_| {
            // Passed only when eight items are under way.
            all.wait();
            Ok(())
        });
        for_each(8, &mut Count(0..64), &work).unwrap();
    }

    #[test]
    fn the_first_error_stops_everything() {
        for limit in [1, 2, 8] {
            let done = AtomicUsize::new(0);
            let work = Do(|item| {
                done.fetch_add(1, Ordering::Relaxed);
                if item == 100 { Err(Error::not_found()) } else { Ok(()) }
            });
            let error = for_each(limit, &mut Count(0..usize::MAX), &work).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(done.load(Ordering::Relaxed) > 100);
        }
    }
}
