//! Versions, and snapshots, which are versions that somebody asked for. A snapshot's id is `snapshot:` and its time.

use async_trait::async_trait;
use azure_storage_blob::models::BlobClientDeleteOptions;
use storage_cloud::object::{DeleteObjects, ObjectVersions, Pages};
use storage_cloud::transport::Replay;
use storage_types::{Error, Result, Version};

use crate::backend::AzureStore;
use crate::error::Context;
use crate::lister::Blob;

const SNAPSHOT: &str = "snapshot:";

/// The id of what is current beside snapshots, where it has none of its own.
const CURRENT: &str = "current";

/// One state of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned<'a> {
    Version(&'a str),
    Snapshot(&'a str),
    Current,
}

impl<'a> Pinned<'a> {
    /// Ids are times. Anything else was never given out.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn parse(id: &'a str) -> Result<Self> {
        if id == CURRENT {
            return Ok(Self::Current);
        }
        let (time, pinned) = match id.strip_prefix(SNAPSHOT) {
            Some(time) => (time, Self::Snapshot(time)),
            None => (id, Self::Version(id)),
        };
        if time.parse::<jiff::Timestamp>().is_err() {
            return Err(Error::not_found());
        }
        Ok(pinned)
    }
}

#[async_trait]
impl ObjectVersions for AzureStore {
    /// Newest first. An account that keeps no versions gives the snapshots, and what is current beside them; without
    /// snapshots either, there is nothing to speak of versions about.
    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let mut states = Vec::new();
        let (mut marker, mut pages) = (None::<String>, Pages::default());
        loop {
            let call = self.list_call(key).query("include", "snapshots,versions");
            let page = self.listing(call, marker.as_deref()).await?;
            // The blob itself comes before those whose names are longer.
            let beyond = page.blobs.last().is_some_and(|blob| blob.name.as_str() > key);
            let first = page.blobs.first().map(|blob| format!("{}\n{:?}", blob.name, blob.metadata.version));
            pages.note(page.next.as_deref(), &first.unwrap_or_default())?;
            states.extend(page.blobs.into_iter().filter(|blob| blob.name == key && !blob.metadata.is_dir()));
            marker = page.next;
            if beyond || marker.is_none() {
                break;
            }
        }
        let kept = states.iter().any(|blob| blob.metadata.version.is_some() || blob.snapshot.is_some());
        if !states.is_empty() && !kept {
            return Err(Error::unsupported("keep versions").with_hint(
                "switch it on: `az storage account blob-service-properties update --enable-versioning`, or make \
                 snapshots",
            ));
        }
        Ok(sorted(states))
    }

    /// A version that is current cannot be deleted by its id: it becomes an old one first. The service puts no older one in
    /// its place, so that is copied there before.
    async fn delete_version(&self, key: &str, id: &str) -> Result<()> {
        let pinned = Pinned::parse(id)?;
        match pinned {
            Pinned::Version(id) => {
                let current = self.head_blob(key, None).await.ok().and_then(|metadata| metadata.version);
                if current.as_deref() == Some(id) {
                    return self.remove_current(key, id).await;
                }
                // A server that keeps no versions would delete the blob.
                self.head_blob(key, Some(id)).await?;
            }
            Pinned::Snapshot(_) => {}
            Pinned::Current => {
                return Err(Error::unsupported("delete what is current and leave its snapshots"));
            }
        }
        self.remove_state(key, pinned).await
    }
}

impl AzureStore {
    async fn remove_current(&self, key: &str, id: &str) -> Result<()> {
        let versions = self.versions(key).await?;
        let before = versions.iter().find(|version| version.id != id && !version.id.starts_with(SNAPSHOT));
        match before {
            Some(before) => {
                self.copy_version(key, &before.id).await?;
                self.remove_state(key, Pinned::Version(&before.id)).await?;
            }
            None => self.delete(key).await?,
        }
        self.remove_state(key, Pinned::Version(id)).await
    }

    async fn remove_state(&self, key: &str, pinned: Pinned<'_>) -> Result<()> {
        let client = self.sdk_blob(key)?;
        let delete = || async {
            let mut options = BlobClientDeleteOptions::default();
            match pinned {
                Pinned::Version(id) => options.version_id = Some(id.to_owned()),
                Pinned::Snapshot(time) => options.snapshot = Some(time.to_owned()),
                Pinned::Current => {}
            }
            client.delete(Some(options)).await
        };
        let context = Context { version: true, ..Context::default() };
        self.over_sdk(Replay::Always, context, self.transport.patience(0), delete).await.map(drop)
    }
}

fn sorted(states: Vec<Blob>) -> Vec<Version> {
    let lone = states.iter().filter(|blob| blob.current).count() == 0;
    let mut versions: Vec<(String, Version)> = states
        .into_iter()
        .map(|blob| {
            let time = blob.snapshot.clone().or_else(|| blob.metadata.version.clone());
            let id = match (&blob.snapshot, &blob.metadata.version) {
                (Some(time), _) => format!("{SNAPSHOT}{time}"),
                (None, version) => version.clone().unwrap_or_else(|| CURRENT.to_owned()),
            };
            let mut version = Version::new(id);
            version.modified = blob.metadata.modified;
            version.size = blob.metadata.size;
            version.etag.clone_from(&blob.metadata.etag);
            let base = blob.snapshot.is_none() && blob.metadata.version.is_none();
            version.is_latest = blob.current || (lone && base);
            // What is current without an id is newer than every snapshot of it.
            (time.unwrap_or_else(|| "~".to_owned()), version)
        })
        .collect();
    versions.sort_by(|a, b| (b.1.is_latest, &b.0).cmp(&(a.1.is_latest, &a.0)));
    versions.into_iter().map(|(_, version)| version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lister::Listing;

    #[test]
    fn only_times_are_ids() {
        let time = "2026-01-02T03:04:05.1234567Z";
        assert_eq!(Pinned::parse(time).unwrap(), Pinned::Version(time));
        let id = format!("snapshot:{time}");
        assert_eq!(Pinned::parse(&id).unwrap(), Pinned::Snapshot(time));
        for id in ["", "no such id", "snapshot:", "snapshot:x", "2026"] {
            assert!(Pinned::parse(id).is_err(), "{id}");
        }
    }

    #[test]
    fn the_current_one_comes_first_and_then_by_time() {
        let size = "<Properties><Content-Length>1</Content-Length></Properties>";
        let blob = |inner: &str| format!("<Blob><Name>k</Name>{inner}{size}</Blob>");
        let page = format!(
            "<EnumerationResults><Blobs>{}{}{}</Blobs></EnumerationResults>",
            blob("<Snapshot>2026-01-03T00:00:00.0000000Z</Snapshot>"),
            blob("<VersionId>2026-01-01T00:00:00.0000000Z</VersionId>"),
            blob(
                "<VersionId>2026-01-02T00:00:00.0000000Z</VersionId><IsCurrentVersion>true</IsCurrentVersion>"
            ),
        );
        let versions = sorted(Listing::parse(page.as_bytes()).unwrap().blobs);
        let ids: Vec<&str> = versions.iter().map(|version| version.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "2026-01-02T00:00:00.0000000Z",
                "snapshot:2026-01-03T00:00:00.0000000Z",
                "2026-01-01T00:00:00.0000000Z"
            ]
        );
        assert_eq!(
            versions.iter().map(|version| version.is_latest).collect::<Vec<_>>(),
            [true, false, false]
        );
    }
}
