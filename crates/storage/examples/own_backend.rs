//! A mount of one's own: the variables of the environment, for reading. It is async; for a blocking one take `storage::blocking`
//! and leave out `async_trait`, `async` and `await`.
//!
//! `cargo run -p storage-dual --example own_backend`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::any::Any;
use std::env;
use std::sync::Arc;

use async_trait::async_trait;
use storage::{
    Backend, Bytes, Capabilities, Content, DeleteOptions, Entry, Error, ListOptions, Lister, Metadata,
    MountConfig, MountLookup, Provider, ReadOptions, Reader, Result, StorageManager, StoragePath,
    WriteOptions, Writer,
};

#[derive(Debug)]
struct Environment;

/// The trait has async methods and is used as `dyn Backend`, so implementations need `async_trait`.
#[async_trait]
impl Backend for Environment {
    fn kind(&self) -> &str {
        "environment"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        (can.read, can.list) = (true, true);
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        if path.is_root() {
            return Ok(Metadata::directory());
        }
        Ok(Metadata::file(variable(path)?.len() as u64))
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        let bytes = Bytes::from(variable(path)?);
        let metadata = Metadata::file(bytes.len() as u64);
        options.check(&metadata)?;
        let Some(range) = options.range else { return Ok(Content { bytes, metadata }) };
        let (start, length) = range.resolve(metadata.size)?;
        Ok(Content { bytes: bytes.slice(start as usize..(start + length) as usize), metadata })
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let content = self.get(path, options).await?;
        Ok(Reader::from_bytes(content.bytes, content.metadata))
    }

    async fn list(&self, path: &StoragePath, _: &ListOptions) -> Result<Lister> {
        if !path.is_root() {
            return Err(Error::not_a_directory());
        }
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut entries: Vec<Entry> = names
            .filter_map(|name| {
                let path = StoragePath::parse(&name).ok()?;
                let size = variable(&path).ok()?.len() as u64;
                Some(Entry { path, metadata: Metadata::file(size) })
            })
            .collect();
        // Listings are in the order of the bytes of their names.
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Lister::from_entries(entries))
    }

    async fn put(&self, _: &StoragePath, _: Bytes, _: &WriteOptions) -> Result<Metadata> {
        Err(Error::unsupported("write"))
    }

    async fn write(&self, _: &StoragePath, _: &WriteOptions) -> Result<Writer> {
        Err(Error::unsupported("write"))
    }

    async fn delete(&self, _: &StoragePath, _: &DeleteOptions) -> Result<()> {
        Err(Error::unsupported("delete"))
    }
}

fn variable(path: &StoragePath) -> Result<String> {
    env::var(path.as_str()).map_err(|_| Error::not_found())
}

/// What makes such mounts from configuration.
#[derive(Debug)]
struct Environments;

impl Provider for Environments {
    fn kind(&self) -> &str {
        "environment"
    }

    fn build(&self, _: &MountConfig, _: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        Ok(Arc::new(Environment))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let storage = StorageManager::new();
    storage.register(Arc::new(Environments));
    storage.configure_json(r#"[{"name": "env", "type": "environment"}]"#)?;
    for entry in storage.node("env:")?.list().await? {
        println!("{}: {} bytes", entry.node.name(), entry.metadata.size);
    }
    let there = storage.node("env:PATH")?;
    println!("{}", there.read_text().await?);
    Ok(())
}
