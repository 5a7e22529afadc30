//! One value for each runtime. A connection is driven by a task of the runtime that made it: another runtime that takes it out
//! of a common pool waits for that task, and for ever when its runtime is idle.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use storage_types::Result;
use tokio::runtime::{Handle, Id};
use tokio::task::JoinHandle;

/// A value for each runtime that asks for it, kept as long as that runtime lives; one more for those who ask outside of any.
pub struct PerRuntime<T>(RwLock<Vec<Entry<T>>>);

struct Entry<T> {
    runtime: Option<Id>,
    slot: Arc<Slot<T>>,
    /// Ends with the runtime. `None` outside of any.
    alive: Option<JoinHandle<()>>,
}

/// A value that is made once. Threads of one runtime that begin together wait for the one that makes it; other runtimes do not.
struct Slot<T> {
    value: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> Entry<T> {
    fn is_alive(&self) -> bool {
        self.alive.as_ref().is_none_or(|task| !task.is_finished())
    }
}

impl<T> Drop for Entry<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.alive {
            task.abort();
        }
    }
}

impl<T: Clone> PerRuntime<T> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(RwLock::new(Vec::new()))
    }

    /// The value of the current runtime, made when it is first asked for.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub fn get_or_try_init(&self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(value) = self.current() {
            return Ok(value);
        }
        let slot = self.slot();
        let _making = slot.making.lock().unwrap_or_else(PoisonError::into_inner);
        match slot.value.get() {
            Some(value) => Ok(value.clone()),
            None => {
                let made = make()?;
                Ok(slot.value.get_or_init(|| made).clone())
            }
        }
    }

    /// The value of the current runtime, if there is one.
    #[must_use]
    pub fn current(&self) -> Option<T> {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|entry| entry.runtime == runtime)?.slot.value.get().cloned()
    }

    /// Keeps the value for the current runtime, unless another thread of it was faster; gives the one that is kept.
    pub fn keep(&self, made: T) -> T {
        self.slot().value.get_or_init(|| made).clone()
    }

    /// The place for the value of the current runtime.
    fn slot(&self) -> Arc<Slot<T>> {
        let handle = Handle::try_current().ok();
        let runtime = handle.as_ref().map(Handle::id);
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        entries.retain(Entry::is_alive);
        if let Some(entry) = entries.iter().find(|entry| entry.runtime == runtime) {
            return entry.slot.clone();
        }
        let slot = Arc::new(Slot { value: OnceLock::new(), making: Mutex::new(()) });
        let alive = handle.map(|handle| handle.spawn(std::future::pending()));
        entries.push(Entry { runtime, slot: slot.clone(), alive });
        slot
    }

    /// Forgets the value of the current runtime.
    pub fn forget(&self) {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.runtime != runtime);
    }
}

impl<T: Clone> Default for PerRuntime<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for PerRuntime<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerRuntime")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn each_runtime_has_its_own_while_it_lives() {
        let (values, made) = (PerRuntime::new(), Cell::new(0));
        let get = || {
            values.get_or_try_init(|| {
                made.set(made.get() + 1);
                Ok(made.get())
            })
        };
        let (one, two) = (runtime(), runtime());
        for _ in 0..2 {
            assert_eq!(one.block_on(async { get().unwrap() }), 1);
            assert_eq!(two.block_on(async { get().unwrap() }), 2);
            assert_eq!(get().unwrap(), 3);
        }
        drop(one);
        let three = runtime();
        assert_eq!(three.block_on(async { get().unwrap() }), 4);
        assert_eq!(values.0.read().unwrap().len(), 3);
        three.block_on(async { values.forget() });
        assert_eq!(three.block_on(async { get().unwrap() }), 5);
    }
}
