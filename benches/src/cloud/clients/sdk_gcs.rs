//! Google's SDK: the client of a mount of ours. Everything but content it asks for over gRPC, which no emulator speaks.

use bytes::Bytes;
use storage::Provider as _;
use storage::gcs::google_cloud_storage::client::Storage;
use storage::gcs::{GcsBackend, GcsProvider};

use super::{AsyncClient, piece, pieces};
use crate::cloud::target::Target;

#[derive(Clone)]
pub(crate) struct SdkGcs {
    client: Storage,
    bucket: String,
}

impl AsyncClient for SdkGcs {
    type Object = String;

    async fn open(target: &Target) -> Self {
        let mount = target.mount("bucket");
        let backend = GcsProvider.build(&mount, &storage::MountLookup::empty()).unwrap();
        let backend = backend.as_any().downcast_ref::<GcsBackend>().unwrap();
        let client = backend.store().client().await.unwrap();
        Self { client, bucket: format!("projects/_/buckets/{}", target.bucket) }
    }

    fn object(&self, key: &str) -> String {
        key.to_owned()
    }

    async fn get(&self, key: &String) -> u64 {
        let mut answer = self.client.read_object(&self.bucket, key).send().await.unwrap();
        let mut sum = 0;
        while let Some(piece) = answer.next().await {
            sum += piece.unwrap().len() as u64;
        }
        sum
    }

    /// In one request: the emulator takes no sessions of the SDK, which names it without its port.
    async fn put(&self, key: &String, content: Bytes) -> u64 {
        let length = content.len() as u64;
        let write = self.client.write_object(&self.bucket, key, content);
        write.with_resumable_upload_threshold(usize::MAX).send_buffered().await.unwrap();
        length
    }

    async fn head(&self, _: &String) -> u64 {
        unreachable!("over gRPC alone")
    }

    async fn list(&self, _: &String) -> u64 {
        unreachable!("over gRPC alone")
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
