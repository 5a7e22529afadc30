//! Tags, over the SDK.

use std::collections::BTreeMap;

use async_trait::async_trait;
use azure_core::http::{RequestContent, XmlFormat};
use azure_storage_blob::models::{BlobTag, BlobTags};
use storage_cloud::object::ObjectTags;
use storage_cloud::transport::Replay;
use storage_types::Result;

use crate::backend::AzureStore;
use crate::error::Context;

#[async_trait]
impl ObjectTags for AzureStore {
    async fn tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let client = self.sdk_blob(key)?;
        let get = || async { client.get_tags(None).await?.into_model() };
        let tags = self.over_sdk(Replay::Always, Context::default(), self.transport.patience(0), get).await?;
        let pair = |tag: BlobTag| Some((tag.key?, tag.value.unwrap_or_default()));
        Ok(tags.blob_tag_set.into_iter().flatten().filter_map(pair).collect())
    }

    async fn set_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        let client = self.sdk_blob(key)?;
        let pair =
            |(key, value): (&String, &String)| BlobTag { key: Some(key.clone()), value: Some(value.clone()) };
        let set = BlobTags { blob_tag_set: Some(tags.iter().map(pair).collect()) };
        let body: RequestContent<BlobTags, XmlFormat> =
            set.try_into().map_err(|error| self.explain_sdk(error, Context::default()))?;
        let put = || async { client.set_tags(body.clone(), None).await };
        self.over_sdk(Replay::Always, Context::default(), self.transport.patience(0), put).await.map(drop)
    }
}
