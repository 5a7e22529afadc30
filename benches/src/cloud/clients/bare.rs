//! HTTP alone: below this no client that is built on the same library can be.

use bytes::Bytes;
use reqwest::{Client, Url};

use super::AsyncClient;
use crate::cloud::target::Target;

#[derive(Clone)]
pub(crate) struct Bare {
    client: Client,
    base: String,
}

impl AsyncClient for Bare {
    type Object = Url;

    async fn open(target: &Target) -> Self {
        let client = Client::builder().http1_only().tcp_nodelay(true).build().unwrap();
        Self { client, base: format!("{}/{}", target.endpoint, target.bucket) }
    }

    fn object(&self, key: &str) -> Url {
        format!("{}/{key}", self.base).parse().unwrap()
    }

    async fn get(&self, url: &Url) -> u64 {
        let answer = self.client.get(url.clone()).send().await.unwrap();
        answer.bytes().await.unwrap().len() as u64
    }

    async fn put(&self, url: &Url, content: Bytes) -> u64 {
        let length = content.len() as u64;
        let answer = self.client.put(url.clone()).body(content).send().await.unwrap();
        answer.bytes().await.unwrap();
        length
    }

    async fn head(&self, url: &Url) -> u64 {
        let answer = self.client.head(url.clone()).send().await.unwrap();
        answer.headers()["content-length"].to_str().unwrap().parse().unwrap()
    }

    async fn list(&self, _: &Url) -> u64 {
        unreachable!("HTTP alone lists nothing")
    }

    async fn upload(&self, _: &Url, _: u64) -> u64 {
        unreachable!("HTTP alone knows no parts")
    }

    async fn download(&self, _: &Url, _: u64) -> u64 {
        unreachable!("HTTP alone knows no parts")
    }
}
