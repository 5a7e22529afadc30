//! Answers that are not what the server said: what caches, portals, gateways and filters on the way make of them.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::message::{Head, relay};

/// One way in which an answer is wrong. An answer that it does not fit is passed on as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// A part of the content comes with status 200, and still says that it is a part.
    PartWithStatus200,
    /// A part of the content comes with status 200, as if it were everything.
    PartAsWhole,
    /// The whole content comes with status 206, without saying which part it is.
    WholeWithStatus206,
    /// A success is `204 No Content`.
    NoContent,
    /// The server never sees the request. A page for people comes, with this status.
    Page(u16),
    /// The same with an ETag and a date, as web servers send them along.
    TaggedPage,
    /// The server never sees the request. A redirect to a page comes.
    Redirect,
    /// The server never sees the request. Status 200 comes, and nothing else.
    Empty,
    /// The declared length is larger than what then comes.
    TooLong,
    /// The declared length is smaller, and so much comes.
    TooShort,
    /// No length is declared; the end of the connection is the end of the content.
    NoLength,
    /// The same, and the end comes too early.
    NoLengthAndCut,
    /// Two lengths that differ are declared.
    TwoLengths,
    /// The body ends too early, and the connection with it.
    Cut,
    /// More comes than was declared.
    Surplus,
    /// The range that is declared begins elsewhere.
    ShiftedRange,
    /// The whole content is declared to be larger.
    LargerTotal,
    /// The whole content is declared to be smaller.
    SmallerTotal,
    /// How large the whole content is stays open.
    OpenTotal,
    /// The range is not declared.
    NoRange,
    /// The declared range makes no sense.
    MalformedRange,
    /// Two ranges that differ are declared.
    TwoRanges,
    /// The content comes compressed, which nobody asked for.
    Compressed,
    /// The body comes in chunks, and the last one is missing.
    CutChunks,
    /// A document is half of itself, and its length fits.
    HalfDocument,
    /// A document has no end: more of it comes as long as somebody takes it.
    Flood,
    /// The answer comes twice on the same connection.
    Twice,
    /// Each page of a listing names itself as the next one.
    SamePage,
    /// Each page of a listing names a next one, and that has the same entries.
    EndlessPages,
    /// Each page of a listing is empty and names a next one.
    EmptyPages,
}

const PAGE: &str =
    "<html><head><title>Log in</title></head><body><h1>Welcome</h1><p>Log in first</p></body></html>";

/// What the marks of listings that no server made begin with.
const MARK: &str = "nextpage";

/// What listings need to go on for ever.
#[derive(Debug, Default)]
pub(super) struct Pages {
    last: Mutex<Option<Vec<u8>>>,
    number: AtomicU32,
}

impl Lie {
    /// Whether it is about listings that come in pages.
    #[must_use]
    pub fn is_of_pages(self) -> bool {
        matches!(self, Self::SamePage | Self::EndlessPages | Self::EmptyPages)
    }

    /// The answer that comes in place of the server's, which never sees the request.
    pub(super) fn instead(self, method: &str, target: &str, pages: &Pages) -> Option<Vec<u8>> {
        let page = |status: u16, lines: &str| {
            let length = PAGE.len();
            let body = if method == "HEAD" { "" } else { PAGE };
            let head =
                format!("HTTP/1.1 {status} Fault\r\nContent-Type: text/html; charset=utf-8\r\n{lines}");
            format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
        };
        // To where the redirect leads.
        if target.starts_with("/portal") {
            return Some(page(200, ""));
        }
        match self {
            Self::Page(503) => Some(page(503, "Retry-After: 0\r\n")),
            Self::Page(status) => Some(page(status, "")),
            Self::TaggedPage => Some(page(
                200,
                "ETag: \"5f0-1a2b\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nAccept-Ranges: bytes\r\n",
            )),
            Self::Redirect => Some(page(302, "Location: /portal/login\r\n")),
            Self::Empty => {
                Some(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec())
            }
            _ if self.is_of_pages() && target.contains(MARK) => {
                let last = pages.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
                last.map(|body| answer_with(&self.on_and_on(&body, target, pages)))
            }
            _ => None,
        }
    }

