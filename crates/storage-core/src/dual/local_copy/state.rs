//! Whether a file is still the one that it was.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use storage_types::{Error, Result};

use crate::{maybe_async, rt};

/// The file and the time and size of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileState {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
}

#[maybe_async]
impl FileState {
    /// What stands at a path, links not followed; `None` when nothing does.
    pub(super) async fn of(path: &Path) -> Result<Option<Self>> {
        let path = path.to_owned();
        rt::unblock(move || match path.symlink_metadata() {
            Ok(metadata) => Ok(Some(Self::from(&metadata))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(Error::from_io(error)),
        })
        .await
    }
}

impl From<&Metadata> for FileState {
    fn from(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}
