//! Clients of the clouds' own SDKs out of mounts, in both colours.

use std::sync::Arc;

use storage_core::Backend;
use storage_types::{Capabilities, Error, ErrorKind, Result, StoragePath};

/// Where a node stands, mounts that only hand calls on taken off, and what its mount allows.
pub(crate) struct Behind {
    backend: Arc<dyn Backend>,
    path: StoragePath,
    can: Capabilities,
    mount: String,
}

impl Behind {
    /// The backend, when it is a `B`. `writes`: its client could change what the mount may not.
    fn backend_of<B: Backend>(&self, service: &str, writes: bool) -> Result<&B> {
        let Some(found) = self.backend.as_any().downcast_ref::<B>() else {
            let what = format!("give a client of {service}: it is of type `{}`", self.backend.kind());
            let error = Error::unsupported(what);
            return Err(self.told(error.with_hint("take the client that goes with the type of the mount")));
        };
        if writes {
            self.demand_everything()?;
        }
        Ok(found)
    }

    fn told(&self, error: Error) -> Error {
        error.with_mount_if_unset(&self.mount)
    }

    /// A client obeys nobody but the service, so a mount that allows less than everything gives none.
    fn demand_everything(&self) -> Result<()> {
        if self.can.write && self.can.delete {
            return Ok(());
        }
        let refused = Error::new(
            ErrorKind::PermissionDenied,
            "the mount does not allow everything, and a client of the service would",
        );
        Err(self.told(refused.with_hint(
            "take it from a mount without `read_only` or `permissions`; or ask the backend itself for it, by `backend().as_any()`",
        )))
    }
}

#[cfg(feature = "azure")]
fn azure(behind: &Behind) -> Result<storage_azure::AzureNative> {
    let backend = behind.backend_of("Azure Blob Storage", true)?;
    storage_azure::AzureNative::new(backend, &behind.path).map_err(|error| behind.told(error))
}

#[cfg(feature = "gcs-sdk")]
async fn gcs(behind: Behind) -> Result<storage_gcs::GcsNative> {
    let backend = behind.backend_of("Google Cloud Storage", true)?;
    storage_gcs::GcsNative::new(backend, &behind.path).await.map_err(|error| behind.told(error))
}

/// A mount of a web server is for reading by nature, not because somebody took rights away.
#[cfg(feature = "http")]
fn http(behind: &Behind) -> Result<storage_http::HttpNative> {
    let backend = behind.backend_of("a web server", false)?;
    storage_http::HttpNative::new(backend, &behind.path).map_err(|error| behind.told(error))
}

#[cfg(feature = "s3")]
async fn s3(behind: Behind) -> Result<storage_s3::S3Native> {
    let backend = behind.backend_of("Amazon S3", true)?;
    storage_s3::S3Native::new(backend, &behind.path).await.map_err(|error| behind.told(error))
}

#[cfg(feature = "async")]
pub(crate) mod asynchronous {
    use storage_core::StorageNode;
    use storage_types::Result;

    use super::Behind;

    /// Clients of the clouds' own SDKs, with the credentials and the endpoint of the mount behind a node, and where the node
    /// is there. Relative mounts are taken off.
    ///
    /// A client can do whatever the credentials allow, so a mount that allows less than everything (`read_only`,
    /// `permissions`) gives none; the `prefix` of a mount does not bind it.
    pub trait NativeClients {
        /// The client of the AWS SDK, with bucket and key.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of S3; `PermissionDenied` when it does not allow everything; `Config` and
        /// `Unauthenticated` when there is no place or nobody to ask.
        #[cfg(feature = "s3")]
        fn native_s3(&self) -> impl Future<Output = Result<storage_s3::S3Native>> + Send;

        /// The clients of the Azure SDK for account, container and blob.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of Azure; `PermissionDenied` when it does not allow everything; `Config` when
        /// the connections cannot be set up.
        #[cfg(feature = "azure")]
        fn native_azure(&self) -> impl Future<Output = Result<storage_azure::AzureNative>> + Send;

        /// The client of Google's SDK, with bucket and key. Each call makes a new one.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of Google's, or its connections cannot be those of the SDK (`ca_bundle`,
        /// `proxy`); `PermissionDenied` when it does not allow everything; `Config` and `Unauthenticated` when the
        /// credentials are of no use.
        #[cfg(feature = "gcs-sdk")]
        fn native_gcs(&self) -> impl Future<Output = Result<storage_gcs::GcsNative>> + Send;

        /// The HTTP client, with the URL of the file and requests that have the credentials of the mount.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of a web server; `Config` when the connections cannot be set up.
        #[cfg(feature = "http")]
        fn native_http(&self) -> impl Future<Output = Result<storage_http::HttpNative>> + Send;
    }

