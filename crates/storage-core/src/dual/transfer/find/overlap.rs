//! Whether source and destination lie in each other, under whatever names: then nothing begins.

use std::sync::Arc;

use storage_types::{Error, Operation, Result, StoragePath};

use crate::dual::backend::Backend;
use crate::dual::node::StorageNode;
use crate::dual::transfer::task::Task;
use crate::maybe_async;

/// Whether two nodes are one place of one store, by their names.
pub(crate) fn same_place(a: &StorageNode, b: &StorageNode) -> bool {
    // Equal nodes may be of different stores: a mount of that name was replaced between them.
    let ((one, path), (other, other_path)) = (a.resolved(), b.resolved());
    let by_name = || one.identity(&path).is_some_and(|name| other.identity(&other_path) == Some(name));
    (is_one_store(&one, &other) && path == other_path) || by_name()
}

fn is_one_store(one: &Arc<dyn Backend>, other: &Arc<dyn Backend>) -> bool {
    Arc::ptr_eq(one, other) || one.shares_store(&**other)
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
        let (backend, path) = node.resolved();
        let everywhere = node.explain(Operation::Stat, backend.location(&path).await)?;
        let everywhere = everywhere.map(|location| format!("{}:{location}", backend.kind()));
        Ok(Self { backend, path, everywhere })
    }
}

#[maybe_async]
impl Location {
    /// The locations of a tree: its own, and those of all that is mounted in it, each with its path in the tree.
    async fn with_mounts(&self, node: &StorageNode) -> Result<Vec<(String, String)>> {
        let Some(own) = &self.everywhere else { return Ok(Vec::new()) };
        let mounted = node.explain(Operation::Stat, self.backend.mounted_below(&self.path).await)?;
        let kind = self.backend.kind();
        let mounted = mounted.into_iter().map(|(path, location)| (path, format!("{kind}:{location}")));
        Ok(std::iter::once((String::new(), own.clone())).chain(mounted).collect())
    }
}

impl Location {
    fn to(&self, other: &Self) -> Relation {
        if is_one_store(&self.backend, &other.backend) {
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

#[maybe_async]
impl Location {
    /// How two directories lie to each other, by their file ids too where a store has ids and no locations, as two names of
    /// one store in memory.
    async fn and_ids_to(&self, other: &Self, outer: &StorageNode, inner: &StorageNode) -> Result<Relation> {
        let relation = self.to(other);
        let told_apart = self.everywhere.is_some() && other.everywhere.is_some();
        if relation != Relation::Apart || told_apart || self.backend.kind() != other.backend.kind() {
            return Ok(relation);
        }
        let Some(id) = outer.stat_if_exists().await?.and_then(|outer| outer.file_id) else {
            return Ok(relation);
        };
        let mut node = inner.clone();
        loop {
            if node.stat_if_exists().await?.is_some_and(|found| found.file_id == Some(id)) {
                let rest = inner.path().strip_prefix(node.path()).unwrap_or_else(StoragePath::root);
                let same = rest.is_root();
                return Ok(if same { Relation::Same } else { Relation::Inside(rest.as_str().to_owned()) });
            }
            if node.is_root() {
                return Ok(Relation::Apart);
            }
            node = node.parent();
        }
    }
}

fn join(outer: &str, rest: &str) -> String {
    if outer.is_empty() { rest.to_owned() } else { format!("{outer}/{rest}") }
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
        match source.and_ids_to(&destination, &self.source, &self.destination).await? {
            Relation::Same => return Ok(true),
            Relation::Inside(path) if !self.leaves_out(&path) => {
                let error = Error::invalid("a directory cannot be copied into itself")
                    .with_hint("choose a destination outside of it, or exclude the destination");
                return Err(self.source.described(Operation::Copy, error));
            }
            _ => {}
        }
        match destination.and_ids_to(&source, &self.destination, &self.source).await? {
            Relation::Inside(path) if !self.leaves_out(&path) => {
                let error = Error::invalid("the source lies in the destination, and would be overwritten")
                    .with_hint("choose a destination beside it");
                return Err(self.source.described(Operation::Copy, error));
            }
            _ => {}
        }
        self.refuse_overlapping_mounts(&source, &destination).await?;
        Ok(false)
    }

    /// The same for what is mounted inside of them.
    async fn refuse_overlapping_mounts(&self, source: &Location, destination: &Location) -> Result<()> {
        let (sources, destinations) =
            (source.with_mounts(&self.source).await?, destination.with_mounts(&self.destination).await?);
        for in_source in &sources {
            for in_destination in &destinations {
                let (from, to) = (&in_source.0, &in_destination.0);
                let compared_already = from.is_empty() && to.is_empty();
                if compared_already || self.is_apart(in_source, in_destination) {
                    continue;
                }
                let point = if from.is_empty() { to } else { from };
                let what = format!("what is mounted at `{point}` in it lies in both source and destination");
                let error = Error::invalid(what).with_hint(format!("exclude `/{point}`, or unmount it"));
                let tree = if from.is_empty() { &self.destination } else { &self.source };
                return Err(tree.described(Operation::Copy, error));
            }
        }
        Ok(())
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
    /// Whether two directories, each at a path in its tree and with a location, have nothing to do with each other.
    fn is_apart(&self, (from, seen): &(String, String), (to, there): &(String, String)) -> bool {
        let left_out = |path: &str| !path.is_empty() && self.leaves_out(path);
        if left_out(from) || left_out(to) {
            return true;
        }
        let inside = |outer: &str, rest: &str| left_out(join(outer, rest).as_str());
        match (relation(seen, there), relation(there, seen)) {
            // The same file under the same name is left as it is.
            (Relation::Same, _) => from == to,
            (Relation::Inside(rest), _) => inside(from, &rest),
            (_, Relation::Inside(rest)) => inside(to, &rest),
            _ => true,
        }
    }

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
