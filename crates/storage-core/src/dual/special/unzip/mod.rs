//! Zip archives opened and unpacked, wherever they are stored: only the parts that are needed are read.

mod archive;
mod backend;
mod encoding;
mod entries;
mod folders;
mod index;
mod links;
mod methods;
mod names;
mod records;
mod source;
mod stream;

use std::sync::Arc;

use storage_types::{
    ArchiveOptions, CopyReport, Error, ExtractOptions, Operation, Result, StoragePath, SymlinkPolicy,
};

use self::archive::Archive;
use self::backend::ArchiveBackend;
pub use self::entries::ArchiveEntries;
use self::folders::Folders;
use crate::dual::mount::Mount;
use crate::dual::node::StorageNode;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Opens the zip archive that is stored here, for reading: the node of what is at its top, with which everything can
    /// be done that reads. Its directory is read now, and is kept in memory; contents are read, unpacked and checked
    /// (size and CRC-32) as they are asked for.
    ///
    /// Symbolic links in it are listed as such. They are not followed, and their targets are told only when they stay
    /// inside.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Corrupted` when it is no archive or damaged; `InvalidInput` when a name in it is absolute, goes up,
    /// or otherwise leads out of where it would be unpacked; `QuotaExceeded` when it holds more than the limits of
    /// [`ArchiveOptions`]; `Unsupported` for one part of several. Reading an entry that is encrypted, or packed by
    /// a rare method, is `Unsupported`.
    pub async fn open_zip(&self) -> Result<StorageNode> {
        self.open_zip_with(&ArchiveOptions::new()).await
    }

    /// As [`open_zip`](Self::open_zip), with other limits.
    ///
    /// # Errors
    ///
    /// As [`open_zip`](Self::open_zip).
    pub async fn open_zip_with(&self, options: &ArchiveOptions) -> Result<StorageNode> {
        Ok(root(Archive::open(self, options).await?))
    }

    /// Unpacks the zip archive that is stored here into the directory `destination`, eight files at once. Files are
    /// written whole or not at all; times and permission bits are kept where the destination can.
    ///
    /// # Errors
    ///
    /// As [`open_zip`](Self::open_zip), before anything is written; else the first file that failed.
    pub async fn extract_to(&self, destination: &StorageNode) -> Result<CopyReport> {
        self.extract_to_with(destination, &ExtractOptions::new()).await?.into_result()
    }

    /// Unpacks by options. Symbolic links are left out and reported, or with [`SymlinkPolicy::Preserve`] restored when
    /// they stay inside the destination; nothing is written through one. One failing file does not stop the others
    /// (unless `fail_fast`): the report lists it.
    ///
    /// # Errors
    ///
    /// As [`open_zip`](Self::open_zip), before anything is written; `InvalidInput` for [`SymlinkPolicy::Follow`], as what
    /// a link points at is in the archive anyhow or not at all; `Interrupted` when cancelled.
    pub async fn extract_to_with(
        &self,
        destination: &StorageNode,
        options: &ExtractOptions,
    ) -> Result<CopyReport> {
        if options.copy.symlinks == Some(SymlinkPolicy::Follow) {
            let error = Error::invalid("links of an archive are not followed")
                .with_hint("unpack with the symlink policy `skip` or `preserve`");
            return self.explain(Operation::Read, Err(error));
        }
        let archive = Archive::open(self, &options.archive).await?;
        let mut copy = options.copy.clone();
        let folders = Folders::of(archive.index.directories(), destination, &mut copy);
        folders.prepare().await;
        let mut report = root(archive.clone()).copy_to_with(destination, &copy).await?;
        folders.finish(&copy, &mut report).await;
        archive.left_out.tell(&options.copy, &mut report);
        Ok(report)
    }
}

/// The top of an archive, as the root of a hidden mount that has the archive's name.
fn root(archive: Arc<Archive>) -> StorageNode {
    let (name, memory) = (archive.source.node.full_path(), archive.source.node.memory().clone());
    StorageNode::new(Mount::new(&name, Arc::new(ArchiveBackend(archive)), memory), StoragePath::root())
}
