//! The `rust-version` of a published crate is not older than what the crates below it want.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cargo::{capture, cargo};
use crate::tidy::{Finding, Findings};
use crate::workspace::Workspace;

/// Local mounts are Linux only; crates for other systems are not even downloaded.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// A version of Rust: `1.94.1` is `[1, 94, 1]`, `1.89` is `[1, 89, 0]`.
type Version = [u32; 3];

/// Follows the dependencies that `cargo metadata` resolved, with all features.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let text = capture(cargo([
        "metadata",
        "--format-version",
        "1",
        "--all-features",
        "--filter-platform",
        PLATFORM,
    ]))?;
    let graph: Value =
        serde_json::from_str(&text).map_err(|error| format!("`cargo metadata` is not JSON: {error}"))?;
    let graph = Graph::of(&graph);
    let published = workspace.packages.iter().filter(|package| workspace.is_published(package));
    Ok(published.filter_map(|package| graph.finding(&package.name)).collect())
}

/// What is known of one package.
struct Node<'g> {
    name: &'g str,
    wants: Option<&'g str>,
    /// The ids of what it is built with, without what only its tests need.
    below: Vec<&'g str>,
}

struct Graph<'g>(BTreeMap<&'g str, Node<'g>>);

impl<'g> Graph<'g> {
    fn of(json: &'g Value) -> Self {
        let mut nodes = BTreeMap::new();
        for package in items(&json["packages"]) {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            nodes.insert(id, Node { name, wants: package["rust_version"].as_str(), below: Vec::new() });
        }
        for resolved in items(&json["resolve"]["nodes"]) {
            if let Some(node) = nodes.get_mut(text(&resolved["id"])) {
                let built_with = items(&resolved["deps"]).filter(|dependency| is_built_with(dependency));
                node.below = built_with.map(|dependency| text(&dependency["pkg"])).collect();
            }
        }
        Self(nodes)
    }

    /// The crate below `name` that wants the newest Rust, if that is newer than its own.
    fn finding(&self, name: &str) -> Option<Finding> {
        let (id, node) = self.0.iter().find(|(_, node)| node.name == name)?;
        let own = version(node.wants?)?;
        let below = self.below(id);
        let wanting = below.iter().filter_map(|node| Some((version(node.wants?)?, node)));
        let (newest, highest) = wanting.max_by_key(|(wanted, _)| *wanted)?;
        let wanted = highest.wants.unwrap_or_default();
        (newest > own).then(|| Finding {
            place: name.to_owned(),
            message: format!("its `rust-version` is older than the {wanted} that `{}` wants", highest.name),
            repair: format!("rust-version = \"{wanted}\", or an older version of `{}`", highest.name),
        })
    }

    fn below(&self, id: &'g str) -> Vec<&Node<'g>> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.0.get(id).into_iter().flat_map(|node| node.below.iter().copied()));
            }
        }
        seen.remove(id);
        seen.into_iter().filter_map(|id| self.0.get(id)).collect()
    }
}

fn is_built_with(dependency: &Value) -> bool {
    items(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev")
}

fn version(text: &str) -> Option<Version> {
    let mut version = [0; 3];
    for (place, number) in version.iter_mut().zip(text.split('.')) {
        *place = number.parse().ok()?;
    }
    Some(version)
}

fn items(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn graph() -> Value {
        json!({
            "packages": [
                { "id": "1", "name": "ours", "rust_version": "1.89" },
                { "id": "2", "name": "middle", "rust_version": null },
                { "id": "3", "name": "new", "rust_version": "1.90.1" },
                { "id": "4", "name": "tester", "rust_version": "1.99" },
            ],
            "resolve": { "nodes": [
                { "id": "1", "deps": [
                    { "pkg": "2", "dep_kinds": [{ "kind": null }] },
                    { "pkg": "4", "dep_kinds": [{ "kind": "dev" }] },
                ] },
                { "id": "2", "deps": [{ "pkg": "3", "dep_kinds": [{ "kind": null }] }] },
            ] },
        })
    }

    #[test]
    fn what_a_crate_far_below_wants_is_found_and_what_tests_need_is_not() {
        let graph = graph();
        let finding = Graph::of(&graph).finding("ours").unwrap();
        assert_eq!(finding.message, "its `rust-version` is older than the 1.90.1 that `new` wants");
        assert!(Graph::of(&graph).finding("new").is_none());
    }
}
