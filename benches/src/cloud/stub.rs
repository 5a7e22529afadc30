//! A server that answers what an S3 server would, without doing anything: what is left to measure is the client.
//!
//! A process of its own, so that its CPU time is not the client's.

use std::io::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::op::{K4, Op};

const HEAD: &str = "HTTP/1.1 200 OK\r\nETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\
     Last-Modified: Sun, 01 Jun 2025 10:00:00 GMT\r\nContent-Type: application/octet-stream\r\n\
     x-amz-request-id: 0123456789ABCDEF\r\nDate: Sun, 01 Jun 2025 10:00:01 GMT\r\nServer: stub\r\n";

/// The answers.
struct Answers {
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
        let whole = end + content_length(head);
        while buffer.len() < whole {
            if connection.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..whole);
        connection.write_all(answer).await?;
    }
}

impl Answers {
    fn new() -> Self {
        let with = |length: u64| format!("{HEAD}Content-Length: {length}\r\n\r\n").into_bytes();
        let mut get = with(K4);
        get.resize(get.len() + K4 as usize, b'x');
        let listing = listing();
        let mut list = with(listing.len() as u64);
        list.extend_from_slice(listing.as_bytes());
        Self { get, head: with(K4), put: with(0), list }
    }

    fn to(&self, head: &[u8]) -> &[u8] {
        let line = &head[..find(head, b"\r\n").unwrap_or(0)];
        match line.first() {
            Some(b'H') => &self.head,
            Some(b'P') => &self.put,
            _ if find(line, b"list-type=2").is_some() => &self.list,
            _ => &self.get,
        }
    }
}

/// A page of keys as Amazon writes it.
fn listing() -> String {
    let Op::List(keys) = Op::STUB[3] else { unreachable!("the last operation is the listing") };
    let dir = super::op::listing(keys);
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

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head);
    let value = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    value.unwrap_or(0)
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
        assert_eq!(answers.to(b"PUT /bucket/a HTTP/1.1\r\n\r\n"), answers.put);
        assert_eq!(answers.to(b"GET /bucket/?list-type=2 HTTP/1.1\r\n\r\n"), answers.list);
        assert_eq!(content_length(b"PUT / HTTP/1.1\r\ncontent-LENGTH: 12\r\n\r\n"), 12);
    }
}
