//! Uploads that are open: begun, and neither completed nor aborted (ListMultipartUploads).

use std::time::SystemTime;

use http::Method;
use storage_cloud::object::{OpenUpload, Pages};
use storage_cloud::transport::Service;
use storage_cloud::xml::{self, Visit};
use storage_types::{ErrorKind, Result};

use crate::answer::Expect;
use crate::backend::S3Store;
use crate::error::Context;
use crate::headers;
use crate::lister::{cut_off, decoded};
use crate::request::{Call, S3Call};

/// Of so many uploads the parts are asked for, which is one request each. Of the others only the beginning is known.
const ASKED: usize = 1000;

impl S3Store {
    /// Those of keys that begin with `prefix`.
    pub(crate) async fn open_uploads(&self, prefix: &str) -> Result<Vec<OpenUpload>> {
        let mut all: Vec<OpenUpload> = Vec::new();
        let (mut marker, mut pages) = (None::<(String, String)>, Pages::default());
        loop {
            let mut call = Call::bucket(Method::GET).context(Context::bucket()).query("encoding-type", "url");
            if let Some((key, _)) = &marker {
                call = call.query("key-marker", key);
            }
            call = call.query("prefix", prefix);
            if let Some((_, id)) = &marker {
                call = call.query("upload-id-marker", id);
            }
            let (_, answer) = self.whole(&call.query("uploads", "")).await?;
            let mut page = Uploads::default();
            xml::read_as(&answer, &["ListMultipartUploadsResult"], &mut page)?;
            let next = page.next()?;
            // A store that ignores the prefix must not have uploads of others aborted.
            let first = page.uploads.first().map(|upload| upload.id.clone()).unwrap_or_default();
            all.extend(page.uploads.into_iter().filter(|upload| upload.key.starts_with(prefix)));
            if next.is_none() || next == marker {
                break;
            }
            pages.note(next.as_ref().map(|(key, id)| format!("{key}\n{id}")).as_deref(), &first)?;
            marker = next;
        }
        for upload in all.iter_mut().take(ASKED) {
            self.look_at_parts(upload).await?;
        }
        Ok(all)
    }

    /// Adds what its parts tell. One that is gone meanwhile stays as it is.
    async fn look_at_parts(&self, upload: &mut OpenUpload) -> Result<()> {
        let mut parts = Parts::default();
        loop {
            let marker = parts.number.to_string();
            let mut call = Call::object(Method::GET, &upload.key).expect(Expect::Document);
            if parts.number > 0 {
                call = call.query("part-number-marker", &marker);
            }
            let (_, answer) = match self.whole(&call.query("uploadId", &upload.id)).await {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                answer => answer?,
            };
            let before = parts.number;
            parts.truncated = false;
            xml::read_as(&answer, &["ListPartsResult", "ListPartsResponse"], &mut parts)?;
            if !parts.truncated || parts.number <= before {
                break;
            }
        }
        upload.size = Some(parts.bytes);
        upload.modified = upload.modified.max(parts.modified);
        Ok(())
    }

    /// `false` when there is none any more.
    pub(crate) async fn abort_open_upload(&self, key: &str, id: &str) -> Result<bool> {
        let call = Call::object(Method::DELETE, key).query("uploadId", id);
        match self.send(&call).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A page of uploads.
#[derive(Default)]
struct Uploads {
    uploads: Vec<OpenUpload>,
    encoded: bool,
    truncated: bool,
    inside: bool,
    key: String,
    id: String,
    begun: Option<SystemTime>,
    next_key: String,
    next_id: String,
}

impl Uploads {
    /// Where the next page begins; keys are decoded.
    fn next(&mut self) -> Result<Option<(String, String)>> {
        if self.encoded {
            self.uploads.iter_mut().for_each(|upload| upload.key = decoded(&upload.key));
            self.next_key = decoded(&self.next_key);
        }
        if !self.truncated {
            return Ok(None);
        }
        if self.next_key.is_empty() {
            return Err(cut_off());
        }
        Ok(Some((std::mem::take(&mut self.next_key), std::mem::take(&mut self.next_id))))
    }
}

impl Visit for Uploads {
    fn open(&mut self, name: &str) {
        self.inside |= name == "Upload";
    }

    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Key" if self.inside => text.clone_into(&mut self.key),
            "UploadId" if self.inside => text.clone_into(&mut self.id),
            "Initiated" if self.inside => self.begun = headers::time(text),
            "Upload" => {
                self.inside = false;
                let (key, id) = (std::mem::take(&mut self.key), std::mem::take(&mut self.id));
                self.uploads.push(OpenUpload { key, id, size: None, modified: self.begun.take() });
            }
            "EncodingType" => self.encoded = text == "url",
            "IsTruncated" => self.truncated = text == "true",
            "NextKeyMarker" => text.clone_into(&mut self.next_key),
            "NextUploadIdMarker" => text.clone_into(&mut self.next_id),
            _ => {}
        }
    }
}

/// What the parts of an upload add up to.
#[derive(Default)]
struct Parts {
    number: u32,
    size: u64,
    bytes: u64,
    modified: Option<SystemTime>,
    truncated: bool,
}

impl Visit for Parts {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "PartNumber" => self.number = text.parse().unwrap_or(self.number),
            "Size" => self.size = text.parse().unwrap_or(0),
            "LastModified" => self.modified = self.modified.max(headers::time(text)),
            "IsTruncated" => self.truncated = text == "true",
            "Part" => self.bytes += std::mem::take(&mut self.size),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_uploads_is_read() {
        let answer = br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket>
            <KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><NextKeyMarker>p/a+b</NextKeyMarker>
            <NextUploadIdMarker>two</NextUploadIdMarker><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <Upload><Key>p/a+b</Key><UploadId>one</UploadId><Initiator><ID>x</ID></Initiator>
            <Initiated>2013-05-24T00:00:00.000Z</Initiated></Upload>
            <Upload><Key>p/a+b</Key><UploadId>two</UploadId></Upload></ListMultipartUploadsResult>"#;
        let mut page = Uploads::default();
        xml::read(answer, &mut page).unwrap();
        assert_eq!(page.next().unwrap(), Some(("p/a b".to_owned(), "two".to_owned())));
        let ids: Vec<_> =
            page.uploads.iter().map(|upload| (upload.key.as_str(), upload.id.as_str())).collect();
        assert_eq!(ids, [("p/a b", "one"), ("p/a b", "two")]);
        let begun = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_369_353_600);
        assert_eq!((page.uploads[0].modified, page.uploads[1].modified), (Some(begun), None));
    }

    #[test]
    fn a_list_that_is_cut_off_without_a_mark_is_refused() {
        let mut page = Uploads::default();
        xml::read(b"<R><IsTruncated>true</IsTruncated></R>", &mut page).unwrap();
        assert_eq!(page.next().unwrap_err().kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn parts_are_added_up() {
        let answer = b"<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5</Size>
            <LastModified>2013-05-24T00:00:00Z</LastModified></Part><Part><PartNumber>3</PartNumber><Size>7</Size>
            </Part></ListPartsResult>";
        let mut parts = Parts::default();
        xml::read(answer, &mut parts).unwrap();
        assert_eq!((parts.number, parts.bytes, parts.modified.is_some()), (3, 12, true));
    }
}
