//! What a node is, without asking the store.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use storage_types::{Address, Capabilities, Error, Result, Segments, StoragePath, media_type};

use super::StorageNode;
use crate::dual::backend::Backend;

impl StorageNode {
    /// The mount's name.
    #[must_use]
    pub fn mount_name(&self) -> &str {
        self.mount.name()
    }

    /// The path inside the mount.
    #[must_use]
    pub fn path(&self) -> &StoragePath {
        &self.path
    }

    /// Mount and path, for reports and messages.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::new(self.mount.shared_name(), self.path.clone())
    }

    /// `mount:path`.
    #[must_use]
    pub fn full_path(&self) -> String {
        self.to_string()
    }

    /// The last segment of the path; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.name()
    }

    /// The name without its extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.path.stem()
    }

    /// What follows the last dot of the name.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.path.extension()
    }

    /// Whether this is the root of its mount.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.path.is_root()
    }

    /// One level up; of the root, the root.
    #[must_use]
    pub fn parent(&self) -> StorageNode {
        self.at(self.path.parent())
    }

    /// The node below this one; `name` may have several segments.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `name` is empty, absolute or leaves the mount; `Unsupported` on a data URI mount.
    pub fn child(&self, name: impl AsRef<str>) -> Result<StorageNode> {
        if self.mount.is_opaque() {
            return Err(Error::unsupported("have children").with_mount(self.mount_name()));
        }
        let path = self.path.child(name).map_err(|error| error.with_mount(self.mount_name()))?;
        Ok(self.at(path))
    }

    /// The node below this one, as [`child`](Self::child) gives it, or that of several segments: `join("a/b")`,
    /// `join(["a", "b"])`, `join(&names)`.
    ///
    /// # Errors
    ///
    /// As [`child`](Self::child), for each segment.
    pub fn join(&self, segments: impl Segments) -> Result<StorageNode> {
        segments.segments().try_fold(self.clone(), |node, segment| node.child(segment))
    }

    /// What the mount can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.backend().capabilities()
    }

    /// The backend of the mount.
    #[must_use]
    pub fn backend(&self) -> &Arc<dyn Backend> {
        self.mount.backend()
    }

    /// The backend and path that this node stands for, mounts that only hand calls on (relative ones) taken off.
    #[must_use]
    pub fn resolved(&self) -> (Arc<dyn Backend>, StoragePath) {
        self.backend().clone().resolved(self.path.clone())
    }

    /// The media type by the name's extension; of a data URI, the one it states.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        if self.mount.is_opaque() && self.backend().kind() != "concat" {
            return crate::dual::base64::media_type(self.path.as_str());
        }
        media_type::of_name(self.name()).map(str::to_owned)
    }
}

impl PartialEq for StorageNode {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.mount_name() == other.mount_name()
    }
}

impl Eq for StorageNode {}

impl PartialOrd for StorageNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StorageNode {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.mount_name(), &self.path).cmp(&(other.mount_name(), &other.path))
    }
}

impl Hash for StorageNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.mount_name().hash(state);
        self.path.hash(state);
    }
}

impl fmt::Display for StorageNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.mount_name(), self.path)
    }
}

impl fmt::Debug for StorageNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorageNode({}:{})", self.mount_name(), self.origin().shown_path())
    }
}
