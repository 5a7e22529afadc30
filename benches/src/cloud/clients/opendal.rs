//! OpenDAL, both colours.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use opendal::options::{ReaderOptions, WriteOptions};
use opendal::{Buffer, Operator, services};
use tokio::runtime::Runtime;

use super::{AsyncClient, BlockingClient, PART, PARTS, piece, pieces};
use crate::cloud::target::{Service, Target};

fn operator(target: &Target) -> Operator {
    // Without it every request fails: "default HTTP transport is not installed".
    opendal::install_default();
    match target.service {
        Service::S3 => Operator::new(
            services::S3::default()
                .endpoint(&target.endpoint)
                .bucket(&target.bucket)
                .region(&target.region)
                .access_key_id(&target.access_key_id)
                .secret_access_key(&target.secret_access_key)
                .disable_config_load()
                .disable_ec2_metadata(),
        ),
        Service::Azure => Operator::new(
            services::Azblob::default()
                .endpoint(&target.endpoint)
                .container(&target.bucket)
                .account_name(&target.access_key_id)
                .account_key(&target.secret_access_key),
        ),
        Service::Gcs => Operator::new(
            services::Gcs::default().endpoint(&target.endpoint).bucket(&target.bucket).skip_signature(),
        ),
    }
    .unwrap()
}

fn writing() -> WriteOptions {
    WriteOptions { chunk: Some(PART as usize), concurrent: PARTS, ..WriteOptions::default() }
}

fn reading() -> ReaderOptions {
    ReaderOptions { chunk: Some(PART as usize), concurrent: PARTS, ..ReaderOptions::default() }
}

/// Listings are of folders, whose names end with a slash.
fn folder(dir: &str) -> String {
    format!("{dir}/")
}

#[derive(Clone)]
pub(crate) struct OpendalAsync(Operator);

impl AsyncClient for OpendalAsync {
    type Object = String;

    async fn open(target: &Target) -> Self {
        Self(operator(target))
    }

    fn object(&self, key: &str) -> String {
        key.to_owned()
    }

    async fn get(&self, key: &String) -> u64 {
        self.0.read(key).await.unwrap().to_bytes().len() as u64
    }

    async fn put(&self, key: &String, content: Bytes) -> u64 {
        let length = content.len() as u64;
        self.0.write(key, content).await.unwrap();
        length
    }

    async fn head(&self, key: &String) -> u64 {
        self.0.stat(key).await.unwrap().content_length()
    }

    async fn list(&self, dir: &String) -> u64 {
        self.0.list(&folder(dir)).await.unwrap().len() as u64
    }

    async fn upload(&self, key: &String, bytes: u64) -> u64 {
        let mut writer = self.0.writer_options(key, writing()).await.unwrap();
        for _ in 0..pieces(bytes) {
            writer.write(piece()).await.unwrap();
        }
        writer.close().await.unwrap();
        bytes
    }

    async fn download(&self, key: &String, bytes: u64) -> u64 {
        let reader = self.0.reader_options(key, reading()).await.unwrap();
        let pieces = reader.into_stream(0..bytes).await.unwrap();
        pieces.try_fold(0, |sum, piece| async move { Ok(sum + piece.len() as u64) }).await.unwrap()
    }
}

pub(crate) struct OpendalBlocking {
    operator: opendal::blocking::Operator,
    // The operator needs it alive.
    _runtime: Arc<Runtime>,
}

impl OpendalBlocking {
    pub(crate) fn open(target: &Target, runtime: &Arc<Runtime>) -> Self {
        let _entered = runtime.enter();
        let operator = opendal::blocking::Operator::new(operator(target)).unwrap();
        Self { operator, _runtime: runtime.clone() }
    }
}

impl BlockingClient for OpendalBlocking {
    type Object = String;

    fn object(&self, key: &str) -> String {
        key.to_owned()
    }

    fn get(&self, key: &String) -> u64 {
        self.operator.read(key).unwrap().to_bytes().len() as u64
    }

    fn put(&self, key: &String, content: Bytes) -> u64 {
        let length = content.len() as u64;
        self.operator.write(key, content).unwrap();
        length
    }

    fn head(&self, key: &String) -> u64 {
        self.operator.stat(key).unwrap().content_length()
    }

    fn list(&self, dir: &String) -> u64 {
        self.operator.list(&folder(dir)).unwrap().len() as u64
    }

    fn upload(&self, key: &String, bytes: u64) -> u64 {
        let mut writer = self.operator.writer_options(key, writing()).unwrap();
        for _ in 0..pieces(bytes) {
            writer.write(Buffer::from(piece())).unwrap();
        }
        writer.close().unwrap();
        bytes
    }

    fn download(&self, key: &String, bytes: u64) -> u64 {
        let reader = self.operator.reader_options(key, reading()).unwrap();
        let pieces = reader.into_iterator(0..bytes).unwrap();
        pieces.map(|piece| piece.unwrap().len() as u64).sum()
    }
}
