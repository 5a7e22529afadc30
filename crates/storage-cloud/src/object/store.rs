//! What an object store has to be able to do.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::SystemTime;

use async_trait::async_trait;
use storage_types::{
    Capabilities, Checksum, Error, Metadata, PresignOptions, ReadOptions, Result, Version, WriteOptions,
};

use crate::transport::{Body, Payload};

/// Reads objects.
#[async_trait]
pub trait ReadObjects {
    /// What is known about an object, or about one version of it.
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata>;

    /// Content: its headers have come, its body is still to be read. A range beyond the end is `InvalidInput`; of an empty
    /// object too. What the answer has is found out by [`Answer::extent`](crate::transport::Answer::extent).
    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download>;

    /// Whether [`get`](Self::get) tells everything that [`head`](Self::head) does.
    fn get_gives_all_metadata(&self) -> bool {
        true
    }
}

/// Lists keys.
#[async_trait]
pub trait ListObjects {
    /// One page of keys.
    async fn list(&self, query: &ListQuery<'_>) -> Result<Page>;
}

/// Stores objects, each in one request, and changes what is stored.
#[async_trait]
pub trait WriteObjects {
    /// Stores content of at most [`Limits::put_max`] bytes in one request.
    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata>;

    /// Adds content at the end, where the store can.
    async fn append(&self, key: &str, content: Payload) -> Result<Metadata> {
        let _ = (key, content);
        Err(Error::unsupported("append"))
    }

    /// Replaces content type, cache control and user metadata.
    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata>;

    /// Makes a folder, in a store that [keeps folders](Store::keeps_folders). One that is there, or an object of that name, is
    /// `AlreadyExists`.
    async fn make_folder(&self, key: &str) -> Result<()> {
        let _ = key;
        Err(Error::unsupported("keep folders"))
    }
}

/// Deletes objects.
#[async_trait]
pub trait DeleteObjects {
    /// Deletes an object; [`Limits::delete_tells`] says whether a missing one is `NotFound` or fine.
    async fn delete(&self, key: &str) -> Result<()>;

    /// Deletes an object that has this ETag still. A missing one, or one with another ETag, is `PreconditionFailed`.
    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        let _ = (key, etag);
        Err(Error::unsupported("delete under a condition"))
    }

    /// Deletes at most [`Limits::delete_batch`] objects; missing ones are fine.
    async fn delete_many(&self, keys: &[String]) -> Result<()>;
}

/// Copies within the service.
#[async_trait]
pub trait CopyObjects: Sized {
    /// Copies within the service, with content type and user metadata, which `options` replace where they are given.
    /// `None` when the store cannot reach the source by itself. An error that concerns the source has the operation
    /// [`Read`](storage_types::Operation::Read).
    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>>;
}

/// Uploads in parts.
#[async_trait]
pub trait MultipartUpload {
    /// An upload in parts that has begun.
    type Upload: Send + Sync + 'static;

    /// Begins an upload in parts.
    async fn begin(&self, key: &str, options: &WriteOptions) -> Result<Self::Upload>;

    /// Sends a part, and gives what the store calls it. Sent again it replaces itself.
    async fn part(&self, key: &str, upload: &Self::Upload, part: Part) -> Result<String>;

    /// Publishes the parts, in order.
    async fn complete(
        &self,
        key: &str,
        upload: &Self::Upload,
        parts: &[String],
        options: &WriteOptions,
    ) -> Result<Metadata>;

    /// What another process needs to go on with an upload, as far as it has come. `None` where nobody can.
    fn note(&self, upload: &Self::Upload) -> Option<String> {
        let _ = upload;
        None
    }

    /// The upload that a note tells of, and its parts that have arrived, in any order. `None` when it is gone, or the note
    /// is not one of this store.
    async fn resume(
        &self,
        key: &str,
        note: &str,
        options: &WriteOptions,
    ) -> Result<Option<(Self::Upload, Vec<Arrived>)>> {
        let _ = (key, note, options);
        Ok(None)
    }

    /// Uploads that are open: begun, and neither completed nor aborted. Only those of keys with this prefix. Nothing where
    /// the store does not list them.
    async fn uploads(&self, prefix: &str) -> Result<Vec<OpenUpload>> {
        let _ = prefix;
        Ok(Vec::new())
    }

    /// Throws away an open upload by its id. `false` when it is gone already.
    async fn abort_open(&self, key: &str, id: &str) -> Result<bool> {
        let _ = (key, id);
        Ok(false)
    }

    /// Throws an upload away; one that is gone is fine.
    async fn abort(&self, key: &str, upload: &Self::Upload) -> Result<()>;
}

/// Keeps the versions of an object.
#[async_trait]
pub trait ObjectVersions {
    /// All versions of an object, newest first; empty when there are none.
    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let _ = key;
        Err(Error::unsupported("keep versions"))
    }

    /// Deletes one version for good.
    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        let _ = (key, version);
        Err(Error::unsupported("keep versions"))
    }
}

