//! Options of local paths.

use std::path::PathBuf;

use crate::options::Access;
use crate::transfer::CancelToken;

/// How a path on this machine is handed out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LocalPathOptions {
    /// What it is wanted for.
    pub access: Access,
    /// For writing, a temporary file in any case, so that nothing changes before the commit. Without it a local mount hands
    /// out the file itself. For reading it is a private copy anyway.
    pub staged: bool,
    /// Where temporary files lie; by default in the folder that the system has for them (`TMPDIR`).
    pub folder: Option<PathBuf>,
    /// Stops filling the file, and storing it.
    pub cancel: CancelToken,
}

impl LocalPathOptions {
    /// For this; for writing the file itself where there is one.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self { access, staged: false, folder: None, cancel: CancelToken::new() }
    }

    /// For writing, a temporary file in any case.
    #[must_use]
    pub fn staged(mut self, staged: bool) -> Self {
        self.staged = staged;
        self
    }

    /// Where temporary files lie.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Stops filling the file, and storing it, when this token is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }
}
