//! The workspace as `cargo metadata` describes it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo::{capture, cargo};

/// The crate in which features meet: colours and clouds.
pub(crate) const FACADE: &str = "storage-dual";

/// The clouds: each is a feature of the facade and a crate `storage-CLOUD`.
pub(crate) const CLOUDS: [&str; 4] = ["s3", "azure", "gcs", "http"];

/// Whether a package is the crate of a cloud.
pub(crate) fn is_cloud(package: &str) -> bool {
    package.strip_prefix("storage-").is_some_and(|name| CLOUDS.contains(&name))
}

/// The root folder, the folder for build output and the packages.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One member of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: Vec<String>,
    pub(crate) targets: Vec<Target>,
    /// All that cargo says of it.
    pub(crate) json: Value,
}

/// One line of a dependency table.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// Which table a dependency stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// A library, binary, example or test of a package.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kinds: Vec<String>,
    pub(crate) source: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Self, String> {
        let text = capture(cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
        let json: Value =
            serde_json::from_str(&text).map_err(|error| format!("`cargo metadata` is not JSON: {error}"))?;
        Ok(Self {
            root: PathBuf::from(text_of(&json["workspace_root"])),
            target: PathBuf::from(text_of(&json["target_directory"])),
            packages: items(&json["packages"]).map(Package::from_json).collect(),
        })
    }

    /// The package of this name.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// Whether a member has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.package(name).is_some()
    }

    /// The path as seen from the root, for messages.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Whether the package is one that users get, rather than a tool of this workspace.
    pub(crate) fn is_published(&self, package: &Package) -> bool {
        package.manifest.starts_with(self.root.join("crates"))
    }
}

impl Package {
    fn from_json(json: &Value) -> Self {
        let mut features: Vec<_> =
            json["features"].as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
        features.sort();
        Self {
            name: text_of(&json["name"]),
            manifest: PathBuf::from(text_of(&json["manifest_path"])),
            dependencies: items(&json["dependencies"]).map(Dependency::from_json).collect(),
            features,
            targets: items(&json["targets"]).map(Target::from_json).collect(),
            json: json.clone(),
        }
    }

    /// Whether users can depend on it.
    pub(crate) fn is_library(&self) -> bool {
        self.targets.iter().any(|target| target.is("lib"))
    }

    /// The features one can choose, without `default`, which is only a choice of others.
    pub(crate) fn single_features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(String::as_str).filter(|name| *name != "default")
    }
}

impl Dependency {
    fn from_json(json: &Value) -> Self {
        let kind = match json["kind"].as_str() {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        };
        Self { name: text_of(&json["name"]), kind, optional: json["optional"] == true }
    }
}

impl Target {
    fn from_json(json: &Value) -> Self {
        Self {
            name: text_of(&json["name"]),
            kinds: items(&json["kind"]).map(text_of).collect(),
            source: PathBuf::from(text_of(&json["src_path"])),
        }
    }

    /// Whether the target is of this kind: `lib`, `bin`, `test`, `example`, ...
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kinds.iter().any(|own| own == kind)
    }
}

fn text_of(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn items(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}
