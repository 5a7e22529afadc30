//! Arguments of a program: text, and nodes marked by what the program does with them.

use std::ffi::OsString;

use crate::dual::node::StorageNode;

/// A piece of one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallPart {
    /// As it is.
    Text(OsString),
    /// The path of a private copy of this node's content, for reading.
    Input(StorageNode),
    /// The path of a file that the program makes; stored in this node when the program succeeds.
    Output(StorageNode),
    /// The path of a file with this node's content that the program changes; stored when the program succeeds.
    Both(StorageNode),
}

impl CallPart {
    /// The node, unless it is text.
    pub(super) fn node(&self) -> Option<&StorageNode> {
        match self {
            Self::Text(_) => None,
            Self::Input(node) | Self::Output(node) | Self::Both(node) => Some(node),
        }
    }

    /// Whether the program's result is stored in the node.
    pub(super) fn is_stored(&self) -> bool {
        matches!(self, Self::Output(_) | Self::Both(_))
    }
}
