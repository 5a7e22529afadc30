//! Which files a transfer leaves out.

use storage_types::{CopyOptions, Metadata, SkipReason, TransferEntry};

use crate::dual::node::NodeEntry;
use crate::dual::transfer::job::{Job, transfer_entry};
use crate::dual::transfer::task::Task;

/// Why a file is left out by what is known about it.
fn by_metadata(options: &CopyOptions, metadata: &Metadata) -> Option<SkipReason> {
    let (size, modified) = (metadata.size, metadata.modified);
    if !metadata.is_file() {
        return None;
    }
    if options.min_size.is_some_and(|min| size < min) {
        Some(SkipReason::TooSmall)
    } else if options.max_size.is_some_and(|max| size > max) {
        Some(SkipReason::TooLarge)
    } else if options.newer_than.is_some_and(|bound| modified.is_some_and(|time| time < bound)) {
        Some(SkipReason::TooOld)
    } else if options.older_than.is_some_and(|bound| modified.is_some_and(|time| time > bound)) {
        Some(SkipReason::TooNew)
    } else {
        None
    }
}

impl Task<'_> {
    /// Why patterns, rules, limits or the filter leave a file out, without asking any store.
    pub(in crate::dual::transfer) fn left_out(&self, job: &Job) -> Option<SkipReason> {
        self.unwanted(&job.relative, &job.metadata, || job.entry())
    }

    fn unwanted(
        &self,
        relative: &str,
        metadata: &Metadata,
        entry: impl FnOnce() -> TransferEntry,
    ) -> Option<SkipReason> {
        let reason = self.selection.by_name(relative, false);
        let reason = reason.or_else(|| by_metadata(&self.options, metadata));
        reason.or_else(|| match &self.options.filter {
            Some(filter) if !filter(&entry()) => Some(SkipReason::Filtered),
            _ => None,
        })
    }

    /// Why a directory is left out together with all below it.
    pub(in crate::dual::transfer) fn prunes(&self, relative: &str) -> Option<SkipReason> {
        self.selection.by_name(relative, true)
    }

    /// Why a file that only the destination has is left alone.
    pub(in crate::dual::transfer) fn leaves_extra(
        &self,
        extra: &NodeEntry,
        relative: &str,
    ) -> Option<SkipReason> {
        self.unwanted(relative, &extra.metadata, || {
            transfer_entry(&extra.node, relative, extra.metadata.clone())
        })
    }

    /// Whether every file is wanted, whatever its name and its metadata.
    pub(in crate::dual::transfer) fn takes_all(&self) -> bool {
        let options = &self.options;
        let limits = options.min_size.is_some()
            || options.max_size.is_some()
            || options.newer_than.is_some()
            || options.older_than.is_some();
        !limits && options.filter.is_none() && self.selection.is_empty()
    }
}
