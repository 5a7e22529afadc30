//! Which entries of a directory are given.

use storage_types::{ListOptions, Result, StoragePath};

use crate::dual::stream::Entry;

/// The conditions of a listing on names. A store may have looked at them already, and need not have.
#[derive(Debug, Default)]
pub(super) struct Filter {
    prefix: Option<String>,
    start_after: Option<String>,
    /// How many may still be given.
    left: Option<usize>,
}

impl Filter {
    pub(super) fn new(options: &ListOptions) -> Self {
        let ListOptions { prefix, start_after, limit, .. } = options;
        Self { prefix: prefix.clone(), start_after: start_after.clone(), left: *limit }
    }

    /// Whether no more may be given.
    pub(super) fn is_full(&self) -> bool {
        self.left == Some(0)
    }

    /// Whether an entry is given; it counts then. What is wrong with a single entry is always told, and does not count.
    pub(super) fn takes(&mut self, entry: &Result<Entry>) -> bool {
        let Ok(Entry { path, .. }) = entry else { return true };
        if self.is_full() || !self.wants(path) {
            return false;
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        true
    }

    fn wants(&self, path: &StoragePath) -> bool {
        if self.prefix.is_none() && self.start_after.is_none() {
            return true;
        }
        let name = path.name();
        self.prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
            && self.start_after.as_deref().is_none_or(|after| name > after)
    }
}

#[cfg(test)]
mod tests {
    use storage_types::Metadata;

    use super::*;

    #[test]
    fn names_are_taken_by_prefix_place_and_number() {
        let mut filter = Filter::new(&ListOptions::new().prefix("a").start_after("a1").limit(2));
        let mut takes = |name: &str| {
            let path = StoragePath::parse(format!("d/{name}"))?;
            Ok(filter.takes(&Ok(Entry { path, metadata: Metadata::file(0) })))
        };
        let taken: Result<Vec<bool>> =
            ["a0", "a1", "a10", "b", "a2", "a3"].into_iter().map(&mut takes).collect();
        assert_eq!(taken.unwrap(), [false, false, true, false, true, false]);
        assert!(filter.is_full());
    }
}
