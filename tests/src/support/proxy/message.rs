//! The head of a message, and where its body ends.

use std::io::{self, BufRead, Read, Write};

/// How long a head may be, in bytes.
const HEAD_MAX: u64 = 256 << 10;

/// The first line and the header lines of a message.
#[derive(Debug, Clone)]
pub(super) struct Head {
    first: String,
    lines: Vec<(String, String)>,
}

/// Where the body of a message ends (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    Rest,
}

impl Head {
    /// Reads a head; `None` when the connection ended before.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut limited = from.take(HEAD_MAX);
        let Some(first) = line(&mut limited)? else { return Ok(None) };
        let mut lines = Vec::new();
        loop {
            match line(&mut limited)? {
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(text) if text.is_empty() => return Ok(Some(Self { first, lines })),
                Some(text) => {
                    let (name, value) = text.split_once(':').unwrap_or((&text, ""));
                    lines.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }

    /// The head as it is sent.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first);
        for (name, value) in &self.lines {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// The value of a header line.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.lines.iter().find(|(line, _)| line.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All header lines.
    pub(super) fn lines(&self) -> &[(String, String)] {
        &self.lines
    }

    /// Puts another value into a header line that is there.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        for line in self.lines.iter_mut().filter(|(line, _)| line.eq_ignore_ascii_case(name)) {
            value.clone_into(&mut line.1);
        }
    }

    /// Adds a header line.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.lines.push((name.to_owned(), value.to_owned()));
    }

    /// Takes all header lines of this name away.
    pub(super) fn remove(&mut self, name: &str) {
        self.lines.retain(|(line, _)| !line.eq_ignore_ascii_case(name));
    }

    /// Puts another status into an answer.
    pub(super) fn set_status(&mut self, status: u16) {
        self.first = format!("HTTP/1.1 {status} Changed");
    }

    /// Method and target of a request.
    pub(super) fn method_and_target(&self) -> (&str, &str) {
        let mut words = self.first.split(' ');
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    /// The status of an answer.
    pub(super) fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.get("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"))
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.get("content-length").and_then(|length| length.parse().ok())
    }

    /// The body of a request.
    pub(super) fn request_body(&self) -> Body {
        if self.is_chunked() { Body::Chunked } else { Body::Length(self.length().unwrap_or(0)) }
    }

    /// The body of the answer to a request with this method.
    pub(super) fn answer_body(&self, method: &str) -> Body {
        if method == "HEAD" || matches!(self.status(), 100..200 | 204 | 304) {
            Body::Length(0)
        } else if self.is_chunked() {
            Body::Chunked
        } else {
            self.length().map_or(Body::Rest, Body::Length)
        }
    }

    /// Whether the sender closes the connection after this message.
    pub(super) fn closes(&self) -> bool {
        self.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
            || self.first.ends_with("HTTP/1.0")
            || self.first.starts_with("HTTP/1.0")
    }
}

/// A line without its end; `None` at the end of the input.
fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if from.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    while bytes.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        bytes.pop();
    }
    String::from_utf8(bytes).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Passes a body on while it arrives, at most `limit` bytes of it; tells whether it was all.
pub(super) fn relay(
    body: Body,
    from: &mut impl BufRead,
    to: &mut impl Write,
    limit: u64,
) -> io::Result<bool> {
    match body {
        Body::Length(length) => {
            let copied = pass(from, to, length.min(limit))?;
            if copied < length.min(limit) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(copied == length)
        }
        Body::Rest => Ok(pass(from, to, limit)? < limit),
        Body::Chunked => relay_chunks(from, to, limit),
    }
}

fn relay_chunks(from: &mut impl BufRead, to: &mut impl Write, mut limit: u64) -> io::Result<bool> {
    loop {
        let head = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = u64::from_str_radix(head.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        write!(to, "{head}\r\n")?;
        if size == 0 {
            return relay_trailer(from, to).map(|()| true);
        }
        let wanted = size.min(limit);
        if pass(from, to, wanted)? < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if wanted < size {
            return Ok(false);
        }
        limit -= wanted;
        let _ = line(from)?;
        to.write_all(b"\r\n")?;
        to.flush()?;
    }
}

fn relay_trailer(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
    loop {
        let text = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        write!(to, "{text}\r\n")?;
        if text.is_empty() {
            return to.flush();
        }
    }
}

/// Copies so many bytes, each as soon as it is there; tells how many came.
fn pass(from: &mut impl BufRead, to: &mut impl Write, count: u64) -> io::Result<u64> {
    let mut left = count;
    while left > 0 {
        let buffer = match from.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            break;
        }
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        to.write_all(&buffer[..length])?;
        from.consume(length);
        left -= length as u64;
    }
    to.flush()?;
    Ok(count - left)
}
