//! What stands at a place: a directory to walk, or one entry.

use storage::blocking::{StorageNode, Walk};
use storage::types::{EntryKind, ErrorKind, Metadata, WalkOptions};

use crate::context::link;
use crate::exit::Done;

pub(super) enum Top {
    Tree(Walk),
    Entry(Metadata),
}

/// Opens a walk, or tells about what is no directory.
pub(super) fn top(node: &StorageNode, options: &WalkOptions) -> Done<Top> {
    // Where directories are no more than the files below them, listing one is the only way to find out about it.
    if !node.capabilities().directories {
        match node.walk(options) {
            Ok(walk) => return Ok(Top::Tree(walk)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(error.into()),
            // It is a file, or cannot be listed for a reason that is told below.
            Err(_) => {}
        }
    }
    let metadata = match node.stat() {
        Err(error) if error.kind() == ErrorKind::NotFound && link(node).is_some() => {
            Metadata::of(EntryKind::Symlink, 0)
        }
        metadata => metadata?,
    };
    if metadata.is_dir() { Ok(Top::Tree(node.walk(options)?)) } else { Ok(Top::Entry(metadata)) }
}
