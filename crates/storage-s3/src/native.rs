//! The client of the SDK for programs, and where an object is.

use aws_sdk_s3::Client;
use storage_types::{Result, StoragePath};

use crate::backend::S3Backend;

/// The client of the AWS SDK with the credentials, the endpoint and the connections of a mount, and the object that a path
/// names.
///
/// Keys that end are renewed as those of the mount, and asked for anew when the service refuses them. The client can do
/// whatever its credentials allow: it knows neither the `prefix` of the mount nor `read_only`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct S3Native {
    /// Cheap to clone. Its calls run on whichever tokio runtime awaits them.
    pub client: Client,
    /// The bucket of the mount.
    pub bucket: String,
    /// The key of the object, with the prefix of the mount.
    pub key: String,
}

impl S3Native {
    /// The client of `backend`, and the object that `path` names there.
    ///
    /// # Errors
    ///
    /// Those of [`S3Store::client`](crate::S3Store::client); `InvalidInput` when the key is too long.
    pub async fn new(backend: &S3Backend, path: &StoragePath) -> Result<Self> {
        let (store, key) = (backend.store(), backend.object_key(path)?);
        Ok(Self { client: store.client().await?, bucket: store.config.bucket.clone(), key })
    }
}
