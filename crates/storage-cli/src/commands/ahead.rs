//! Walks what is to be transferred beside the transfer, so that the bar knows how much there is.

use storage::blocking::StorageNode;
use storage::types::{CopyOptions, IgnoreRules, Metadata, PatternSet, StoragePath, WalkOptions};

use crate::progress::Meter;

/// Counts the files of `sources` and the bytes of those that `options` take.
pub(super) fn count(sources: &[StorageNode], options: &CopyOptions, meter: &Meter) {
    let Some(mut ahead) = Ahead::new(options, meter) else { return };
    for source in sources {
        // What cannot be looked at is told by the transfer itself.
        let Ok(metadata) = source.stat() else { continue };
        if metadata.is_dir() {
            ahead.tree(source);
        } else {
            ahead.file(source.name(), &metadata);
        }
    }
    if !meter.is_stopped() {
        meter.total(ahead.files, ahead.bytes);
    }
}

struct Ahead<'a> {
    options: &'a CopyOptions,
    patterns: PatternSet,
    ignore: IgnoreRules,
    meter: &'a Meter,
    files: u64,
    bytes: u64,
}

impl<'a> Ahead<'a> {
    fn new(options: &'a CopyOptions, meter: &'a Meter) -> Option<Self> {
        let patterns = PatternSet::new(&options.include, &options.exclude).ok()?;
        let ignore = IgnoreRules::new(&options.ignore).ok()?;
        Some(Self { options, patterns, ignore, meter, files: 0, bytes: 0 })
    }

    fn tree(&mut self, top: &StorageNode) {
        let Ok(mut walk) = top.walk(&WalkOptions::new()) else { return };
        while !self.meter.is_stopped() {
            let Ok(entry) = walk.next() else { continue };
            let Some(entry) = entry else { return };
            let relative = entry.node.path().strip_prefix(top.path()).unwrap_or_else(StoragePath::root);
            if !entry.metadata.is_dir() {
                self.file(relative.as_str(), &entry.metadata);
            } else if self.patterns.excludes(relative.as_str(), true)
                || self.ignore.names(relative.as_str(), true)
            {
                // It is left out as one.
                self.files += 1;
                walk.skip_directory();
            }
        }
    }

    fn file(&mut self, relative: &str, metadata: &Metadata) {
        self.files += 1;
        let named = self.patterns.allows(relative) && !self.ignore.names(relative, false);
        if named && metadata.is_file() && self.is_within_limits(metadata) {
            self.bytes += metadata.size;
        }
    }

    fn is_within_limits(&self, metadata: &Metadata) -> bool {
        let (limits, size) = (self.options, metadata.size);
        let earlier = |bound| metadata.modified.is_some_and(|time| time < bound);
        let later = |bound| metadata.modified.is_some_and(|time| time > bound);
        limits.min_size.is_none_or(|min| size >= min)
            && limits.max_size.is_none_or(|max| size <= max)
            && !limits.newer_than.is_some_and(earlier)
            && !limits.older_than.is_some_and(later)
    }
}
