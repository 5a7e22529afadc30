//! The note with which a later writer goes on with an upload.

use storage_types::{Checkpoint, WriteOptions};

/// What is known of the note.
pub(super) struct Note {
    checkpoint: Option<Checkpoint>,
    kept: Option<String>,
}

impl Note {
    pub(super) fn of(options: &WriteOptions) -> Self {
        Self { checkpoint: options.checkpoint.clone(), kept: None }
    }

    /// That of an earlier writer.
    pub(super) fn saved(&self) -> Option<String> {
        self.checkpoint.as_ref()?.saved().map(str::to_owned)
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
        let text = note.clone();
        let kept = tokio::task::spawn_blocking(move || checkpoint.keep(&text)).await;
        if matches!(kept, Ok(Ok(()))) {
            self.kept = Some(note);
        }
    }
}
