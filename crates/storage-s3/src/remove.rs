//! DELETE, of one object and of a thousand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use md5::{Digest, Md5};
use storage_cloud::xml::{self, Visit};
use storage_types::Result;

use crate::backend::S3Store;
use crate::error::{Context, Report};
use crate::request::Call;

impl S3Store {
    pub(crate) async fn delete_object(&self, key: &str) -> Result<()> {
        self.send(Call::object(Method::DELETE, key)).await.map(drop)
    }

    pub(crate) async fn delete_objects(&self, keys: &[String]) -> Result<()> {
        let (plain, odd): (Vec<_>, Vec<_>) = keys.iter().partition(|key| fits_xml(key));
        for key in odd {
            self.delete_object(key).await?;
        }
        if plain.is_empty() {
            return Ok(());
        }
        let mut document =
            String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
        for key in plain {
            document.push_str("<Object><Key>");
            document.push_str(&xml::escaped(key));
            document.push_str("</Key></Object>");
        }
        document.push_str("</Delete>");
        let document = Bytes::from(document);
        // The service demands a digest of this document.
        let digest = STANDARD.encode(Md5::digest(&document));
        let call = Call::bucket(Method::POST)
            .query("delete", "")
            .header("content-md5", &digest)?
            .header("content-type", "application/xml")?
            .content(document.into())
            .sign_content()
            .context(Context::bucket());
        let answer = self.send(call).await?.bytes().await?;
        let mut deleted = Deleted::default();
        xml::read(&answer, &mut deleted)?;
        match deleted.failed {
            Some(report) => Err(self.of_code(&report, 500, &Context::default()).with_path(deleted.key)),
            None => Ok(()),
        }
    }
}

/// Whether XML 1.0 has all the characters of a key ("Char", XML 1.0, 2.2).
fn fits_xml(key: &str) -> bool {
    key.chars().all(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// The first failure of an answer.
#[derive(Default)]
struct Deleted {
    key: String,
    current: Report,
    failed: Option<Report>,
}

impl Visit for Deleted {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Key" if self.failed.is_none() => text.clone_into(&mut self.key),
            // A missing object is as good as a deleted one.
            "Error" if self.failed.is_none() && self.current.code != "NoSuchKey" => {
                self.failed = Some(std::mem::take(&mut self.current));
            }
            _ => self.current.close(name, text),
        }
    }
}
