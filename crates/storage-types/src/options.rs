//! Options of the calls. All have builder methods and sensible defaults.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Metadata;
use crate::range::ByteRange;

/// How safe a local write is when the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// The file and its directory are on the disk (`fsync` of both).
    #[default]
    Full,
    /// The file is on the disk; the entry in the directory may be lost when the machine stops at once.
    File,
    /// The operating system decides. Still atomic: readers see the old or the new content.
    None,
}

/// Which version of an object is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionSelector {
    /// The one with this id.
    Id(String),
    /// Counted from the newest, which is 0.
    Index(usize),
    /// The one that was current at this time.
    AsOf(SystemTime),
}

/// Options of a read.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Only these bytes.
    pub range: Option<ByteRange>,
    /// Not the newest version but this one.
    pub version: Option<String>,
    /// Fail with `PreconditionFailed` unless the ETag is this (RFC 9110, `If-Match`).
    pub if_match: Option<String>,
    /// Fail with `NotModified` when the ETag is this (RFC 9110, `If-None-Match`).
    pub if_none_match: Option<String>,
    /// Fail with `NotModified` when not changed since (RFC 9110, `If-Modified-Since`).
    pub if_modified_since: Option<SystemTime>,
    /// About so many bytes may be kept in memory for a stream, those included that are fetched before they are asked for.
    /// `None` is what the mount takes by itself.
    pub memory: Option<u64>,
}

impl ReadOptions {
    /// Everything of the newest version.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only these bytes: `0..10`, `10..`, or a [`ByteRange::Suffix`].
    #[must_use]
    pub fn range(mut self, range: impl Into<ByteRange>) -> Self {
        self.range = Some(range.into());
        self
    }

    /// This version.
    #[must_use]
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    /// Only if the ETag is this.
    #[must_use]
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// Only if the ETag is not this.
    #[must_use]
    pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.if_none_match = Some(etag.into());
        self
    }

    /// Keep about so many bytes in memory at most.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Only if changed since.
    #[must_use]
    pub fn if_modified_since(mut self, time: SystemTime) -> Self {
        self.if_modified_since = Some(time);
        self
    }

    /// Checks the conditions against what is stored (RFC 9110, 13.2.2), for backends whose store does not.
    ///
    /// # Errors
    ///
    /// `PreconditionFailed` and `NotModified`.
    pub fn check(&self, metadata: &Metadata) -> Result<()> {
        let etag = metadata.etag.as_deref();
        if let Some(wanted) = &self.if_match
            && !etag.is_some_and(|etag| names_tag(wanted, etag))
        {
            return Err(Error::etag_differs());
        }
        if let Some(known) = &self.if_none_match {
            let known = etag.is_some_and(|etag| names_tag(known, etag));
            return if known { Err(not_modified()) } else { Ok(()) };
        }
        if let (Some(since), Some(modified)) = (self.if_modified_since, metadata.modified)
            && modified <= since
        {
            return Err(not_modified());
        }
        Ok(())
    }

    /// Whether the plain fast path is enough: no version and no condition.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none() && self.if_modified_since.is_none()
    }
}

/// The ETag without the quotes that HTTP puts around it.
#[must_use]
pub fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(etag)
}

/// Whether the tag of a condition is the stored one: as it is, in quotes, or marked as weak. `serve` marks the tag of a file
/// as weak for two seconds, since its content may change again within one tick of the clock (RFC 9110, 8.8.1); whoever
/// sends that tag back later means the same content.
#[must_use]
pub fn names_tag(wanted: &str, stored: &str) -> bool {
    unquoted(wanted) == stored || wanted.strip_prefix("W/").is_some_and(|rest| unquoted(rest) == stored)
}

fn not_modified() -> Error {
    Error::new(ErrorKind::NotModified, "the caller's copy is still current")
}

/// What a write demands of what is there already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WriteMode {
    /// Create or replace.
    #[default]
    Replace,
    /// Create only; `AlreadyExists` otherwise (RFC 9110, `If-None-Match: *`).
    Create,
    /// Replace only the content with this ETag; `PreconditionFailed` otherwise (compare-and-set).
    IfMatch(String),
}

