//! The bucket that a run works on, and what the operations find there.

use std::sync::Arc;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use storage::{NativeClients as _, StorageManager};
use tokio::runtime::Runtime;

use super::op::{self, Op};
use super::target::{Service, Target};
use crate::contenders;

/// The bucket, filled on demand and removed when dropped.
pub(crate) struct Seed {
    manager: StorageManager,
    target: Target,
    runtime: Arc<Runtime>,
}

const MOUNT: &str = "bucket";
const PIECE: u64 = 1 << 20;

impl Seed {
    pub(crate) fn new(target: &Target) -> Self {
        let config = [target.mount(MOUNT)].into_iter().collect();
        let runtime = contenders::runtime();
        let manager = StorageManager::with_config(&config).unwrap();
        let this = Self { manager, target: target.clone(), runtime };
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
            self.create_bucket().await;
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
            self.remove_bucket().await;
        });
    }

    /// Buckets are made by the SDKs: the library works below them.
    async fn create_bucket(&self) {
        let root = self.manager.node(format!("{MOUNT}:")).unwrap();
        match self.target.service {
            Service::S3 => {
                let s3 = root.native_s3().await.unwrap();
                s3.client.create_bucket().bucket(&s3.bucket).send().await.unwrap();
            }
            Service::Azure => {
                root.native_azure().await.unwrap().container.create(None).await.unwrap();
            }
            Service::Gcs => {
                let made = reqwest::Client::new()
                    .post(format!("{}/storage/v1/b?project=bench", self.target.endpoint))
                    .header("content-type", "application/json")
                    .body(serde_json::json!({ "name": self.target.bucket }).to_string());
                made.send().await.unwrap().error_for_status().unwrap();
            }
        }
    }

    /// One that is not there is removed already.
    async fn remove_bucket(&self) {
        let root = self.manager.node(format!("{MOUNT}:")).unwrap();
        match self.target.service {
            Service::S3 => {
                let s3 = root.native_s3().await.unwrap();
                let removed = s3.client.delete_bucket().bucket(&s3.bucket).send().await;
                if let Err(error) = removed.map_err(aws_sdk_s3::Error::from) {
                    assert_eq!(error.code().unwrap_or_default(), "NoSuchBucket", "{error}");
                }
            }
            Service::Azure => {
                let removed = root.native_azure().await.unwrap().container.delete(None).await;
                if let Err(error) = removed {
                    assert_eq!(error.http_status().map(u16::from), Some(404), "{error}");
                }
            }
            Service::Gcs => {
                let url = format!("{}/storage/v1/b/{}", self.target.endpoint, self.target.bucket);
                let answer = reqwest::Client::new().delete(url).send().await.unwrap();
                assert!(answer.status().is_success() || answer.status() == 404, "{}", answer.status());
            }
        }
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.remove();
        }
    }
}
