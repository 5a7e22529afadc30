//! The AWS SDK, with parts that we send side by side ourselves: it has no transfers of its own.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AsyncClient, PARTS, parts, piece, pieces};
use crate::cloud::target::Target;

#[derive(Clone)]
pub(crate) struct Sdk {
    pub(crate) client: Client,
    bucket: String,
}

impl AsyncClient for Sdk {
    type Object = String;

    async fn open(target: &Target) -> Self {
        let keys = Credentials::new(&target.access_key_id, &target.secret_access_key, None, None, "bench");
        // What its guide advises for stores other than Amazon's; the defaults cost more.
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(target.region.clone()))
            .endpoint_url(&target.endpoint)
            .force_path_style(true)
            .credentials_provider(keys)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self { client: Client::from_conf(config.build()), bucket: target.bucket.clone() }
    }

    fn object(&self, key: &str) -> String {
        key.to_owned()
    }

    async fn get(&self, key: &String) -> u64 {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await.unwrap();
        answer.body.collect().await.unwrap().into_bytes().len() as u64
    }

    async fn put(&self, key: &String, content: Bytes) -> u64 {
        let length = content.len() as u64;
        let body = ByteStream::from(content);
        self.client.put_object().bucket(&self.bucket).key(key).body(body).send().await.unwrap();
        length
    }

    async fn head(&self, key: &String) -> u64 {
        let answer = self.client.head_object().bucket(&self.bucket).key(key).send().await.unwrap();
        answer.content_length().unwrap().unsigned_abs()
    }

    async fn list(&self, dir: &String) -> u64 {
        let listing =
            self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{dir}/")).delimiter("/");
        let mut pages = listing.into_paginator().send();
        let mut keys = 0;
        while let Some(page) = pages.next().await {
            keys += page.unwrap().contents().len() as u64;
        }
        keys
    }

    async fn upload(&self, key: &String, bytes: u64) -> u64 {
        let begun = self.client.create_multipart_upload().bucket(&self.bucket).key(key).send().await.unwrap();
        let id = begun.upload_id().unwrap();
        let sent = stream::iter(parts(bytes).zip(1..))
            .map(|(range, number)| self.part(key, id, number, range.end - range.start))
            .buffered(PARTS);
        let done: Vec<CompletedPart> = sent.collect().await;
        let done = CompletedMultipartUpload::builder().set_parts(Some(done)).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(id);
        complete.multipart_upload(done).send().await.unwrap();
        bytes
    }

    async fn download(&self, key: &String, bytes: u64) -> u64 {
        let fetched = stream::iter(parts(bytes)).map(|range| async move {
            let range = format!("bytes={}-{}", range.start, range.end - 1);
            let call = self.client.get_object().bucket(&self.bucket).key(key).range(range);
            let answer = call.send().await.unwrap();
            answer.body.collect().await.map(|body| body.into_bytes().len() as u64)
        });
        fetched.buffered(PARTS).try_fold(0, |sum, part| async move { Ok(sum + part) }).await.unwrap()
    }
}

impl Sdk {
    async fn part(&self, key: &str, id: &str, number: i32, length: u64) -> CompletedPart {
        let mut content = BytesMut::with_capacity(length as usize);
        for _ in 0..pieces(length) {
            content.extend_from_slice(&piece());
        }
        let call = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(id).part_number(number);
        let sent = call.body(ByteStream::from(content.freeze())).send().await.unwrap();
        CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build()
    }
}
