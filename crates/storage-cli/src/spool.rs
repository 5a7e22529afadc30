//! Streams that have to be read more than once, or from their end: as files without a name, gone when the program is.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, PoisonError};

use storage::types::Error;

use crate::exit::{Done, Stop};
use crate::input::Stream;
use crate::interrupt::Interrupt;

/// The files that are held open.
#[derive(Debug, Default)]
pub(crate) struct Spool(Mutex<Vec<File>>);

impl Spool {
    /// Reads all of a stream; gives the path under which this process finds it.
    pub(crate) fn add(&self, stream: &Stream, interrupt: &Interrupt) -> Done<String> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = unnamed(files.len()).map_err(|error| failed(stream, error))?;
        let input = stream.open();
        while let Some(chunk) = input.next(interrupt)? {
            file.write_all(&chunk).map_err(|error| failed(stream, error))?;
        }
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        files.push(file);
        Ok(path)
    }
}

/// A file that only this process can find.
fn unnamed(number: usize) -> io::Result<File> {
    let path: PathBuf = env::temp_dir().join(format!(".storage-{}-{number}", process::id()));
    // One that is there is not ours; neither it nor where it may lead is touched.
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn failed(stream: &Stream, error: io::Error) -> Stop {
    let error = Error::from_io(error);
    let message =
        format!("{} cannot be held in `{}`: {}", stream.name(), env::temp_dir().display(), error.message());
    Stop::Fatal(Error::new(error.kind(), message).with_hint("set `TMPDIR` to a folder with enough room"))
}
