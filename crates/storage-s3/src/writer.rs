//! PUT, and uploads in parts.

use std::collections::BTreeMap;

use async_trait::async_trait;
use http::Method;
use storage_cloud::object::{Arrived, MultipartUpload, OpenUpload, Part, WriteObjects};
use storage_cloud::transport::{Answer, PAGE, Payload, SMALL, Service, write_condition};
use storage_cloud::xml::{self, Visit};
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::error::{Context, Report};
use crate::headers;
use crate::request::{Call, S3Call};

/// What tells that CompleteMultipartUpload, CopyObject or UploadPartCopy is done, or was not after all.
const DONE: [&str; 4] = ["CompleteMultipartUploadResult", "CopyObjectResult", "CopyPartResult", "Error"];

/// What tells that an upload in parts has begun. `rclone serve s3` and its kin leave the last word out.
const BEGUN: [&str; 2] = ["InitiateMultipartUploadResult", "InitiateMultipartUpload"];

/// The id of an upload in parts.
#[derive(Debug)]
pub struct Upload(pub(crate) String);

#[async_trait]
impl WriteObjects for S3Store {
    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        self.conditions.check(&options.mode)?;
        self.put_object(key, content, options).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }
}

#[async_trait]
impl MultipartUpload for S3Store {
    type Upload = Upload;

    async fn begin(&self, key: &str, options: &WriteOptions) -> Result<Upload> {
        self.conditions.check(&options.mode)?;
        self.begin_upload(key, options).await
    }

    async fn part(&self, key: &str, upload: &Upload, part: Part) -> Result<String> {
        let number = (part.number + 1).to_string();
        let mut call =
            Call::object(Method::PUT, key).query("partNumber", &number).query("uploadId", &upload.0);
        headers::customer_key(&mut call.headers, &self.config, false)?;
        headers::checksum(&mut call.headers, &part.content, self.config.checksum)?;
        let answer = self.send(&call.content(part.content)).await?;
        answer
            .header("etag")
            .map(headers::etag)
            .ok_or_else(|| Error::new(ErrorKind::Unexpected, "the store took a part without giving its ETag"))
    }

    async fn complete(
        &self,
        key: &str,
        upload: &Upload,
        parts: &[String],
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let mut document =
            String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        for (at, etag) in parts.iter().enumerate() {
            let etag = xml::escaped(etag);
            document.push_str(&format!(
                "<Part><PartNumber>{}</PartNumber><ETag>\"{etag}\"</ETag></Part>",
                at + 1
            ));
        }
        document.push_str("</CompleteMultipartUpload>");
        let mut call = Call::object(Method::POST, key)
            .query("uploadId", &upload.0)
            .header("content-type", "application/xml")?
            .content(bytes::Bytes::from(document).into())
            .sign_content()
            .context(Context::write(&options.mode));
        write_condition(&mut call.headers, &options.mode)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        let (etag, answer) = match self.send_work(conditional(call, &options.mode)).await {
            // Sent again after its answer was lost, some stores do not know the upload any more.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.completed_before(key, parts).await;
            }
            result => result?,
        };
        let mut metadata = Metadata::file(0);
        metadata.version = headers::metadata(&answer, 0).version;
        metadata.etag = Some(headers::etag(&etag));
        self.saw_version(metadata.version.as_deref());
        Ok(metadata)
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        Some(upload.0.clone())
    }

    async fn resume(
        &self,
        key: &str,
        note: &str,
        _options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        let upload = Upload(note.to_owned());
        let arrived = self.arrived_parts(key, &upload).await?;
        Ok(arrived.map(|arrived| (upload, arrived)))
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<OpenUpload>> {
        self.open_uploads(prefix).await
    }

    async fn abort_open(&self, key: &str, id: &str) -> Result<bool> {
        self.abort_open_upload(key, id).await
    }

    async fn abort(&self, key: &str, upload: &Upload) -> Result<()> {
        let call = Call::object(Method::DELETE, key).query("uploadId", &upload.0);
        match self.send(&call).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result.map(drop),
        }
    }
}

impl S3Store {
    pub(crate) async fn put_object(
        &self,
        key: &str,
        content: Payload,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let mut call = Call::object(Method::PUT, key).context(Context::write(&options.mode));
        headers::describe(&mut call.headers, options)?;
        write_condition(&mut call.headers, &options.mode)?;
        headers::storing(&mut call.headers, &self.config)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        headers::checksum(&mut call.headers, &content, self.config.checksum)?;
        let size = content.len();
        let answer = self.send(&conditional(call.content(content), &options.mode)).await?;
        Ok(self.written(&answer, size))
    }