/// Options of a write.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// What is demanded of what is there.
    pub mode: WriteMode,
    /// Media type to store with the content.
    pub content_type: Option<String>,
    /// `Cache-Control` to store with the content.
    pub cache_control: Option<String>,
    /// `Content-Encoding` to store: how the caller packed the content (RFC 9110, 8.4). Nothing is packed or unpacked here.
    pub content_encoding: Option<String>,
    /// `Content-Disposition` to store (RFC 6266).
    pub content_disposition: Option<String>,
    /// `Content-Language` to store (RFC 9110, 8.5).
    pub content_language: Option<String>,
    /// The caller's own key-value pairs to store with the content. S3 keeps keys in lower case, since they are names of headers, and
    /// so does a read of Google Cloud Storage; use keys in lower case.
    pub user: BTreeMap<String, String>,
    /// Tags to store with the content, where the store has them beside user metadata.
    pub tags: BTreeMap<String, String>,
    /// Durability other than the mount's (local mounts).
    pub durability: Option<Durability>,
    /// Permission bits for the file (local mounts); without it an overwritten file keeps its own.
    pub unix_mode: Option<u32>,
    /// Permission bits that a *new* file is created with (local mounts), less those of the umask, as `cp` gives a copy those
    /// of its source. A file that is replaced keeps its own. Without it they are `0o666`.
    pub create_mode: Option<u32>,
    /// Modification time for the new file (local and memory mounts), as `preserve` of a copy wants.
    pub modified: Option<SystemTime>,
    /// A copy inside a store also takes owner, ACLs, capabilities and all extended attributes of its source, as far as it may
    /// (local mounts). What has to be left behind, with this or without it, the watch of the copy is told.
    pub preserve_all: bool,
    /// Content type, cache control and user metadata only came along with content from elsewhere: where the file system of a
    /// local mount cannot keep them they are left out. Otherwise that is an error.
    pub metadata_optional: bool,
    /// A device or a pipe in the way is an error, as in copies of trees. Otherwise the content goes into it, as with `cp`
    /// (local mounts).
    pub refuse_special: bool,
    /// A symbolic link in the way is replaced wherever it leads, as in copies of trees that saw it there. Otherwise a link to
    /// a directory is an error, and one to a device or a pipe stands for it (local mounts).
    pub replace_links: bool,
    /// How many bytes a stream will have, as far as the caller knows. A hint: a large file of a local mount that is durable
    /// goes to the disk past the page cache.
    pub size: Option<u64>,
    /// About so many bytes of a stream may be kept in memory until the store has them. `None` is what the mount takes by
    /// itself.
    pub memory: Option<u64>,
    /// Lets a later write go on where this one stops, and this one where an earlier one stopped. Stores that cannot do
    /// that write from the start.
    pub checkpoint: Option<Checkpoint>,
}

impl WriteOptions {
    /// Create or replace, nothing else stored.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Create only: `AlreadyExists` when something is there.
    #[must_use]
    pub fn create_only(mut self) -> Self {
        self.mode = WriteMode::Create;
        self
    }

    /// Compare-and-set: `PreconditionFailed` unless the stored ETag is this.
    #[must_use]
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.mode = WriteMode::IfMatch(etag.into());
        self
    }

    /// Media type to store.
    #[must_use]
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// `Cache-Control` to store.
    #[must_use]
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// `Content-Encoding` to store, such as `gzip`: the content is packed so already.
    #[must_use]
    pub fn content_encoding(mut self, value: impl Into<String>) -> Self {
        self.content_encoding = Some(value.into());
        self
    }

    /// `Content-Disposition` to store, such as `attachment; filename="report.pdf"`.
    #[must_use]
    pub fn content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// `Content-Language` to store, such as `de-CH`.
    #[must_use]
    pub fn content_language(mut self, value: impl Into<String>) -> Self {
        self.content_language = Some(value.into());
        self
    }

    /// One pair of user metadata.
    #[must_use]
    pub fn user(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.user.insert(key.into(), value.into());
        self
    }

    /// One tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Durability of this one write.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = Some(durability);
        self
    }

    /// A stream will have about so many bytes.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Keep about so many bytes in memory at most.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Permission bits that a new file is created with, less those of the umask.
    #[must_use]
    pub fn create_mode(mut self, mode: u32) -> Self {
        self.create_mode = Some(mode);
        self
    }

    /// Go on where an earlier write stopped, and let a later one do so.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }
}

/// Options of a delete.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeleteOptions {
    /// Delete a directory with everything in it.
    pub recursive: bool,
    /// Delete a directory if there is nothing in it, else leave it (`IsADirectory`).
    pub empty_dir: bool,
    /// Delete a file only if it has this ETag still, else leave it (`PreconditionFailed`); with or without quotes. Where
    /// [`Capabilities::conditional_delete`](crate::Capabilities::conditional_delete) is false it is `Unsupported`.
    pub if_match: Option<String>,
}

impl DeleteOptions {
    /// A file, a link or an empty directory marker only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory with everything in it.
    #[must_use]
    pub fn recursive() -> Self {
        Self { recursive: true, ..Self::default() }
    }

    /// A file, or a directory with nothing in it.
    #[must_use]
    pub fn empty_dir() -> Self {
        Self { empty_dir: true, ..Self::default() }
    }

    /// A file that has this ETag still.
    #[must_use]
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }
}

/// Options of making a directory.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct CreateDirOptions {
    /// Make missing parents too; without it a missing parent is `NotFound`.
    pub parents: bool,
    /// An existing directory is fine; without it `AlreadyExists`.
    pub exist_ok: bool,
    /// Durability other than the mount's (local mounts).
    pub durability: Option<Durability>,
    /// Permission bits that the directory is created with (local mounts), less those of the umask; its missing parents get
    /// the usual ones. Without it they are `0o777`.
    pub mode: Option<u32>,
}

