//! Listing (ListObjectsV2).

use async_trait::async_trait;
use http::Method;
use percent_encoding::percent_decode_str;
use storage_cloud::object::{ListObjects, ListQuery, Object, Page};
use storage_cloud::transport::Service;
use storage_cloud::xml::{self, Visit};
use storage_types::{Error, ErrorKind, Metadata, Result};

use crate::backend::S3Store;
use crate::error::Context;
use crate::headers;
use crate::request::{Call, S3Call};

/// The answer of ListObjectsV2.
const ROOT: &str = "ListBucketResult";

#[async_trait]
impl ListObjects for S3Store {
    async fn list(&self, query: &ListQuery<'_>) -> Result<Page> {
        let mut call = Call::bucket(Method::GET).context(Context::bucket());
        if let Some(token) = query.token {
            call = call.query("continuation-token", token);
        }
        if query.delimiter {
            call = call.query("delimiter", "/");
        }
        // Keys may have characters that XML has not.
        call = call.query("encoding-type", "url").query("list-type", "2");
        if let Some(limit) = query.limit {
            call = call.query("max-keys", &limit.to_string());
        }
        call = call.query("prefix", query.prefix);
        if let Some(after) = query.start_after {
            call = call.query("start-after", after);
        }
        let (_, answer) = self.whole(&call).await?;
        let mut listing = Listing::default();
        xml::read_as(&answer, &[ROOT], &mut listing)?;
        listing.page()
    }
}

/// What a page of keys says.
struct Listing {
    page: Page,
    encoded: bool,
    truncated: bool,
    token: Option<String>,
    key: String,
    metadata: Metadata,
    in_prefixes: bool,
    /// The object that is being read has its size.
    sized: bool,
    wrong: bool,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            page: Page::default(),
            encoded: false,
            truncated: false,
            token: None,
            key: String::new(),
            metadata: Metadata::file(0),
            in_prefixes: false,
            sized: false,
            wrong: false,
        }
    }
}

impl Listing {
    fn page(mut self) -> Result<Page> {
        if self.encoded {
            self.page.objects.iter_mut().for_each(|object| object.key = decoded(&object.key));
            self.page.prefixes.iter_mut().for_each(|prefix| *prefix = decoded(prefix));
        }
        self.page.next = self.token.filter(|token| self.truncated && !token.is_empty());
        if self.wrong {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the store lists an object without its key or its size",
            ));
        }
        if self.truncated && self.page.next.is_none() {
            // Taken for the end, it would leave out objects without a word.
            return Err(cut_off().with_hint("the store has to know ListObjectsV2"));
        }
        Ok(self.page)
    }
}

impl Visit for Listing {
    fn open(&mut self, name: &str) {
        match name {
            "Contents" => (self.metadata, self.sized) = (Metadata::file(0), false),
            "CommonPrefixes" => self.in_prefixes = true,
            _ => {}
        }
    }

    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Key" => text.clone_into(&mut self.key),
            "Size" => match text.trim().parse() {
                Ok(size) => (self.metadata.size, self.sized) = (size, true),
                Err(_) => self.wrong = true,
            },
            "LastModified" => self.metadata.modified = headers::time(text),
            // Not taken for an MD5 here: a listing does not tell which objects have ETags of another kind.
            "ETag" => self.metadata.etag = Some(headers::etag(text)),
            "Contents" => {
                let metadata = std::mem::replace(&mut self.metadata, Metadata::file(0));
                let key = std::mem::take(&mut self.key);
                if self.sized && !key.is_empty() {
                    self.page.objects.push(Object { key, metadata });
                } else {
                    self.wrong = true;
                }
            }
            "Prefix" if self.in_prefixes => self.page.prefixes.push(text.to_owned()),
            "CommonPrefixes" => self.in_prefixes = false,
            "EncodingType" => self.encoded = text == "url",
            "IsTruncated" => self.truncated = text == "true",
            "NextContinuationToken" => self.token = Some(text.to_owned()),
            _ => {}
        }
    }
}

/// The error of a listing that has more pages and does not say where the next one begins.
pub(crate) fn cut_off() -> Error {
    Error::new(ErrorKind::Unexpected, "the store cut a listing off without saying where it goes on")
}

/// A key as a form encodes it: `+` is a space.
pub(crate) fn decoded(key: &str) -> String {
    if !key.contains(['%', '+']) {
        return key.to_owned();
    }
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let answer = br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>
            <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <NextContinuationToken>t==</NextContinuationToken>
            <Contents><Key>p/a+b%2B%C3%A9</Key><LastModified>2013-05-24T00:00:00.000Z</LastModified>
            <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>7</Size></Contents>
            <CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes></ListBucketResult>"#;
        let mut listing = Listing::default();
        xml::read(answer, &mut listing).unwrap();
        let page = listing.page().unwrap();
        assert_eq!(page.prefixes, ["p/d/"]);
        assert_eq!(page.next.as_deref(), Some("t=="));
        assert_eq!(page.objects[0].key, "p/a b+é");
        let metadata = &page.objects[0].metadata;
        assert_eq!((metadata.size, metadata.etag.as_deref()), (7, Some("d41d8cd98f00b204e9800998ecf8427e")));
        assert_eq!(
            metadata.modified,
            Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_369_353_600))
        );
    }
}
