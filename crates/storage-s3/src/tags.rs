//! New tags (PutObjectTagging).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use storage_cloud::xml;
use storage_types::Result;

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::headers::content_md5;
use crate::request::Call;

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
        self.send(call).await.map(drop)
    }
}
