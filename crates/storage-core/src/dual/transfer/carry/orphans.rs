//! What stopped runs left of files that the source does not have any more.

use storage_types::Result;

use super::Carrier;
use super::journal::{self, Leftover};
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
impl Carrier<'_> {
    /// Throws it away, since no run will go on with it. The notes of what the source still has are handled with their files.
    pub(in crate::dual::transfer) async fn forget_orphans(&self) -> Result<()> {
        let Some(folder) = self.task.options.resume.clone().filter(|_| !self.task.mode.dry_run) else {
            return Ok(());
        };
        let all = rt::unblock(move || Ok(Leftover::all(&folder))).await?;
        for left in all {
            let Some((source, destination)) = self.of_this_tree(&left) else { continue };
            if !is_worth_a_note(&source).await {
                left.throw_away(&destination).await?;
            }
        }
        Ok(())
    }

    /// The file that this is about, where it is one of this run.
    fn of_this_tree(&self, left: &Leftover) -> Option<(StorageNode, StorageNode)> {
        let source = below(&self.task.source, left.source())?;
        let destination = below(&self.task.destination, left.destination())?;
        Some((source, destination))
    }
}

/// Whether a later run may go on with it. A source that does not answer now may still exist.
#[maybe_async]
async fn is_worth_a_note(source: &StorageNode) -> bool {
    match source.stat_if_exists().await {
        Ok(Some(now)) => now.is_file() && now.size >= journal::FROM,
        Ok(None) => false,
        Err(_) => true,
    }
}

/// The node below `root` that is called `place` in a note.
fn below(root: &StorageNode, place: &str) -> Option<StorageNode> {
    let rest = place.strip_prefix(&journal::identity_of(root))?;
    let path = match rest.strip_prefix('/') {
        Some(path) => path,
        None if root.is_root() => rest,
        None => return None,
    };
    root.child(path).ok().filter(|node| node != root)
}
