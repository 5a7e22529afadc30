//! Options of comparing two texts.

/// Options of a unified diff.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffOptions {
    /// Unchanged lines around each change; 3 by default.
    pub context: usize,
    /// Bytes that each side may have, as both are held in memory; 64 MiB by default.
    pub max_bytes: u64,
    /// What the header calls the two sides; by default their full paths.
    pub labels: Option<(String, String)>,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { context: 3, max_bytes: 64 << 20, labels: None }
    }
}

impl DiffOptions {
    /// Three lines of context, 64 MiB for each side.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Unchanged lines around each change.
    #[must_use]
    pub fn context(mut self, lines: usize) -> Self {
        self.context = lines;
        self
    }

    /// Bytes that each side may have.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// What the header calls the two sides.
    #[must_use]
    pub fn labels(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.labels = Some((old.into(), new.into()));
        self
    }
}
