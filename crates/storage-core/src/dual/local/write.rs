//! Writing, in one go and streamed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use storage_types::{Durability, ErrorKind, Metadata, Result, StoragePath, WriteOptions};

use super::core::Core;
use super::dir_entry::WriteTarget;
use super::direct::Direct;
use super::io::write_all;
use super::partial;
use super::publish;
use super::special;
use super::temp::Temp;
use crate::dual::stream::{WriteStream, closed};
use crate::{maybe_async, rt};

impl Core {
    pub(super) fn put(&self, path: &StoragePath, content: &[u8], options: &WriteOptions) -> Result<Metadata> {
        let durability = options.durability.unwrap_or(self.durability);
        let entry = self.entry_or_make(path, durability)?;
        let there = match entry.write_target(options)? {
            WriteTarget::Special(there) => {
                write_all(&special::open(&entry, &there, options)?, content)?;
                return Ok(special::metadata(content.len() as u64));
            }
            there => there.replaceable(),
        };
        publish::check(options, there.as_ref())?;
        let replaces = publish::replaces(there.as_ref());
        let file = Temp::create(&entry.dir, publish::first_mode(options), replaces)?;
        write_all(file.fd(), content)?;
        publish::publish(&entry, &file, options, durability, there.is_none())
    }

    /// The writer, and how many bytes an earlier one left.
    pub(super) fn begin(
        self: &Arc<Self>,
        path: &StoragePath,
        options: &WriteOptions,
    ) -> Result<(LocalWriter, u64)> {
        let durability = options.durability.unwrap_or(self.durability);
        let entry = self.entry_or_make(path, durability)?;
        let (file, resumed) = match entry.write_target(options)? {
            WriteTarget::Special(there) => (Temp::Special(special::open(&entry, &there, options)?), 0),
            there => {
                let there = there.replaceable();
                // What can never succeed fails now, not after the caller sent everything.
                publish::check(options, there.as_ref())?;
                partial::create(&entry, options, there.as_ref())?
            }
        };
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
            written: AtomicU64::new(0),
        };
        let behind = rt::Behind::default();
        Ok((LocalWriter { state: Some(Arc::new(state)), waiting: Vec::new(), behind }, resumed))
    }

    pub(super) fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
        match self.entry(path) {
            Ok(entry) => partial::discard(&entry.dir, note),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

struct Unfinished {
    core: Arc<Core>,
    path: StoragePath,
    options: WriteOptions,
    file: Temp,
    direct: Mutex<Option<Direct>>,
    written: AtomicU64,
}

impl Unfinished {
    fn append(&self, pieces: Vec<Bytes>) -> Result<()> {
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        // Each piece is given back as soon as the file has it.
        pieces.into_iter().try_for_each(|piece| {
            self.written.fetch_add(piece.len() as u64, Ordering::Relaxed);
            match &mut *direct {
                Some(direct) => direct.write(self.file.fd(), &piece),
                None => write_all(self.file.fd(), &piece),
            }
        })
    }

    fn finish(&self) -> Result<Metadata> {
        let direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(direct) = direct {
            direct.finish(self.file.fd())?;
        }
        if let Temp::Special(_) = self.file {
            return Ok(special::metadata(self.written.load(Ordering::Relaxed)));
        }
        let durability = self.options.durability.unwrap_or(self.core.durability);
        let entry = self.core.entry_or_make(&self.path, durability)?;
        let is_new = entry.replaceable(&self.options)?.is_none();
        publish::publish(&entry, &self.file, &self.options, durability, is_new)
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
