//! This library, both colours.

use bytes::Bytes;
use storage::{StorageManager, StorageNode, blocking};

use super::{AsyncClient, BlockingClient, piece, pieces};
use crate::cloud::target::Target;

const MOUNT: &str = "bucket";

#[derive(Clone)]
pub(crate) struct OursAsync(StorageManager);

impl AsyncClient for OursAsync {
    type Object = StorageNode;

    async fn open(target: &Target) -> Self {
        let config = [target.mount(MOUNT)].into_iter().collect();
        Self(StorageManager::with_config(&config).unwrap())
    }

    fn object(&self, key: &str) -> StorageNode {
        self.0.node(format!("{MOUNT}:{key}")).unwrap()
    }

    async fn get(&self, node: &StorageNode) -> u64 {
        node.read().await.unwrap().len() as u64
    }

    async fn put(&self, node: &StorageNode, content: Bytes) -> u64 {
        node.write(content).await.unwrap().size
    }

    async fn head(&self, node: &StorageNode) -> u64 {
        node.stat().await.unwrap().size
    }

    async fn list(&self, node: &StorageNode) -> u64 {
        node.list().await.unwrap().len() as u64
    }

    async fn upload(&self, node: &StorageNode, bytes: u64) -> u64 {
        let mut writer = node.writer().await.unwrap();
        for _ in 0..pieces(bytes) {
            writer.write(piece()).await.unwrap();
        }
        writer.finish().await.unwrap().size
    }

    async fn download(&self, node: &StorageNode, _: u64) -> u64 {
        let mut reader = node.reader().await.unwrap();
        let mut sum = 0;
        while let Some(chunk) = reader.next().await.unwrap() {
            sum += chunk.len() as u64;
        }
        sum
    }
}

pub(crate) struct OursBlocking(blocking::StorageManager);

impl OursBlocking {
    pub(crate) fn open(target: &Target) -> Self {
        let config = [target.mount(MOUNT)].into_iter().collect();
        Self(blocking::StorageManager::with_config(&config).unwrap())
    }
}

impl BlockingClient for OursBlocking {
    type Object = blocking::StorageNode;

    fn object(&self, key: &str) -> blocking::StorageNode {
        self.0.node(format!("{MOUNT}:{key}")).unwrap()
    }

    fn get(&self, node: &blocking::StorageNode) -> u64 {
        node.read().unwrap().len() as u64
    }

    fn put(&self, node: &blocking::StorageNode, content: Bytes) -> u64 {
        node.write(content).unwrap().size
    }

    fn head(&self, node: &blocking::StorageNode) -> u64 {
        node.stat().unwrap().size
    }

    fn list(&self, node: &blocking::StorageNode) -> u64 {
        node.list().unwrap().len() as u64
    }

    fn upload(&self, node: &blocking::StorageNode, bytes: u64) -> u64 {
        let mut writer = node.writer().unwrap();
        for _ in 0..pieces(bytes) {
            writer.write(piece()).unwrap();
        }
        writer.finish().unwrap().size
    }

    fn download(&self, node: &blocking::StorageNode, _: u64) -> u64 {
        let mut reader = node.reader().unwrap();
        let mut sum = 0;
        while let Some(chunk) = reader.next().unwrap() {
            sum += chunk.len() as u64;
        }
        sum
    }
}
