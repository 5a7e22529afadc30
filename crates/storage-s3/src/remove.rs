//! DELETE, of one object and of a thousand.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use storage_cloud::object::DeleteObjects;
use storage_cloud::transport::{Service, write_condition};
use storage_cloud::xml::{self, Visit};
use storage_types::{Error, Result, WriteMode};

use crate::backend::S3Store;
use crate::error::{Context, Report};
use crate::headers::content_md5;
use crate::request::{Call, S3Call};
use crate::writer::conditional;

#[async_trait]
impl DeleteObjects for S3Store {
    async fn delete(&self, key: &str) -> Result<()> {
        self.send(&Call::object(Method::DELETE, key)).await.map(drop)
    }

    /// Deletes an object with this ETag ("Conditional deletes", S3 user guide).
    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        let mode = WriteMode::IfMatch(etag.to_owned());
        let mut call = Call::object(Method::DELETE, key).context(Context::write(&mode));
        write_condition(&mut call.headers, &mode)?;
        self.send(&conditional(call, &mode)).await.map(drop)
    }

    /// Missing objects are fine. What the service could not delete just now is tried again.
    async fn delete_many(&self, keys: &[String]) -> Result<()> {
        let (mut left, odd): (Vec<_>, Vec<_>) = keys.iter().cloned().partition(|key| fits_xml(key));
        for key in &odd {
            self.delete(key).await?;
        }
        let mut tries = self.transport.retry().start();
        while !left.is_empty() {
            let failed = self.delete_at_once(&left).await?;
            let mut errors: Vec<Error> = failed.iter().map(|failure| self.not_deleted(failure)).collect();
            left = failed.into_iter().map(|failure| failure.key).collect();
            // One that is final says more than one that may pass.
            errors.sort_by_key(Error::is_retryable);
            if let Some(error) = errors.into_iter().next()
                && !tries.again(&error).await
            {
                return Err(error);
            }
        }
        Ok(())
    }
}

impl S3Store {
    /// Deletes one version for good.
    pub(crate) async fn delete_one_version(&self, key: &str, version: &str) -> Result<()> {
        self.send(&Call::object(Method::DELETE, key).query("versionId", version)).await.map(drop)
    }

    fn not_deleted(&self, failure: &NotDeleted) -> Error {
        self.of_code(&failure.report, 500, &Context::default()).with_path(failure.key.clone())
    }

    async fn delete_at_once(&self, keys: &[String]) -> Result<Vec<NotDeleted>> {
        let mut document =
            String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
        for key in keys {
            document.push_str("<Object><Key>");
            document.push_str(&xml::escaped(key));
            document.push_str("</Key></Object>");
        }
        document.push_str("</Delete>");
        let document = Bytes::from(document);
        let call = Call::bucket(Method::POST)
            .query("delete", "")
            .header("content-md5", &content_md5(&document))?
            .header("content-type", "application/xml")?
            .content(document.into())
            .sign_content()
            .context(Context::bucket());
        let mut answer = Answer::default();
        xml::read_as(&self.whole(&call).await?.1, &["DeleteResult"], &mut answer)?;
        Ok(answer.failed)
    }
}

/// Whether XML 1.0 has all the characters of a key ("Char", XML 1.0, 2.2).
fn fits_xml(key: &str) -> bool {
    key.chars().all(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// One key of a request, and why it is still there.
#[derive(Debug)]
struct NotDeleted {
    key: String,
    report: Report,
}

/// What could not be deleted.
#[derive(Debug, Default)]
struct Answer {
    key: String,
    report: Report,
    failed: Vec<NotDeleted>,
}

impl Visit for Answer {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Key" => text.clone_into(&mut self.key),
            "Error" => {
                let failure = NotDeleted {
                    key: std::mem::take(&mut self.key),
                    report: std::mem::take(&mut self.report),
                };
                // A missing object is as good as a deleted one.
                if failure.report.code != "NoSuchKey" {
                    self.failed.push(failure);
                }
            }
            _ => self.report.close(name, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_key() {
        let body = br#"<?xml version="1.0" encoding="UTF-8"?>
            <DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Error><Key>a</Key><Code>InternalError</Code><Message>We encountered an error.</Message></Error>
            <Error><Key>b</Key><Code>NoSuchKey</Code><Message>gone</Message></Error>
            <Error><Key>c</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"#;
        let mut answer = Answer::default();
        xml::read(body, &mut answer).unwrap();
        let failed: Vec<_> =
            answer.failed.iter().map(|it| (it.key.as_str(), it.report.code.as_str())).collect();
        assert_eq!(failed, [("a", "InternalError"), ("c", "AccessDenied")]);
    }
}