    impl NativeClients for StorageNode {
        #[cfg(feature = "s3")]
        async fn native_s3(&self) -> Result<storage_s3::S3Native> {
            super::s3(behind(self)).await
        }

        #[cfg(feature = "azure")]
        async fn native_azure(&self) -> Result<storage_azure::AzureNative> {
            super::azure(&behind(self))
        }

        #[cfg(feature = "gcs-sdk")]
        async fn native_gcs(&self) -> Result<storage_gcs::GcsNative> {
            super::gcs(behind(self)).await
        }

        #[cfg(feature = "http")]
        async fn native_http(&self) -> Result<storage_http::HttpNative> {
            super::http(&behind(self))
        }
    }

    fn behind(node: &StorageNode) -> Behind {
        let (backend, path) = node.resolved();
        Behind { backend, path, can: node.capabilities(), mount: node.mount_name().to_owned() }
    }
}

#[cfg(feature = "blocking")]
pub(crate) mod blocking {
    use storage_blocking::StorageNode;
    use storage_blocking::bridge::ToBlocking;
    use storage_types::{Error, Result};

    use super::Behind;

    /// Clients of the clouds' own SDKs, with the credentials and the endpoint of the mount behind a node, and where the node
    /// is there. Relative mounts are taken off.
    ///
    /// The clients are async, for there are no others: their calls have to be awaited in a tokio runtime, or by
    /// [`block_on`](storage_blocking::bridge::block_on) in that of the library.
    ///
    /// A client can do whatever the credentials allow, so a mount that allows less than everything (`read_only`,
    /// `permissions`) gives none; the `prefix` of a mount does not bind it.
    pub trait NativeClients {
        /// The client of the AWS SDK, with bucket and key.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of S3; `PermissionDenied` when it does not allow everything; `Config` and
        /// `Unauthenticated` when there is no place or nobody to ask.
        #[cfg(feature = "s3")]
        fn native_s3(&self) -> Result<storage_s3::S3Native>;

        /// The clients of the Azure SDK for account, container and blob.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of Azure; `PermissionDenied` when it does not allow everything; `Config` when
        /// the connections cannot be set up.
        #[cfg(feature = "azure")]
        fn native_azure(&self) -> Result<storage_azure::AzureNative>;

        /// The client of Google's SDK, with bucket and key. Each call makes a new one.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of Google's, or its connections cannot be those of the SDK (`ca_bundle`,
        /// `proxy`); `PermissionDenied` when it does not allow everything; `Config` and `Unauthenticated` when the
        /// credentials are of no use.
        #[cfg(feature = "gcs-sdk")]
        fn native_gcs(&self) -> Result<storage_gcs::GcsNative>;

        /// The HTTP client, with the URL of the file and requests that have the credentials of the mount.
        ///
        /// # Errors
        ///
        /// `Unsupported` when the mount is none of a web server; `Config` when the connections cannot be set up.
        #[cfg(feature = "http")]
        fn native_http(&self) -> Result<storage_http::HttpNative>;
    }

    impl NativeClients for StorageNode {
        #[cfg(feature = "s3")]
        fn native_s3(&self) -> Result<storage_s3::S3Native> {
            storage_blocking::bridge::block_on(super::s3(behind(self)?))
        }

        #[cfg(feature = "azure")]
        fn native_azure(&self) -> Result<storage_azure::AzureNative> {
            let behind = behind(self)?;
            storage_blocking::bridge::block_on(async move { super::azure(&behind) })
        }

        #[cfg(feature = "gcs-sdk")]
        fn native_gcs(&self) -> Result<storage_gcs::GcsNative> {
            storage_blocking::bridge::block_on(super::gcs(behind(self)?))
        }

        #[cfg(feature = "http")]
        fn native_http(&self) -> Result<storage_http::HttpNative> {
            let behind = behind(self)?;
            storage_blocking::bridge::block_on(async move { super::http(&behind) })
        }
    }

    /// Clouds were born async: what is behind the bridge.
    fn behind(node: &StorageNode) -> Result<Behind> {
        let (backend, path) = node.resolved();
        let Some(bridge) = backend.as_any().downcast_ref::<ToBlocking>() else {
            let what = format!("give a client of a cloud: it is of type `{}`", backend.kind());
            return Err(Error::unsupported(what).with_mount(node.mount_name()));
        };
        let (backend, path) = bridge.inner().clone().resolved(path);
        Ok(Behind { backend, path, can: node.capabilities(), mount: node.mount_name().to_owned() })
    }
}
