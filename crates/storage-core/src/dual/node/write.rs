//! Writing and deleting.

use std::collections::BTreeMap;

use bytes::Bytes;
use storage_types::{
    DeleteOptions, Error, ErrorKind, IntoBytes, Metadata, Operation, ReadOptions, Result, Segments,
    StoragePath, WriteOptions,
};

use super::StorageNode;
use super::read::{encode, encoding_named};
use crate::dual::pieces::Pieces;
use crate::dual::stream::Writer;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Stores `content`, replacing atomically and creating parents. Tells what is now known about it. Bytes and text of
    /// every usual type are content ([`IntoBytes`]); what is owned is not copied.
    ///
    /// # Errors
    ///
    /// `IsADirectory`; `PermissionDenied`; `QuotaExceeded`. The old content stays then.
    pub async fn write(&self, content: impl IntoBytes + Send) -> Result<Metadata> {
        let content = content.into_bytes();
        self.put(content, &WriteOptions::new()).await
    }

    /// Stores `content` by options: create only, compare-and-set, content type, user metadata.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); `AlreadyExists` and `PreconditionFailed` when a condition does not hold.
    pub async fn write_with(
        &self,
        content: impl IntoBytes + Send,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let content = content.into_bytes();
        self.put(content, options).await
    }

    /// Stores `content` and gives the node that holds it now: this one, or on a data URI mount a new one.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn store(&self, content: impl IntoBytes + Send) -> Result<StorageNode> {
        let metadata = self.write(content).await?;
        Ok(metadata.location.map_or_else(|| self.clone(), |path| self.at(path)))
    }

    /// Stores text as UTF-8, exactly.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn write_text(&self, text: &str) -> Result<Metadata> {
        self.write(text).await
    }

    /// Stores text in another encoding, by its name in the WHATWG Encoding Standard. No byte order mark is added.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); `InvalidInput` for an unknown name and for characters that it cannot express.
    pub async fn write_text_as(&self, text: &str, encoding: &str) -> Result<Metadata> {
        let encoded = encoding_named(encoding).and_then(|encoding| encode(encoding, text));
        let encoded = self.explain(Operation::Write, encoded)?;
        self.write(encoded).await
    }

    /// Stores `content` unless it is there already; tells whether it wrote.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn write_if_changed(&self, content: impl IntoBytes + Send) -> Result<bool> {
        let content = content.into_bytes();
        let current = self.stat_if_exists().await?;
        if current.is_some_and(|metadata| metadata.is_file() && metadata.size == content.len() as u64)
            && self.holds(&content).await?
        {
            return Ok(false);
        }
        self.put(content, &WriteOptions::new()).await?;
        Ok(true)
    }

    /// Adds `content` at the end, creating the file and its parents.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the store cannot; else as [`write`](Self::write).
    pub async fn append(&self, content: impl IntoBytes + Send) -> Result<Metadata> {
        let content = content.into_bytes();
        self.refuse_root(Operation::Append)?;
        self.explain(Operation::Append, self.backend().append(&self.path, content).await)
    }

    /// Streams content in; nothing is visible before [`Writer::finish`].
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn writer(&self) -> Result<Writer> {
        self.writer_with(&WriteOptions::new()).await
    }

    /// Streams content in by options.
    ///
    /// # Errors
    ///
    /// As [`write_with`](Self::write_with).
    pub async fn writer_with(&self, options: &WriteOptions) -> Result<Writer> {
        self.refuse_root(Operation::Write)?;
        let writer = self.explain(Operation::Write, self.backend().write(&self.path, options).await)?;
        Ok(writer.of(self.origin()))
    }

    /// Replaces content type, cache control and user metadata, leaving the content. Encoding, disposition and language stay
    /// unless they are given.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Unsupported` where the store keeps none.
    pub async fn set_metadata(&self, metadata: &WriteOptions) -> Result<Metadata> {
        self.explain(Operation::SetMetadata, self.backend().set_metadata(&self.path, metadata).await)
    }

    /// Replaces all tags, leaving content and metadata.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Unsupported` where the store has none.
    pub async fn set_tags(&self, tags: &BTreeMap<String, String>) -> Result<()> {
        self.explain(Operation::SetMetadata, self.backend().set_tags(&self.path, tags).await)
    }

    /// Deletes a file or a link. Something missing is fine.
    ///
    /// # Errors
    ///
    /// `IsADirectory` for a directory; `InvalidInput` for the root of a mount.
    pub async fn delete(&self) -> Result<()> {
        self.delete_with(&DeleteOptions::new()).await
    }

    /// Deletes by options: a directory with everything in it, or a file that has an ETag still.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete); `PreconditionFailed` when the condition does not hold, `Unsupported` where the mount checks
    /// none.
    pub async fn delete_with(&self, options: &DeleteOptions) -> Result<()> {
        self.check_delete(options)?;
        self.explain(Operation::Delete, self.backend().delete(&self.path, options).await)
    }

    /// As [`delete`](Self::delete), and tells whether something was there. Of several that delete one file at once exactly one hears
    /// that it was, on mounts with [`Capabilities::conditional_delete`](storage_types::Capabilities::conditional_delete);
    /// elsewhere the store is asked before.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    pub async fn delete_if_exists(&self) -> Result<bool> {
        self.delete_if_exists_with(&DeleteOptions::new()).await
    }

    /// Deletes by options, and tells whether something was there.
    ///
    /// # Errors
    ///
    /// As [`delete_with`](Self::delete_with).
    pub async fn delete_if_exists_with(&self, options: &DeleteOptions) -> Result<bool> {
        self.check_delete(options)?;
        self.explain(Operation::Delete, self.backend().delete_if_exists(&self.path, options).await)
    }

    /// Deletes many files below this directory, in as few requests as the store allows: up to 1,000 each on S3, 256 on Azure,
    /// 100 on Google Cloud Storage. `paths` are relative to this node. What is missing is fine.
    ///
    /// # Errors
    ///
    /// The first failure, with its path; others may be deleted or not, and the call can be repeated. `IsADirectory` for a
    /// directory, where the store has directories; elsewhere such a name is one of a file that is missing.
    pub async fn delete_many(&self, paths: impl Segments + Send) -> Result<()> {
        let all = self.files_below(paths)?;
        let deleted = self.backend().delete_many(&all).await;
        deleted.map_err(|error| {
            let of_one = error.path().map(str::to_owned);
            let error = self.described(Operation::Delete, error);
            match of_one {
                Some(path) => error.with_path(path),
                None => error,
            }
        })
    }

    /// Reads, changes and writes back under compare-and-set, again from the start when somebody else was faster.
    /// `change` gets the content (`None`: nothing is stored) and may be called several times.
    ///
    /// # Errors
    ///
    /// `Unsupported` where conditions do not hold; `PreconditionFailed` after 1,000 tries.
    pub async fn update<F, C>(&self, change: F) -> Result<Metadata>
    where
        F: Fn(Option<&[u8]>) -> C + Send + Sync,
        C: IntoBytes,
    {
        const TRIES: usize = 1000;
        if !self.capabilities().compare_and_set {
            return Err(self.described(Operation::Write, Error::unsupported("compare and set")));
        }
        let mut last = Error::new(ErrorKind::PreconditionFailed, "others kept changing it");
        for _ in 0..TRIES {
            let (content, options) = self.with_condition().await?;
            let content = change(content.as_deref()).into_bytes();
            match self.put(content, &options).await {
                Err(error) if lost_race(&error) => last = error,
                result => return result,
            }
        }
        Err(last)
    }

    async fn with_condition(&self) -> Result<(Option<Bytes>, WriteOptions)> {
        match self.get_with(&ReadOptions::new()).await {
            Ok(content) => {
                let etag = content.metadata.etag.unwrap_or_default();
                Ok((Some(content.bytes), WriteOptions::new().if_match(etag)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok((None, WriteOptions::new().create_only()))
            }
            Err(error) => Err(error),
        }
    }

    /// Stores what comes piece by piece; nothing when not all of it came.
    pub(crate) async fn write_pieces<P: Pieces>(
        &self,
        pieces: &mut P,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let mut writer = self.writer_with(options).await?;
        match self.hand_over(pieces, &mut writer).await {
            Ok(()) => writer.finish().await,
            Err(error) => {
                // Why it ended says more than what cleaning up says.
                let _ = writer.abort().await;
                Err(error)
            }
        }
    }

    async fn hand_over<P: Pieces>(&self, pieces: &mut P, writer: &mut Writer) -> Result<()> {
        loop {
            match self.explain(Operation::Write, pieces.next().await)? {
                Some(piece) => writer.write(piece).await?,
                None => return Ok(()),
            }
        }
    }

    async fn put(&self, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.refuse_root(Operation::Write)?;
        self.explain(Operation::Write, self.backend().put(&self.path, content, options).await)
    }

    async fn holds(&self, content: &Bytes) -> Result<bool> {
        let mut reader = self.reader().await?;
        let mut left = content.clone();
        while let Some(chunk) = self.explain(Operation::Read, reader.next().await)? {
            if chunk.len() > left.len() || left.split_to(chunk.len()) != chunk {
                return Ok(false);
            }
        }
        Ok(left.is_empty())
    }
}

impl StorageNode {
    fn files_below(&self, paths: impl Segments) -> Result<Vec<StoragePath>> {
        let below = |path| {
            let node = self.child(path)?;
            node.refuse_root(Operation::Delete)?;
            Ok(node.path)
        };
        paths.segments().map(below).collect()
    }

    fn refuse_root(&self, operation: Operation) -> Result<()> {
        if self.is_root() && !self.capabilities().opaque_paths {
            return Err(
                self.described(operation, Error::is_a_directory().with_hint("name a file below the root"))
            );
        }
        Ok(())
    }
}

fn lost_race(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::PreconditionFailed | ErrorKind::AlreadyExists)
}

impl StorageNode {
    fn check_delete(&self, options: &DeleteOptions) -> Result<()> {
        self.explain(Operation::Delete, self.check_condition(options))?;
        if self.is_root() && !self.capabilities().opaque_paths {
            let error = Error::invalid("the root of a mount cannot be deleted")
                .with_hint("delete its children, or remove the mount from the configuration");
            return Err(self.described(Operation::Delete, error));
        }
        Ok(())
    }

    /// Refuses conditions that nobody would check.
    fn check_condition(&self, options: &DeleteOptions) -> Result<()> {
        if options.if_match.is_none() {
            return Ok(());
        }
        if options.recursive || options.empty_dir {
            return Err(Error::invalid("a directory has no ETag, so it cannot be deleted under a condition"));
        }
        if !self.capabilities().conditional_delete {
            return Err(Error::unsupported("delete under a condition"));
        }
        Ok(())
    }
}
