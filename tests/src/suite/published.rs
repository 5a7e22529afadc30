//! A web server as a fixture: what is written goes into the folder that the server publishes, and what is read comes
//! from the server.

use std::any::Any;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bytes::Bytes;
use storage::types::{
    Capabilities, CreateDirOptions, DeleteOptions, Error, ListOptions, Metadata, MountConfig, PresignOptions,
    ReadOptions, Result, StoragePath, WriteMode, WriteOptions,
};

use super::api::{Backend, Content, Lister, LocalBackend, Reader, StorageManager, WriteStream, Writer};
use super::exempt;
use super::fixture::{Exemption, Fixture, Guard};
use super::maybe_async;
use crate::support::servers::Server;

/// The web server of the tests.
#[derive(Debug, Clone, Copy)]
pub struct Web;

#[maybe_async]
impl Fixture for Web {
    fn name(&self) -> String {
        "http".to_owned()
    }

    fn exempt(&self) -> &[Exemption] {
        exempt::NGINX
    }

    fn is_remote(&self) -> bool {
        true
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> Result<Guard> {
        let server = Server::running("http")?;
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(server.get("folder")?)?;
        let name_of_folder = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (web, url) = (format!("web-of-{name}"), format!("{}/{name_of_folder}", server.get("endpoint")?));
        manager.add_mount(&MountConfig::new(&web, "http").option("url", url))?;
        let server = manager.node(&web)?.backend().clone();
        let folder_of_server = Arc::new(LocalBackend::at(folder.path())?);
        manager.add_backend(name, Arc::new(Published { server, folder: folder_of_server }))?;
        Ok(Box::new(folder))
    }
}

/// A folder, and the server that publishes it.
#[derive(Debug)]
struct Published {
    server: Arc<dyn Backend>,
    folder: Arc<dyn Backend>,
}

#[maybe_async]
impl Backend for Published {
    fn kind(&self) -> &str {
        "published"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = self.server.capabilities();
        can.write = true;
        can.delete = true;
        can.directories = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.server.stat(path).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.server.get(path, options).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        self.server.read(path, options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        self.server.list(path, options).await
    }

    async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        self.server.presign(path, options).await
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        unconditional(options)?;
        self.folder.put(path, content, options).await?;
        self.server.stat(path).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        unconditional(options)?;
        let inner = Some(self.folder.write(path, options).await?);
        let stream = Publishing { inner, server: self.server.clone(), path: path.clone() };
        Ok(Writer::new(Box::new(stream)))
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.folder.delete(path, options).await
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.folder.create_dir(path, options).await
    }
}

/// The ETags of the server are not those of the folder, so nothing can be compared with them.
fn unconditional(options: &WriteOptions) -> Result<()> {
    if options.mode == WriteMode::Replace {
        Ok(())
    } else {
        Err(Error::unsupported("write under a condition"))
    }
}

/// What is written into the folder, and known of it by the server.
struct Publishing {
    inner: Option<Writer>,
    server: Arc<dyn Backend>,
    path: StoragePath,
}

fn ended() -> Error {
    Error::invalid("the stream has ended")
}

#[maybe_async]
impl WriteStream for Publishing {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.inner.as_mut().ok_or_else(ended)?.write(chunk).await
    }

    async fn finish(&mut self) -> Result<Metadata> {
        self.inner.take().ok_or_else(ended)?.finish().await?;
        self.server.stat(&self.path).await
    }

    async fn abort(&mut self) -> Result<()> {
        match self.inner.take() {
            Some(writer) => writer.abort().await,
            None => Ok(()),
        }
    }
}
