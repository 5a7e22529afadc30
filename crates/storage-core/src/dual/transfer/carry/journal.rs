//! Notes on disk that let a later run go on with a file where this one was stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use storage_types::{Checkpoint, Error, Metadata, Result};

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::note_file;
use crate::dual::transfer::job::Job;
use crate::{maybe_async, rt};

/// Smaller files are not worth a note, in bytes: less than two parts of them are lost.
pub(super) const FROM: u64 = 16 << 20;

/// The format of the notes.
const FORMAT: u32 = 2;

/// What a note is about. It holds only as long as the source is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    format: u32,
    source: String,
    destination: String,
    size: u64,
    modified: Option<SystemTime>,
    /// When the file itself last changed in any way (POSIX `st_ctime`), which no call can set back.
    changed: Option<SystemTime>,
    etag: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    subject: Subject,
    note: String,
}

/// The place of the note of one file.
pub(super) struct Journal {
    file: Arc<File>,
    saved: Option<String>,
}

struct File {
    path: PathBuf,
    subject: Subject,
}

/// What a run that was stopped left of some file.
pub(super) struct Leftover {
    file: Arc<File>,
    note: String,
}

impl Leftover {
    /// Everything that is noted in a folder.
    pub(super) fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Self::load(entry.path())).collect()
    }

    fn load(path: PathBuf) -> Option<Self> {
        if path.extension().is_none_or(|it| it != "json") {
            return None;
        }
        let Record { subject, note } = load(&path)?;
        Some(Self { file: Arc::new(File { path, subject }), note })
    }

    pub(super) fn source(&self) -> &str {
        &self.file.subject.source
    }

    pub(super) fn destination(&self) -> &str {
        &self.file.subject.destination
    }
}

/// The note of a file. One that does not parse counts as absent, and so does one that somebody else may have written.
fn load(path: &Path) -> Option<Record> {
    serde_json::from_slice(&note_file::read_own(path)?).ok()
}

impl Journal {
    pub(super) fn checkpoint(&self) -> Checkpoint {
        let file = self.file.clone();
        Checkpoint::new(self.saved.clone(), move |note| file.save(note))
    }

    /// Whether an earlier run left something.
    pub(super) fn goes_on(&self) -> bool {
        self.saved.is_some()
    }
}

impl File {
    fn new(folder: &Path, subject: Subject) -> Self {
        let mut hash = Sha256::new();
        for text in [&subject.source, "\0", &subject.destination] {
            hash.update(text);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { path: folder.join(format!("{name}.json")), subject }
    }

    /// The note that is there, whatever it is about.
    fn load(&self) -> Option<Record> {
        load(&self.path)
    }

    /// For the user's eyes only: a note may be as good as a key. Whoever reads sees the old note or the new one.
    fn save(&self, note: &str) -> Result<()> {
        let record = Record { subject: self.subject.clone(), note: note.to_owned() };
        let text = serde_json::to_vec(&record).map_err(|error| Error::from_io(error.into()))?;
        note_file::write(&self.path, &text).map_err(Error::from_io)
    }

    fn remove(&self) {
        // A note that cannot be removed does not match any later content.
        let _ = fs::remove_file(&self.path);
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// The journal of one file: `None` where none is wanted, for small files, and for sources of which it cannot be known
    /// whether they are still the same.
    pub(super) async fn journal(&self, job: &Job) -> Result<Option<Journal>> {
        let Some(folder) = self.task.options.resume.clone() else { return Ok(None) };
        let Some(subject) = subject(job) else { return Ok(None) };
        let file = Arc::new(File::new(&folder, subject));
        let loading = file.clone();
        let found = rt::unblock(move || Ok(loading.load())).await?;
        let Some(Record { subject, note }) = found else { return Ok(Some(Journal { file, saved: None })) };
        if subject == file.subject {
            return Ok(Some(Journal { file, saved: Some(note) }));
        }
        if subject.destination == file.subject.destination {
            throw_away(&job.destination, &file, &note).await?;
        }
        Ok(Some(Journal { file, saved: None }))
    }

    /// The file is complete: there is nothing to go on with.
    pub(super) async fn close(&self, journal: &Journal) -> Result<()> {
        remove(&journal.file).await
    }

    /// What has arrived is of no use: it is thrown away, and the next write starts anew.
    pub(super) async fn forget(&self, job: &Job, journal: &Journal) -> Result<()> {
        let loading = journal.file.clone();
        match rt::unblock(move || Ok(loading.load())).await? {
            Some(record) => throw_away(&job.destination, &journal.file, &record.note).await,
            None => Ok(()),
        }
    }

    /// The destination has the file already: what an earlier run may have left of it is not needed.
    pub(super) async fn forget_left_over(&self, job: &Job) -> Result<()> {
        match self.journal(job).await? {
            Some(journal) if journal.goes_on() => self.forget(job, &journal).await,
            _ => Ok(()),
        }
    }
}

#[maybe_async]
impl Leftover {
    pub(super) async fn throw_away(&self, destination: &StorageNode) -> Result<()> {
        throw_away(destination, &self.file, &self.note).await
    }
}

#[maybe_async]
async fn throw_away(destination: &StorageNode, file: &Arc<File>, note: &str) -> Result<()> {
    // The error that made it useless, or the copy that comes now, explains more than that of cleaning up.
    let _ = destination.backend().discard(destination.path(), note).await;
    remove(file).await
}

#[maybe_async]
async fn remove(file: &Arc<File>) -> Result<()> {
    let file = file.clone();
    rt::unblock(move || {
        file.remove();
        Ok(())
    })
    .await
}

fn subject(job: &Job) -> Option<Subject> {
    let Metadata { size, modified, changed, etag, .. } = &job.metadata;
    // Size and time alone may be those of another content.
    let is_known = changed.is_some() || etag.is_some();
    (is_known && *size >= FROM).then(|| Subject {
        format: FORMAT,
        source: identity_of(&job.source),
        destination: identity_of(&job.destination),
        size: *size,
        modified: *modified,
        changed: *changed,
        etag: etag.clone(),
    })
}

/// What names a node among all others: for the whole world where it can, else by its mount.
pub(crate) fn identity_of(node: &StorageNode) -> String {
    let (backend, path) = node.resolved();
    match backend.identity(&path) {
        Some(name) => format!("{}:{name}", backend.kind()),
        None => format!("{} {node}", backend.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(source: &str, size: u64) -> Subject {
        let text = |text: &str| text.to_owned();
        Subject {
            format: FORMAT,
            source: text(source),
            destination: text("b:y"),
            size,
            modified: Some(SystemTime::UNIX_EPOCH),
            changed: None,
            etag: None,
        }
    }

    #[test]
    fn a_note_comes_back_and_what_is_none_does_not() {
        let folder =
            std::env::temp_dir().join(format!("storage-journal-{}-{}", std::process::id(), module_path!()));
        let file = File::new(&folder, subject("a:x", 7));
        assert!(file.load().is_none());
        file.save("one").unwrap();
        file.save("two").unwrap();
        let record = file.load().unwrap();
        assert_eq!((record.note.as_str(), &record.subject), ("two", &file.subject));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_ne!(File::new(&folder, subject("a:z", 7)).path, file.path);
        assert_eq!(File::new(&folder, subject("a:x", 8)).path, file.path);
        fs::write(&file.path, "{\"subject\":").unwrap();
        assert!(file.load().is_none());
        file.remove();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }
}
