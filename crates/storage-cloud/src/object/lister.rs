//! One level of a mount, page by page.

use std::sync::Arc;

use async_trait::async_trait;
use storage_core::{Entry, ListStream, Lister};
use storage_types::{Error, ErrorKind, ListOptions, Metadata, Result, StoragePath};

use super::backend::Shared;
use super::level::Level;
use super::listing::Listing;
use super::store::{ListQuery, Object, Page, Store};

/// More entries than this do not wait for a directory that may still come; the store is asked for it.
const HELD: usize = 10_000;

impl<S: Store> Shared<S> {
    /// Opens the listing of a directory: one request for its first page; one more where it has no entry of those that are asked for.
    pub(super) async fn list(self: Arc<Self>, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
        let folder = self.prefix.folder(path);
        let part = Part::new(&folder, options);
        let mut listing = Listing::default();
        let page = listing.page(&self.store, part.query()).await?.unwrap_or_default();
        let empty = listing.ended() && page.objects.is_empty() && page.prefixes.is_empty();
        if empty && part.is_narrow && self.has_prefix(&folder).await? {
            return Ok(Lister::from_entries(Vec::new()));
        }
        if !path.is_root() && empty {
            return match self.store.head(&self.prefix.key(path), None).await {
                Ok(found) if found.is_dir() => Ok(Lister::from_entries(Vec::new())),
                Ok(_) => Err(Error::not_a_directory()),
                Err(error) => Err(error),
            };
        }
        let mut lister = LevelLister { shared: self, folder, part, level: Level::new(), listing };
        lister.take(page);
        Ok(Lister::new(Box::new(lister)))
    }

    /// Everything below a directory, a page per request. `None` when there is more than `limit`, or a key that is no path:
    /// then the levels have to be listed, which tell what is wrong.
    pub(super) async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
        let folder = self.prefix.folder(path);
        let query = ListQuery { prefix: &folder, ..ListQuery::default() };
        let (mut entries, mut listing) = (Vec::new(), Listing::default());
        while let Some(page) = listing.page(&self.store, query).await? {
            let is_own_marker = |object: &Object| object.key == folder && !is_content(object);
            for object in page.objects.into_iter().filter(|object| !is_own_marker(object)) {
                let Some(entry) = self.tree_entry(object) else { return Ok(None) };
                entries.push(entry);
            }
            if entries.len() >= limit && !listing.ended() {
                return Ok(None);
            }
        }
        Ok(Some(entries))
    }

    fn tree_entry(&self, object: Object) -> Option<Entry> {
        if object.metadata.is_dir() {
            return Some(Entry { path: self.prefix.path(&object.key)?, metadata: Metadata::directory() });
        }
        if is_content(&object) {
            return None;
        }
        // A marker of a directory.
        if let Some(directory) = object.key.strip_suffix('/') {
            return Some(Entry { path: self.prefix.path(directory)?, metadata: Metadata::directory() });
        }
        Some(Entry { path: self.prefix.path(&object.key)?, metadata: object.metadata })
    }
}

/// Which keys of a level the store is asked for. It may give more; who lists looks at the names again.
struct Part {
    prefix: String,
    start_after: Option<String>,
    limit: Option<u32>,
    /// A directory may have entries, and none of these.
    is_narrow: bool,
}

impl Part {
    fn new(folder: &str, options: &ListOptions) -> Self {
        let key = |name: &String| format!("{folder}{name}");
        // Beside the entries that are wanted come the marker of the level and the directory that has the name to start after. Stores
        // give at most a thousand keys at once, all three of them.
        let limit = options.limit.and_then(|limit| u32::try_from(limit.saturating_add(2)).ok());
        Self {
            prefix: options.prefix.as_ref().map_or_else(|| folder.to_owned(), key),
            start_after: options.start_after.as_ref().map(key),
            limit: limit.filter(|limit| *limit < 1000),
            is_narrow: options.prefix.is_some() || options.start_after.is_some(),
        }
    }

    fn query(&self) -> ListQuery<'_> {
        let start_after = self.start_after.as_deref();
        ListQuery { prefix: &self.prefix, delimiter: true, start_after, limit: self.limit, token: None }
    }
}

struct LevelLister<S> {
    shared: Arc<Shared<S>>,
    folder: String,
    part: Part,
    level: Level<Result<Entry>>,
    listing: Listing,
}

#[async_trait]
impl<S: Store> ListStream for LevelLister<S> {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        loop {
            let ready = if self.listing.ended() { self.level.give_all() } else { self.level.give() };
            if !ready.is_empty() {
                return Ok(Some(ready.into()));
            }
            if self.listing.ended() {
                return Ok(None);
            }
            self.go_on().await?;
        }
    }
}

impl<S: Store> LevelLister<S> {
    async fn go_on(&mut self) -> Result<()> {
        if self.level.len() > HELD
            && let Some(name) = self.level.first_blocker()
        {
            let folder = format!("{}{name}/", self.folder);
            let entry = self.shared.has_prefix(&folder).await?.then(|| self.directory(&name));
            self.level.settle(name, entry);
            return Ok(());
        }
        if let Some(page) = self.listing.page(&self.shared.store, self.part.query()).await? {
            self.take(page);
        }
        Ok(())
    }

    fn take(&mut self, page: Page) {
        let mut entries = Vec::with_capacity(page.objects.len() + page.prefixes.len());
        let mut folders = Vec::new();
        for object in page.objects {
            let Some(name) = object.key.strip_prefix(&self.folder) else { continue };
            if object.metadata.is_dir() {
                folders.push(name.trim_end_matches('/').to_owned());
            } else if !name.is_empty() {
                entries.push((name.to_owned(), false, self.entry(name, object.metadata)));
            } else if is_content(&object) {
                entries.push((String::new(), false, Err(content_of_marker(&object))));
            }
            // Else it is the level's own marker, which is no entry of it.
        }
        for prefix in page.prefixes {
            if let Some(name) = prefix.strip_prefix(&self.folder).and_then(|name| name.strip_suffix('/')) {
                entries.push((name.to_owned(), true, self.directory(name)));
            }
        }
        self.level.take(entries);
        for name in folders.into_iter().filter(|name| !name.is_empty()) {
            let entry = self.directory(&name);
            self.level.add_directory(name, entry);
        }
    }

    fn directory(&self, name: &str) -> Result<Entry> {
        self.entry(name, Metadata::directory())
    }

    fn entry(&self, name: &str, metadata: Metadata) -> Result<Entry> {
        match self.shared.prefix.path(&format!("{}{name}", self.folder)) {
            Some(path) => Ok(Entry { path, metadata }),
            None => Err(unnameable(&self.folder, name)),
        }
    }
}

/// Whether this is content under the name of a marker. Such an object has no path, and is no marker either.
pub(super) fn is_content(object: &Object) -> bool {
    object.key.ends_with('/') && object.metadata.size > 0 && !object.metadata.is_dir()
}

fn content_of_marker(object: &Object) -> Error {
    let Object { key, metadata } = object;
    Error::new(
        ErrorKind::InvalidInput,
        format!(
            "the object `{key}` has {} bytes, and the name of a directory, which no path can be",
            metadata.size
        ),
    )
    .with_hint(
        "rename it with a program of the store; it is not copied, and goes only with a recursive delete",
    )
}

fn unnameable(folder: &str, name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the key `{folder}{name}` is no path")).with_hint(
        "rename the object with a program of the store; `.`, `..` and empty names cannot be addressed",
    )
}
