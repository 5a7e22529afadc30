//! Comparing byte for byte, for those who trust no checksum.

use std::sync::Arc;

use storage::blocking::{Reader, StorageNode};
use storage::types::{CancelToken, FailedFile, Operation, Result, Skip};

use super::at;

/// Leaves files whose bytes are equal. One that cannot be read is told to `unreadable` and left as well.
pub(super) fn rule(
    source: &StorageNode,
    destination: &StorageNode,
    token: &CancelToken,
    unreadable: Arc<impl Fn(&FailedFile) + Send + Sync + 'static>,
) -> Skip {
    let (source, destination, token) = (source.clone(), destination.clone(), token.clone());
    Skip::Custom(Arc::new(move |ours, theirs| {
        if ours.metadata.size != theirs.metadata.size {
            return false;
        }
        let (Some(ours), Some(theirs)) = (at(&source, &ours.path), at(&destination, &theirs.path)) else {
            return false;
        };
        match are_equal(&ours, &theirs, &token) {
            Ok(equal) => equal,
            Err(_) if token.is_cancelled() => true,
            Err(error) => {
                unreadable(&FailedFile::new(ours.to_string(), error));
                true
            }
        }
    }))
}

fn are_equal(ours: &StorageNode, theirs: &StorageNode, token: &CancelToken) -> Result<bool> {
    let (mut left, mut right) = (Chunks::of(ours)?, Chunks::of(theirs)?);
    loop {
        token.check()?;
        let (ours, theirs) = (left.rest()?, right.rest()?);
        let length = ours.len().min(theirs.len());
        if length == 0 {
            return Ok(ours.len() == theirs.len());
        }
        if ours[..length] != theirs[..length] {
            return Ok(false);
        }
        left.used += length;
        right.used += length;
    }
}

/// The content of a file, chunk by chunk.
struct Chunks<'a> {
    node: &'a StorageNode,
    reader: Reader,
    chunk: bytes::Bytes,
    used: usize,
}

impl<'a> Chunks<'a> {
    fn of(node: &'a StorageNode) -> Result<Self> {
        Ok(Self { node, reader: node.reader()?, chunk: bytes::Bytes::new(), used: 0 })
    }

    /// What has not been used of the current chunk, or the next one; empty at the end.
    fn rest(&mut self) -> Result<&[u8]> {
        while self.used == self.chunk.len() {
            let next = self.reader.next().map_err(|error| {
                let error = error.with_operation(Operation::Read).with_mount_if_unset(self.node.mount_name());
                error.with_path_if_unset(self.node.path().as_str())
            })?;
            let Some(next) = next else { return Ok(&[]) };
            (self.chunk, self.used) = (next, 0);
        }
        Ok(&self.chunk[self.used..])
    }
}
