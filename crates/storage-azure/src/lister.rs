//! Listing: our own request, because the SDK's has no delimiter.

use async_trait::async_trait;
use http::Method;
use percent_encoding::percent_decode_str;
use storage_cloud::object::{ListObjects, ListQuery, Object, Page};
use storage_cloud::transport::Service;
use storage_cloud::xml;
use storage_types::options::unquoted;
use storage_types::{EntryKind, Error, ErrorKind, Metadata, Result};

use crate::backend::AzureStore;
use crate::headers::{self, FOLDER, UNTYPED};
use crate::request::Call;

#[async_trait]
impl ListObjects for AzureStore {
    async fn list(&self, query: &ListQuery<'_>) -> Result<Page> {
        let mut call = self.list_call(query.prefix);
        if query.delimiter {
            call = call.query("delimiter", "/");
        }
        // They tell which blobs are folders.
        call = call.query("include", "metadata");
        if let Some(limit) = query.limit {
            call = call.query("maxresults", &limit.to_string());
        }
        let listing = self.listing(call, query.token).await?;
        Ok(Page {
            objects: listing
                .blobs
                .into_iter()
                .map(|blob| Object { key: blob.name, metadata: blob.metadata })
                .collect(),
            prefixes: listing.prefixes,
            next: listing.next,
        })
    }
}

impl AzureStore {
    pub(crate) fn list_call(&self, prefix: &str) -> Call {
        let call = self.container(Method::GET).query("comp", "list");
        if prefix.is_empty() { call } else { call.query("prefix", prefix) }
    }

    pub(crate) async fn listing(&self, call: Call, marker: Option<&str>) -> Result<Listing> {
        let call = match marker {
            Some(marker) => call.query("marker", marker),
            None => call,
        };
        let (_, body) = self.whole(&call).await?;
        let listing = Listing::parse(&body)?;
        if listing.blobs.iter().any(|blob| blob.metadata.version.is_some()) {
            self.keeps_versions();
        }
        if listing.blobs.iter().any(|blob| blob.metadata.is_dir()) {
            self.saw_folder();
        }
        Ok(listing)
    }

    /// Lists one blob with its version: that tells whether the container is there, the credentials hold, and versions are
    /// kept.
    pub(crate) async fn probe_container(&self, prefix: &str) -> Result<()> {
        let call = self.list_call(prefix).query("include", "versions").query("maxresults", "1");
        self.listing(call, None).await.map(drop)
    }
}

/// A page of a listing.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) next: Option<String>,
    blob: Blob,
    encoded: bool,
    in_prefix: bool,
    wrong: bool,
    /// How deep in the user metadata of a blob, whose keys may have any name.
    in_metadata: u32,
}

/// A blob of a listing.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) name: String,
    pub(crate) metadata: Metadata,
    pub(crate) snapshot: Option<String>,
    pub(crate) current: bool,
    deleted: bool,
    sized: bool,
}

impl Default for Blob {
    fn default() -> Self {
        Self {
            name: String::new(),
            metadata: Metadata::file(0),
            snapshot: None,
            current: false,
            deleted: false,
            sized: false,
        }
    }
}

impl Listing {
    pub(crate) fn parse(body: &[u8]) -> Result<Self> {
        let mut listing = Self::default();
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        xml::read_as(body, &["EnumerationResults"], &mut listing)?;
        if listing.wrong {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the server lists a blob without its name or its size",
            ));
        }
        Ok(listing)
    }

    /// Names with characters that cannot stand in XML come percent-encoded.
    fn name(&self, text: &str) -> String {
        if self.encoded { percent_decode_str(text).decode_utf8_lossy().into_owned() } else { text.to_owned() }
    }
}

