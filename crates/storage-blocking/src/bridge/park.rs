//! Waits for a future on a thread of no runtime.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Wakes a thread, once for each time that it waits.
struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

impl Parked {
    fn new() -> Arc<Self> {
        Arc::new(Self { thread: thread::current(), woken: AtomicBool::new(false) })
    }
}

thread_local! {
    /// For the next call; a call within a call has one of its own, or it would take what wakes the other.
    static PARKED: Cell<Option<Arc<Parked>>> = const { Cell::new(None) };
}

/// Polls `future` here until it is done. tokio's own `block_on` waits at a lock and a condition variable, which is a second and a third
/// system call for each time that it is woken; a parked thread is one word. As in other executors, a program that parks this thread for
/// purposes of its own must look at its condition again whenever `park` returns, and before it parks.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    // A thread that is about to end keeps nothing any more.
    let parked = PARKED.try_with(Cell::take).ok().flatten().unwrap_or_else(Parked::new);
    let waker = Waker::from(parked.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        // A swap, since a store could become visible after the poll has looked, and hide who woke this thread in between.
        parked.woken.swap(false, Ordering::AcqRel);
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            let _ = PARKED.try_with(|kept| kept.set(Some(parked)));
            return answer;
        }
        while !parked.woken.load(Ordering::Acquire) {
            thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_future_is_polled_again_when_another_thread_wakes_it() {
        let (wakers, to_wake) = mpsc::channel::<Waker>();
        let done = Arc::new(AtomicBool::new(false));
        let other = {
            let done = done.clone();
            thread::spawn(move || {
                for (index, waker) in to_wake.into_iter().enumerate() {
                    // The first time for nothing.
                    done.store(index > 0, Ordering::Release);
                    waker.wake();
                }
            })
        };
        let mut polls = 0;
        block_on(std::future::poll_fn(|context| {
            polls += 1;
            if done.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            wakers.send(context.waker().clone()).unwrap();
            Poll::Pending
        }));
        drop(wakers);
        other.join().unwrap();
        assert_eq!(polls, 3);
    }

    #[test]
    fn a_future_that_wakes_itself_goes_on() {
        let mut left = 1000;
        let polled = block_on(std::future::poll_fn(|context| {
            left -= 1;
            if left == 0 {
                return Poll::Ready("done");
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        assert_eq!(polled, "done");
    }

    #[test]
    fn a_call_within_a_call_does_not_take_what_wakes_the_other() {
        let mut polls = 0;
        let polled = block_on(std::future::poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready("done");
            }
            context.waker().wake_by_ref();
            let mut left = 3;
            block_on(std::future::poll_fn(|inner| {
                left -= 1;
                inner.waker().wake_by_ref();
                if left == 0 { Poll::Ready(()) } else { Poll::Pending }
            }));
            Poll::Pending
        }));
        assert_eq!(polled, "done");
    }
}
