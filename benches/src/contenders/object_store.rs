//! object_store on tokio.

use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, Result};
use tokio::runtime::Runtime;

use super::Contender;
use crate::measure::{Timed, timed_async};
use crate::op::Level;

pub(crate) struct ObjectStoreTokio {
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
}

impl ObjectStoreTokio {
    pub(crate) fn local(root: &FilePath, runtime: &Arc<Runtime>) -> Self {
        Self { store: Arc::new(LocalFileSystem::new_with_prefix(root).unwrap()), runtime: runtime.clone() }
    }

    pub(crate) fn memory(runtime: &Arc<Runtime>) -> Self {
        Self { store: Arc::new(InMemory::new()), runtime: runtime.clone() }
    }

    fn time<T>(&self, work: impl Future<Output = Result<T>>, amount: impl FnOnce(&T) -> u64) -> Timed {
        self.runtime.block_on(timed_async(async { work.await.unwrap() }, amount))
    }
}

impl Contender for ObjectStoreTokio {
    fn stat(&self, key: &str) -> Timed {
        let path = Path::from(key);
        self.time(self.store.head(&path), |meta| meta.size)
    }

    fn read(&self, key: &str) -> Timed {
        let path = Path::from(key);
        let read = async { self.store.get(&path).await?.bytes().await };
        self.time(read, |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        let path = Path::from(key);
        self.time(stream(&*self.store, &path), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        let path = Path::from(key);
        self.time(self.store.get_range(&path, range), |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, _: Level) -> Timed {
        let path = Path::from(key);
        self.time(self.store.put(&path, PutPayload::from(content.clone())), |_| content.len() as u64)
    }

    fn copy(&self, from: &str, to: &str, _: Level) -> Timed {
        let (from, to) = (Path::from(from), Path::from(to));
        self.time(self.store.copy(&from, &to), |()| 0)
    }

    fn list(&self, dir: &str) -> Timed {
        let dir = Path::from(dir);
        self.time(list(&*self.store, &dir), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        let dir = Path::from(dir);
        self.time(walk(&*self.store, &dir), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        let path = Path::from(key);
        self.time(self.store.delete(&path), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        let dir = Path::from(dir);
        self.time(delete(&*self.store, &dir), |_| 1)
    }
}

async fn stream(store: &dyn ObjectStore, path: &Path) -> Result<u64> {
    let mut chunks = store.get(path).await?.into_stream();
    let mut sum = 0;
    while let Some(chunk) = chunks.try_next().await? {
        sum += chunk.len() as u64;
    }
    Ok(sum)
}

async fn list(store: &dyn ObjectStore, dir: &Path) -> Result<Vec<ObjectMeta>> {
    let mut entries = store.list_with_delimiter(Some(dir)).await?.objects;
    entries.sort_unstable_by(|a, b| a.location.cmp(&b.location));
    Ok(entries)
}

async fn walk(store: &dyn ObjectStore, dir: &Path) -> Result<u64> {
    let mut entries = store.list(Some(dir));
    let mut files = 0;
    while entries.try_next().await?.is_some() {
        files += 1;
    }
    Ok(files)
}

async fn delete(store: &dyn ObjectStore, dir: &Path) -> Result<u64> {
    let paths = store.list(Some(dir)).map_ok(|meta| meta.location).boxed();
    let mut deleted = store.delete_stream(paths);
    let mut files = 0;
    while deleted.try_next().await?.is_some() {
        files += 1;
    }
    Ok(files)
}