impl xml::Visit for Listing {
    fn open(&mut self, name: &str) {
        match name {
            _ if self.in_metadata > 0 => self.in_metadata += 1,
            "Metadata" => self.in_metadata = 1,
            "Blob" => self.blob = Blob::default(),
            "BlobPrefix" => self.in_prefix = true,
            "Name" => self.encoded = false,
            _ => {}
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if name == "Encoded" && value == "true" {
            self.encoded = true;
        }
    }

    fn close(&mut self, name: &str, text: &str) {
        let blob = &mut self.blob;
        if self.in_metadata > 0 {
            self.in_metadata -= 1;
            if self.in_metadata == 1 && name.eq_ignore_ascii_case(FOLDER) && text.eq_ignore_ascii_case("true")
            {
                blob.metadata.kind = EntryKind::Directory;
            }
            return;
        }
        let filled = || (!text.is_empty()).then(|| text.to_owned());
        match name {
            "Name" if self.in_prefix => self.prefixes.push(self.name(text)),
            "Name" => self.blob.name = self.name(text),
            "BlobPrefix" => self.in_prefix = false,
            // Blobs that are deleted softly are no objects.
            "Blob" if blob.deleted => {}
            // A folder need not have a size.
            "Blob" if (blob.sized || blob.metadata.is_dir()) && !blob.name.is_empty() => {
                if blob.metadata.size > 0 {
                    blob.metadata.kind = EntryKind::File;
                }
                self.blobs.push(std::mem::take(blob));
            }
            "Blob" => self.wrong = true,
            "NextMarker" => self.next = filled(),
            "Snapshot" => blob.snapshot = filled(),
            "Deleted" => blob.deleted = text == "true",
            "ResourceType" if text == "directory" => blob.metadata.kind = EntryKind::Directory,
            "IsCurrentVersion" => blob.current = text == "true",
            "VersionId" => blob.metadata.version = filled(),
            "Content-Length" => {
                let size = text.trim().parse().ok();
                (blob.metadata.size, blob.sized) = (size.unwrap_or(0), size.is_some());
            }
            "Etag" => blob.metadata.etag = filled().map(|etag| unquoted(&etag).to_owned()),
            "Last-Modified" => blob.metadata.modified = httpdate::parse_http_date(text).ok(),
            "Content-Type" => blob.metadata.content_type = filled().filter(|it| it != UNTYPED),
            "Cache-Control" => blob.metadata.cache_control = filled(),
            "Content-Encoding" => blob.metadata.content_encoding = filled(),
            "Content-Disposition" => blob.metadata.content_disposition = filled(),
            "Content-Language" => blob.metadata.content_language = filled(),
            "Content-MD5" => blob.metadata.checksum = headers::md5(text),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\
        <EnumerationResults ServiceEndpoint=\"https://a.blob.core.windows.net/\" ContainerName=\"c\">\
        <Prefix>p/</Prefix><Delimiter>/</Delimiter><Blobs>\
        <Blob><Name>p/a &amp; b</Name><VersionId>2026-01-02T03:04:05.1234567Z</VersionId>\
        <IsCurrentVersion>true</IsCurrentVersion><Properties>\
        <Last-Modified>Wed, 09 Sep 2026 09:20:02 GMT</Last-Modified><Etag>0x8CBFF45D8A29A19</Etag>\
        <Content-Length>100</Content-Length><Content-Type>text/html</Content-Type>\
        <Content-MD5>AAAAAAAAAAAAAAAAAAAAAA==</Content-MD5><Cache-Control>no-cache</Cache-Control>\
        </Properties><Metadata/></Blob>\
        <Blob><Name Encoded=\"true\">p/x%EF%BF%BE%2Fy</Name><Properties><Content-Length>0</Content-Length>\
        <Content-Type>application/octet-stream</Content-Type><Content-MD5 /></Properties></Blob>\
        <Blob><Name>p/gone</Name><Deleted>true</Deleted><Properties/></Blob>\
        <Blob><Name>p/folder</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>\
        <Blob><Name>p/marked</Name><Properties/><Metadata><Name>x</Name><Hdi_isfolder>true</Hdi_isfolder></Metadata></Blob>\
        <BlobPrefix><Name>p/sub/</Name></BlobPrefix></Blobs><NextMarker>2!abc</NextMarker></EnumerationResults>";

    #[test]
    fn a_page() {
        let page = Listing::parse(PAGE.as_bytes()).unwrap();
        let names: Vec<&str> = page.blobs.iter().map(|blob| blob.name.as_str()).collect();
        assert_eq!(names, ["p/a & b", "p/x\u{fffe}/y", "p/folder", "p/marked"]);
        let folders: Vec<bool> = page.blobs.iter().map(|blob| blob.metadata.is_dir()).collect();
        assert_eq!(folders, [false, false, true, true]);
        assert_eq!(page.prefixes, ["p/sub/"]);
        assert_eq!(page.next.as_deref(), Some("2!abc"));
        let first = &page.blobs[0].metadata;
        assert_eq!((first.size, first.etag.as_deref()), (100, Some("0x8CBFF45D8A29A19")));
        assert_eq!(first.version.as_deref(), Some("2026-01-02T03:04:05.1234567Z"));
        assert_eq!(first.content_type.as_deref(), Some("text/html"));
        assert!(first.modified.is_some() && first.checksum.is_some() && page.blobs[0].current);
        let second = &page.blobs[1].metadata;
        assert_eq!((second.content_type.as_deref(), second.checksum), (None, None));
    }

    #[test]
    fn the_last_page_and_what_is_cut_off() {
        let end = "<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>";
        let page = Listing::parse(end.as_bytes()).unwrap();
        assert!(page.next.is_none() && page.blobs.is_empty());
        assert!(Listing::parse(&PAGE.as_bytes()[..400]).is_err());
    }
}
