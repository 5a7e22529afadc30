//! Which files are left alone, and what becomes of symbolic links.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::TransferEntry;
use crate::error::{Error, Result};
use crate::suggest;

type Compare = Arc<dyn Fn(&TransferEntry, &TransferEntry) -> bool + Send + Sync>;

/// When a file that the destination has already is left alone. Asked only if the destination exists.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Skip {
    /// Always copy.
    #[default]
    Never,
    /// Leave whatever exists.
    Exists,
    /// Leave files of equal size.
    Size,
    /// Leave files that are at least as new as the source.
    Newer,
    /// Leave files of equal size that are not older than the source. Where times are kept (`preserve`, and a destination that
    /// can), they have to be equal: a source that was replaced by an older file is copied.
    SizeTime,
    /// Leave files of equal content, compared by checksum.
    Hash,
    /// Leave files for which this says so: source first, destination second.
    Custom(Compare),
}

impl Skip {
    /// The names that parse.
    pub const NAMES: [&'static str; 6] = ["never", "exists", "size", "newer", "size-time", "hash"];

    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Exists => "exists",
            Self::Size => "size",
            Self::Newer => "newer",
            Self::SizeTime => "size-time",
            Self::Hash => "hash",
            Self::Custom(_) => "custom",
        }
    }
}

impl fmt::Debug for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Skip {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "never" => Ok(Self::Never),
            "exists" => Ok(Self::Exists),
            "size" => Ok(Self::Size),
            "newer" => Ok(Self::Newer),
            "size-time" => Ok(Self::SizeTime),
            "hash" => Ok(Self::Hash),
            _ => Err(unknown_name("skip strategy", text, &Self::NAMES)),
        }
    }
}

/// What becomes of symbolic links in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SymlinkPolicy {
    /// Leave them out and report it.
    #[default]
    Skip,
    /// Copy what they point at.
    Follow,
    /// Make the same link at the destination; both sides must be local.
    Preserve,
}

impl FromStr for SymlinkPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "skip" => Ok(Self::Skip),
            "follow" => Ok(Self::Follow),
            "preserve" => Ok(Self::Preserve),
            _ => Err(unknown_name("symlink policy", text, &["skip", "follow", "preserve"])),
        }
    }
}

fn unknown_name(what: &str, text: &str, names: &[&'static str]) -> Error {
    let error = Error::invalid(format!(
        "`{text}` is not a {what}; there are {}",
        suggest::list(names.iter().copied())
    ));
    match suggest::nearest(text, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_strategy_is_refused_with_the_nearest_spelling() {
        let error = "exist".parse::<Skip>().unwrap_err().to_string();
        assert!(error.contains("`exists`") && error.contains("did you mean"), "{error}");
        for name in Skip::NAMES {
            assert_eq!(name.parse::<Skip>().unwrap().name(), name);
        }
    }
}
