//! An async backend behind the blocking trait.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage_core as inner;
use storage_types::{
    Access, Attributes, ByteRange, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability,
    Leftover, LeftoverOptions, ListOptions, Metadata, PresignOptions, ReadOptions, Result, StoragePath,
    Version, WriteOptions,
};

use super::forward::implement_backend;
use super::runtime::block_on;
use super::to_blocking_streams::{BridgedList, BridgedRead, BridgedWrite};
use crate::{Backend, Content, CopyWatch, Entry, Lister, Reader, SyncHandle, SyncTarget, Writer};

/// An async backend for blocking callers.
#[derive(Debug, Clone)]
pub struct ToBlocking {
    inner: Arc<dyn inner::Backend>,
}

impl ToBlocking {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn inner::Backend>) -> Self {
        Self { inner }
    }

    /// The backend behind it.
    #[must_use]
    pub fn inner(&self) -> &Arc<dyn inner::Backend> {
        &self.inner
    }
}

/// One call of the inner backend, with clones of what is borrowed: the future may have to move to another thread.
macro_rules! forward {
    ($self:ident, [$($cloned:ident),*], $call:ident($($argument:expr),*)) => {{
        let inner = $self.inner.clone();
        $(let $cloned = $cloned.to_owned();)*
        block_on(async move { inner.$call($($argument),*).await })
    }};
}

implement_backend!(
    #[crate::maybe_async]
    ToBlocking,
    Colour::Async
);

/// The handle of an async backend for blocking callers.
struct BridgedSync(inner::SyncHandle);

impl SyncTarget for BridgedSync {
    fn sync(&self) -> Result<()> {
        let handle = self.0.clone();
        block_on(async move { handle.sync().await })
    }
}
