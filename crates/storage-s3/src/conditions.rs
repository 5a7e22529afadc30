//! Whether the store keeps to the conditions of writes. Some take no notice of them, store in any case, and say that all is well.

use std::sync::atomic::{AtomicBool, Ordering};

use storage_cloud::object::DeleteObjects;
use storage_cloud::transport::Payload;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use crate::backend::S3Store;

/// What is known about it.
#[derive(Debug)]
pub(crate) struct Conditions {
    create: AtomicBool,
    compare: AtomicBool,
    tried: AtomicBool,
}

/// An ETag that nothing has.
const NO_TAG: &str = "00000000000000000000000000000000";

impl Conditions {
    /// As the configuration says; without its word they are believed to hold.
    pub(crate) fn new(configured: Option<bool>) -> Self {
        let hold = configured.unwrap_or(true);
        Self { create: hold.into(), compare: hold.into(), tried: configured.is_some().into() }
    }

    pub(crate) fn create_holds(&self) -> bool {
        self.create.load(Ordering::Relaxed)
    }

    pub(crate) fn compare_holds(&self) -> bool {
        self.compare.load(Ordering::Relaxed)
    }

    fn found(&self, create: bool, compare: bool) {
        self.create.store(create, Ordering::Relaxed);
        self.compare.store(compare, Ordering::Relaxed);
        self.tried.store(true, Ordering::Relaxed);
    }

    /// Refuses a condition that the store would take no notice of.
    ///
    /// # Errors
    ///
    /// `Unsupported`.
    pub(crate) fn check(&self, mode: &WriteMode) -> Result<()> {
        let ignored = match mode {
            WriteMode::Create if !self.create_holds() => "write only where nothing is stored",
            WriteMode::IfMatch(_) if !self.compare_holds() => "compare and set",
            _ => return Ok(()),
        };
        Err(Error::unsupported(ignored).with_hint(
            "the store takes no notice of conditions of writes (`conditional_writes` of the mount); write without one",
        ))
    }
}

impl S3Store {
    /// Tries the conditions on an object of its own, once. A store that keeps to them stores nothing: it is one request.
    pub(crate) async fn try_conditions(&self, prefix: &str) -> Result<()> {
        let is_known = self.conditions.tried.load(Ordering::Relaxed) || self.config.endpoint.is_none();
        if is_known || self.tuning.read_only {
            return Ok(());
        }
        let key = format!("{prefix}.storage-probe-{:016x}", fastrand::u64(..));
        let compared = self.put_probe(&key, WriteOptions::new().if_match(NO_TAG)).await;
        let stored = match compared {
            Ok(stored) => stored,
            Err(error) => {
                match error.kind() {
                    // The younger of the two conditions holds, so the older one does.
                    ErrorKind::PreconditionFailed => self.conditions.found(true, true),
                    ErrorKind::Unsupported => self.conditions.found(false, false),
                    // Keys that may only read are common.
                    ErrorKind::PermissionDenied => {}
                    _ => return Err(error),
                }
                return Ok(());
            }
        };
        let created = self.put_probe(&key, WriteOptions::new().create_only()).await;
        self.remove_probe(&key, &stored).await?;
        match created {
            Ok(again) => {
                self.conditions.found(false, false);
                if again.version.is_some() { self.remove_probe(&key, &again).await } else { Ok(()) }
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.conditions.found(true, false);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.conditions.found(false, false);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn put_probe(&self, key: &str, options: WriteOptions) -> Result<Metadata> {
        self.put_object(key, Payload::new(), &options).await
    }

    /// In a bucket with versions, that version: nothing of it stays.
    async fn remove_probe(&self, key: &str, stored: &Metadata) -> Result<()> {
        let removed = match &stored.version {
            Some(version) => self.delete_one_version(key, version).await,
            None => self.delete(key).await,
        };
        match removed {
            // Keys that may write and not delete: an empty object stays.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            removed => removed,
        }
    }
}
