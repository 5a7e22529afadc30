//! A blocking backend behind the async trait: one hop to the blocking pool per call.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::{Backend, Content, CopyWatch, Entry, Lister, Reader, SyncHandle, SyncTarget, Writer};
use storage_types::{
    Access, Attributes, ByteRange, Capabilities, Colour, CreateDirOptions, DeleteOptions, Durability,
    Leftover, LeftoverOptions, ListOptions, Metadata, PresignOptions, ReadOptions, Result, StoragePath,
    Version, WriteOptions,
};

use super::forward::implement_backend;
use super::pool::hop;
use super::to_async_streams::{BridgedList, BridgedRead, BridgedWrite};
use crate as inner;

/// A blocking backend for async callers.
#[derive(Debug, Clone)]
pub struct ToAsync {
    inner: Arc<dyn inner::Backend>,
}

impl ToAsync {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn inner::Backend>) -> Self {
        Self { inner }
    }
}

/// One call of the inner backend on the blocking pool, with clones of what is borrowed.
macro_rules! forward {
    ($self:ident, [$($cloned:ident),*], $call:ident($($argument:expr),*)) => {{
        let inner = $self.inner.clone();
        $(let $cloned = $cloned.to_owned();)*
        hop(move || inner.$call($($argument),*)).await
    }};
}

implement_backend!(
    #[async_trait::async_trait]
    ToAsync,
    Colour::Blocking
);

/// The handle of a blocking backend for async callers.
struct BridgedSync(inner::SyncHandle);

#[async_trait::async_trait]
impl SyncTarget for BridgedSync {
    async fn sync(&self) -> Result<()> {
        let handle = self.0.clone();
        hop(move || handle.sync()).await
    }
}