    /// The answer of the server as it is passed on; `None` as it is.
    pub(super) fn told(
        self,
        request: &Head,
        answer: &Head,
        from: &mut impl BufRead,
        pages: &Pages,
    ) -> io::Result<Option<Vec<u8>>> {
        let (method, target) = request.method_and_target();
        if !self.fits(method, target, answer) {
            return Ok(None);
        }
        let mut body = Vec::new();
        relay(answer.answer_body(method), from, &mut body, u64::MAX)?;
        if answer.is_chunked() {
            body = unchunked(&body);
        }
        if self.is_of_pages() {
            *pages.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(body.clone());
            return Ok(Some(answer_with(&self.on_and_on(&body, target, pages))));
        }
        let mut head = answer.clone();
        head.remove("content-length");
        head.remove("transfer-encoding");
        head.remove("connection");
        Ok(Some(self.twisted(head, body)))
    }

    fn fits(self, method: &str, target: &str, answer: &Head) -> bool {
        let (status, has_range) = (answer.status(), answer.get("content-range").is_some());
        let content = method == "GET" && matches!(status, 200 | 206) && answer.length() != Some(0);
        match self {
            Self::PartWithStatus200
            | Self::PartAsWhole
            | Self::ShiftedRange
            | Self::LargerTotal
            | Self::SmallerTotal
            | Self::OpenTotal
            | Self::NoRange
            | Self::MalformedRange
            | Self::TwoRanges => status == 206 && has_range,
            Self::WholeWithStatus206 => content && status == 200,
            Self::NoContent => status < 300,
            Self::HalfDocument | Self::Flood => {
                let media = answer.get("content-type").unwrap_or_default();
                method != "HEAD" && status < 300 && (media.contains("xml") || media.contains("json"))
            }
            Self::Twice => method != "HEAD" && status < 300,
            Self::SamePage | Self::EndlessPages | Self::EmptyPages => status == 200 && lists(method, target),
            _ => content,
        }
    }

    /// The answer with other headers or another body.
    fn twisted(self, mut head: Head, mut body: Vec<u8>) -> Vec<u8> {
        let length = body.len();
        let mut declared = Some(length);
        match self {
            Self::PartWithStatus200 => head.set_status(200),
            Self::PartAsWhole => {
                head.set_status(200);
                head.remove("content-range");
            }
            Self::WholeWithStatus206 => head.set_status(206),
            Self::NoContent => {
                head.set_status(204);
                (declared, body) = (None, Vec::new());
            }
            Self::TooLong => declared = Some(length + 7),
            Self::TooShort => {
                body.truncate(length.saturating_sub(7));
                declared = Some(body.len());
            }
            Self::NoLength => declared = None,
            Self::NoLengthAndCut => {
                body.truncate(length / 2);
                declared = None;
            }
            Self::TwoLengths => head.add("Content-Length", &(length + 1).to_string()),
            Self::Cut => body.truncate(length / 2),
            Self::Surplus => body.extend_from_slice(b"more than was declared"),
            Self::ShiftedRange => set_range(&mut head, |first, last, total| {
                format!("bytes {}-{}/{}", first + 1, last + 1, total + 1)
            }),
            Self::LargerTotal => {
                set_range(&mut head, |first, last, total| format!("bytes {first}-{last}/{}", total + 1000));
            }
            Self::SmallerTotal => set_range(&mut head, |first, last, total| {
                format!("bytes {first}-{last}/{}", total.saturating_sub(10))
            }),
            Self::OpenTotal => set_range(&mut head, |first, last, _| format!("bytes {first}-{last}/*")),
            Self::NoRange => head.remove("content-range"),
            Self::MalformedRange => set_range(&mut head, |_, _, _| "bytes from here to there".to_owned()),
            Self::TwoRanges => {
                let (first, last, total) = range_of(&head);
                head.add("Content-Range", &format!("bytes {first}-{last}/{}", total + 1));
            }
            Self::Compressed => {
                head.add("Content-Encoding", "gzip");
                let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
                packed.extend_from_slice(&body[..length / 2]);
                declared = Some(packed.len());
                body = packed;
            }
            Self::CutChunks => {
                head.add("Transfer-Encoding", "chunked");
                let half = &body[..length / 2];
                body = [format!("{:x}\r\n", half.len()).as_bytes(), half, b"\r\n"].concat();
                declared = None;
            }
            Self::Flood => {
                head.add("Transfer-Encoding", "chunked");
                (declared, body) = (None, Vec::new());
            }
            Self::HalfDocument => {
                body.truncate(length / 2);
                declared = Some(body.len());
            }
            _ => {}
        }
        if let Some(declared) = declared {
            head.add("Content-Length", &declared.to_string());
        }
        if self == Self::Twice {
            let once = [head.to_bytes(), body].concat();
            return once.repeat(2);
        }
        head.add("Connection", "close");
        [head.to_bytes(), body].concat()
    }

