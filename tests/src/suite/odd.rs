//! A store in memory with ways of its own: it lists in another order, takes different names for one, or breaks off.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use storage::types::{
    Capabilities, CreateDirOptions, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions,
    Result, StoragePath, WriteOptions,
};

use super::api::{Backend, Content, Entry, ListStream, Lister, MemoryBackend, Reader, Writer};
use super::maybe_async;
use crate::support::content::Random;

/// How a store lists a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By name, as it has to be.
    Names,
    Backwards,
    /// As it comes, each time otherwise.
    Shuffled,
    /// As the keys of an object store: `a-b`, `a.txt`, `a/`.
    Keys,
    /// As a walk gives it: directories first.
    Directories,
}

impl Order {
    pub(crate) const ALL: [Self; 5] =
        [Self::Names, Self::Backwards, Self::Shuffled, Self::Keys, Self::Directories];

    fn apply(self, entries: &mut [Entry]) {
        let is_dir = |entry: &Entry| entry.metadata.is_dir();
        match self {
            Self::Names => {}
            Self::Backwards => entries.reverse(),
            Self::Shuffled => {
                let mut random = Random::new(entries.len() as u64);
                entries.sort_by_cached_key(|_| random.next());
            }
            Self::Keys => entries.sort_by_cached_key(|entry| {
                format!("{}{}", entry.path.name(), if is_dir(entry) { "/" } else { "" })
            }),
            Self::Directories => entries.sort_by_key(|entry| !is_dir(entry)),
        }
    }
}

/// What a store takes a name for.
pub(crate) type Fold = fn(&str) -> String;

/// Capitals are small letters.
pub(crate) fn case(name: &str) -> String {
    name.to_lowercase()
}

/// Two letters that are made of two characters are the same in one.
pub(crate) fn composed(name: &str) -> String {
    name.replace("e\u{301}", "\u{e9}").replace("u\u{308}", "\u{fc}")
}

/// The store.
#[derive(Debug)]
pub(crate) struct Odd {
    inner: MemoryBackend,
    order: Order,
    fold: Option<Fold>,
    /// So many entries are listed of a directory of this name, and then there is an error.
    breaks: Option<(&'static str, usize)>,
    /// The first listing of a directory of this name is as it should be, and later ones are otherwise.
    later: Option<(&'static str, Later)>,
    was_listed: AtomicBool,
}

/// What is different when a directory is listed again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Later {
    /// So many entries came meanwhile.
    More(usize),
    /// It is in another order.
    In(Order),
}

impl Odd {
    fn new() -> Self {
        Self {
            inner: MemoryBackend::new(),
            order: Order::Names,
            fold: None,
            breaks: None,
            later: None,
            was_listed: AtomicBool::new(false),
        }
    }

    /// One that lists in this order.
    pub(crate) fn ordered(order: Order) -> Arc<Self> {
        Arc::new(Self { order, ..Self::new() })
    }

    /// One that keeps names as they were written first, and finds them under every name that folds to the same.
    pub(crate) fn folding(fold: Fold) -> Arc<Self> {
        Arc::new(Self { fold: Some(fold), ..Self::new() })
    }

    /// One whose directory of this name cannot be listed to its end.
    pub(crate) fn breaking(directory: &'static str, after: usize) -> Arc<Self> {
        Arc::new(Self { breaks: Some((directory, after)), ..Self::new() })
    }

    /// One whose directory of this name is different when it is listed again.
    pub(crate) fn changing(directory: &'static str, later: Later) -> Arc<Self> {
        Arc::new(Self { later: Some((directory, later)), ..Self::new() })
    }
}

#[maybe_async]
impl Odd {
    /// The path under which it is kept.
    async fn kept(&self, path: &StoragePath) -> Result<StoragePath> {
        let Some(fold) = self.fold else { return Ok(path.clone()) };
        let mut kept = StoragePath::root();
        for name in path.segments() {
            let mut found = kept.child(name)?;
            if let Ok(mut lister) = self.inner.list(&kept, &ListOptions::new()).await {
                while let Some(entry) = lister.next().await? {
                    if fold(entry.path.name()) == fold(name) {
                        found = entry.path;
                    }
                }
            }
            kept = found;
        }
        Ok(kept)
    }

    /// The order of this listing, for which entries may come.
    async fn order_of(&self, directory: &StoragePath) -> Result<Order> {
        let later = self.later.filter(|(name, _)| directory.name() == *name);
        let Some((_, later)) = later.filter(|_| self.was_listed.swap(true, Ordering::Relaxed)) else {
            return Ok(self.order);
        };
        match later {
            Later::In(order) => Ok(order),
            Later::More(count) => {
                for number in 0..count {
                    let path = directory.child(format!("new{number}"))?;
                    self.inner.put(&path, Bytes::new(), &WriteOptions::new()).await?;
                }
                Ok(self.order)
            }
        }
    }
}

#[maybe_async]
impl Backend for Odd {
    fn kind(&self) -> &str {
        "odd"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn folded(&self, name: &str) -> Option<String> {
        self.fold.map(|fold| fold(name))
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        self.inner.stat(&self.kept(path).await?).await
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.inner.get(&self.kept(path).await?, options).await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        self.inner.read(&self.kept(path).await?, options).await
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.inner.put(&self.kept(path).await?, content, options).await
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        self.inner.write(&self.kept(path).await?, options).await
    }

    async fn set_attributes(
        &self,
        path: &StoragePath,
        attributes: &storage::types::Attributes,
    ) -> Result<()> {
        self.inner.set_attributes(&self.kept(path).await?, attributes).await
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.inner.delete(&self.kept(path).await?, options).await
    }

    async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        let path = self.kept(path).await?;
        let order = self.order_of(&path).await?;
        let mut lister = self.inner.list(&path, options).await?;
        let mut entries = Vec::new();
        while let Some(entry) = lister.next().await? {
            entries.push(entry);
        }
        order.apply(&mut entries);
        match self.breaks {
            Some((directory, after)) if path.name() == directory => {
                entries.truncate(after);
                Ok(Lister::new(Box::new(Breaking { entries: Some(entries) })))
            }
            _ => Ok(Lister::from_entries(entries)),
        }
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.inner.create_dir(&self.kept(path).await?, options).await
    }
}

/// Some entries, and then an error.
struct Breaking {
    entries: Option<Vec<Entry>>,
}

#[maybe_async]
impl ListStream for Breaking {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        match self.entries.take() {
            Some(entries) => Ok(Some(entries.into_iter().map(Ok).collect())),
            None => Err(Error::new(ErrorKind::Interrupted, "the listing broke off").with_retryable(false)),
        }
    }
}
