//! Whether source and destination lie in each other, under whatever names: then nothing begins.

use std::sync::Arc;

use storage_types::{Error, Operation, Result, StoragePath};

use crate::dual::backend::{Backend, resolved};
use crate::dual::node::StorageNode;
use crate::dual::transfer::task::Task;
use crate::maybe_async;

/// Whether two nodes are one place of one store, by their names.
pub(crate) fn same_place(a: &StorageNode, b: &StorageNode) -> bool {
    // Equal nodes may be of different stores: a mount of that name was replaced between them.
    let ((one, path), (other, other_path)) = (resolved(a), resolved(b));
    let by_name = || one.identity(&path).is_some_and(|name| other.identity(&other_path) == Some(name));
    (Arc::ptr_eq(&one, &other) && path == other_path) || by_name()
}

/// How two directories lie to each other.
#[derive(Debug, PartialEq, Eq)]
enum Relation {
    Apart,
    Same,
    /// The second lies in the first, at this path.
    Inside(String),
}

/// Where a directory is, as far as that can be compared.
struct Location {
    backend: Arc<dyn Backend>,
    path: StoragePath,
    /// Equal for all names of one directory.
    everywhere: Option<String>,
}

#[maybe_async]
impl Location {
    async fn of(node: &StorageNode) -> Result<Self> {
        let (backend, path) = resolved(node);
        let everywhere = node.explain(Operation::Stat, backend.location(&path).await)?;
        let everywhere = everywhere.map(|location| format!("{}:{location}", backend.kind()));
        Ok(Self { backend, path, everywhere })
    }
}

impl Location {
    fn to(&self, other: &Self) -> Relation {
        if Arc::ptr_eq(&self.backend, &other.backend) {
            let relation = relation(self.path.as_str(), other.path.as_str());
            if relation != Relation::Apart {
                return relation;
            }
        }
        match (&self.everywhere, &other.everywhere) {
            (Some(one), Some(other)) => relation(one, other),
            _ => Relation::Apart,
        }
    }
}

/// How two paths lie to each other.
fn relation(outer: &str, inner: &str) -> Relation {
    match inner.strip_prefix(outer) {
        Some("") => Relation::Same,
        Some(rest) if outer.is_empty() => Relation::Inside(rest.to_owned()),
        Some(rest) if outer.ends_with('/') => Relation::Inside(rest.to_owned()),
        Some(rest) if rest.starts_with('/') => Relation::Inside(rest[1..].to_owned()),
        _ => Relation::Apart,
    }
}

#[maybe_async]
impl Task<'_> {
    /// Refuses trees that lie in each other, unless what lies there is left out. True when both are one directory.
    pub(in crate::dual::transfer) async fn refuse_overlap(&self) -> Result<bool> {
        if same_place(&self.source, &self.destination) {
            return Ok(true);
        }
        let (source, destination) =
            (Location::of(&self.source).await?, Location::of(&self.destination).await?);
        match source.to(&destination) {
            Relation::Same => return Ok(true),
            Relation::Inside(path) if !self.leaves_out(&path) => {
                let error = Error::invalid("a directory cannot be copied into itself")
                    .with_hint("choose a destination outside of it, or exclude the destination");
                return Err(self.source.described(Operation::Copy, error));
            }
            _ => {}
        }
        match destination.to(&source) {
            Relation::Inside(path) if !self.leaves_out(&path) => {
                let error = Error::invalid("the source lies in the destination, and would be overwritten")
                    .with_hint("choose a destination beside it");
                Err(self.source.described(Operation::Copy, error))
            }
            _ => Ok(false),
        }
    }

    /// Refuses to follow a link into the destination, which would grow with each run.
    pub(in crate::dual::transfer) async fn refuse_link_into_destination(
        &self,
        link: &StorageNode,
    ) -> Result<()> {
        let (target, destination) = (Location::of(link).await?, Location::of(&self.destination).await?);
        if target.to(&destination) == Relation::Apart && destination.to(&target) == Relation::Apart {
            return Ok(());
        }
        let error = Error::invalid("the link leads into the destination")
            .with_hint("set `symlinks` to `skip` or `preserve`")
            .with_option("symlinks");
        Err(link.described(Operation::Copy, error))
    }
}

impl Task<'_> {
    /// Whether a directory at this relative path, or one around it, is left out.
    fn leaves_out(&self, relative: &str) -> bool {
        let ends = relative.match_indices('/').map(|(at, _)| at).chain([relative.len()]);
        ends.map(|end| &relative[..end]).any(|around| self.prunes(around).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_lie_inside() {
        let inside = |path: &str| Relation::Inside(path.to_owned());
        assert_eq!(relation("a", "a/b/c"), inside("b/c"));
        assert_eq!(relation("a", "ab"), Relation::Apart);
        assert_eq!(relation("", "a/b"), inside("a/b"));
        assert_eq!(relation("local:8:1:/", "local:8:1:/x"), inside("x"));
        assert_eq!(relation("a/b", "a"), Relation::Apart);
        assert_eq!(relation("a", "a"), Relation::Same);
    }
}
