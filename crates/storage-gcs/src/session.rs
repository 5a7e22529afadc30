//! Sessions that another process began.

use serde::{Deserialize, Serialize};
use storage_cloud::checksum::Crc32c;
use storage_cloud::object::Arrived;
use storage_types::WriteOptions;

use crate::resumable::{Progress, Upload};

/// More than any session of ours has: parts grow.
const MOST_PARTS: u64 = 100_000;

/// What it takes to go on with a session. The service knows how much it has; only we know the checksum of it.
#[derive(Serialize, Deserialize)]
struct Note {
    target: String,
    condition: String,
    checksum: u64,
    parts: Vec<(u64, u32)>,
}

impl Upload {
    pub(crate) fn note(&self) -> Option<String> {
        let note = self.with_progress(|progress| Note {
            target: self.target.clone(),
            condition: format!("{:?}", self.mode),
            checksum: progress.checksum.state(),
            parts: progress.parts.clone(),
        });
        serde_json::to_string(&note).ok()
    }
}

impl Upload {
    /// The session that a note tells of. What the service has beyond the note is sent again, and ignored by it; a session
    /// that is gone is told by the next part. ("Check the status" would cost a request and say no more.)
    pub(crate) fn of_note(note: &str, options: &WriteOptions) -> Option<(Self, Vec<Arrived>)> {
        let note: Note = serde_json::from_str(note).ok()?;
        let is_ours = note.target.starts_with('/') && note.condition == format!("{:?}", options.mode);
        let parts: u64 = note.parts.iter().map(|(_, count)| u64::from(*count)).sum();
        if !is_ours || parts > MOST_PARTS {
            return None;
        }
        let (checksum, parts) = (Crc32c::of_state(note.checksum), note.parts.clone());
        let progress = Progress { checksum, parts, ..Progress::default() };
        Some((Self::new(note.target, options, progress), arrived(&note.parts)))
    }
}

fn arrived(parts: &[(u64, u32)]) -> Vec<Arrived> {
    let sizes = parts.iter().flat_map(|(size, count)| std::iter::repeat_n(*size, *count as usize));
    (0..).zip(sizes).map(|(number, size)| Arrived { number, receipt: String::new(), size }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_comes_back_with_its_parts() {
        let mut checksum = Crc32c::default();
        checksum.update(&["content".into()]);
        let progress = Progress { checksum, parts: vec![(8, 2), (16, 1)], ..Progress::default() };
        let upload = Upload::new("/upload?upload_id=7".into(), &WriteOptions::new(), progress);
        let note = upload.note().unwrap();
        let (again, arrived) = Upload::of_note(&note, &WriteOptions::new()).unwrap();
        assert_eq!(again.note(), Some(note.clone()));
        assert_eq!(arrived.iter().map(|part| part.size).collect::<Vec<_>>(), [8, 8, 16]);
        // The condition belongs to the session.
        assert!(Upload::of_note(&note, &WriteOptions::new().create_only()).is_none());
        for foreign in ["", "{}", "0123456789abcdef", &note.replace("/upload", "http://elsewhere")] {
            assert!(Upload::of_note(foreign, &WriteOptions::new()).is_none(), "{foreign}");
        }
    }
}
