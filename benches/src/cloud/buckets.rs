//! Two buckets for whole trees, made and removed by the benchmark.

use std::sync::Arc;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use storage::{DeleteOptions, StorageManager, WalkOptions};
use tokio::runtime::Runtime;

use super::clients::{AsyncClient as _, Sdk};
use super::target::Target;
use crate::contenders;

/// The buckets, removed when dropped.
pub(crate) struct Buckets {
    pub(crate) target: Target,
    pub(crate) names: [String; 2],
    manager: StorageManager,
    sdk: Sdk,
    runtime: Arc<Runtime>,
}

impl Buckets {
    pub(crate) fn new(target: &Target) -> Self {
        let names = [format!("{}-one", target.bucket), format!("{}-two", target.bucket)];
        let mount = |name: &String| Target { bucket: name.clone(), ..target.clone() }.mount(name);
        let config = names.iter().map(mount).collect();
        let runtime = contenders::runtime();
        let this = Self {
            manager: StorageManager::with_config(&config).unwrap(),
            sdk: runtime.block_on(Sdk::open(target)),
            runtime,
            target: target.clone(),
            names,
        };
        this.renew();
        this
    }

    /// Throws both away and makes them anew: what was stored is off the disk then, which deleting objects alone does only
    /// much later.
    pub(crate) fn renew(&self) {
        self.names.iter().for_each(|name| self.renew_one(name));
    }

    /// The same with the second alone.
    pub(crate) fn renew_second(&self) {
        self.renew_one(&self.names[1]);
    }

    /// Objects in one of them below a prefix.
    pub(crate) fn count(&self, bucket: usize, prefix: &str) -> u64 {
        self.runtime.block_on(async {
            let node = self.manager.node(format!("{}:{prefix}", self.names[bucket])).unwrap();
            let Ok(mut walk) = node.walk(&WalkOptions::new()).await else { return 0 };
            let mut files = 0;
            while let Some(entry) = walk.next().await.unwrap() {
                files += u64::from(entry.metadata.is_file());
            }
            files
        })
    }

    fn renew_one(&self, name: &str) {
        self.remove(name);
        self.runtime.block_on(async {
            self.sdk.client.create_bucket().bucket(name).send().await.unwrap();
            // The first write into a bucket takes longer.
            self.manager.node(format!("{name}:first/one")).unwrap().write("x").await.unwrap();
        });
    }

    fn remove(&self, name: &str) {
        self.runtime.block_on(async {
            let root = self.manager.node(format!("{name}:")).unwrap();
            // A bucket that is not there has nothing to delete; one that cannot be emptied cannot be removed.
            for entry in root.list().await.unwrap_or_default() {
                let _ = entry.node.delete_with(&DeleteOptions::recursive()).await;
            }
            let removed = self.sdk.client.delete_bucket().bucket(name).send().await;
            if let Err(error) = removed.map_err(aws_sdk_s3::Error::from) {
                let code = error.code().unwrap_or_default();
                assert_eq!(code, "NoSuchBucket", "{error}");
            }
        });
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.names.iter().for_each(|name| self.remove(name));
        }
    }
}
