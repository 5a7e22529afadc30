//! Writing as a stream: small content is one request, large content goes in parts side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use storage_core::WriteStream;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteOptions};
use tokio::task::{JoinHandle, JoinSet};

use super::abandoned::{Abandoned, Slot};
use super::backend::Shared;
use super::lost_task;
use super::note::Note;
use super::store::{Arrived, Part, Store};
use crate::transport::Payload;

/// Content that is too large for one request.
pub(super) async fn put_in_parts<S: Store>(
    shared: &Arc<Shared<S>>,
    key: String,
    content: Bytes,
    options: WriteOptions,
) -> Result<Metadata> {
    let mut writer = UploadWriter::open(shared.clone(), key, options).await?;
    writer.write(content).await?;
    writer.finish().await
}

impl<S: Store> Shared<S> {
    /// The largest content that goes in one request, in bytes.
    pub(super) fn single_put(&self) -> u64 {
        self.tuning.multipart_threshold.min(self.store.limits().put_max)
    }

    /// Throws away the upload that the store noted.
    pub(super) async fn discard(&self, key: &str, note: &str) -> Result<()> {
        match self.store.resume(key, note, &WriteOptions::new()).await? {
            Some((upload, _)) => self.store.abort(key, &upload).await,
            None => Ok(()),
        }
    }
}

/// How far an upload in parts has come.
enum Upload<U> {
    /// Everything may still go in one request.
    None,
    /// The store was asked for it. A task of its own, so that one that begins is never forgotten.
    Beginning(JoinHandle<Result<Arc<U>>>, Arc<Slot<U>>),
    Begun(Arc<U>),
}

/// Asks for an upload, and throws it away at once where nobody wants it any more.
async fn begin<S: Store>(
    shared: Arc<Shared<S>>,
    key: Arc<str>,
    options: WriteOptions,
    slot: Arc<Slot<S::Upload>>,
) -> Result<Arc<S::Upload>> {
    let upload = Arc::new(shared.store.begin(&key, &options).await?);
    if !slot.begun(&upload) {
        Abandoned::new(shared, key, upload.clone()).throw_away().await;
    }
    Ok(upload)
}

/// Gathers content and sends it. Dropped before it is finished, it throws the upload away.
pub(super) struct UploadWriter<S: Store> {
    shared: Arc<Shared<S>>,
    key: Arc<str>,
    options: WriteOptions,
    waiting: Payload,
    upload: Upload<S::Upload>,
    under_way: JoinSet<Result<(u32, String)>>,
    receipts: Vec<String>,
    sent: u64,
    /// Parts that an earlier writer sent, behind one that it did not.
    ahead: BTreeMap<u32, Arrived>,
    /// For a later writer, which goes on with the upload.
    note: Note,
}

impl<S: Store> UploadWriter<S> {
    pub(super) async fn open(shared: Arc<Shared<S>>, key: String, options: WriteOptions) -> Result<Self> {
        let mut this = Self {
            note: Note::of(&options, shared.tuning.part_size),
            shared,
            key: key.into(),
            options,
            waiting: Payload::new(),
            upload: Upload::None,
            under_way: JoinSet::new(),
            receipts: Vec::new(),
            sent: 0,
            ahead: BTreeMap::new(),
        };
        this.resume().await?;
        Ok(this)
    }

    /// Bytes that an earlier writer left: those at the beginning, and those of parts behind a gap.
    pub(super) fn left(&self) -> (u64, u64) {
        (self.sent, self.ahead.values().map(|part| part.size).sum())
    }

    /// Goes on with the upload of an earlier writer, if there is one. One with parts of other sizes is thrown away.
    async fn resume(&mut self) -> Result<()> {
        let Some((fits, note)) = self.note.saved() else { return Ok(()) };
        if !fits {
            return self.shared.discard(&self.key, &note).await;
        }
        let found = self.shared.store.resume(&self.key, &note, &self.options).await?;
        let Some((upload, arrived)) = found else { return Ok(()) };
        let arrived = arrived.into_iter().filter(|part| part.size == self.size_of(part.number));
        self.ahead = arrived.map(|part| (part.number, part)).collect();
        while self.is_there(self.next_size()) {}
        // A part that is sent again replaces itself; a stream that has other bytes already cannot be begun again.
        if self.receipts.is_empty() && self.shared.store.limits().parts_in_order {
            return self.shared.store.abort(&self.key, &upload).await;
        }
        self.note.is_kept(note);
        self.upload = Upload::Begun(Arc::new(upload));
        Ok(())
    }

    /// Notes how far the upload has come, before anything else happens to it.
    async fn keep_note(&mut self) {
        let Upload::Begun(upload) = &self.upload else { return };
        if self.note.is_wanted()
            && let Some(note) = self.shared.store.note(upload)
        {
            self.note.keep(note).await;
        }
    }
}

