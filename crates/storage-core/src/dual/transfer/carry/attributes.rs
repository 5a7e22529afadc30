//! Mode and time of what is at the destination already.

use std::time::{Duration, SystemTime};

use storage_types::{Attributes, Metadata, Operation, Result};

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::transfer::task::Task;
use crate::maybe_async;

impl Task<'_> {
    /// The mode and time that something gets that is at the destination already, as far as it keeps them.
    pub(in crate::dual::transfer) fn attributes_of(&self, source: &Metadata) -> Attributes {
        let can = self.destination.capabilities();
        let mut attributes = Attributes::default();
        if self.options.preserve && can.set_attributes {
            // Bits that lend the owner's rights mean nothing without the owner (POSIX `S_ISUID`, `S_ISGID`).
            let bits = if source.is_dir() { 0o7777 } else { 0o1777 };
            attributes.unix_mode = source.mode.filter(|_| can.unix_mode).map(|mode| mode & bits);
            attributes.modified = source.modified.filter(|_| can.set_modified);
        }
        attributes
    }
}

/// Whether something has these already.
pub(super) fn has(there: &Metadata, attributes: &Attributes) -> bool {
    let same_mode = attributes.unix_mode.is_none_or(|mode| there.mode == Some(mode));
    let same_time = match (attributes.modified, there.modified) {
        (Some(wanted), Some(there)) => is_same_time(wanted, there),
        (wanted, _) => wanted.is_none(),
    };
    same_mode && same_time
}

/// Whether a store that may keep whole seconds only has this time.
pub(in crate::dual::transfer) fn is_same_time(wanted: SystemTime, stored: SystemTime) -> bool {
    wanted == stored || whole_seconds(wanted) == Some(stored)
}

fn whole_seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(since.as_secs()))
}

#[maybe_async]
impl Carrier<'_> {
    pub(in crate::dual::transfer) async fn set_attributes(
        &self,
        node: &StorageNode,
        attributes: &Attributes,
    ) -> Result<()> {
        if attributes.unix_mode.is_none() && attributes.modified.is_none() {
            return Ok(());
        }
        let set = node.backend().set_attributes(node.path(), attributes).await;
        node.explain(Operation::SetMetadata, set)
    }
}