/// Keeps tags of an object.
#[async_trait]
pub trait ObjectTags {
    /// The tags of an object.
    async fn tags(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let _ = key;
        Err(Error::unsupported("keep tags"))
    }

    /// Replaces the tags of an object.
    async fn set_tags(&self, key: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        let _ = (key, tags);
        Err(Error::unsupported("keep tags"))
    }
}

/// Makes URLs for others.
#[async_trait]
pub trait PresignUrls {
    /// A URL under which others can get or put the content.
    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        let _ = (key, options);
        Err(Error::unsupported("make URLs"))
    }
}

/// What an object store can do, and how. Keys are whole keys, the mount's prefix included.
///
/// # Contract
///
/// - Every call is one request where the protocol allows it, and retries what is safe to retry.
/// - A write with a condition that does not hold is `AlreadyExists` ([`WriteMode::Create`](storage_types::WriteMode))
///   or `PreconditionFailed` (`IfMatch`, also when nothing is stored).
/// - A missing object is `NotFound`. A missing bucket is `Config`, so that nobody takes it for a missing object.
/// - ETags are without quotes. A checksum is given only when the store says what it is.
#[async_trait]
pub trait Store:
    ReadObjects
    + ListObjects
    + WriteObjects
    + DeleteObjects
    + CopyObjects
    + MultipartUpload
    + ObjectVersions
    + ObjectTags
    + PresignUrls
    + fmt::Debug
    + Send
    + Sync
    + Sized
    + 'static
{
    /// The name of its kind in configuration.
    fn kind(&self) -> &'static str;

    /// The service and the bucket, as text: equal for all mounts of one bucket.
    fn place(&self) -> String;

    /// What it can do, as far as is known now.
    fn capabilities(&self) -> Capabilities;

    /// Its numbers.
    fn limits(&self) -> Limits;

    /// Whether the store keeps folders as objects of their own (a hierarchical namespace), as far as is known now. Then
    /// [`head`](ReadObjects::head) and [`list`](ListObjects::list) give them with the kind of a directory.
    fn keeps_folders(&self) -> bool {
        false
    }

    /// Connects, and finds out what is not known without. Must fail with what keeps the mount from working.
    async fn probe(&self, prefix: &str) -> Result<()>;
}

/// The numbers of a store.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest content of one request, in bytes.
    pub put_max: u64,
    /// The largest part, in bytes.
    pub part_max: u64,
    /// Parts come one after the other, each of the size that the configuration allows but the last.
    pub parts_in_order: bool,
    /// The longest key, in bytes of UTF-8.
    pub key_max: usize,
    /// How many objects one request deletes.
    pub delete_batch: usize,
    /// Whether deleting a missing object is `NotFound`.
    pub delete_tells: bool,
}

/// Content that is on its way.
#[derive(Debug)]
pub struct Download {
    /// Of the whole object; `size` too.
    pub metadata: Metadata,
    /// The bytes of the object that the body gives: those asked for, or all.
    pub range: Range<u64>,
    /// The bytes.
    pub body: Body,
    /// The answer claims to be the whole object, and may be a part or another form of it
    /// ([`Extent::doubtful`](crate::transport::Extent)).
    pub doubtful: bool,
    /// What the whole content must add up to: a CRC that the store sent along. It is checked when all of it was read.
    pub expected: Option<Checksum>,
}

/// Which keys are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListQuery<'a> {
    /// What they begin with.
    pub prefix: &'a str,
    /// One level only: keys with a further slash are given as the prefix up to it.
    pub delimiter: bool,
    /// Keys behind this one only, where the store can; others may be given too.
    pub start_after: Option<&'a str>,
    /// Where the page before ended.
    pub token: Option<&'a str>,
    /// At most this many on the page.
    pub limit: Option<u32>,
}

/// A page of keys.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The objects.
    pub objects: Vec<Object>,
    /// The prefixes, each ending with a slash.
    pub prefixes: Vec<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// An object of a listing.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its whole key.
    pub key: String,
    /// What the listing tells.
    pub metadata: Metadata,
}

/// A part of an upload.
#[derive(Debug, Clone)]
pub struct Part {
    /// Counted from 0.
    pub number: u32,
    /// Where it begins in the content, in bytes.
    pub offset: u64,
    /// Nothing comes behind it.
    pub last: bool,
    /// Its bytes.
    pub content: Payload,
}

/// An upload that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUpload {
    /// The whole key that it is to become.
    pub key: String,
    /// What the store calls it.
    pub id: String,
    /// Bytes that have arrived, where the store says so.
    pub size: Option<u64>,
    /// When its last part arrived, or when it began.
    pub modified: Option<SystemTime>,
}

/// A part that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Counted from 0.
    pub number: u32,
    /// What the store calls it.
    pub receipt: String,
    /// Bytes.
    pub size: u64,
}
