//! A server that answers what those of S3, Azure and Google would, without doing anything: what is left to measure is the client.
//!
//! A process of its own, so that its CPU time is not the client's.

use std::io::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::op::{K4, Op};

const HEAD: &str = "HTTP/1.1 200 OK\r\nETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\
     Last-Modified: Sun, 01 Jun 2025 10:00:00 GMT\r\nContent-Type: application/octet-stream\r\n\
     x-amz-request-id: 0123456789ABCDEF\r\nDate: Sun, 01 Jun 2025 10:00:01 GMT\r\nServer: stub\r\n";

/// The account, which tells requests of Azure from all others.
pub(crate) const AZURE: &str = "/account";

const AZURE_HEAD: &str = "ETag: \"0x8DDA0C9D5F4B5E0\"\r\nLast-Modified: Sun, 01 Jun 2025 10:00:00 GMT\r\n\
     Content-Type: application/octet-stream\r\nx-ms-request-id: 7b2cf3a1-601e-0000-0000-000000000000\r\n\
     x-ms-version: 2025-11-05\r\nx-ms-blob-type: BlockBlob\r\nx-ms-lease-state: available\r\n\
     x-ms-lease-status: unlocked\r\nx-ms-server-encrypted: true\r\n\
     x-ms-creation-time: Sun, 01 Jun 2025 10:00:00 GMT\r\nDate: Sun, 01 Jun 2025 10:00:01 GMT\r\nServer: stub\r\n";

/// The checksum is that of the content of a GET.
const GCS_HEAD: &str = "HTTP/1.1 200 OK\r\nETag: \"CKih16GjycICEAE=\"\r\nLast-Modified: Sun, 01 Jun 2025 10:00:00 GMT\r\n\
     Content-Type: application/octet-stream\r\nx-goog-generation: 1360887697105000\r\nx-goog-metageneration: 1\r\n\
     x-goog-hash: crc32c=pGqyHw==\r\nx-goog-stored-content-encoding: identity\r\n\
     x-goog-stored-content-length: 4096\r\nx-goog-storage-class: STANDARD\r\n\
     x-guploader-uploadid: ABPtcPpi\r\nDate: Sun, 01 Jun 2025 10:00:01 GMT\r\nServer: stub\r\n";

const JSON_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nETag: CKih16GjycICEAE=\r\n\
     x-guploader-uploadid: ABPtcPpi\r\nDate: Sun, 01 Jun 2025 10:00:01 GMT\r\nServer: stub\r\n";

/// The answers.
struct Answers {
    s3: Objects,
    azure: Objects,
    /// Google's JSON; its XML is that of S3, and some of its headers are asked for.
    gcs: Objects,
    gcs_xml: Objects,
}

/// The answers of one protocol.
struct Objects {
    get: Vec<u8>,
    head: Vec<u8>,
    put: Vec<u8>,
    list: Vec<u8>,
}

/// Prints the port, then answers until the parent closes this process's input.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        std::io::stdout().flush().unwrap();
        tokio::spawn(accept(listener));
        let mut nothing = Vec::new();
        tokio::io::stdin().read_to_end(&mut nothing).await.unwrap();
    });
}

async fn accept(listener: TcpListener) {
    let answers: &'static Answers = Box::leak(Box::new(Answers::new()));
    while let Ok((connection, _)) = listener.accept().await {
        connection.set_nodelay(true).unwrap();
        // A connection that a client drops is no failure.
        tokio::spawn(async move { drop(answer_all(connection, answers).await) });
    }
}

