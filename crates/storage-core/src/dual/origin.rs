//! What errors name: the mount and the path of the node that was asked.

use storage_types::{Address, Error, Operation, Result};

/// The address of a node, for the errors of the node and of its streams.
pub(crate) struct Origin {
    address: Address,
    opaque: bool,
}

impl Origin {
    /// `opaque`: the path is a data URI.
    pub(crate) fn new(address: Address, opaque: bool) -> Self {
        Self { address, opaque }
    }

    /// The result, its error with operation, mount and path.
    pub(crate) fn explain<T>(&self, operation: Operation, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.described(operation, error))
    }

    /// The error with operation, mount and path.
    pub(crate) fn described(&self, operation: Operation, error: Error) -> Error {
        error.with_operation(operation).with_mount(self.address.mount()).with_path(self.shown_path())
    }

    /// The path for messages; a data URI is cut, it may be megabytes.
    pub(crate) fn shown_path(&self) -> String {
        const SHOWN: usize = 200;
        let text = self.address.path().as_str();
        if !self.opaque || text.len() <= SHOWN {
            return text.to_owned();
        }
        let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        format!("{}...", &text[..end])
    }
}
