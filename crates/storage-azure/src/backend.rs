//! A container as an object store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::HeaderMap;
use storage_cloud::object::{Limits, ObjectBackend, Store};
use storage_cloud::transport::Transport;
use storage_types::{Capabilities, Error, ErrorKind, Result};

use crate::auth::Auth;
use crate::config::{BLOCK_MAX, PUT_MAX};
use crate::place::Place;
use crate::remove::BATCH;

/// A mount of a container, or of a folder in it.
pub type AzureBackend = ObjectBackend<AzureStore>;

/// A container.
pub struct AzureStore {
    pub(crate) place: Place,
    pub(crate) auth: Arc<Auth>,
    pub(crate) transport: Transport,
    /// Some answer has told the version of a blob.
    versioned: AtomicBool,
    /// Some answer has told of a blob that is a folder.
    folders: AtomicBool,
}

impl AzureStore {
    pub(crate) fn new(place: Place, auth: Auth, transport: Transport) -> Self {
        Self {
            place,
            auth: Arc::new(auth),
            transport,
            versioned: AtomicBool::new(false),
            folders: AtomicBool::new(false),
        }
    }

    /// Only accounts that keep versions name them.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        if headers.contains_key("x-ms-version-id") {
            self.keeps_versions();
        }
    }

    /// What it means that a version is not there: the account may keep none, which its blobs tell.
    pub(crate) async fn of_version(&self, key: &str, error: Error) -> Error {
        if error.kind() != ErrorKind::NotFound || self.versioned.load(Ordering::Relaxed) {
            return error;
        }
        match self.head_answer(key, None).await {
            Ok(answer) if answer.header("x-ms-version-id").is_none() => {
                Error::unsupported("keep versions").with_hint("switch versioning of the storage account on")
            }
            _ => error,
        }
    }

    pub(crate) fn saw_folder(&self) {
        self.folders.store(true, Ordering::Relaxed);
    }

    pub(crate) fn keeps_versions(&self) {
        self.versioned.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for AzureStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureStore")
            .field("endpoint", &self.place.endpoint)
            .field("container", &self.place.container)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for AzureStore {
    fn kind(&self) -> &'static str {
        "azure"
    }

    fn place(&self) -> String {
        format!("azure {}", self.place.name())
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can.append = true;
        can.create_only = true;
        can.compare_and_set = true;
        can.conditional_delete = true;
        can.user_metadata = true;
        can.tags = true;
        can.server_side_copy = true;
        can.versions = self.versioned.load(Ordering::Relaxed);
        can.url = self.makes_urls();
        // Azure adds an MD5 up for blobs that are stored in one request only.
        can.checksum_md5 = false;
        can
    }

    fn limits(&self) -> Limits {
        Limits {
            put_max: PUT_MAX,
            part_max: BLOCK_MAX,
            parts_in_order: false,
            // 1,024 letters; the service counts those, in up to four bytes each.
            key_max: 4096,
            delete_batch: if self.batches() { BATCH } else { 1 },
            delete_tells: true,
        }
    }

    fn keeps_folders(&self) -> bool {
        self.folders.load(Ordering::Relaxed)
    }

    async fn probe(&self, prefix: &str) -> Result<()> {
        self.probe_container(prefix).await
    }
}
