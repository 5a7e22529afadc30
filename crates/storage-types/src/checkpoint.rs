//! Writes that go on where an earlier one stopped.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;

type Keep = Arc<dyn Fn(&str) -> Result<()> + Send + Sync>;

/// Where a write notes how far it has come, as text that only its store understands: the id of an upload, for example.
///
/// A write with a checkpoint that is dropped, aborted or killed keeps what has arrived. The next one for the same place
/// is given the note back, and tells with `Writer::resumed` how many bytes need not be sent again. Who gives a note
/// back answers for it that the content is the same.
#[derive(Clone)]
pub struct Checkpoint {
    saved: Option<String>,
    keep: Keep,
}

impl Checkpoint {
    /// `saved` is the note of an earlier write; `keep` is called with each new one, from whichever thread writes, and may
    /// block for a moment.
    pub fn new(saved: Option<String>, keep: impl Fn(&str) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { saved, keep: Arc::new(keep) }
    }

    /// The note of an earlier write.
    #[must_use]
    pub fn saved(&self) -> Option<&str> {
        self.saved.as_deref()
    }

    /// Keeps a note for a later write.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; the write itself may go on.
    pub fn keep(&self, note: &str) -> Result<()> {
        (self.keep)(note)
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A note may be as good as a key: whoever knows the URL of a session may write to it.
        f.debug_struct("Checkpoint").field("has_note", &self.saved.is_some()).finish_non_exhaustive()
    }
}
