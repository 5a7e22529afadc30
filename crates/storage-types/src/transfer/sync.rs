//! Options of `sync_to`.

use super::{CopyOptions, Skip};

/// Options of `sync_to_with`: how to copy, and what becomes of files that only the destination has.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SyncOptions {
    /// How files are chosen, compared and copied. Compares by size and time, and keeps
    /// times, unless told otherwise.
    pub copy: CopyOptions,
    /// Delete what only the destination has, once everything is copied. What patterns, rules and limits leave out is
    /// left alone there too.
    pub delete_extra: bool,
    /// Delete nothing at all when there is more than this to delete, in files.
    pub max_delete: Option<u64>,
    /// Delete everything even if the source is empty, and delete although some files failed.
    pub force: bool,
    /// Change nothing; the report and the events tell what would happen.
    pub dry_run: bool,
}

impl Default for SyncOptions {
    fn default() -> Self {
        let copy = CopyOptions::new().skip(Skip::SizeTime).preserve(true);
        Self { copy, delete_extra: false, max_delete: None, force: false, dry_run: false }
    }
}

impl SyncOptions {
    /// Copy what is new or changed; delete nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How files are chosen, compared and copied.
    #[must_use]
    pub fn copy(mut self, copy: CopyOptions) -> Self {
        self.copy = copy;
        self
    }

    /// Delete what only the destination has.
    #[must_use]
    pub fn delete_extra(mut self, delete: bool) -> Self {
        self.delete_extra = delete;
        self
    }

    /// Delete nothing at all when there is more than this to delete.
    #[must_use]
    pub fn max_delete(mut self, files: u64) -> Self {
        self.max_delete = Some(files);
        self
    }

    /// Delete even if the source is empty or some files failed.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Change nothing, only tell.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}
