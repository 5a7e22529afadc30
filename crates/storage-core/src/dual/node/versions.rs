//! Versions, where the store keeps them.

use storage_types::{
    Error, ErrorKind, Metadata, Operation, ReadOptions, Result, Version, VersionSelector, WriteOptions,
};

use super::StorageNode;
use crate::dual::content::Content;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// All versions, newest first.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the store keeps none; `NotFound`.
    pub async fn versions(&self) -> Result<Vec<Version>> {
        self.explain(Operation::Versions, self.backend().versions(&self.path).await)
    }

    /// The version that `selector` means.
    ///
    /// # Errors
    ///
    /// As [`versions`](Self::versions); `NotFound` when there is no such version.
    pub async fn version(&self, selector: &VersionSelector) -> Result<Version> {
        let versions = self.versions().await?;
        let count = versions.len();
        let found = match selector {
            VersionSelector::Id(id) => versions.into_iter().find(|version| version.id == *id),
            VersionSelector::Index(index) => versions.into_iter().nth(*index),
            VersionSelector::AsOf(time) => versions
                .into_iter()
                .find(|version| version.modified.is_some_and(|modified| modified <= *time)),
            _ => None,
        };
        found.ok_or_else(|| {
            let error = Error::new(ErrorKind::NotFound, format!("there is no such version among {count}"))
                .with_hint("list them with `versions`")
                .with_call("versions");
            self.described(Operation::Versions, error)
        })
    }

    /// The content of one version.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version); `NotFound` when that version is a delete marker.
    pub async fn read_version(&self, selector: &VersionSelector) -> Result<Content> {
        let version = self.version(selector).await?;
        self.get_with(&ReadOptions::new().version(version.id)).await
    }

    /// Makes the content of an old version current again, as a new version.
    ///
    /// # Errors
    ///
    /// As [`read_version`](Self::read_version).
    pub async fn restore_version(&self, selector: &VersionSelector) -> Result<Metadata> {
        let content = self.read_version(selector).await?;
        let mut options = WriteOptions::new();
        options.describe_as(&content.metadata);
        self.write_with(content.bytes, &options).await
    }

    /// Deletes one version for good.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub async fn delete_version(&self, selector: &VersionSelector) -> Result<()> {
        let version = self.version(selector).await?;
        self.explain(Operation::Versions, self.backend().delete_version(&self.path, &version.id).await)
    }

    /// Deletes every version whose content equals that of the next older one, and gives those deleted (or, on a dry run,
    /// those that would be). The newest of equal neighbours goes, unless it is the current one: then the older goes.
    ///
    /// # Errors
    ///
    /// As [`versions`](Self::versions).
    pub async fn compact_versions(&self, dry_run: bool) -> Result<Vec<Version>> {
        let versions = self.versions().await?;
        let mut gone = Vec::new();
        let mut newer: Option<(Version, Content)> = None;
        for version in versions {
            if version.is_delete_marker {
                newer = None;
                continue;
            }
            let content = self.get_with(&ReadOptions::new().version(version.id.clone())).await?;
            newer = match newer {
                Some((current, same)) if same.bytes == content.bytes => {
                    if current.is_latest {
                        gone.push(version);
                        Some((current, same))
                    } else {
                        gone.push(current);
                        Some((version, content))
                    }
                }
                _ => Some((version, content)),
            };
        }
        if !dry_run {
            for version in &gone {
                self.explain(
                    Operation::Versions,
                    self.backend().delete_version(&self.path, &version.id).await,
                )?;
            }
        }
        Ok(gone)
    }
}
