//! Refuses, before anything happens, what would write one place twice or over what is read.

use std::collections::BTreeMap;

use storage::blocking::StorageNode;
use storage::types::EntryKind;

use crate::context::{Context, stands};
use crate::exit::{Done, usage};

/// Whether two places are one file, as far as their stores know.
pub(super) fn is_one(one: &StorageNode, other: &StorageNode) -> bool {
    let identity = |node: &StorageNode| node.backend().identity(node.path());
    let id = |node: &StorageNode| node.stat().ok().and_then(|metadata| metadata.file_id);
    let same = |(one, other): (Option<_>, Option<_>)| one.is_some() && one == other;
    one == other
        || identity(one).is_some_and(|name| identity(other) == Some(name))
        || same((id(one), id(other)))
}

/// Refuses to write `output` over one of the files that it is made of.
pub(super) fn refuse_input<'a>(
    output: &StorageNode,
    mut inputs: impl Iterator<Item = &'a StorageNode>,
    context: &Context,
) -> Done {
    match inputs.find(|input| is_one(input, output)) {
        Some(input) => {
            let message = format!("`{}` is what is read, and would be replaced", context.show(input));
            Err(usage(message, "write to another place"))
        }
        None => Ok(()),
    }
}

/// Refuses two results for one place. A device takes any number of them.
pub(super) fn refuse_twice<'a>(outputs: impl Iterator<Item = &'a StorageNode>, context: &Context) -> Done {
    let mut known: Vec<&StorageNode> = Vec::new();
    for output in outputs.filter(|output| output.stat().map_or(true, |there| there.kind != EntryKind::Other))
    {
        if known.iter().any(|known| is_one(known, output)) {
            let message = format!("two results would be stored at `{}`", context.show(output));
            return Err(usage(message, "give each a place of its own"));
        }
        known.push(output);
    }
    Ok(())
}

/// Where several sources go.
#[derive(Default)]
pub(super) struct Destinations(BTreeMap<String, (StorageNode, StorageNode)>);

impl Destinations {
    /// Adds a source with its destination. Tells whether it is new; the same source may be named again.
    pub(super) fn add(&mut self, source: &StorageNode, to: &StorageNode, context: &Context) -> Done<bool> {
        let clash = |other: &StorageNode, there: &StorageNode| {
            let (one, two) = (context.show(other), context.show(source));
            let message = format!("`{one}` and `{two}` would both become `{}`", context.show(there));
            usage(message, "take one after the other, to destinations of their own")
        };
        match self.0.get(&key(to)) {
            Some((other, _)) if other == source => return Ok(false),
            Some((other, _)) => return Err(clash(other, to)),
            None => {}
        }
        if let Some((other, there)) = self.within(source, to)? {
            return Err(clash(&other, &there));
        }
        self.0.insert(key(to), (source.clone(), to.clone()));
        Ok(true)
    }

    /// What another tree would put where this goes, or into this.
    fn within(&self, source: &StorageNode, to: &StorageNode) -> Done<Option<(StorageNode, StorageNode)>> {
        for (other, there) in self.0.values().filter(|(_, there)| there.mount_name() == to.mount_name()) {
            let (tree, top, file) = if to.path().starts_with(there.path()) {
                (other, there, to)
            } else if there.path().starts_with(to.path()) {
                (source, to, there)
            } else {
                continue;
            };
            let Some(rest) = file.path().strip_prefix(top.path()) else { continue };
            if stands(&tree.join(rest.segments().collect::<Vec<_>>())?)? {
                return Ok(Some((other.clone(), file.clone())));
            }
        }
        Ok(None)
    }
}

/// Equal for places that the store takes for one.
fn key(node: &StorageNode) -> String {
    let name = node.name();
    let folded = node.backend().folded(name).unwrap_or_else(|| name.to_owned());
    let parent = node.path().as_str().strip_suffix(name).unwrap_or_default();
    format!("{}:{parent}{folded}", node.mount_name())
}