#[async_trait]
impl<S: Store> WriteStream for UploadWriter<S> {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.waiting.push(chunk);
        if matches!(self.upload, Upload::None) && self.waiting.len() <= self.shared.single_put() {
            return Ok(());
        }
        // The last part is sent by `finish`, so something always stays behind.
        while self.waiting.len() > self.next_size() {
            let size = self.next_size();
            if self.is_there(size) {
                drop(self.waiting.split_to(size));
                continue;
            }
            // What waits stays where it is until it can go, so that a call that is dropped loses nothing.
            let upload = self.room_for(size).await?;
            let part = self.waiting.split_to(size);
            self.start(upload, part, false);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<Metadata> {
        if matches!(self.upload, Upload::None) {
            let content = std::mem::take(&mut self.waiting);
            return self.shared.store.put(&self.key, content, &self.options).await;
        }
        if self.is_there(self.waiting.len()) {
            self.waiting = Payload::new();
        }
        let ends_here = self.shared.store.limits().parts_in_order;
        if !self.waiting.is_empty() || self.receipts.is_empty() || ends_here {
            let upload = self.room_for(self.waiting.len()).await?;
            let last = std::mem::take(&mut self.waiting);
            self.start(upload, last, true);
        }
        while self.take_receipt().await? {}
        let upload = self.begun().await?;
        let mut metadata =
            self.shared.store.complete(&self.key, &upload, &self.receipts, &self.options).await?;
        metadata.size = self.sent;
        self.upload = Upload::None;
        Ok(metadata)
    }

    async fn abort(&mut self) -> Result<()> {
        self.under_way.shutdown().await;
        if self.note.has_one() {
            self.upload = Upload::None;
            return Ok(());
        }
        match self.begun_if_any().await? {
            Some(upload) => {
                self.shared.store.abort(&self.key, &upload).await?;
                self.upload = Upload::None;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl<S: Store> UploadWriter<S> {
    /// The number of the next part.
    fn number(&self) -> u32 {
        u32::try_from(self.receipts.len()).unwrap_or(u32::MAX)
    }

    fn size_of(&self, number: u32) -> u64 {
        self.shared.tuning.size_of_part(number, self.shared.store.limits().part_max)
    }

    fn next_size(&self) -> u64 {
        self.size_of(self.number())
    }

    /// Whether an earlier writer sent the next part. Then it counts as sent.
    fn is_there(&mut self, size: u64) -> bool {
        let there = self.ahead.remove(&self.number());
        let Some(part) = there.filter(|part| part.size == size) else { return false };
        self.sent += part.size;
        self.receipts.push(part.receipt);
        true
    }

    /// How many parts of this size may be under way: their bytes count. One more is being gathered, and one is in the
    /// hands of the caller.
    fn room(&self, size: u64) -> usize {
        if self.shared.store.limits().parts_in_order {
            return 1;
        }
        let tuning = &self.shared.tuning;
        let all = tuning.part_size.saturating_mul(tuning.concurrency as u64);
        let all = self.options.memory.map_or(all, |memory| memory.saturating_add(size / 2).min(all));
        let fit = usize::try_from(all / size.max(1)).unwrap_or(usize::MAX).min(tuning.concurrency);
        fit.saturating_sub(2).max(1)
    }

    /// The upload, once there is room for a part of this size.
    async fn room_for(&mut self, size: u64) -> Result<Arc<S::Upload>> {
        let upload = self.begun().await?;
        while self.under_way.len() >= self.room(size) && self.take_receipt().await? {}
        Ok(upload)
    }

    fn start(&mut self, upload: Arc<S::Upload>, content: Payload, last: bool) {
        let part = Part { number: self.number(), offset: self.sent, last, content };
        self.sent += part.content.len();
        self.receipts.push(String::new());
        let (shared, key) = (self.shared.clone(), self.key.clone());
        self.under_way.spawn(async move {
            let number = part.number;
            let receipt = shared.store.part(&key, &upload, part).await?;
            Ok((number, receipt))
        });
    }

    /// Waits for one part; false when none is under way.
    async fn take_receipt(&mut self) -> Result<bool> {
        let Some(ended) = self.under_way.join_next().await else { return Ok(false) };
        let (number, receipt) =
            ended.unwrap_or_else(|lost| Err(lost_task("sending a part panicked", lost)))?;
        if let Some(place) = self.receipts.get_mut(number as usize) {
            *place = receipt;
        }
        self.keep_note().await;
        Ok(true)
    }

    /// The upload, which is begun if it is not yet.
    async fn begun(&mut self) -> Result<Arc<S::Upload>> {
        if matches!(self.upload, Upload::None) {
            let slot = Arc::new(Slot::new());
            let (shared, key, options) = (self.shared.clone(), self.key.clone(), self.options.clone());
            let begin = tokio::spawn(begin(shared, key, options, slot.clone()));
            self.upload = Upload::Beginning(begin, slot);
        }
        self.begun_if_any().await?.ok_or_else(|| Error::new(ErrorKind::Unexpected, "no upload has begun"))
    }

    async fn begun_if_any(&mut self) -> Result<Option<Arc<S::Upload>>> {
        let begun = match &mut self.upload {
            Upload::None => return Ok(None),
            Upload::Begun(upload) => return Ok(Some(upload.clone())),
            Upload::Beginning(task, _) => {
                task.await.unwrap_or_else(|lost| Err(lost_task("sending a part panicked", lost)))
            }
        };
        match begun {
            Ok(upload) => {
                self.upload = Upload::Begun(upload.clone());
                self.keep_note().await;
                Ok(Some(upload))
            }
            Err(error) => {
                self.upload = Upload::None;
                Err(error)
            }
        }
    }
}

impl<S: Store> Drop for UploadWriter<S> {
    fn drop(&mut self) {
        let upload = std::mem::replace(&mut self.upload, Upload::None);
        if self.note.has_one() {
            return;
        }
        let begun = match upload {
            Upload::None => None,
            Upload::Beginning(_, slot) => slot.give_up(),
            Upload::Begun(upload) => Some(upload),
        };
        if let Some(upload) = begun {
            let under_way = std::mem::take(&mut self.under_way);
            Abandoned::new(self.shared.clone(), self.key.clone(), upload).with_parts(under_way).leave();
        }
    }
}
