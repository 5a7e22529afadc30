//! New tags (PutObjectTagging).

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use storage_cloud::object::ObjectTags;
use storage_cloud::transport::Service;
use storage_cloud::xml;
use storage_types::{Error, ErrorKind, Result};

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::headers::content_md5;
use crate::request::{Call, S3Call};

#[async_trait]
impl ObjectTags for S3Store {
    async fn tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        self.object_tags(key).await
    }

    async fn set_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        // A store that knows no tags stores the list of them as the content, over what is there.
        self.object_tags(key).await.map_err(without_tags)?;
        self.replace_tags(key, tags).await
    }
}

impl S3Store {
    pub(crate) async fn replace_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        let mut document =
            String::from("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>");
        for (key, text) in tags {
            let (key, text) = (xml::escaped(key), xml::escaped(text));
            document.push_str(&format!("<Tag><Key>{key}</Key><Value>{text}</Value></Tag>"));
        }
        document.push_str("</TagSet></Tagging>");
        let document = Bytes::from(document);
        let call = Call::object(Method::PUT, key)
            .query("tagging", "")
            .header("content-md5", &content_md5(&document))?
            .header("content-type", "application/xml")?
            .content(document.into())
            .sign_content()
            .expect(Expect::Empty);
        self.send(&call).await.map(drop)
    }
}

/// What a question about tags fails with where the store answers it with something else.
fn without_tags(error: Error) -> Error {
    if error.kind() == ErrorKind::Unexpected {
        Error::unsupported("keep tags").with_source(error)
    } else {
        error
    }
}
