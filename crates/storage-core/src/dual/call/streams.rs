//! What goes into a program and what comes out of it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use storage_types::Result;

use crate::dual::stream::{Reader, Writer};
use crate::maybe_async;

/// What a pipe holds by default (Linux): more is never there at once.
pub(crate) const PIPE: usize = 64 << 10;

/// So much of standard error is kept.
const TAIL: usize = 16 << 10;

/// The three streams of a program, as far as they pass through this process.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) stdin: Option<Reader>,
    pub(crate) stdout: Sink,
    pub(crate) stderr: Tail,
}

/// Where standard output goes.
#[derive(Debug)]
pub(crate) enum Sink {
    Kept(Head),
    Node(Box<Writer>),
}

#[maybe_async]
impl Sink {
    /// Takes the next bytes.
    pub(crate) async fn take(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Kept(head) => head.take(bytes),
            Self::Node(writer) => writer.write(Bytes::copy_from_slice(bytes)).await?,
        }
        Ok(())
    }
}

/// The beginning of something.
#[derive(Debug)]
pub(crate) struct Head {
    pub(super) kept: BytesMut,
    pub(super) dropped: u64,
    room: usize,
}

impl Head {
    pub(super) fn of(room: usize) -> Self {
        Self { kept: BytesMut::new(), dropped: 0, room }
    }

    fn take(&mut self, bytes: &[u8]) {
        let fits = bytes.len().min(self.room - self.kept.len());
        self.kept.extend_from_slice(&bytes[..fits]);
        self.dropped += (bytes.len() - fits) as u64;
    }
}

/// The end of something.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    kept: VecDeque<u8>,
    cut: bool,
}

impl Tail {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.kept.extend(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let over = self.kept.len().saturating_sub(TAIL);
        self.cut |= over > 0 || bytes.len() > TAIL;
        self.kept.drain(..over);
    }

    /// As text. A character that was cut in two is left out.
    pub(super) fn text(&mut self) -> String {
        let bytes = self.kept.make_contiguous();
        let whole = if self.cut { bytes.iter().position(|byte| byte & 0xc0 != 0x80).unwrap_or(0) } else { 0 };
        String::from_utf8_lossy(&bytes[whole..]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_no_more() {
        let mut tail = Tail::default();
        tail.take("a\u{20ac}b".as_bytes());
        assert_eq!(tail.text(), "a\u{20ac}b");
        let mut tail = Tail::default();
        tail.take("\u{20ac}".repeat(TAIL).as_bytes());
        tail.take(b"end");
        let text = tail.text();
        assert!(text.ends_with("\u{20ac}end") && text.starts_with('\u{20ac}'), "{}", &text[..9]);
        assert!(text.len() <= TAIL && text.len() > TAIL - 3);
    }

    #[test]
    fn the_beginning_is_kept_and_the_rest_counted() {
        let mut head = Head::of(4);
        for bytes in ["ab", "cde", "f"] {
            head.take(bytes.as_bytes());
        }
        assert_eq!((&head.kept[..], head.dropped), (&b"abcd"[..], 2));
    }
}
