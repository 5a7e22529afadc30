//! One request to a server on this machine, as anybody can make it who has a URL.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Status and body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Makes one request to an `http` URL, on a connection of its own.
///
/// # Errors
///
/// What the operating system says, and an answer that is none.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other(format!("no http URL: {url}")))?;
    let (authority, target) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut head = format!("{method} /{target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    write!(stream, "{head}Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    answer(stream)
}

fn answer(stream: TcpStream) -> io::Result<Answer> {
    let mut all = Vec::new();
    BufReader::new(stream).read_to_end(&mut all)?;
    let end = all.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("the answer has no head"))?;
    let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("the answer has no status"))?;
    let body = all.split_off(end + 4);
    let body = if head.contains("transfer-encoding: chunked") { unchunked(&body)? } else { body };
    Ok(Answer { status, body })
}

fn unchunked(mut body: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n");
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = String::from_utf8_lossy(&body[..end]).trim().to_owned();
        let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
        let chunk = body.get(end + 2..end + 2 + size).ok_or(io::ErrorKind::UnexpectedEof)?;
        if size == 0 {
            return Ok(content);
        }
        content.extend_from_slice(chunk);
        body = body.get(end + 4 + size..).unwrap_or_default();
    }
}
