//! What comes as a stream: standard input, and pipes and devices that are named. In chunks.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use storage::types::Error;

use crate::exit::{Done, Stop};
use crate::interrupt::Interrupt;

const CHUNK: usize = 1 << 20;

/// Content that can be read once, from its beginning to its end.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    /// None is standard input.
    path: Option<PathBuf>,
    /// As the user typed it.
    pub(crate) typed: String,
}

impl Stream {
    pub(crate) fn stdin() -> Self {
        Self { path: None, typed: "-".to_owned() }
    }

    /// A plain path at which neither a file nor a directory is, but a pipe, a socket or a device.
    pub(crate) fn at(typed: &str) -> Option<Self> {
        let there = fs::metadata(typed).ok()?;
        let is_stream = !there.is_file() && !there.is_dir();
        is_stream.then(|| Self { path: Some(typed.into()), typed: typed.to_owned() })
    }

    pub(crate) fn is_stdin(&self) -> bool {
        self.path.is_none()
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        if self.is_stdin() { "standard input".to_owned() } else { format!("`{}`", self.typed) }
    }

    /// Begins to read.
    pub(crate) fn open(&self) -> Input {
        Input::of(self)
    }

    /// All of it, or as much of it as `limit` and one byte more.
    pub(crate) fn whole(&self, limit: u64, interrupt: &Interrupt) -> Done<Vec<u8>> {
        let input = self.open();
        let mut whole = Vec::new();
        while whole.len() as u64 <= limit {
            let Some(chunk) = input.next(interrupt)? else { break };
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

/// A stream that is read ahead by a thread of its own, so that Ctrl-C gets through while nothing arrives.
pub(crate) struct Input {
    chunks: Receiver<io::Result<Vec<u8>>>,
    name: String,
}

impl Input {
    fn of(stream: &Stream) -> Self {
        let (sender, chunks) = sync_channel(1);
        let path = stream.path.clone();
        // Without a thread the channel closes, and `next` says that there is no input.
        let _ = thread::Builder::new().name("input".into()).spawn(move || {
            // A pipe opens when somebody writes to it, which may take its time.
            let mut source: Box<dyn Read> = match path.map(File::open) {
                None => Box::new(io::stdin()),
                Some(Ok(file)) => Box::new(file),
                Some(Err(error)) => return drop(sender.send(Err(error))),
            };
            loop {
                let chunk = read_chunk(&mut *source);
                let last = !matches!(&chunk, Ok(bytes) if !bytes.is_empty());
                if sender.send(chunk).is_err() || last {
                    return;
                }
            }
        });
        Self { chunks, name: stream.name() }
    }

    /// The next bytes; `None` at the end.
    pub(crate) fn next(&self, interrupt: &Interrupt) -> Done<Option<Vec<u8>>> {
        loop {
            interrupt.check()?;
            match self.chunks.recv_timeout(Duration::from_millis(50)) {
                Ok(Ok(bytes)) => return Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
                Ok(Err(error)) => return Err(self.failed(error)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failed(io::Error::other("the thread that reads it could not start")));
                }
            }
        }
    }

    fn failed(&self, error: io::Error) -> Stop {
        let error = Error::from_io(error);
        Stop::Fatal(Error::new(error.kind(), format!("cannot read {}: {}", self.name, error.message())))
    }
}

/// A full chunk unless the input ends.
fn read_chunk(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    source.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}
