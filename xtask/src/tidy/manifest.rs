//! What a registry shows of a crate: every published crate has a description, keywords, a README, licences, and docs with all features.

use serde_json::Value;

use crate::tidy::{Finding, Findings};
use crate::workspace::{Package, Workspace};

/// The fields of a manifest that must not be empty, as `cargo metadata` names them.
const FIELDS: [&str; 6] = ["description", "keywords", "categories", "readme", "license", "repository"];

/// Files that stand beside each manifest, as links to those of the root.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Looks at the manifests of the published crates, and at the files beside them.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let published = workspace.packages.iter().filter(|package| workspace.is_published(package));
    Ok(published.flat_map(|package| findings_of(workspace, package)).collect())
}

fn findings_of(workspace: &Workspace, package: &Package) -> Vec<Finding> {
    let place = workspace.relative(&package.manifest);
    let folder = package.manifest.parent().unwrap_or(&workspace.root);
    let readme = package.json["readme"].as_str().unwrap_or_default();
    let files = LICENCES.iter().copied().chain([readme]).filter(|name| !folder.join(name).is_file());
    let files = files.map(|name| (format!("`{name}` is missing beside it"), "write or link the file"));
    let fields = FIELDS.iter().filter(|field| is_empty(&package.json[**field]));
    let fields = fields.map(|field| (format!("has no `{field}`"), "see the manifests of the other crates"));
    let docs = &package.json["metadata"]["docs"]["rs"];
    let docs = (docs["all-features"] != true).then(|| {
        ("its documentation would lack features".to_owned(), "[package.metadata.docs.rs] all-features = true")
    });
    let found = fields.chain(files).chain(docs);
    let finding = |(message, repair): (String, &str)| Finding {
        place: place.clone(),
        message,
        repair: repair.to_owned(),
    };
    found.map(finding).collect()
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_and_an_empty_list_are_empty() {
        assert!(is_empty(&Value::Null) && is_empty(&json!("")) && is_empty(&json!([])));
        assert!(!is_empty(&json!("text")) && !is_empty(&json!(["word"])));
    }
}
