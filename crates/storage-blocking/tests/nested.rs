//! An async backend that calls the blocking API in turn: no number of such calls at once may wait for each other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::any::Any;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use storage_blocking::{StorageManager, StorageNode, bridge};
use storage_core::{Backend, Content, Lister, MemoryBackend, Reader, Writer};
use storage_types::{
    Capabilities, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions, Result, StoragePath,
    WriteOptions,
};
use tokio::runtime::Builder;
use tokio::sync::{Barrier, Semaphore};

/// More than the background runtime has workers.
const AT_ONCE: usize = 8;

/// Where the content comes from.
#[derive(Debug, Clone, Copy)]
enum From {
    /// The memory of the backend, once as many calls are under way as the test makes.
    Memory,
    // A blocking node, which is called:
    /// In its own future, before that waits for anything.
    TheStart,
    /// In its own future, after it has waited.
    TheMiddle,
    /// In a task that it spawned.
    ATask,
}

/// A store in memory, but for the content.
#[derive(Debug)]
struct Nested {
    from: From,
    node: Option<StorageNode>,
    together: Barrier,
    memory: MemoryBackend,
}

#[async_trait]
impl Backend for Nested {
    fn kind(&self) -> &'static str {
        "nested"
    }

    fn capabilities(&self) -> Capabilities {
        self.memory.capabilities()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.memory.stat(path).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let Some(node) = self.node.clone() else {
            self.together.wait().await;
            return self.memory.get(path, options).await;
        };
        let bytes = match self.from {
            From::TheMiddle => {
                tokio::task::yield_now().await;
                node.read()
            }
            From::ATask => tokio::spawn(async move { node.read() }).await.unwrap(),
            From::TheStart | From::Memory => node.read(),
        }?;
        Ok(Content { metadata: Metadata::file(bytes.len() as u64), bytes })
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        self.memory.read(path, options).await
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        assert!(self.node.is_none(), "a fault of a backend");
        self.memory.put(path, content, options).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        self.memory.write(path, options).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.memory.delete(path, options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        self.memory.list(path, options).await
    }
}

/// A node of an async backend.
fn node(from: From, node: Option<StorageNode>) -> StorageNode {
    let backend = Nested { from, node, together: Barrier::new(AT_ONCE), memory: MemoryBackend::new() };
    let manager = StorageManager::new();
    manager.add_backend("box", bridge::to_blocking(Arc::new(backend))).unwrap();
    manager.node("box:file").unwrap()
}

/// A node whose reads call a node behind the bridge, which answers when all have come.
fn nested(from: From) -> StorageNode {
    let inner = node(From::Memory, None);
    inner.write("content").unwrap();
    node(from, Some(inner))
}

/// Reads from as many runtimes at once as a node waits for.
fn read_at_once(from: From) {
    let node = nested(from);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().build().unwrap();
                assert_eq!(runtime.block_on(async { node.read() }).unwrap(), "content");
            });
        }
    });
}

#[test]
fn calls_before_the_first_wait_do_not_wait_for_each_other() {
    read_at_once(From::TheStart);
}

#[test]
fn calls_after_a_wait_do_not_wait_for_each_other() {
    read_at_once(From::TheMiddle);
}

#[test]
fn calls_of_tasks_on_the_background_runtime_do_not_wait_for_each_other() {
    read_at_once(From::ATask);
}

#[test]
fn calls_outside_a_runtime_do_not_wait_for_each_other() {
    for from in [From::TheStart, From::TheMiddle, From::ATask] {
        let node = nested(from);
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| assert_eq!(node.read().unwrap(), "content"));
            }
        });
    }
}

#[test]
fn a_panic_inside_a_runtime_is_an_error() {
    let node = nested(From::TheStart);
    let runtime = Builder::new_current_thread().build().unwrap();
    let error: Error = runtime.block_on(async { node.write("content") }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(!error.is_retryable());
}

/// A task may do so much in tokio before it has to yield, and a blocking call never does.
#[test]
fn a_task_that_used_up_its_budget_is_answered() {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let free = Arc::new(Semaphore::new(1));
        for _ in 0..1000 {
            let free = free.clone();
            let answered = bridge::block_on(async move {
                let mut requests = FuturesUnordered::new();
                requests.push(free.acquire());
                while let Some(permit) = requests.next().await {
                    drop(permit);
                }
                Ok(())
            });
            answered.unwrap();
        }
    });
}
