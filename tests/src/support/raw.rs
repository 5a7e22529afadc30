//! Objects that no path can name, and others with metadata of their own, as other programs put them into a store.

use std::panic::resume_unwind;

use bytes::Bytes;
use storage::types::{Error, MountConfig, ReadOptions, WriteOptions};
use storage::{Backend, StorageManager};
use storage_cloud::object::{ReadObjects, WriteObjects};
use tokio::runtime::Builder;

use super::outcome::Failure;

/// The store behind a mount, under its own keys. Calls block, on a thread and in a runtime of their own.
#[derive(Debug, Clone)]
pub struct Raw {
    config: MountConfig,
    prefix: String,
}

impl Raw {
    /// The store of `config`, whose keys below begin with `prefix` and a slash.
    #[must_use]
    pub fn new(config: MountConfig, prefix: &str) -> Self {
        Self { config, prefix: prefix.to_owned() }
    }

    /// Stores an object.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn put(&self, key: &str, content: &'static str, options: WriteOptions) -> Result<(), Failure> {
        let (config, key) = (self.config.clone(), format!("{}/{key}", self.prefix));
        apart(async move {
            let backend = mounted(&config)?;
            let content = Bytes::from_static(content.as_bytes());
            match Kind::of(&*backend)? {
                Kind::S3(it) => it.store().put(&key, content.into(), &options).await,
                Kind::Azure(it) => it.store().put(&key, content.into(), &options).await,
                Kind::Gcs(it) => it.store().put(&key, content.into(), &options).await,
            }
        })
        .map(drop)
    }

    /// The content of an object.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn get(&self, key: &str) -> Result<Bytes, Failure> {
        let (config, key) = (self.config.clone(), format!("{}/{key}", self.prefix));
        apart(async move {
            let (backend, options) = (mounted(&config)?, ReadOptions::new());
            let download = match Kind::of(&*backend)? {
                Kind::S3(it) => it.store().get(&key, &options).await,
                Kind::Azure(it) => it.store().get(&key, &options).await,
                Kind::Gcs(it) => it.store().get(&key, &options).await,
            };
            download?.body.collect().await
        })
    }
}

enum Kind<'b> {
    S3(&'b storage::s3::S3Backend),
    Azure(&'b storage::azure::AzureBackend),
    Gcs(&'b storage::gcs::GcsBackend),
}

impl<'b> Kind<'b> {
    fn of(backend: &'b dyn Backend) -> storage::Result<Self> {
        let any = backend.as_any();
        let s3 = any.downcast_ref().map(Self::S3);
        let found =
            s3.or_else(|| any.downcast_ref().map(Self::Azure)).or_else(|| any.downcast_ref().map(Self::Gcs));
        found.ok_or_else(|| Error::unsupported("be called by keys"))
    }
}

fn mounted(config: &MountConfig) -> storage::Result<std::sync::Arc<dyn Backend>> {
    let manager = StorageManager::new();
    manager.add_mount(config)?;
    Ok(manager.node(config.name())?.backend().clone())
}

fn apart<T: Send + 'static>(
    work: impl Future<Output = storage::Result<T>> + Send + 'static,
) -> Result<T, Failure> {
    let thread = std::thread::spawn(move || -> Result<T, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(work)?)
    });
    thread.join().unwrap_or_else(|panicked| resume_unwind(panicked))
}
