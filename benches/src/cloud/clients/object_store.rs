//! object_store.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use super::{AsyncClient, PART, PARTS, parts, piece, pieces};
use crate::cloud::target::{Service, Target};

#[derive(Clone)]
pub(crate) struct AnyObjectStore(Arc<dyn ObjectStore>);

fn store(target: &Target) -> Arc<dyn ObjectStore> {
    match target.service {
        Service::S3 => {
            let builder = AmazonS3Builder::new()
                .with_endpoint(&target.endpoint)
                .with_allow_http(true)
                .with_bucket_name(&target.bucket)
                .with_region(&target.region)
                .with_access_key_id(&target.access_key_id)
                .with_secret_access_key(&target.secret_access_key);
            Arc::new(builder.build().unwrap())
        }
        Service::Azure => {
            let builder = MicrosoftAzureBuilder::new()
                .with_endpoint(target.endpoint.clone())
                .with_allow_http(true)
                .with_container_name(&target.bucket)
                .with_account(&target.access_key_id)
                .with_access_key(&target.secret_access_key);
            Arc::new(builder.build().unwrap())
        }
        Service::Gcs => {
            let builder = GoogleCloudStorageBuilder::new()
                .with_base_url(&target.endpoint)
                .with_client_options(ClientOptions::new().with_allow_http(true))
                .with_bucket_name(&target.bucket)
                // Without one its writes ask the machine for a token.
                .with_bearer_token("token");
            Arc::new(builder.build().unwrap())
        }
    }
}

impl AsyncClient for AnyObjectStore {
    type Object = Path;

    async fn open(target: &Target) -> Self {
        Self(store(target))
    }

    fn object(&self, key: &str) -> Path {
        Path::from(key)
    }

    async fn get(&self, path: &Path) -> u64 {
        self.0.get(path).await.unwrap().bytes().await.unwrap().len() as u64
    }

    async fn put(&self, path: &Path, content: Bytes) -> u64 {
        let length = content.len() as u64;
        self.0.put(path, PutPayload::from(content)).await.unwrap();
        length
    }

    async fn head(&self, path: &Path) -> u64 {
        self.0.head(path).await.unwrap().size
    }

    async fn list(&self, dir: &Path) -> u64 {
        self.0.list_with_delimiter(Some(dir)).await.unwrap().objects.len() as u64
    }

    async fn upload(&self, path: &Path, bytes: u64) -> u64 {
        let upload = self.0.put_multipart(path).await.unwrap();
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART as usize);
        for _ in 0..pieces(bytes) {
            writer.wait_for_capacity(PARTS).await.unwrap();
            writer.put(piece());
        }
        writer.finish().await.unwrap();
        bytes
    }

    async fn download(&self, path: &Path, bytes: u64) -> u64 {
        let fetched = stream::iter(parts(bytes)).map(|range| self.0.get_range(path, range)).buffered(PARTS);
        fetched.try_fold(0, |sum, part| async move { Ok(sum + part.len() as u64) }).await.unwrap()
    }
}
