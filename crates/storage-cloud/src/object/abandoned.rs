//! Uploads of writers that were dropped: thrown away in the background, or before the drop ends where there is no background.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use storage_types::Result;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;

use super::backend::Shared;
use super::store::Store;

/// So long a drop waits outside of a runtime, and a runtime that ends, for each upload that is still there.
const PATIENCE: Duration = Duration::from_secs(3);

/// An upload that the store was asked for, between the task that asks and the writer that may be dropped meanwhile.
pub(super) struct Slot<U>(Mutex<State<U>>);

enum State<U> {
    Asked,
    Begun(Arc<U>),
    /// The writer is gone.
    Unwanted,
}

impl<U> Slot<U> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Asked))
    }

    fn state(&self) -> MutexGuard<'_, State<U>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that the upload has begun. `false` when nobody wants it any more.
    pub(super) fn begun(&self, upload: &Arc<U>) -> bool {
        let mut state = self.state();
        if matches!(*state, State::Unwanted) {
            return false;
        }
        *state = State::Begun(upload.clone());
        true
    }

    /// Nobody wants it from here on. What has begun is for the caller to throw away, the rest for the task that asks.
    pub(super) fn give_up(&self) -> Option<Arc<U>> {
        match std::mem::replace(&mut *self.state(), State::Unwanted) {
            State::Begun(upload) => Some(upload),
            State::Asked | State::Unwanted => None,
        }
    }
}

/// An upload that is to be thrown away, whatever happens to the one who does it.
pub(super) struct Abandoned<S: Store> {
    upload: Option<Arc<S::Upload>>,
    shared: Arc<Shared<S>>,
    key: Arc<str>,
    under_way: JoinSet<Result<(u32, String)>>,
}

impl<S: Store> Abandoned<S> {
    pub(super) fn new(shared: Arc<Shared<S>>, key: Arc<str>, upload: Arc<S::Upload>) -> Self {
        Self { upload: Some(upload), shared, key, under_way: JoinSet::new() }
    }

    /// The same, with parts that are on their way.
    pub(super) fn with_parts(mut self, under_way: JoinSet<Result<(u32, String)>>) -> Self {
        self.under_way = under_way;
        self
    }

    /// In the background, where there is one. If its runtime ends before it does, dropping the task throws the upload away.
    pub(super) fn leave(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(self.throw_away());
        }
    }

    pub(super) async fn throw_away(mut self) {
        self.under_way.shutdown().await;
        if let Some(upload) = self.upload.clone() {
            // Nobody is left to hear of an error; stores have rules that remove what was left behind.
            let _ = self.shared.store.abort(&self.key, &upload).await;
        }
        self.upload = None;
    }
}

impl<S: Store> Drop for Abandoned<S> {
    /// Without a runtime that lives on, a thread makes the request, and the drop waits for it: the program may end right behind
    /// it.
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        self.under_way.abort_all();
        let (shared, key) = (self.shared.clone(), self.key.clone());
        let (done, ended) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("storage-abort".to_owned()).spawn(move || {
            if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
                let abort = async { shared.store.abort(&key, &upload).await };
                // As above.
                let _ = runtime.block_on(async { tokio::time::timeout(PATIENCE, abort).await });
            }
            let _ = done.send(());
        });
        if thread.is_ok() {
            let _ = ended.recv_timeout(PATIENCE);
        }
    }
}
