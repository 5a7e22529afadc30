//! The patterns and rules of a transfer, compiled.

use storage_types::{CopyOptions, IgnoreRules, PatternSet, Result, SkipReason};

/// Patterns and rules, compiled.
pub(in crate::dual::transfer) struct Selection {
    pub(in crate::dual::transfer) patterns: PatternSet,
    ignore: IgnoreRules,
}

impl Selection {
    pub(in crate::dual::transfer) fn new(options: &CopyOptions) -> Result<Self> {
        Ok(Self {
            patterns: PatternSet::new(&options.include, &options.exclude)?,
            ignore: IgnoreRules::new(&options.ignore)?,
        })
    }

    /// Whether only files that some pattern names are wanted.
    pub(in crate::dual::transfer) fn has_includes(&self) -> bool {
        self.patterns.has_includes()
    }

    /// Whether a directory itself is wanted: one that include patterns do not name is not.
    pub(in crate::dual::transfer) fn takes_directory(&self, relative: &str) -> bool {
        !self.patterns.has_includes() || self.patterns.includes(relative, true)
    }

    /// Why an entry is left out by its name. A directory is left out with all that is in it.
    pub(super) fn by_name(&self, relative: &str, is_directory: bool) -> Option<SkipReason> {
        // What lies in a directory that is left out is not asked about.
        if self.ignore.names(relative, is_directory) {
            return Some(SkipReason::Ignored);
        }
        let left_out = if is_directory {
            self.patterns.excludes(relative, true)
        } else {
            !self.patterns.allows(relative)
        };
        left_out.then_some(SkipReason::Excluded)
    }
    /// Whether no name is left out.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.ignore.is_empty()
    }
}
