//! The `Backend` of both bridges, written once: each call goes on to a backend of the other colour.

/// Implements `Backend` for `$bridge`, which holds an `inner` backend of the colour `$native`; `$colour` makes the impl
/// async or not.
///
/// The file that uses it imports, under the same names as the other one, the types of the callers' colour (`Backend`,
/// `Reader`, ...), the crate behind the bridge as `inner`, and the `Bridged` streams. Its `forward!(self, [a, b],
/// call(&a, c, &b))` makes one call of the inner backend with clones of `a` and `b`.
macro_rules! implement_backend {
    (#[$colour:meta] $bridge:ident, $native:expr) => {
        #[$colour]
        #[deny(clippy::missing_trait_methods, reason = "what is not handed on would be lost without a word")]
        impl Backend for $bridge {
            fn kind(&self) -> &str {
                self.inner.kind()
            }

            fn capabilities(&self) -> Capabilities {
                self.inner.capabilities()
            }

            async fn probe(&self) -> Result<Capabilities> {
                forward!(self, [], probe())
            }

            fn native(&self) -> Colour {
                $native
            }

            fn as_any(&self) -> &dyn Any {
                self
            }

            /// What is behind has the other colour; copies go there by themselves.
            fn resolve(&self, path: &StoragePath) -> Option<(Arc<dyn Backend>, StoragePath)> {
                let _ = path;
                None
            }

            fn confined(&self, base: &StoragePath) -> Option<Arc<dyn Backend>> {
                Some(Arc::new(Self::new(self.inner.confined(base)?)))
            }

            fn shares_store(&self, other: &dyn Backend) -> bool {
                let other = other.as_any().downcast_ref::<Self>();
                other.is_some_and(|other| self.inner.shares_store(&*other.inner))
            }

            fn identity(&self, path: &StoragePath) -> Option<String> {
                self.inner.identity(path)
            }

            fn folded(&self, name: &str) -> Option<String> {
                self.inner.folded(name)
            }

            async fn location(&self, path: &StoragePath) -> Result<Option<String>> {
                forward!(self, [path], location(&path))
            }

            async fn mounted_below(&self, path: &StoragePath) -> Result<Vec<(String, String)>> {
                forward!(self, [path], mounted_below(&path))
            }

            async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
                forward!(self, [path], stat(&path))
            }

            async fn metadata(&self, path: &StoragePath) -> Result<Metadata> {
                forward!(self, [path], metadata(&path))
            }

            fn get_gives_all_metadata(&self) -> bool {
                self.inner.get_gives_all_metadata()
            }

            async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
                let content = forward!(self, [path, options], get(&path, &options))?;
                Ok(Content { bytes: content.bytes, metadata: content.metadata })
            }

            async fn read_ranges(
                &self,
                path: &StoragePath,
                ranges: &[ByteRange],
                options: &ReadOptions,
            ) -> Result<Vec<Bytes>> {
                forward!(self, [path, ranges, options], read_ranges(&path, &ranges, &options))
            }

            async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
                let reader = forward!(self, [path, options], read(&path, &options))?;
                let (length, metadata) = (reader.len(), reader.metadata().clone());
                Ok(Reader::new(Box::new(BridgedRead::new(reader)), length, metadata))
            }

            async fn put(
                &self,
                path: &StoragePath,
                content: Bytes,
                options: &WriteOptions,
            ) -> Result<Metadata> {
                forward!(self, [path, options], put(&path, content, &options))
            }

            async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
                let writer = forward!(self, [path, options], write(&path, &options))?;
                let (resumed, already_sent) = (writer.resumed(), writer.already_sent());
                Ok(Writer::new(Box::new(BridgedWrite::new(writer))).resuming(resumed).skipping(already_sent))
            }

            async fn discard(&self, path: &StoragePath, note: &str) -> Result<()> {
                forward!(self, [path, note], discard(&path, &note))
            }

            async fn leftovers(
                &self,
                path: &StoragePath,
                options: &LeftoverOptions,
            ) -> Result<Vec<Result<Leftover>>> {
                forward!(self, [path, options], leftovers(&path, &options))
            }

            async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
                forward!(self, [leftover], remove_leftover(&leftover))
            }

            async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
                forward!(self, [path, options], delete(&path, &options))
            }

            async fn delete_if_exists(&self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
                forward!(self, [path, options], delete_if_exists(&path, &options))
            }

            async fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<Lister> {
                let lister = forward!(self, [path, options], list(&path, &options))?;
                Ok(Lister::new(Box::new(BridgedList::new(lister))))
            }

            async fn append(&self, path: &StoragePath, content: Bytes) -> Result<Metadata> {
                forward!(self, [path], append(&path, content))
            }

            async fn copy_from(
                &self,
                source: &dyn Backend,
                from: &StoragePath,
                to: &StoragePath,
                options: &WriteOptions,
                watch: &CopyWatch,
            ) -> Result<Option<Metadata>> {
                let Some((source, from)) = behind(source, from) else { return Ok(None) };
                let watch = forwarded(watch);
                forward!(self, [to, options], copy_from(&*source, &from, &to, &options, &watch))
            }

            async fn rename_from(
                &self,
                source: &dyn Backend,
                from: &StoragePath,
                to: &StoragePath,
            ) -> Result<Option<()>> {
                let Some((source, from)) = behind(source, from) else { return Ok(None) };
                forward!(self, [to], rename_from(&*source, &from, &to))
            }

            async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
                forward!(self, [path, options], create_dir(&path, &options))
            }

            async fn delete_many(&self, paths: &[StoragePath]) -> Result<()> {
                forward!(self, [paths], delete_many(&paths))
            }

            async fn set_metadata(&self, path: &StoragePath, metadata: &WriteOptions) -> Result<Metadata> {
                forward!(self, [path, metadata], set_metadata(&path, &metadata))
            }

            async fn list_tree(&self, path: &StoragePath, limit: usize) -> Result<Option<Vec<Entry>>> {
                let listed = forward!(self, [path], list_tree(&path, limit))?;
                let entries = listed.map(|entries| entries.into_iter());
                Ok(entries.map(|entries| {
                    entries.map(|entry| Entry { path: entry.path, metadata: entry.metadata }).collect()
                }))
            }

            async fn set_attributes(&self, path: &StoragePath, attributes: &Attributes) -> Result<()> {
                forward!(self, [path, attributes], set_attributes(&path, &attributes))
            }

            async fn copy_attributes_from(
                &self,
                source: &dyn Backend,
                from: &StoragePath,
                to: &StoragePath,
                watch: &CopyWatch,
            ) -> Result<Option<()>> {
                let Some((source, from)) = behind(source, from) else { return Ok(None) };
                let watch = forwarded(watch);
                forward!(self, [to], copy_attributes_from(&*source, &from, &to, &watch))
            }

            async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
                forward!(self, [path], tags(&path))
            }

            async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
                forward!(self, [path, tags], set_tags(&path, &tags))
            }

            async fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
                forward!(self, [path], versions(&path))
            }

            async fn delete_version(&self, path: &StoragePath, version: &str) -> Result<()> {
                forward!(self, [path, version], delete_version(&path, &version))
            }

            async fn presign(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
                forward!(self, [path, options], presign(&path, &options))
            }

            async fn local_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
                forward!(self, [path], local_path(&path, access))
            }

            async fn read_link(&self, path: &StoragePath) -> Result<String> {
                forward!(self, [path], read_link(&path))
            }

            async fn create_link(&self, path: &StoragePath, target: &str) -> Result<()> {
                forward!(self, [path, target], create_link(&path, &target))
            }

            async fn create_hard_link(
                &self,
                original: &StoragePath,
                path: &StoragePath,
                durability: Option<Durability>,
            ) -> Result<Option<Metadata>> {
                forward!(self, [original, path], create_hard_link(&original, &path, durability))
            }

            fn durability(&self) -> Durability {
                self.inner.durability()
            }

            async fn open_sync(&self, path: &StoragePath) -> Result<Option<SyncHandle>> {
                let opened = forward!(self, [path], open_sync(&path))?;
                Ok(opened.map(|handle| SyncHandle::new(handle.id(), BridgedSync(handle))))
            }
        }

        /// The watch for the backend behind the bridge, which hands all on to `watch`.
        fn forwarded(watch: &CopyWatch) -> inner::CopyWatch {
            let (step, resumed, left) = (watch.clone(), watch.clone(), watch.clone());
            inner::CopyWatch::new(move |bytes| step.step(bytes))
                .on_resumed(move |bytes| resumed.resumed(bytes))
                .on_left_behind(move |attribute| left.left_behind(attribute))
        }

        /// What is behind a bridge of the same kind, where the backend behind this one may find its own kind.
        fn behind(
            source: &dyn Backend,
            path: &StoragePath,
        ) -> Option<(Arc<dyn inner::Backend>, StoragePath)> {
            let source = source.as_any().downcast_ref::<$bridge>()?;
            Some(source.inner.clone().resolved(path.clone()))
        }
    };
}

pub(super) use implement_backend;
