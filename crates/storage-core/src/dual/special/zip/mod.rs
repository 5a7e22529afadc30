//! Zip archives that are made while they are read.

mod members;
mod names;
pub(super) mod records;
mod stream;
pub(super) mod time;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use storage_types::{CopyReport, Metadata, Operation, PatternSet, Result, WriteOptions, ZipOptions};

use self::members::Members;
use self::stream::ZipStream;
use crate::dual::node::StorageNode;
use crate::dual::stream::{Reader, Writer};
use crate::maybe_async;

/// The media type of zip archives (IANA registry).
const MEDIA_TYPE: &str = "application/zip";

/// A zip archive of files and trees that is made while it is read: no more than a few MiB of it are in memory, and
/// some hundred bytes for each file, which stand at its end.
///
/// A directory alone is archived without its own name. Of several sources each has its name, made unique where two are
/// equal: `a.txt`, `a (2).txt`. A concatenation stands for its parts. Empty directories, times and permission bits are
/// kept. Archives, files and positions may be larger than 4 GiB, and there may be any number of files (zip64).
#[derive(Debug, Clone)]
pub struct Zip {
    sources: Vec<StorageNode>,
    options: ZipOptions,
}

impl Zip {
    /// An archive of these files and trees.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = StorageNode>) -> Self {
        Self { sources: sources.into_iter().collect(), options: ZipOptions::new() }
    }

    /// The same by options.
    #[must_use]
    pub fn with_options(mut self, options: ZipOptions) -> Self {
        self.options = options;
        self
    }
}

impl StorageNode {
    /// A zip archive of this file, this tree, or the parts of this concatenation. Nothing is read yet.
    #[must_use]
    pub fn zip(&self) -> Zip {
        Zip::new([self.clone()])
    }
}

#[maybe_async]
impl Zip {
    /// Streams the archive. How long it will be is not known before its end: [`Reader::len`] says 0. It cannot seek.
    ///
    /// # Errors
    ///
    /// `NotFound` for a source that is missing; `InvalidInput` for a bad pattern. What goes wrong later is an error of the
    /// reader, whose bytes are no archive then.
    pub async fn reader(&self) -> Result<Reader> {
        Ok(self.reader_with_report().await?.0)
    }

    /// As [`reader`](Self::reader), with a report that is complete when the reader has ended.
    ///
    /// # Errors
    ///
    /// As [`reader`](Self::reader).
    pub async fn reader_with_report(&self) -> Result<(Reader, ZipReport)> {
        self.reader_into(None).await
    }

    /// Stores the archive at `destination`, which is left out should it lie in what is archived. Tells the files that
    /// are in it.
    ///
    /// # Errors
    ///
    /// As [`reader`](Self::reader), and what reading the files and writing the archive say; nothing is stored then.
    /// `Interrupted` when cancelled.
    pub async fn write_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        let (mut reader, report) = self.reader_into(Some(destination)).await?;
        let mut writer = destination.writer_with(&write_options(destination)).await?;
        if let Err(error) = pour(&mut reader, &mut writer).await {
            // Told, a store throws away what has arrived before this returns.
            let _ = writer.abort().await;
            return Err(error);
        }
        let written = destination.explain(Operation::Write, writer.finish().await)?;
        let mut report = report.take();
        report.location = written.location;
        Ok(report)
    }

    async fn reader_into(&self, destination: Option<&StorageNode>) -> Result<(Reader, ZipReport)> {
        let started = Instant::now();
        let (report, options) = self.reporting();
        let members = Members::of(&self.sources, destination, &options).await?;
        let report = ZipReport { report, patterns: members.patterns().clone(), started };
        let mut metadata = Metadata::file(0);
        metadata.content_type = Some(MEDIA_TYPE.to_owned());
        Ok((Reader::new(Box::new(ZipStream::new(members, options)), 0, metadata), report))
    }
}

/// What is in an archive that is made while it is read.
#[derive(Debug)]
pub struct ZipReport {
    report: Arc<Mutex<CopyReport>>,
    patterns: PatternSet,
    started: Instant,
}

impl ZipReport {
    /// The files that are in the archive so far: all of them when its reader has ended.
    #[must_use]
    pub fn take(self) -> CopyReport {
        let mut report = std::mem::take(&mut *self.report.lock().unwrap_or_else(PoisonError::into_inner));
        report.elapsed = self.started.elapsed();
        report.unmatched_patterns = self.patterns.unmatched();
        report
    }
}

impl Zip {
    /// The options, with a report that listens too.
    fn reporting(&self) -> (Arc<Mutex<CopyReport>>, ZipOptions) {
        let report = Arc::new(Mutex::new(CopyReport::default()));
        let (given, kept) = (self.options.clone(), report.clone());
        let options = given.clone().on_file(move |file| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).add_copied(file.clone());
            if let Some(call) = &given.on_file {
                call(file);
            }
        });
        let (given, kept) = (self.options.clone(), report.clone());
        let options = options.on_skip(move |file| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).add_skipped(file.clone());
            if let Some(call) = &given.on_skip {
                call(file);
            }
        });
        (report, options)
    }
}

fn write_options(destination: &StorageNode) -> WriteOptions {
    let options = WriteOptions::new();
    if destination.capabilities().user_metadata { options.content_type(MEDIA_TYPE) } else { options }
}

#[maybe_async]
async fn pour(reader: &mut Reader, writer: &mut Writer) -> Result<()> {
    while let Some(chunk) = reader.next().await? {
        writer.write(chunk).await?;
    }
    Ok(())
}

#[maybe_async]
impl StorageNode {
    /// Stores a zip archive of this file, this tree, or the parts of this concatenation at `destination`.
    ///
    /// # Errors
    ///
    /// As [`Zip::write_to`].
    pub async fn zip_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        self.zip().write_to(destination).await
    }
}
