//! What stopped runs left of files that the source does not have any more.

use storage_types::Result;

use super::journal::{self, Left};
use super::run::Run;
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
impl Run<'_> {
    /// Throws it away: nobody will ever go on with it. What the source still has was looked after with its file.
    pub(super) async fn forget_vanished(&self) -> Result<()> {
        let Some(folder) = self.options.resume.clone().filter(|_| !self.mode.dry_run) else { return Ok(()) };
        let all = rt::unblock(move || Ok(Left::all(&folder))).await?;
        for left in all {
            let Some((source, destination)) = self.of_this_tree(&left) else { continue };
            if !is_worth_a_note(&source).await {
                left.throw_away(&destination).await?;
            }
        }
        Ok(())
    }

    /// The file that this is about, where it is one of this run.
    fn of_this_tree(&self, left: &Left) -> Option<(StorageNode, StorageNode)> {
        let source = below(&self.source, left.source())?;
        let destination = below(&self.destination, left.destination())?;
        Some((source, destination))
    }
}

/// Whether somebody may go on with it. A source that cannot be asked now may be there when it can.
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
    let rest = place.strip_prefix(&journal::place(root))?;
    let path = match rest.strip_prefix('/') {
        Some(path) => path,
        None if root.is_root() => rest,
        None => return None,
    };
    root.child(path).ok().filter(|node| node != root)
}
