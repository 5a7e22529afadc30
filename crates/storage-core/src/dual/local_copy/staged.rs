//! A temporary file, filled from a node and put back into it.

use std::path::PathBuf;

use bytes::Bytes;
use storage_types::{
    Access, CancelToken, Durability, Error, ErrorKind, LocalPathOptions, Metadata, Operation, ReadOptions,
    Result, StoragePath, WriteOptions,
};

use super::folder::TempFolder;
use super::name;
use crate::dual::backend::{Backend, CopyWatch};
use crate::dual::local::{LocalBackend, lent};
use crate::dual::node::StorageNode;
use crate::dual::stream::{Reader, Writer};
use crate::{maybe_async, rt};

/// A temporary file in a folder of its own.
#[derive(Debug)]
pub(super) struct Staged {
    folder: TempFolder,
    name: StoragePath,
    backend: LocalBackend,
    cancel: CancelToken,
}

impl Staged {
    /// Where the file lies, or will.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.files().join(self.name.as_str())
    }

    /// A full disk is that of the temporary folder, not that of the mount.
    fn explain(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::QuotaExceeded || error.operation() == Some(Operation::Read) {
            return error;
        }
        let message =
            format!("no room for a copy in `{}`: {}", self.folder.files().display(), error.message());
        Error::new(ErrorKind::QuotaExceeded, message)
            .with_hint("set `TMPDIR` to a folder with more room, best on the file system of the file")
            .with_source(error)
    }
}

#[maybe_async]
impl Staged {
    /// A place for the content of `node`, in which nothing is yet.
    pub(super) async fn empty(node: &StorageNode, options: &LocalPathOptions) -> Result<Self> {
        let (name, parent) = (StoragePath::parse(name::of(node))?, options.folder.clone());
        let folder = rt::unblock(move || TempFolder::create(parent.as_deref())).await?;
        let backend = LocalBackend::at(folder.files())?.durability(Durability::None);
        Ok(Self { folder, name, backend, cancel: options.cancel.clone() })
    }

    /// Takes what is stored in `node`: inside the kernel where that lies on a file system, else as a stream.
    pub(super) async fn take(&self, node: &StorageNode, access: Access) -> Result<Metadata> {
        let (backend, path) = node.resolved();
        if let Some(local) = backend.as_any().downcast_ref::<LocalBackend>() {
            let cancel = self.cancel.clone();
            let watch = CopyWatch::new(move |_| cancel.check());
            self.cancel.check()?;
            let copied = local.copy_out(&path, (&self.backend, &self.name), access, &watch).await;
            return copied.map_err(|error| self.explain(error));
        }
        let reader = node.reader().await?;
        let metadata = if access == Access::Read || node.backend().get_gives_all_metadata() {
            reader.metadata().clone()
        } else {
            node.backend().metadata(node.path()).await?
        };
        let opened = self.backend.write(&self.name, &lent(&metadata, access)).await;
        let writer = opened.map_err(|error| self.explain(error))?;
        self.pour(reader, writer).await?;
        Ok(metadata)
    }

    /// Stores the file under `node`: inside the kernel where both lie on file systems, else as a stream.
    pub(super) async fn put(&self, node: &StorageNode, options: &WriteOptions) -> Result<Metadata> {
        self.check().await?;
        // A small copy in the kernel is done before anybody can say no.
        self.cancel.check()?;
        let (backend, cancel) = (node.backend(), self.cancel.clone());
        let watch = CopyWatch::new(move |_| cancel.check());
        let copied = backend.copy_from(&self.backend, &self.name, node.path(), options, &watch).await;
        if let Some(metadata) = node.explain(Operation::Write, copied)? {
            return Ok(metadata);
        }
        let reader = self.backend.read(&self.name, &ReadOptions::new()).await?;
        let writer = node.writer_with(options).await?;
        self.pour(reader, writer).await
    }

    /// Whether there is a file to be stored.
    pub(super) async fn check(&self) -> Result<()> {
        match self.backend.stat(&self.name).await {
            Ok(metadata) if metadata.is_file() => Ok(()),
            Ok(_) => Err(Error::new(ErrorKind::IsADirectory, "a directory was made at the local path")
                .with_hint("write one file there")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Error::new(ErrorKind::NotFound, "nothing was written to the local path")
                    .with_hint("write a file there before the commit"))
            }
            Err(error) => Err(error),
        }
    }

    /// All of one into the other, published at the end.
    async fn pour(&self, mut reader: Reader, mut writer: Writer) -> Result<Metadata> {
        loop {
            let chunk = match self.next(&mut reader).await {
                Ok(chunk) => chunk,
                Err(error) => {
                    // The error that ended it says more than that of cleaning up.
                    let _ = writer.abort().await;
                    return Err(error);
                }
            };
            match chunk {
                Some(chunk) => writer.write(chunk).await?,
                None => return writer.finish().await,
            }
        }
    }

    async fn next(&self, reader: &mut Reader) -> Result<Option<Bytes>> {
        self.cancel.check()?;
        reader.next().await
    }
}
