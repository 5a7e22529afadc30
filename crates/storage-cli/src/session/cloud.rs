//! A store as those in the cloud are, to the command line: signed URLs, tags, no directories of their own, uploads that
//! have to be aborted. It counts what it is asked.

use std::any::Any;
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use storage::blocking::{Backend, Content, CopyWatch, Lister, MemoryBackend, Reader, WriteStream, Writer};
use storage::types::{
    CancelToken, Capabilities, CreateDirOptions, DeleteOptions, Error, ErrorKind, ListOptions, Metadata,
    Operation, PresignMethod, PresignOptions, ReadOptions, Result, StoragePath, Version, WriteOptions,
};

type Tags = BTreeMap<String, String>;

#[derive(Debug, Default)]
pub(super) struct Cloud {
    memory: MemoryBackend,
    tags: Mutex<BTreeMap<StoragePath, Tags>>,
    calls: Arc<Mutex<Vec<&'static str>>>,
    /// Is cancelled when the first piece of an upload arrives.
    pub(super) cancels: Mutex<Option<CancelToken>>,
    /// Why it does not answer when it is tested.
    broken: Option<(ErrorKind, &'static str, &'static str)>,
    /// Whether it never answers when it is tested.
    silent: bool,
}

impl Cloud {
    pub(super) fn versioned() -> Self {
        Self { memory: MemoryBackend::versioned(), ..Self::default() }
    }

    /// One that answers with this error when it is tested.
    pub(super) fn broken(kind: ErrorKind, message: &'static str, hint: &'static str) -> Self {
        Self { broken: Some((kind, message, hint)), ..Self::default() }
    }

    /// One that never answers when it is tested.
    pub(super) fn silent() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// What it was asked since the last time.
    pub(super) fn calls(&self) -> Vec<&'static str> {
        take(&mut *self.calls.lock().unwrap())
    }

    fn called(&self, call: &'static str) {
        self.calls.lock().unwrap().push(call);
    }
}

/// An upload in parts, which the store keeps until it is completed or aborted.
struct Upload {
    memory: MemoryBackend,
    path: StoragePath,
    options: WriteOptions,
    parts: Vec<u8>,
    cancels: Option<CancelToken>,
    calls: Arc<Mutex<Vec<&'static str>>>,
}

impl WriteStream for Upload {
    fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.calls.lock().unwrap().push("part");
        self.parts.extend_from_slice(&chunk);
        if let Some(token) = &self.cancels {
            token.cancel();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Metadata> {
        self.calls.lock().unwrap().push("complete");
        self.memory.put(&self.path, take(&mut self.parts).into(), &self.options)
    }

    fn abort(&mut self) -> Result<()> {
        self.calls.lock().unwrap().push("abort");
        Ok(())
    }
}

impl Backend for Cloud {
    fn kind(&self) -> &str {
        "cloud"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = self.memory.capabilities();
        can.directories = false;
        can.append = false;
        can.rename = false;
        can.server_side_copy = false;
        can.set_modified = false;
        can.set_attributes = false;
        can.tags = true;
        can.url = true;
        can
    }

    fn probe(&self) -> Result<Capabilities> {
        if self.silent {
            loop {
                std::thread::park();
            }
        }
        match self.broken {
            Some((kind, message, hint)) => Err(Error::new(kind, message).with_hint(hint)),
            None => Ok(self.capabilities()),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn identity(&self, path: &StoragePath) -> Option<String> {
        Some(format!("{:p}/{path}", Arc::as_ptr(&self.calls)))
    }

    fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.called("stat");
        let mut metadata = self.memory.stat(path)?;
        // Objects have names only.
        metadata.file_id = None;
        Ok(metadata)
    }

    fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.called("get");
        self.memory.get(path, options)
    }

    fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        self.called("get");
        self.memory.read(path, options)
    }

    fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.called("put");
        self.memory.put(path, content, options)
    }

    /// As S3 does it: the answer does not tell how much was copied.
    fn copy_from(
        &self,
        source: &dyn Backend,
        from: &StoragePath,
        to: &StoragePath,
        options: &WriteOptions,
        _: &CopyWatch,
    ) -> Result<Option<Metadata>> {
        let Some(source) = source.as_any().downcast_ref::<Self>() else { return Ok(None) };
        self.called("copy");
        let content = source.memory.get(from, &ReadOptions::new());
        let content = content.map_err(|error| error.with_operation(Operation::Read))?;
        let mut written = self.memory.put(to, content.bytes, options)?;
        written.size = 0;
        Ok(Some(written))
    }

    fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        self.called("begin");
        Ok(Writer::new(Box::new(Upload {
            memory: self.memory.clone(),
            path: path.clone(),
            options: options.clone(),
            parts: Vec::new(),
            cancels: self.cancels.lock().unwrap().clone(),
            calls: self.calls.clone(),
        })))
    }

    fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.called("delete");
        self.memory.delete(path, options)
    }

    fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        self.called("list");
        self.memory.list(path, options)
    }

    fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.called("create_dir");
        self.memory.create_dir(path, options)
    }

    fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
        self.called("set_metadata");
        self.memory.set_metadata(path, metadata)
    }

    fn tags(&self, path: &StoragePath) -> Result<Tags> {
        self.called("tags");
        self.memory.stat(path)?;
        Ok(self.tags.lock().unwrap().get(path).cloned().unwrap_or_default())
    }

    fn set_tags(&self, path: &StoragePath, tags: &Tags) -> Result<()> {
        self.called("set_tags");
        self.tags.lock().unwrap().insert(path.clone(), tags.clone());
        Ok(())
    }

    fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        self.called("versions");
        self.memory.versions(path)
    }

    fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
        self.called("delete_version");
        self.memory.delete_version(path, version)
    }

    fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        let method = if options.method == PresignMethod::Put { "PUT" } else { "GET" };
        let (seconds, headers) = (options.expires_in.as_secs(), options.headers.len());
        Ok(format!("https://cloud.example/{path}?X-Amz-Expires={seconds}&for={method}&headers={headers}"))
    }
}
