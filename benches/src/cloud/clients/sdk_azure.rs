//! The Azure SDK: the client of a mount of ours, since the SDK by itself knows no account keys.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use storage::azure::azure_core::http::RequestContent;
use storage::azure::azure_storage_blob::models::{
    BlobClientGetPropertiesResultHeaders as _, BlobContainerClientListBlobsOptions,
};
use storage::azure::{AzureBackend, AzureNative};
use storage::types::StoragePath;
use storage::{Provider as _, azure::AzureProvider};

use super::{AsyncClient, piece, pieces};
use crate::cloud::target::Target;

#[derive(Clone)]
pub(crate) struct SdkAzure(Arc<AzureNative>);

impl AsyncClient for SdkAzure {
    type Object = String;

    async fn open(target: &Target) -> Self {
        let mount = target.mount("bucket");
        let backend = AzureProvider.build(&mount, &storage::MountLookup::empty()).unwrap();
        let backend = backend.as_any().downcast_ref::<AzureBackend>().unwrap();
        Self(Arc::new(AzureNative::new(backend, &StoragePath::root()).unwrap()))
    }

    fn object(&self, key: &str) -> String {
        key.to_owned()
    }

    async fn get(&self, key: &String) -> u64 {
        let answer = self.0.container.blob_client(key).download(None).await.unwrap();
        answer.body.collect().await.unwrap().len() as u64
    }

    async fn put(&self, key: &String, content: Bytes) -> u64 {
        let length = content.len() as u64;
        self.0.container.blob_client(key).upload(RequestContent::from(content.to_vec()), None).await.unwrap();
        length
    }

    async fn head(&self, key: &String) -> u64 {
        let answer = self.0.container.blob_client(key).get_properties(None).await.unwrap();
        answer.content_length().unwrap().unwrap()
    }

    /// Its listing has no delimiter; the folder holds files alone.
    async fn list(&self, dir: &String) -> u64 {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(format!("{dir}/")),
            ..BlobContainerClientListBlobsOptions::default()
        };
        let blobs = self.0.container.list_blobs(Some(options)).unwrap();
        blobs.try_fold(0, |sum, _| async move { Ok(sum + 1) }).await.unwrap()
    }

    async fn upload(&self, key: &String, bytes: u64) -> u64 {
        let mut content = Vec::with_capacity(bytes as usize);
        (0..pieces(bytes)).for_each(|_| content.extend_from_slice(&piece()));
        self.put(key, content.into()).await
    }

    async fn download(&self, key: &String, _: u64) -> u64 {
        self.get(key).await
    }
}
