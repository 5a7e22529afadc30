//! OpenDAL, async, without layers.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use opendal::{Operator, Result, services};
use tokio::runtime::Runtime;

use super::Contender;
use crate::measure::{Timed, timed_async};
use crate::op::Level;

pub(crate) struct OpendalAsync {
    operator: Operator,
    runtime: Arc<Runtime>,
}

impl OpendalAsync {
    pub(crate) fn local(root: &Path, runtime: &Arc<Runtime>) -> Self {
        Self { operator: local_operator(root), runtime: runtime.clone() }
    }

    pub(crate) fn memory(runtime: &Arc<Runtime>) -> Self {
        Self { operator: memory_operator(), runtime: runtime.clone() }
    }

    fn time<T>(&self, work: impl Future<Output = Result<T>>, amount: impl FnOnce(&T) -> u64) -> Timed {
        self.runtime.block_on(timed_async(async { work.await.unwrap() }, amount))
    }
}

/// An operator on the files below `root`.
pub(crate) fn local_operator(root: &Path) -> Operator {
    Operator::new(services::Fs::default().root(&root.to_string_lossy())).unwrap()
}

/// An operator on memory.
pub(crate) fn memory_operator() -> Operator {
    Operator::new(services::Memory::default()).unwrap()
}

impl Contender for OpendalAsync {
    fn stat(&self, key: &str) -> Timed {
        self.time(self.operator.stat(key), opendal::Metadata::content_length)
    }

    fn read(&self, key: &str) -> Timed {
        self.time(self.operator.read(key), |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        self.time(stream(&self.operator, key), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        let read = async { self.operator.read_with(key).range(range).await };
        self.time(read, |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, _: Level) -> Timed {
        self.time(self.operator.write(key, content.clone()), |_| content.len() as u64)
    }

    fn copy(&self, from: &str, to: &str, _: Level) -> Timed {
        self.time(self.operator.copy(from, to), |_| 0)
    }

    fn list(&self, dir: &str) -> Timed {
        self.time(list(&self.operator, &format!("{dir}/")), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        self.time(walk(&self.operator, &format!("{dir}/")), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        self.time(self.operator.delete(key), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        let dir = format!("{dir}/");
        let delete = async { self.operator.delete_with(&dir).recursive(true).await };
        self.time(delete, |()| 1)
    }
}

async fn stream(operator: &Operator, key: &str) -> Result<u64> {
    let reader = operator.reader(key).await?;
    let mut chunks = reader.into_stream(..).await?;
    let mut sum = 0;
    while let Some(chunk) = chunks.try_next().await? {
        sum += chunk.len() as u64;
    }
    Ok(sum)
}

async fn list(operator: &Operator, dir: &str) -> Result<Vec<opendal::Entry>> {
    let mut entries = operator.list(dir).await?;
    // The directory itself is the first entry.
    entries.retain(|entry| entry.path() != dir);
    entries.sort_unstable_by(|a, b| a.path().cmp(b.path()));
    Ok(entries)
}

async fn walk(operator: &Operator, dir: &str) -> Result<u64> {
    let mut lister = operator.lister_with(dir).recursive(true).await?;
    let mut files = 0;
    while let Some(entry) = lister.try_next().await? {
        files += u64::from(entry.metadata().is_file());
    }
    Ok(files)
}