impl CreateDirOptions {
    /// Neither parents nor an existing directory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Make missing parents too.
    #[must_use]
    pub fn parents(mut self, parents: bool) -> Self {
        self.parents = parents;
        self
    }

    /// An existing directory is fine.
    #[must_use]
    pub fn exist_ok(mut self, exist_ok: bool) -> Self {
        self.exist_ok = exist_ok;
        self
    }

    /// Durability of this one call.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = Some(durability);
        self
    }

    /// Permission bits that the directory is created with, less those of the umask.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }
}

/// What is to be set on something that is there already; `None` is left as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attributes {
    /// Modification time.
    pub modified: Option<SystemTime>,
    /// Permission bits of the mode (POSIX `st_mode & 07777`).
    pub unix_mode: Option<u32>,
}

impl Attributes {
    /// Nothing is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Modification time.
    #[must_use]
    pub fn modified(mut self, time: SystemTime) -> Self {
        self.modified = Some(time);
        self
    }

    /// Permission bits of the mode.
    #[must_use]
    pub fn unix_mode(mut self, mode: u32) -> Self {
        self.unix_mode = Some(mode);
        self
    }
}

/// Options of a backend's listing of one level.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only the kind of each entry is needed; a backend may leave size and times out.
    pub kind_only: bool,
    /// The caller takes all entries, so the next ones may be looked up while it works on those before: by a task, in the
    /// blocking colour by a thread. Only large directories of local mounts make use of it.
    pub read_ahead: bool,
    /// Only entries whose name begins with this. S3, Azure and Google Cloud Storage are asked for no others.
    pub prefix: Option<String>,
    /// Only entries whose name comes behind this one in the order of bytes. S3 and Google Cloud Storage begin there.
    pub start_after: Option<String>,
    /// At most so many entries.
    pub limit: Option<usize>,
}

impl ListOptions {
    /// With metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names and kinds only.
    #[must_use]
    pub fn kind_only() -> Self {
        Self { kind_only: true, ..Self::default() }
    }

    /// Only entries whose name begins with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Only entries whose name comes behind `name` in the order of bytes: the last of the page before, which need not be there any
    /// more.
    #[must_use]
    pub fn start_after(mut self, name: impl Into<String>) -> Self {
        self.start_after = Some(name.into());
        self
    }

    /// At most so many entries.
    #[must_use]
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }

    /// Whether the next entries may be looked up while the caller works on those before.
    #[must_use]
    pub fn read_ahead(mut self, read_ahead: bool) -> Self {
        self.read_ahead = read_ahead;
        self
    }
}

/// Options of a recursive walk.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WalkOptions {
    /// How many levels down; 1 is the children only. `None` is all of them.
    pub max_depth: Option<usize>,
    /// Only entries are given that this [`Pattern`](crate::Pattern) covers; directories are entered anyway.
    pub glob: Option<String>,
    /// Only the kind of each entry is needed.
    pub kind_only: bool,
}

impl WalkOptions {
    /// Everything below.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most this many levels down.
    #[must_use]
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.max_depth = Some(depth);
        self
    }

    /// Only what this [`Pattern`](crate::Pattern) covers: itself and all that is in a directory that it matches.
    #[must_use]
    pub fn glob(mut self, pattern: impl Into<String>) -> Self {
        self.glob = Some(pattern.into());
        self
    }

    /// Names and kinds only: spares one system call per file on local mounts.
    #[must_use]
    pub fn kind_only(mut self) -> Self {
        self.kind_only = true;
        self
    }
}

/// What a presigned URL allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PresignMethod {
    /// Download.
    #[default]
    Get,
    /// Upload.
    Put,
}

/// Options of a URL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PresignOptions {
    /// What the URL allows.
    pub method: PresignMethod,
    /// For how long; stores with plain URLs ignore it.
    pub expires_in: Duration,
    /// Header lines that whoever uses the URL has to send as they are, such as `content-type` for an upload; they are
    /// part of the signature. Names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Default for PresignOptions {
    fn default() -> Self {
        Self { method: PresignMethod::Get, expires_in: Duration::from_secs(3600), headers: BTreeMap::new() }
    }
}

impl PresignOptions {
    /// A download for one hour.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the URL allows.
    #[must_use]
    pub fn method(mut self, method: PresignMethod) -> Self {
        self.method = method;
        self
    }

    /// For how long.
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = duration;
        self
    }

    /// A header line that whoever uses the URL has to send.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.headers.insert(name.as_ref().to_ascii_lowercase(), value.into());
        self
    }
}

/// What a local path is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reading only.
    Read,
    /// Writing from empty.
    Write,
    /// Reading and changing.
    ReadWrite,
}
