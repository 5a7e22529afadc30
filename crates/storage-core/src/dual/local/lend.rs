//! Private copies of stored files for programs, made inside the kernel.

use storage_types::{Access, Metadata, ReadOptions, Result, StoragePath, WriteOptions};

use super::attributes;
use super::backend::LocalBackend;
use super::describe;
use crate::dual::backend::CopyWatch;
use crate::{maybe_async, rt};

#[maybe_async]
impl LocalBackend {
    /// Copies the file `from` into a folder of the caller's, and returns the metadata of the stored one. A file system
    /// that shares contents (reflinks) shares this one; nothing that happens to the copy reaches the stored file.
    pub(crate) async fn copy_out(
        &self,
        from: &StoragePath,
        (folder, name): (&Self, &StoragePath),
        access: Access,
        watch: &CopyWatch,
    ) -> Result<Metadata> {
        let (source, folder) = (self.pinned_source(from)?, folder.core.clone());
        let (from, name, watch) = (from.clone(), name.clone(), watch.clone());
        rt::unblock(move || {
            let (file, stat) = source.open_file(&from, &ReadOptions::new())?;
            let mut stored = describe::metadata(&stat);
            attributes::load(&file, &attributes::names(&file)?, &mut stored)?;
            let mut options = lent(&stored, access);
            // A program may be an input, too.
            if stat.st_mode & 0o111 != 0 {
                options.unix_mode = options.unix_mode.map(|mode| mode | 0o100);
            }
            folder.copy_from(&source, &from, &name, &options, &watch)?;
            Ok(stored)
        })
        .await
    }
}

/// How a lent copy is made: with the time of the stored file, for its owner's eyes, and for writing only if it is there
/// to be changed.
pub(crate) fn lent(stored: &Metadata, access: Access) -> WriteOptions {
    let mut options = WriteOptions::new();
    options.modified = stored.modified;
    options.unix_mode = Some(if access == Access::Read { 0o400 } else { 0o600 });
    options
}
