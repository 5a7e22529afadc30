//! Questions about what is stored.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage_types::{
    Access, Capabilities, Checksum, EntryKind, Error, HashAlgorithm, Metadata, Operation, PresignOptions,
    Result, media_type,
};

use super::StorageNode;
use crate::dual::content::is_absence;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Whether something is stored there.
    ///
    /// # Errors
    ///
    /// What the store says, except that nothing is there.
    pub async fn exists(&self) -> Result<bool> {
        Ok(self.kind().await?.is_some())
    }

    /// Whether a file is stored there.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn is_file(&self) -> Result<bool> {
        Ok(self.kind().await? == Some(EntryKind::File))
    }

    /// Whether there is a directory.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn is_dir(&self) -> Result<bool> {
        Ok(self.kind().await? == Some(EntryKind::Directory))
    }

    /// What stands there, links followed: kind, size, time, ETag and whatever else one call of the store tells. On local
    /// mounts content type and user metadata cost more; [`metadata`](Self::metadata) has them.
    ///
    /// # Errors
    ///
    /// `NotFound` when nothing is there.
    pub async fn stat(&self) -> Result<Metadata> {
        self.explain(Operation::Stat, self.backend().stat(&self.path).await)
    }

    /// As [`stat`](Self::stat), with content type and user metadata on every backend.
    ///
    /// # Errors
    ///
    /// `NotFound` when nothing is there.
    pub async fn metadata(&self) -> Result<Metadata> {
        self.explain(Operation::Stat, self.backend().metadata(&self.path).await)
    }

    /// Size in bytes.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`.
    pub async fn size(&self) -> Result<u64> {
        let metadata = self.stat().await?;
        if metadata.is_dir() {
            return Err(self.described(Operation::Stat, Error::is_a_directory()));
        }
        Ok(metadata.size)
    }

    /// When the content was stored; `None` where the store does not tell.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn modified(&self) -> Result<Option<SystemTime>> {
        Ok(self.stat().await?.modified)
    }

    /// MD5 of the content (RFC 1321) as 32 hexadecimal digits: free where the store holds it, else the content is
    /// streamed.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`.
    pub async fn md5(&self) -> Result<String> {
        Ok(self.md5_checksum().await?.to_string())
    }

    pub(crate) async fn md5_checksum(&self) -> Result<Checksum> {
        if self.capabilities().checksum_md5
            && let Some(md5 @ Checksum::Md5(_)) = self.stat().await?.checksum
        {
            return Ok(md5);
        }
        self.hash_content(HashAlgorithm::Md5).await
    }

    /// The content as a data URI (RFC 2397) with its media type.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`.
    pub async fn to_data_uri(&self) -> Result<String> {
        let stored = self.metadata().await?.content_type;
        let content = self.read().await?;
        let media = stored.or_else(|| self.media_type());
        let media = media.as_deref().unwrap_or(media_type::OCTET_STREAM);
        Ok(format!("data:{media};base64,{}", STANDARD.encode(&content)))
    }

    /// The tags, where the store has them beside user metadata.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Unsupported` where the store has none.
    pub async fn tags(&self) -> Result<BTreeMap<String, String>> {
        self.explain(Operation::Stat, self.backend().tags(&self.path).await)
    }

    /// Connects to the store of this mount, and finds out what the mount can really do. `capabilities` says it too,
    /// afterwards.
    ///
    /// # Errors
    ///
    /// What keeps the mount from working, and what to do about it.
    pub async fn probe(&self) -> Result<Capabilities> {
        self.explain(Operation::Stat, self.backend().probe().await)
    }

    /// A URL for one hour under which others can get the content.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the mount cannot (a local mount needs `base_url`).
    pub async fn url(&self) -> Result<String> {
        self.url_with(&PresignOptions::new()).await
    }

    /// A URL with method and expiry.
    ///
    /// # Errors
    ///
    /// As [`url`](Self::url).
    pub async fn url_with(&self, options: &PresignOptions) -> Result<String> {
        self.explain(Operation::Url, self.backend().presign(&self.path, options).await)
    }

    /// The path of the stored file itself, on mounts that have one. Nothing protects what is stored from those who get the
    /// path, whatever `access` says: the caller answers for what is done with it.
    /// [`local_path`](Self::local_path) with [`Access::Read`] gives a private copy instead.
    ///
    /// # Errors
    ///
    /// `Unsupported` where there is none; `PermissionDenied` when the mount does not allow `access`, and for any on a
    /// relative mount with `permissions: readonly`.
    pub async fn native_path(&self, access: Access) -> Result<std::path::PathBuf> {
        self.explain(Operation::LocalPath, self.backend().local_path(&self.path, access).await)
    }

    pub(crate) async fn kind(&self) -> Result<Option<EntryKind>> {
        Ok(self.stat_if_exists().await?.map(|metadata| metadata.kind))
    }

    pub(crate) async fn stat_if_exists(&self) -> Result<Option<Metadata>> {
        match self.backend().stat(&self.path).await {
            Ok(metadata) => Ok(Some(metadata)),
            // A file in the middle of the path: nothing can be stored below it.
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(self.described(Operation::Stat, error)),
        }
    }
}
