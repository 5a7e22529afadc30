//! Directories that an archive names: private ones are private before anything is in them, and all get their permission
//! bits and times when everything is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use storage_types::{
    Attributes, CopyOptions, CopyReport, CreateDirOptions, Durability, FailedFile, Operation, StoragePath,
};

use super::index::Item;
use crate::dual::content::is_absence;
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// What directories mostly are; one that others may do less with is made before its content.
const USUAL: u32 = 0o755;

pub(super) struct Folders {
    /// Those above come before those below.
    items: Vec<Item>,
    /// Where files were wanted, when only some are.
    wanted: Option<Arc<Mutex<BTreeSet<StoragePath>>>>,
    destination: StorageNode,
}

impl Folders {
    /// Takes the options of the copy, which may have to tell which files are wanted.
    pub(super) fn of(items: Vec<Item>, destination: &StorageNode, copy: &mut CopyOptions) -> Self {
        let can = destination.capabilities();
        let kept = copy.preserve && can.directories && (can.unix_mode || can.set_modified);
        let items = if kept { items } else { Vec::new() };
        let wanted = (!items.is_empty() && selects(copy)).then(|| listen(copy));
        Self { items, wanted, destination: destination.clone() }
    }

    fn is_wanted(&self, path: &StoragePath) -> bool {
        let Some(wanted) = &self.wanted else { return true };
        wanted.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }
}

/// Whether only some files are wanted.
fn selects(copy: &CopyOptions) -> bool {
    let limits = copy.min_size.is_some() || copy.max_size.is_some();
    let times = copy.newer_than.is_some() || copy.older_than.is_some();
    let names = !(copy.include.is_empty() && copy.exclude.is_empty() && copy.ignore.is_empty());
    limits || times || names || copy.filter.is_some()
}

/// Remembers the directories around each file that is wanted.
fn listen(copy: &mut CopyOptions) -> Arc<Mutex<BTreeSet<StoragePath>>> {
    let wanted = Arc::new(Mutex::new(BTreeSet::new()));
    let (kept, before) = (wanted.clone(), copy.filter.take());
    copy.filter = Some(Arc::new(move |entry| {
        if before.as_ref().is_some_and(|before| !before(entry)) {
            return false;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut around =
            StoragePath::parse(&entry.relative).map_or_else(|_| StoragePath::root(), |path| path.parent());
        while !around.is_root() && kept.insert(around.clone()) {
            around = around.parent();
        }
        true
    }));
    wanted
}

#[maybe_async]
impl Folders {
    /// Makes the private directories. What stands in the way is the copy's to tell.
    pub(super) async fn prepare(&self) {
        if self.wanted.is_some() {
            return;
        }
        for item in &self.items {
            let Some(mode) = item.mode.filter(|mode| mode & USUAL != USUAL) else { continue };
            let options = CreateDirOptions::new().parents(true).exist_ok(true).durability(Durability::None);
            let path = self.destination.path().join(&item.path);
            let _ = self.destination.backend().create_dir(&path, &options.mode(mode | 0o700)).await;
        }
    }

    /// Sets permission bits and times, from the deepest directory up, as nothing is written below them any more.
    pub(super) async fn finish(&self, options: &CopyOptions, report: &mut CopyReport) {
        for item in self.items.iter().rev().filter(|item| self.is_wanted(&item.path)) {
            let mut attributes = Attributes::new();
            (attributes.modified, attributes.unix_mode) = (item.modified, item.mode);
            let node = self.destination.at(self.destination.path().join(&item.path));
            let set = node.backend().set_attributes(node.path(), &attributes).await;
            match set {
                Err(error) if !is_absence(&error) => {
                    let failed =
                        FailedFile::new(node.address(), node.described(Operation::SetMetadata, error));
                    if let Some(call) = &options.on_error {
                        call(&failed);
                    }
                    report.add_failed(failed);
                }
                _ => {}
            }
        }
    }
}
