//! Parts that are fetched before their turn, each by a task of its own.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::BufferPool;
use storage_types::Result;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::answered::Same;
use super::backend::Shared;
use super::gather::Gathered;
use super::lost_task;
use super::reader::Current;
use super::store::Store;

/// Chunks that wait to be used again, at most.
const KEPT: usize = 256;

/// What has come of a part when its turn comes, and the connection that brings the rest.
pub(super) struct Begun {
    pub(super) chunks: VecDeque<Bytes>,
    pub(super) rest: Option<Current>,
}

/// The parts behind the one that is given to the caller, in order.
pub(super) struct Line {
    tasks: VecDeque<Task>,
    /// The number of the part whose turn it is.
    turn: watch::Sender<usize>,
    /// The number of the last part.
    last: usize,
    /// How many parts are under way at most.
    places: usize,
    buffers: BufferPool,
}

/// Ends with this.
struct Task {
    number: usize,
    handle: JoinHandle<Result<Begun>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Line {
    pub(super) fn new(places: usize) -> Self {
        let (turn, buffers) = (watch::Sender::new(0), BufferPool::keeping(KEPT));
        Self { tasks: VecDeque::new(), turn, last: 0, places, buffers }
    }

    pub(super) fn places(&self) -> usize {
        self.places
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn clear(&mut self) {
        self.tasks.clear();
        self.turn.send_replace(self.last);
    }

    /// Begins to fetch a part, behind all others.
    pub(super) fn push<S: Store>(
        &mut self,
        shared: Arc<Shared<S>>,
        key: String,
        same: Same,
        range: Range<u64>,
    ) {
        self.last += 1;
        let place = Place {
            number: self.last,
            turn: self.turn.subscribe(),
            part: shared.tuning.part_size,
            places: self.places as u64,
        };
        let gathered = Gathered::new(self.buffers.clone());
        let work = async move { shared.begin_part(&key, &same, range, gathered, place).await };
        self.tasks.push_back(Task { number: self.last, handle: tokio::spawn(work) });
    }

    /// The next part: it is its turn. `None` when nobody is in line.
    pub(super) async fn next(&mut self) -> Option<Result<Begun>> {
        let next = self.tasks.front_mut()?;
        self.turn.send_replace(next.number);
        let begun = (&mut next.handle).await;
        self.tasks.pop_front();
        Some(begun.unwrap_or_else(|lost| Err(lost_task("fetching a part panicked", lost))))
    }
}

/// A place in the line. Parts may get as far as they can have come when a reader takes what comes at once: then all
/// connections are equally fast, each part is a step behind the one before it, and nobody ever waits here. For a reader
/// that is slower, this bounds what is kept for it: half of the parts' bytes.
struct Place {
    number: usize,
    turn: watch::Receiver<usize>,
    /// The size of a part in bytes.
    part: u64,
    /// How many parts are under way at most.
    places: u64,
}

impl Place {
    /// Waits until a part of which `length` bytes have come may get on. False when its turn has come.
    async fn may_get_on(&mut self, length: u64) -> bool {
        loop {
            let before = self.number.saturating_sub(*self.turn.borrow_and_update());
            if before == 0 {
                return false;
            }
            if length < self.allowance(before as u64) {
                return true;
            }
            if self.turn.changed().await.is_err() {
                return false;
            }
        }
    }

    fn allowance(&self, before: u64) -> u64 {
        self.part.saturating_sub(self.part / self.places * before).max(1)
    }
}

impl<S: Store> Shared<S> {
    /// Asks for a part and reads it until its turn comes.
    async fn begin_part(
        &self,
        key: &str,
        same: &Same,
        range: Range<u64>,
        mut gathered: Gathered,
        mut place: Place,
    ) -> Result<Begun> {
        let mut tries = self.tries();
        loop {
            let left = range.start + gathered.len()..range.end;
            match self.begin_rest(key, same, left, &mut gathered, &mut place).await {
                Err(error) if tries.again(&error).await => {}
                rest => return Ok(Begun { rest: rest?, chunks: gathered.into_chunks() }),
            }
        }
    }

    /// Reads on behind the bytes that are there. The connection, unless nothing is left on it.
    async fn begin_rest(
        &self,
        key: &str,
        same: &Same,
        range: Range<u64>,
        gathered: &mut Gathered,
        place: &mut Place,
    ) -> Result<Option<Current>> {
        let end = range.end;
        let mut body = self.part(key, same, range).await?;
        while let Some(piece) = body.next().await? {
            gathered.push(&piece);
            if body.left() != Some(0) && !place.may_get_on(gathered.len()).await {
                return Ok(Some(Current { body, end }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// `None` while it waits.
    fn may_get_on(place: &mut Place, length: u64) -> Option<bool> {
        match pin!(place.may_get_on(length)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(may) => Some(may),
            Poll::Pending => None,
        }
    }

    #[test]
    fn parts_wait_for_those_before_them() {
        let turn = watch::Sender::new(0);
        let mut third = Place { number: 3, turn: turn.subscribe(), part: 800, places: 8 };
        assert_eq!((may_get_on(&mut third, 499), may_get_on(&mut third, 500)), (Some(true), None));
        turn.send_replace(1);
        assert_eq!((may_get_on(&mut third, 599), may_get_on(&mut third, 600)), (Some(true), None));
        turn.send_replace(3);
        assert_eq!(may_get_on(&mut third, 0), Some(false));
    }

    #[test]
    fn nobody_waits_for_a_reader_that_is_gone() {
        let turn = watch::Sender::new(0);
        let mut place = Place { number: 1, turn: turn.subscribe(), part: 800, places: 8 };
        drop(turn);
        assert_eq!(may_get_on(&mut place, 800), Some(false));
    }
}
