//! The bucket that a run works on, and what the operations find there.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use storage::StorageManager;
use tokio::runtime::Runtime;

use super::op::{self, Op};
use super::target::Target;
use crate::contenders;

/// A folder of the bucket, filled on demand and emptied when dropped.
pub(crate) struct Seed {
    manager: StorageManager,
    runtime: Arc<Runtime>,
}

const MOUNT: &str = "bucket";
const PIECE: u64 = 1 << 20;

impl Seed {
    pub(crate) fn new(target: &Target) -> Self {
        let config = [target.mount(MOUNT)].into_iter().collect();
        let runtime = contenders::runtime();
        Self { manager: StorageManager::with_config(&config).unwrap(), runtime }
    }

    /// Makes what the operation reads.
    pub(crate) fn prepare(&self, op: Op) {
        self.runtime.block_on(async {
            match op {
                Op::Get(bytes) | Op::Download(bytes) => self.content(bytes).await,
                Op::Head | Op::Burst(_) => self.content(op::K4).await,
                Op::List(keys) => self.listing(keys).await,
                Op::Put(_) | Op::Upload(_) => {}
            }
        });
    }

    async fn content(&self, bytes: u64) {
        let node = self.manager.node(&format!("{MOUNT}:{}", op::content(bytes))).unwrap();
        let mut writer = node.writer().await.unwrap();
        let mut left = bytes;
        while left > 0 {
            let piece = left.min(PIECE);
            writer.write(Bytes::from(vec![0x3C; piece as usize])).await.unwrap();
            left -= piece;
        }
        writer.finish().await.unwrap();
    }

    async fn listing(&self, keys: u64) {
        const AT_ONCE: usize = 64;
        let dir = op::listing(keys);
        let put = |index| {
            let node = self.manager.node(&format!("{MOUNT}:{dir}/file-{index:06}.dat")).unwrap();
            async move { drop(node.write("x").await.unwrap()) }
        };
        stream::iter(0..keys).map(put).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    /// Removes everything below the folder.
    pub(crate) fn clear(&self) {
        let node = self.manager.node(&format!("{MOUNT}:{}", op::ROOT)).unwrap();
        let options = storage::DeleteOptions::recursive();
        match self.runtime.block_on(node.delete_with(&options)) {
            Err(error) if error.kind() != storage::ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.clear();
        }
    }
}
