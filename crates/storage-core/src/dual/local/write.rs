//! Writing, in one go and streamed.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rustix::io::{Errno, write};
use storage_types::{Durability, ErrorKind, Metadata, Result, StoragePath, WriteOptions};

use super::beneath::explain;
use super::core::Core;
use super::direct::Direct;
use super::kept;
use super::publish;
use super::temp::Temp;
use crate::dual::stream::{WriteStream, closed};
use crate::{maybe_async, rt};

/// Up to this size, content that needs no syncing is written while the directory is locked.
pub(super) const AT_ONCE: usize = 256 << 10;

impl Core {
    pub(super) fn put(&self, path: &StoragePath, content: &[u8], options: &WriteOptions) -> Result<Metadata> {
        let durability = options.durability.unwrap_or(self.durability);
        let spot = self.spot_or_make(path, durability)?;
        if durability == Durability::None && content.len() <= AT_ONCE {
            return publish::publish_at_once(&spot, options, content, None);
        }
        spot.replaceable()?;
        let file = Temp::create(&spot.dir, publish::first_mode(options))?;
        write_all(file.fd(), content)?;
        publish::publish(&spot, &file, options, durability)
    }

    /// The writer, and how many bytes an earlier one left.
    pub(super) fn begin(
        self: &Arc<Self>,
        path: &StoragePath,
        options: &WriteOptions,
    ) -> Result<(LocalWriter, u64)> {
        let durability = options.durability.unwrap_or(self.durability);
        let spot = self.spot_or_make(path, durability)?;
        // What can never succeed is said now, not after the caller sent everything.
        publish::check(options, spot.replaceable()?.as_ref())?;
        let (file, resumed) = kept::create(&spot, options)?;
        let direct = match options.size {
            Some(size) if self.durability != Durability::None => Direct::open(file.fd(), resumed, size),
            _ => None,
        };
        let state = Unfinished {
            core: self.clone(),
            path: path.clone(),
            options: options.clone(),
            file,
            direct: Mutex::new(direct),
        };
        let behind = rt::Behind::default();
        Ok((LocalWriter { state: Some(Arc::new(state)), waiting: Vec::new(), behind }, resumed))
    }

    pub(super) fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        match self.spot(path) {
            Ok(spot) => kept::discard(&spot.dir, note),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn write_all(file: &OwnedFd, mut content: &[u8]) -> Result<()> {
    write_rest(file, &mut content).map_err(explain)
}

/// Writes all of `content`; after an error it is what was not written.
pub(super) fn write_rest(file: &OwnedFd, content: &mut &[u8]) -> Result<(), Errno> {
    while !content.is_empty() {
        match write(file, content) {
            Ok(0) => return Err(Errno::NOSPC),
            Ok(written) => *content = &content[written..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

struct Unfinished {
    core: Arc<Core>,
    path: StoragePath,
    options: WriteOptions,
    file: Temp,
    direct: Mutex<Option<Direct>>,
}

impl Unfinished {
    fn append(&self, pieces: Vec<Bytes>) -> Result<()> {
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        // Each piece is given back as soon as the file has it.
        pieces.into_iter().try_for_each(|piece| match &mut *direct {
            Some(direct) => direct.write(self.file.fd(), &piece),
            None => write_all(self.file.fd(), &piece),
        })
    }

    fn finish(&self) -> Result<Metadata> {
        let direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(direct) = direct {
            direct.finish(self.file.fd())?;
        }
        let durability = self.options.durability.unwrap_or(self.core.durability);
        let spot = self.core.spot_or_make(&self.path, durability)?;
        publish::publish(&spot, &self.file, &self.options, durability)
    }
}

/// So many bytes may wait while others are being written, unless the caller says otherwise: few hops, and the caller gets
/// on meanwhile.
const WAITING: u64 = 4 << 20;

/// Writes into a file without a name, which vanishes when this is dropped; with a checkpoint into one that stays. What a write that runs behind the caller has
/// to say, the next call says.
pub(super) struct LocalWriter {
    /// Taken away while a call runs: one that is dropped half-way leaves an unknown position behind.
    state: Option<Arc<Unfinished>>,
    waiting: Vec<Bytes>,
    behind: rt::Behind,
}

impl LocalWriter {
    fn take_state(&mut self) -> Result<Arc<Unfinished>> {
        self.state.take().ok_or_else(closed)
    }

    fn may_wait(&self) -> bool {
        let memory = self.state.as_ref().and_then(|state| state.options.memory);
        // As many again are being written.
        let most = memory.map_or(WAITING, |memory| (memory / 2).min(WAITING));
        self.behind.is_busy() && self.waiting.iter().map(Bytes::len).sum::<usize>() as u64 <= most
    }
}

#[maybe_async]
impl WriteStream for LocalWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.waiting.push(chunk);
        let may_wait = self.may_wait();
        let state = self.take_state()?;
        if !may_wait {
            let (file, pieces) = (state.clone(), std::mem::take(&mut self.waiting));
            self.behind.go_on(move || file.append(pieces)).await?;
        }
        self.state = Some(state);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Metadata> {
        let (state, pieces) = (self.take_state()?, std::mem::take(&mut self.waiting));
        self.behind.settle().await?;
        rt::unblock(move || {
            state.append(pieces)?;
            state.finish()
        })
        .await
    }

    async fn abort(&mut self) -> Result<()> {
        self.state = None;
        self.waiting.clear();
        // What it says does not matter any more, but the file is to be gone when this returns.
        let _ = self.behind.settle().await;
        Ok(())
    }
}
