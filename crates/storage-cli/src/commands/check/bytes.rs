//! Comparing byte for byte, for those who trust no checksum.

use std::sync::Arc;

use storage::blocking::StorageNode;
use storage::types::{CancelToken, FailedFile, Skip};

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
        match ours.same_bytes_until(&theirs, &token) {
            Ok(equal) => equal,
            Err(_) if token.is_cancelled() => true,
            Err(error) => {
                unreadable(&FailedFile::new(ours.address(), error));
                true
            }
        }
    }))
}
