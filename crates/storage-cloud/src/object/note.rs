//! The note with which a later writer goes on with an upload.

use storage_types::{Checkpoint, WriteOptions};

/// What is known of the note. Its text begins with the size of parts in bytes: a part of another size lies elsewhere in the
/// content, whatever its number.
pub(super) struct Note {
    checkpoint: Option<Checkpoint>,
    part_size: u64,
    kept: Option<String>,
}

/// The size of parts, and what the store noted. `None` where it is no note of ours.
pub(super) fn parse(text: &str) -> Option<(u64, &str)> {
    let (part_size, note) = text.split_once(' ')?;
    Some((part_size.parse().ok()?, note))
}

impl Note {
    pub(super) fn of(options: &WriteOptions, part_size: u64) -> Self {
        Self { checkpoint: options.checkpoint.clone(), part_size, kept: None }
    }

    /// What the store noted for an earlier writer, and whether that one's parts had the sizes of this one's.
    pub(super) fn saved(&self) -> Option<(bool, String)> {
        let (part_size, note) = parse(self.checkpoint.as_ref()?.saved()?)?;
        Some((part_size == self.part_size, note.to_owned()))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// Whether there is one, so that the upload must stay.
    pub(super) fn has_one(&self) -> bool {
        self.kept.is_some()
    }

    pub(super) fn is_kept(&mut self, note: String) {
        self.kept = Some(note);
    }

    /// Keeps it, unless it says nothing new. Where that is impossible, the upload goes on without.
    pub(super) async fn keep(&mut self, note: String) {
        let Some(checkpoint) = self.checkpoint.clone().filter(|_| self.kept.as_ref() != Some(&note)) else {
            return;
        };
        let text = format!("{} {note}", self.part_size);
        let kept = tokio::task::spawn_blocking(move || checkpoint.keep(&text)).await;
        if matches!(kept, Ok(Ok(()))) {
            self.kept = Some(note);
        }
    }
}
