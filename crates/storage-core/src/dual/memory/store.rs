//! The store behind memory mounts: a tree under a lock, shared by name on request.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock, Weak};

use storage_types::{Error, Result};

use super::tree::Tree;

static SHARED: LazyLock<Mutex<HashMap<String, Weak<Store>>>> = LazyLock::new(Mutex::default);

pub(super) struct Store {
    tree: RwLock<Tree>,
    versioned: bool,
}

impl Store {
    pub(super) fn new(versioned: bool) -> Self {
        Self { tree: RwLock::new(Tree::new(versioned)), versioned }
    }

    pub(super) fn shared(name: &str, versioned: bool) -> Result<Arc<Self>> {
        let mut stores = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        stores.retain(|_, store| store.strong_count() > 0);
        if let Some(store) = stores.get(name).and_then(Weak::upgrade) {
            if store.versioned != versioned {
                return Err(Error::config(format!(
                    "the shared store `{name}` is in use with `versioned: {}`",
                    store.versioned
                ))
                .with_hint("give all mounts of a shared store the same `versioned`"));
            }
            return Ok(store);
        }
        let store = Arc::new(Self::new(versioned));
        stores.insert(name.to_owned(), Arc::downgrade(&store));
        Ok(store)
    }

    pub(super) fn versioned(&self) -> bool {
        self.versioned
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Tree) -> T) -> T {
        look(&self.tree.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every change of the tree is complete or not begun when something panics, so a poisoned lock is fine.
    pub(super) fn write<T>(&self, change: impl FnOnce(&mut Tree) -> T) -> T {
        change(&mut self.tree.write().unwrap_or_else(PoisonError::into_inner))
    }
}
