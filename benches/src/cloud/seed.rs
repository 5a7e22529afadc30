//! The bucket that a run works on, and what the operations find there.

use std::sync::Arc;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use storage::StorageManager;
use tokio::runtime::Runtime;

use super::clients::{AsyncClient as _, Sdk};
use super::op::{self, Op};
use super::target::Target;
use crate::contenders;

/// The bucket, filled on demand and removed when dropped.
pub(crate) struct Seed {
    manager: StorageManager,
    sdk: Sdk,
    bucket: String,
    runtime: Arc<Runtime>,
}

const MOUNT: &str = "bucket";
const PIECE: u64 = 1 << 20;

impl Seed {
    pub(crate) fn new(target: &Target) -> Self {
        let config = [target.mount(MOUNT)].into_iter().collect();
        let runtime = contenders::runtime();
        let (sdk, bucket) = (Sdk::open(target), target.bucket.clone());
        let this = Self { manager: StorageManager::with_config(&config).unwrap(), sdk, bucket, runtime };
        this.renew();
        this
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
        let node = self.manager.node(format!("{MOUNT}:{}", op::content(bytes))).unwrap();
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
            let node = self.manager.node(format!("{MOUNT}:{dir}/file-{index:06}.dat")).unwrap();
            async move { drop(node.write("x").await.unwrap()) }
        };
        stream::iter(0..keys).map(put).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    /// Throws the bucket away and makes it anew: what was stored is off the disk then, which deleting objects alone does
    /// only much later.
    pub(crate) fn renew(&self) {
        self.remove();
        self.runtime.block_on(async {
            self.sdk.client.create_bucket().bucket(&self.bucket).send().await.unwrap();
            // The first write into a bucket takes longer.
            let node = self.manager.node(format!("{MOUNT}:{}/first", op::ROOT)).unwrap();
            node.write("x").await.unwrap();
        });
    }

    fn remove(&self) {
        self.runtime.block_on(async {
            let root = self.manager.node(format!("{MOUNT}:{}", op::ROOT)).unwrap();
            // A bucket that is not there has nothing to delete; one that cannot be emptied cannot be removed.
            let _ = root.delete_with(&storage::DeleteOptions::recursive()).await;
            let removed = self.sdk.client.delete_bucket().bucket(&self.bucket).send().await;
            if let Err(error) = removed.map_err(aws_sdk_s3::Error::from) {
                let code = error.code().unwrap_or_default();
                assert_eq!(code, "NoSuchBucket", "{error}");
            }
        });
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.remove();
        }
    }
}
