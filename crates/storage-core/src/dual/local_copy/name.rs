//! What temporary files are called.

use crate::dual::node::StorageNode;

/// Most file systems allow 255 bytes; programs add their own endings to names.
const LONGEST: usize = 200;
const LONGEST_EXTENSION: usize = 32;

/// The node's own name where a file can have it, else one with its suffix: programs choose formats by suffixes.
pub(super) fn of(node: &StorageNode) -> String {
    const CONTENT: &str = "content";
    if node.capabilities().opaque_paths {
        return CONTENT.to_owned();
    }
    let name = node.name();
    if !name.is_empty() && name.len() <= LONGEST && !crate::dual::local::is_reserved(name) {
        return name.to_owned();
    }
    match node.extension().filter(|extension| extension.len() <= LONGEST_EXTENSION) {
        Some(extension) => format!("{CONTENT}.{extension}"),
        None => CONTENT.to_owned(),
    }
}
