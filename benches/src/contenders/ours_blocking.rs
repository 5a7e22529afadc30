//! This library, blocking.

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use storage::blocking::{StorageManager, StorageNode};
use storage::{DeleteOptions, Result, WalkOptions, WriteOptions};

use super::{Contender, durability, local_config, memory_config, mount_of};
use crate::measure::{Timed, timed};
use crate::op::Level;

pub(crate) struct OursBlocking {
    manager: StorageManager,
}

impl OursBlocking {
    pub(crate) fn local(root: &Path) -> Self {
        Self { manager: StorageManager::with_config(&local_config(root)).unwrap() }
    }

    pub(crate) fn memory() -> Self {
        Self { manager: StorageManager::with_config(&memory_config()).unwrap() }
    }

    fn node(&self, key: &str) -> StorageNode {
        self.node_on("none", key)
    }

    fn node_on(&self, mount: &str, key: &str) -> StorageNode {
        self.manager.node(format!("{mount}:{key}")).unwrap()
    }
}

impl Contender for OursBlocking {
    fn stat(&self, key: &str) -> Timed {
        let node = self.node(key);
        timed(|| node.stat().unwrap(), |metadata| metadata.size)
    }

    fn read(&self, key: &str) -> Timed {
        let node = self.node(key);
        timed(|| node.read().unwrap(), |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        let node = self.node(key);
        timed(|| stream(&node).unwrap(), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        let node = self.node(key);
        timed(|| node.read_range(range).unwrap(), |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, level: Level) -> Timed {
        let node = self.node(key);
        let options = WriteOptions::new().durability(durability(level));
        timed(|| node.write_with(content.clone(), &options).unwrap(), |metadata| metadata.size)
    }

    fn copy(&self, from: &str, to: &str, level: Level) -> Timed {
        let (from, to) = (self.node_on(mount_of(level), from), self.node_on(mount_of(level), to));
        timed(|| from.copy_to(&to).unwrap(), |report| report.bytes)
    }

    fn list(&self, dir: &str) -> Timed {
        let node = self.node(dir);
        timed(|| node.list().unwrap(), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        let node = self.node(dir);
        timed(|| walk(&node).unwrap(), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        let node = self.node(key);
        timed(|| node.delete().unwrap(), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        let node = self.node(dir);
        timed(|| node.delete_with(&DeleteOptions::recursive()).unwrap(), |()| 1)
    }
}

/// Streams a file; gives its length.
pub(crate) fn stream(node: &StorageNode) -> Result<u64> {
    let mut reader = node.reader()?;
    let mut sum = 0;
    while let Some(chunk) = reader.next()? {
        sum += chunk.len() as u64;
    }
    Ok(sum)
}

/// Walks a tree; gives the number of files.
pub(crate) fn walk(node: &StorageNode) -> Result<u64> {
    let mut walk = node.walk(&WalkOptions::new())?;
    let mut files = 0;
    while let Some(entry) = walk.next()? {
        files += u64::from(entry.metadata.is_file());
    }
    Ok(files)
}
