//! A list, line by line.

use storage::blocking::{Reader, StorageNode};
use storage::types::{Error, ErrorKind, Operation};

use crate::context::{Context, Source, at};
use crate::exit::{Done, Stop};
use crate::input::Input;

/// Longer lines are in no list of checksums, but in something else.
const LONGEST: usize = 1 << 20;

pub(super) struct Lines {
    from: From,
    text: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    ended: bool,
}

enum From {
    Stream(Input),
    Place(StorageNode, Box<Reader>),
}

impl Lines {
    pub(super) fn open(source: &Source) -> Done<Self> {
        let from = match source {
            Source::Stream(stream) => From::Stream(stream.open()),
            Source::Place(place) => From::Place(place.node.clone(), Box::new(place.node.reader()?)),
        };
        Ok(Self { from, text: Vec::new(), start: 0, ended: false })
    }

    /// The next line without its end, `\n` or `\r\n`.
    pub(super) fn next(&mut self, context: &Context) -> Done<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            let rest = &self.text[self.start..];
            if let Some(end) = rest[searched..].iter().position(|byte| *byte == b'\n') {
                let line = trimmed(&rest[..searched + end]);
                self.start += searched + end + 1;
                return Ok(Some(line));
            }
            searched = rest.len();
            if self.ended {
                let line = trimmed(rest);
                self.start = self.text.len();
                return Ok(Some(line).filter(|_| searched > 0));
            }
            if searched > LONGEST {
                return Err(self.no_list());
            }
            self.more(context)?;
        }
    }

    fn more(&mut self, context: &Context) -> Done {
        self.text.drain(..self.start);
        self.start = 0;
        match &mut self.from {
            From::Stream(input) => match input.next(&context.interrupt)? {
                Some(chunk) => self.text.extend_from_slice(&chunk),
                None => self.ended = true,
            },
            From::Place(node, reader) => match at(node, Operation::Read, reader.next())? {
                Some(chunk) => self.text.extend_from_slice(&chunk),
                None => self.ended = true,
            },
        }
        Ok(())
    }

    fn no_list(&self) -> Stop {
        let error = Error::new(ErrorKind::InvalidInput, "a line is longer than 1 MiB")
            .with_hint("give the list that `storage hash` or `sha256sum` has written");
        Stop::Error(match &self.from {
            From::Stream(_) => error,
            From::Place(node, _) => error.with_mount(node.mount_name()).with_path(node.path().as_str()),
        })
    }
}

fn trimmed(line: &[u8]) -> Vec<u8> {
    line.strip_suffix(b"\r").unwrap_or(line).to_vec()
}
