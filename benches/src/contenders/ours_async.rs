//! This library, async.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use storage::{DeleteOptions, Result, StorageManager, StorageNode, WalkOptions, WriteOptions};
use tokio::runtime::Runtime;

use super::{Contender, durability, local_config, memory_config, mount_of};
use crate::measure::{Timed, timed_async};
use crate::op::Level;

pub(crate) struct OursAsync {
    manager: StorageManager,
    runtime: Arc<Runtime>,
}

impl OursAsync {
    pub(crate) fn local(root: &Path, runtime: &Arc<Runtime>) -> Self {
        Self { manager: StorageManager::with_config(&local_config(root)).unwrap(), runtime: runtime.clone() }
    }

    pub(crate) fn memory(runtime: &Arc<Runtime>) -> Self {
        Self { manager: StorageManager::with_config(&memory_config()).unwrap(), runtime: runtime.clone() }
    }

    fn node(&self, key: &str) -> StorageNode {
        self.node_on("none", key)
    }

    fn node_on(&self, mount: &str, key: &str) -> StorageNode {
        self.manager.node(format!("{mount}:{key}")).unwrap()
    }

    fn time<T>(&self, work: impl Future<Output = Result<T>>, amount: impl FnOnce(&T) -> u64) -> Timed {
        self.runtime.block_on(timed_async(async { work.await.unwrap() }, amount))
    }
}

impl Contender for OursAsync {
    fn stat(&self, key: &str) -> Timed {
        self.time(self.node(key).stat(), |metadata| metadata.size)
    }

    fn read(&self, key: &str) -> Timed {
        self.time(self.node(key).read(), |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        self.time(stream(&self.node(key)), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        self.time(self.node(key).read_range(range), |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, level: Level) -> Timed {
        let options = WriteOptions::new().durability(durability(level));
        self.time(self.node(key).write_with(content.clone(), &options), |metadata| metadata.size)
    }

    fn copy(&self, from: &str, to: &str, level: Level) -> Timed {
        let (from, to) = (self.node_on(mount_of(level), from), self.node_on(mount_of(level), to));
        self.time(from.copy_to(&to), |report| report.bytes)
    }

    fn list(&self, dir: &str) -> Timed {
        self.time(self.node(dir).list(), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        self.time(walk(&self.node(dir)), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        self.time(self.node(key).delete(), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        self.time(self.node(dir).delete_with(&DeleteOptions::recursive()), |()| 1)
    }
}

/// Streams a file; gives its length.
pub(crate) async fn stream(node: &StorageNode) -> Result<u64> {
    let mut reader = node.reader().await?;
    let mut sum = 0;
    while let Some(chunk) = reader.next().await? {
        sum += chunk.len() as u64;
    }
    Ok(sum)
}

/// Walks a tree; gives the number of files.
pub(crate) async fn walk(node: &StorageNode) -> Result<u64> {
    let mut walk = node.walk(&WalkOptions::new()).await?;
    let mut files = 0;
    while let Some(entry) = walk.next().await? {
        files += u64::from(entry.metadata.is_file());
    }
    Ok(files)
}
