//! object_store.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use super::{AsyncClient, PART, PARTS, parts, piece, pieces};
use crate::cloud::target::Target;

#[derive(Clone)]
pub(crate) struct ObjectStoreAws(Arc<AmazonS3>);

impl AsyncClient for ObjectStoreAws {
    type Object = Path;

    fn open(target: &Target) -> Self {
        let builder = AmazonS3Builder::new()
            .with_endpoint(&target.endpoint)
            .with_allow_http(true)
            .with_bucket_name(&target.bucket)
            .with_region(&target.region)
            .with_access_key_id(&target.access_key_id)
            .with_secret_access_key(&target.secret_access_key);
        Self(Arc::new(builder.build().unwrap()))
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
