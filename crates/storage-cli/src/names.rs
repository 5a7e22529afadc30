//! How places are called in output. Plain paths live in a hidden mount over the whole file system; what users see
//! is the path as they typed it, and what lies below it.

use std::sync::{PoisonError, RwLock};

use storage::blocking::StorageNode;
use storage::types::{Address, StoragePath};

/// The name of the hidden mount. The configuration may not use it.
pub(crate) const PLAIN: &str = "_path_";

/// Stands for the mount of what could not even be looked up: its path is what was typed.
pub(crate) const AS_TYPED: &str = "";

#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Plain paths: where they lead, and as they were typed.
    typed: RwLock<Vec<(StoragePath, String)>>,
}

impl Names {
    pub(crate) fn remember(&self, path: &StoragePath, typed: &str) {
        let mut known = self.typed.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(known, _)| known != path);
        known.push((path.clone(), typed.to_owned()));
    }

    /// A node as the user knows it.
    pub(crate) fn show(&self, node: &StorageNode) -> String {
        if node.mount_name() == PLAIN { self.plain(node.path()) } else { node.to_string() }
    }

    /// An address as the user knows it.
    pub(crate) fn show_address(&self, address: &Address) -> String {
        if address.mount() == AS_TYPED {
            return address.path().to_string();
        }
        self.show_text(&address.to_string())
    }

    /// `mount:path` text as the user knows it.
    pub(crate) fn show_text(&self, address: &str) -> String {
        if let Some(parts) = address.strip_prefix("concat:").filter(|parts| parts.contains(PLAIN)) {
            let parts: Vec<String> = parts.split(',').map(|part| self.show_text(part)).collect();
            return format!("concat:{}", parts.join(","));
        }
        let path = address.strip_prefix(PLAIN).and_then(|rest| rest.strip_prefix(':'));
        match path.map(StoragePath::parse) {
            Some(Ok(path)) => self.plain(&path),
            _ => address.to_owned(),
        }
    }

    /// A message in which addresses stand between backticks.
    pub(crate) fn translate(&self, message: &str) -> String {
        if !message.contains(PLAIN) {
            return message.to_owned();
        }
        message.split('`').map(|part| self.show_text(part)).collect::<Vec<_>>().join("`")
    }

    fn plain(&self, path: &StoragePath) -> String {
        let known = self.typed.read().unwrap_or_else(PoisonError::into_inner);
        // What stands in an archive is called `archive:name`.
        let inside = |(archive, typed): &(StoragePath, String)| {
            let rest = path.as_str().strip_prefix(archive.as_str())?.strip_prefix(':')?;
            Some(format!("{typed}:{rest}"))
        };
        if let Some(shown) = known.iter().filter(|(path, _)| !path.is_root()).find_map(inside) {
            return shown;
        }
        let nearest = known
            .iter()
            .filter_map(|(above, typed)| path.strip_prefix(above).map(|rest| (rest, typed)))
            .min_by_key(|(rest, _)| rest.as_str().len());
        match nearest {
            Some((rest, typed)) if rest.is_root() => typed.clone(),
            Some((rest, typed)) => format!("{}/{rest}", typed.trim_end_matches('/')),
            None => format!("/{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> StoragePath {
        StoragePath::parse(text).unwrap()
    }

    #[test]
    fn plain_paths_are_shown_as_typed() {
        let names = Names::default();
        names.remember(&path("home/ada/src"), "src/");
        names.remember(&path(""), "/");
        assert_eq!(names.show_text("_path_:home/ada/src"), "src/");
        assert_eq!(names.show_text("_path_:home/ada/src/a.rs"), "src/a.rs");
        assert_eq!(names.show_text("_path_:etc/hosts"), "/etc/hosts");
        assert_eq!(names.show_text("data:x"), "data:x");
        names.remember(&path("tmp/a.zip"), "../a.zip");
        assert_eq!(names.show_text("_path_:tmp/a.zip:docs/x"), "../a.zip:docs/x");
    }

    #[test]
    fn messages_are_translated_between_backticks() {
        let names = Names::default();
        names.remember(&path("home/ada"), ".");
        assert_eq!(names.translate("`_path_:home/ada/x` is `data:y`"), "`./x` is `data:y`");
    }
}