    fn written(&self, answer: &Answer, size: u64) -> Metadata {
        let mut metadata = headers::metadata(answer.headers(), size);
        // What these headers describe is the answer.
        metadata.forget_headers();
        metadata.modified = None;
        self.saw_version(metadata.version.as_deref());
        metadata
    }

    pub(crate) async fn begin_upload(&self, key: &str, options: &WriteOptions) -> Result<Upload> {
        let mut call = Call::object(Method::POST, key).query("uploads", "").once_if_possible();
        headers::describe(&mut call.headers, options)?;
        headers::storing(&mut call.headers, &self.config)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        if let Some(algorithm) = self.config.checksum.name() {
            call = call
                .header("x-amz-checksum-algorithm", algorithm)?
                .header("x-amz-checksum-type", "FULL_OBJECT")?;
        }
        let answer = self.send(&call).await?.bytes(SMALL).await?;
        let mut begun = Begun::default();
        xml::read_as(&answer, &BEGUN, &mut begun)?;
        if begun.0.is_empty() {
            return Err(Error::new(ErrorKind::Unexpected, "the store began an upload without an id"));
        }
        Ok(Upload(begun.0))
    }

    /// Whether the object is the one that these parts make: then the upload was completed and only the answer got lost.
    async fn completed_before(&self, key: &str, parts: &[String]) -> Result<Metadata> {
        if let (Ok(there), Some(etag)) = (self.head_object(key, None).await, headers::etag_of_parts(parts))
            && there.etag == Some(etag)
        {
            return Ok(there);
        }
        Err(Error::new(ErrorKind::Interrupted, "the upload is gone: somebody threw it away")
            .with_hint("write it again"))
    }

    /// The ETag of an answer that begins well and may still be an error ("200 OK" of CompleteMultipartUpload and
    /// CopyObject, S3 API reference).
    pub(crate) fn success(&self, body: &[u8], context: &Context) -> Result<String> {
        let mut done = Done::default();
        xml::read_as(body, &DONE, &mut done)?;
        if done.failed {
            return Err(self.of_code(&Report::read(body), 500, context));
        }
        if done.etag.is_empty() {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the store stored something without giving its ETag",
            ));
        }
        Ok(done.etag)
    }

    /// The parts of an upload that have arrived; `None` when it is gone.
    pub(crate) async fn arrived_parts(&self, key: &str, upload: &Upload) -> Result<Option<Vec<Arrived>>> {
        let mut list = Parts::default();
        loop {
            let marker = list.arrived.last_key_value().map(|(number, _)| number.to_string());
            let mut call =
                Call::object(Method::GET, key).query("uploadId", &upload.0).expect(Expect::Document);
            if let Some(marker) = &marker {
                call = call.query("part-number-marker", marker);
            }
            let answer = match self.send(&call).await {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                answer => answer?.bytes(PAGE).await?,
            };
            let before = list.arrived.len();
            list.truncated = false;
            xml::read_as(&answer, &["ListPartsResult", "ListPartsResponse"], &mut list)?;
            if !list.truncated || list.arrived.len() == before {
                return Ok(Some(list.arrived.into_values().collect()));
            }
        }
    }
}

/// A write under a condition that was carried out, and whose answer was lost, would fail when it is sent again.
pub(crate) fn conditional(call: Call, mode: &WriteMode) -> Call {
    if *mode == WriteMode::Replace { call } else { call.only_once() }
}

#[derive(Default)]
struct Begun(String);

impl Visit for Begun {
    fn close(&mut self, name: &str, text: &str) {
        if name == "UploadId" {
            text.clone_into(&mut self.0);
        }
    }
}

/// The answer of ListParts, page after page.
#[derive(Default)]
struct Parts {
    number: u32,
    tag: String,
    size: u64,
    /// By number, as the service counts: from 1. A page may begin too early, and tell of some again.
    arrived: BTreeMap<u32, Arrived>,
    truncated: bool,
}

impl Visit for Parts {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "PartNumber" => self.number = text.parse().unwrap_or(0),
            "ETag" => self.tag = headers::etag(text),
            "Size" => self.size = text.parse().unwrap_or(0),
            "IsTruncated" => self.truncated = text == "true",
            "Part" => {
                if let Some(number) = self.number.checked_sub(1) {
                    let receipt = std::mem::take(&mut self.tag);
                    self.arrived.insert(self.number, Arrived { number, receipt, size: self.size });
                }
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Done {
    etag: String,
    failed: bool,
}

impl Visit for Done {
    fn open(&mut self, name: &str) {
        self.failed |= name == "Error";
    }

    fn close(&mut self, name: &str, text: &str) {
        if name == "ETag" {
            text.clone_into(&mut self.etag);
        }
    }
}