/// Answers request after request.
async fn answer_all(mut connection: TcpStream, answers: &Answers) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(64 << 10);
    loop {
        let end = loop {
            if let Some(end) = find(&buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if connection.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = &buffer[..end];
        let answer = answers.to(head);
        let length = body_length(head);
        let whole = loop {
            if let Some(body) = length.of(&buffer[end..]) {
                break end + body;
            }
            if connection.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        buffer.drain(..whole);
        connection.write_all(answer).await?;
    }
}

impl Answers {
    fn new() -> Self {
        let azure = |status: &str| format!("HTTP/1.1 {status}\r\n{AZURE_HEAD}");
        let (content, nothing) = (vec![b'x'; K4 as usize], Vec::new());
        let object = |crc: &str| resource("bench/content-4096", K4, crc).into_bytes();
        Self {
            s3: Objects {
                get: answer(HEAD, &content),
                head: head(HEAD),
                put: answer(HEAD, &nothing),
                list: answer(HEAD, listing().as_bytes()),
            },
            azure: Objects {
                get: answer(&azure("200 OK"), &content),
                head: head(&azure("200 OK")),
                put: answer(&azure("201 Created"), &nothing),
                list: answer(&azure("200 OK").replace("octet-stream", "xml"), azure_listing().as_bytes()),
            },
            gcs: Objects {
                get: answer(GCS_HEAD, &content),
                head: answer(JSON_HEAD, &object("pGqyHw==")),
                put: answer(JSON_HEAD, &object("N/GMSQ==")),
                list: answer(JSON_HEAD, gcs_listing().as_bytes()),
            },
            gcs_xml: Objects {
                get: answer(GCS_HEAD, &content),
                head: head(GCS_HEAD),
                put: answer(GCS_HEAD, &nothing),
                list: answer(GCS_HEAD, listing().as_bytes()),
            },
        }
    }

    fn to(&self, request: &[u8]) -> &[u8] {
        let line = &request[..find(request, b"\r\n").unwrap_or(0)];
        let path = line.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default();
        if path.starts_with(b"/storage/") || path.starts_with(b"/upload/") {
            return self.gcs.of_json(line);
        }
        let objects = if path.starts_with(AZURE.as_bytes()) {
            &self.azure
        } else if path.starts_with(b"/gcs-") {
            &self.gcs_xml
        } else {
            &self.s3
        };
        objects.of_method(line)
    }
}

impl Objects {
    /// Amazon's protocol and Azure's: the method says it all, but for listings.
    fn of_method(&self, line: &[u8]) -> &[u8] {
        match line.first() {
            Some(b'H') => &self.head,
            Some(b'P') => &self.put,
            _ if find(line, b"list-type=2").is_some() || find(line, b"comp=list").is_some() => &self.list,
            _ => &self.get,
        }
    }

    /// Google's JSON: an object is `.../o/NAME`, its content is asked for by `alt=media`, and without a name it is a listing.
    fn of_json(&self, line: &[u8]) -> &[u8] {
        match line.first() {
            Some(b'P') => &self.put,
            _ if find(line, b"alt=media").is_some() => &self.get,
            _ if find(line, b"/o/").is_some() => &self.head,
            _ => &self.list,
        }
    }
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// The answer to HEAD, which has the length of what it leaves out.
fn head(head: &str) -> Vec<u8> {
    format!("{head}Content-Length: {K4}\r\n\r\n").into_bytes()
}

/// An object in Google's JSON.
fn resource(name: &str, size: u64, crc32c: &str) -> String {
    format!(
        "{{\"kind\":\"storage#object\",\"id\":\"bucket/{name}/1360887697105000\",\"name\":\"{name}\",\"bucket\":\"bucket\",\
         \"generation\":\"1360887697105000\",\"metageneration\":\"1\",\"contentType\":\"application/octet-stream\",\
         \"storageClass\":\"STANDARD\",\"size\":\"{size}\",\"crc32c\":\"{crc32c}\",\"etag\":\"CKih16GjycICEAE=\",\
         \"timeCreated\":\"2025-06-01T10:00:00.000Z\",\"updated\":\"2025-06-01T10:00:00.000Z\"}}"
    )
}

/// The keys of the listing.
fn keys() -> (String, u64) {
    let Op::List(keys) = Op::STUB[3] else { unreachable!("the last operation is the listing") };
    (super::op::listing(keys), keys)
}

fn gcs_listing() -> String {
    let (dir, keys) = keys();
    let items: Vec<String> =
        (0..keys).map(|index| resource(&format!("{dir}/file-{index:06}.dat"), index, "yZRlqg==")).collect();
    format!("{{\"kind\":\"storage#objects\",\"items\":[{}]}}", items.join(","))
}

/// A page of blobs as Azure writes it ("List Blobs").
fn azure_listing() -> String {
    let (dir, keys) = keys();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1{AZURE}/\" \
         ContainerName=\"bucket\"><Prefix>{dir}/</Prefix><Delimiter>/</Delimiter><Blobs>"
    );
    for index in 0..keys {
        text.push_str(&format!(
            "<Blob><Name>{dir}/file-{index:06}.dat</Name><Properties>\
             <Creation-Time>Sun, 01 Jun 2025 10:00:00 GMT</Creation-Time>\
             <Last-Modified>Sun, 01 Jun 2025 10:00:00 GMT</Last-Modified><Etag>0x8DDA0C9D5F4B5E0</Etag>\
             <Content-Length>{index}</Content-Length><Content-Type>application/octet-stream</Content-Type>\
             <BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>\
             <LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>\
             <ServerEncrypted>true</ServerEncrypted></Properties></Blob>"
        ));
    }
    text.push_str("</Blobs><NextMarker /></EnumerationResults>");
    text
}

/// A page of keys as Amazon writes it.
fn listing() -> String {
    let (dir, keys) = keys();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>bucket</Name><Prefix>{dir}/</Prefix><KeyCount>{keys}</KeyCount><MaxKeys>1000</MaxKeys>\
         <Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>"
    );
    for index in 0..keys {
        text.push_str(&format!(
            "<Contents><Key>{dir}/file-{index:06}.dat</Key><LastModified>2025-06-01T10:00:00.000Z</LastModified>\
             <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>{index}</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>"
        ));
    }
    text.push_str("</ListBucketResult>");
    text
}

/// How long the body of a request is.
#[derive(Debug, PartialEq, Eq)]
enum Length {
    Bytes(usize),
    /// It says itself where it ends (RFC 9112, 7.1). None of ours holds what looks like that end.
    Chunked,
}

impl Length {
    /// The length of the body, if all of it is in `text`.
    fn of(&self, text: &[u8]) -> Option<usize> {
        const END: &[u8] = b"0\r\n\r\n";
        match self {
            Self::Bytes(length) => (text.len() >= *length).then_some(*length),
            Self::Chunked => text.ends_with(END).then_some(text.len()),
        }
    }
}

fn body_length(head: &[u8]) -> Length {
    let text = String::from_utf8_lossy(head);
    let value = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    if value("transfer-encoding").is_some() {
        return Length::Chunked;
    }
    Length::Bytes(value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let answers = Answers::new();
        assert_eq!(answers.to(b"PUT /bucket/a HTTP/1.1\r\n\r\n"), answers.s3.put);
        assert_eq!(answers.to(b"GET /bucket/?list-type=2 HTTP/1.1\r\n\r\n"), answers.s3.list);
        assert_eq!(answers.to(b"GET /account/bucket/a HTTP/1.1\r\n\r\n"), answers.azure.get);
        assert_eq!(
            answers.to(b"GET /account/bucket?restype=container&comp=list HTTP/1.1\r\n\r\n"),
            answers.azure.list
        );
        assert_eq!(answers.to(b"POST /upload/storage/v1/b/bucket/o HTTP/1.1\r\n\r\n"), answers.gcs.put);
        assert_eq!(answers.to(b"GET /storage/v1/b/bucket/o/a?alt=media HTTP/1.1\r\n\r\n"), answers.gcs.get);
        assert_eq!(answers.to(b"GET /storage/v1/b/bucket/o/a HTTP/1.1\r\n\r\n"), answers.gcs.head);
        assert_eq!(answers.to(b"GET /storage/v1/b/bucket/o?prefix=a HTTP/1.1\r\n\r\n"), answers.gcs.list);
        assert_eq!(answers.to(b"HEAD /gcs-bucket/a HTTP/1.1\r\n\r\n"), answers.gcs_xml.head);
        assert_eq!(body_length(b"PUT / HTTP/1.1\r\ncontent-LENGTH: 12\r\n\r\n"), Length::Bytes(12));
        let chunked = body_length(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert_eq!((chunked.of(b"1\r\nx\r\n"), chunked.of(b"1\r\nx\r\n0\r\n\r\n")), (None, Some(11)));
    }
}