    /// A page of a listing that names a next one.
    fn on_and_on(self, body: &[u8], target: &str, pages: &Pages) -> Vec<u8> {
        let number = if self == Self::SamePage { 0 } else { pages.number.fetch_add(1, Ordering::Relaxed) };
        let mark = format!("{MARK}{number}");
        let text = String::from_utf8_lossy(body);
        let empty = self == Self::EmptyPages;
        if target.contains("comp=list") {
            let next = format!("<NextMarker>{mark}</NextMarker>");
            return if empty {
                format!("<EnumerationResults><Blobs />{next}</EnumerationResults>").into_bytes()
            } else {
                let text = without(&text, "<NextMarker", "</NextMarker>").replace("<NextMarker/>", "");
                text.replace("</EnumerationResults>", &format!("{next}</EnumerationResults>")).into_bytes()
            };
        }
        if target.contains("list-type=2") {
            let next = format!(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>{mark}</NextContinuationToken></ListBucketResult>"
            );
            return if empty {
                format!("<ListBucketResult>{next}").into_bytes()
            } else {
                let text = without(&text, "<NextContinuationToken>", "</NextContinuationToken>");
                let text = without(&text, "<IsTruncated>", "</IsTruncated>");
                text.replace("</ListBucketResult>", &next).into_bytes()
            };
        }
        let mut page: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        if empty {
            page = serde_json::json!({ "kind": "storage#objects" });
        }
        page["nextPageToken"] = mark.into();
        page.to_string().into_bytes()
    }
}

/// Whether a request is for a page of keys.
fn lists(method: &str, target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    method == "GET"
        && (target.contains("list-type=2") || target.contains("comp=list") || path.ends_with("/o"))
}

fn answer_with(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let media = if body.starts_with(b"{") { "application/json" } else { "application/xml" };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nx-ms-version: 2025-11-05\r\n");
    [format!("{head}Content-Length: {length}\r\n\r\n").as_bytes(), body].concat()
}

/// The text without what stands between the first `begin` and the `end` behind it, and without both.
fn without(text: &str, begin: &str, end: &str) -> String {
    let found = text.find(begin).and_then(|at| {
        let behind = text[at..].find(end)? + at + end.len();
        Some(format!("{}{}", &text[..at], &text[behind..]))
    });
    found.unwrap_or_else(|| text.to_owned())
}

fn range_of(head: &Head) -> (u64, u64, u64) {
    let numbers = head.get("content-range").unwrap_or_default().trim_start_matches("bytes ");
    let mut numbers = numbers.split(['-', '/']).map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

fn set_range(head: &mut Head, make: impl Fn(u64, u64, u64) -> String) {
    let (first, last, total) = range_of(head);
    head.set("content-range", &make(first, last, total));
}

/// The content of chunks.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&body[..end]).trim(), 16).unwrap_or(0);
        let Some(chunk) = body.get(end + 2..end + 2 + size).filter(|chunk| !chunk.is_empty()) else { break };
        content.extend_from_slice(chunk);
        body = body.get(end + 4 + size..).unwrap_or_default();
    }
    content
}
