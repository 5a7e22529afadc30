//! Standard input in chunks.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use storage::types::Error;

use crate::exit::{Done, Stop};
use crate::interrupt::Interrupt;

const CHUNK: usize = 1 << 20;

/// Standard input, read ahead by a thread of its own, so that Ctrl-C gets through while nothing arrives.
pub(crate) struct Input {
    chunks: Receiver<io::Result<Vec<u8>>>,
}

impl Input {
    pub(crate) fn stdin() -> Self {
        let (sender, chunks) = sync_channel(1);
        // Without a thread the channel closes, and `next` says that there is no input.
        let _ = thread::Builder::new().name("stdin".into()).spawn(move || {
            loop {
                let chunk = read_chunk();
                let last = !matches!(&chunk, Ok(bytes) if !bytes.is_empty());
                if sender.send(chunk).is_err() || last {
                    return;
                }
            }
        });
        Self { chunks }
    }

    /// The next bytes; `None` at the end.
    pub(crate) fn next(&self, interrupt: &Interrupt) -> Done<Option<Vec<u8>>> {
        loop {
            interrupt.check()?;
            match self.chunks.recv_timeout(Duration::from_millis(50)) {
                Ok(Ok(bytes)) => return Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
                Ok(Err(error)) => return Err(failed(error)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed(io::Error::other("the thread that reads it could not start")));
                }
            }
        }
    }
}

/// A full chunk unless the input ends.
fn read_chunk() -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    io::stdin().lock().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

fn failed(error: io::Error) -> Stop {
    let error = Error::from_io(error);
    Stop::Fatal(Error::new(error.kind(), format!("cannot read standard input: {}", error.message())))
}
