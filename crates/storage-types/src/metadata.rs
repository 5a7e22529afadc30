//! What is known about something stored.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::shown::time;

/// What stands under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EntryKind {
    /// Content.
    File,
    /// A directory, or on an object store a prefix or a folder marker.
    Directory,
    /// A symbolic link, reported as such by listings only; `stat` follows it.
    Symlink,
    /// A device, a socket, a pipe: listed, never read or copied.
    Other,
}

/// What a file can have beside content, permission bits and times, and a copy may have to leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileAttribute {
    /// The user and the group that own it.
    Owner,
    /// An access control list.
    Acl,
    /// Capabilities of a program (`capabilities(7)`).
    Capabilities,
    /// Other extended attributes (`xattr(7)`).
    Xattrs,
}

impl fmt::Display for FileAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "owner",
            Self::Acl => "access control list",
            Self::Capabilities => "capabilities",
            Self::Xattrs => "extended attributes",
        })
    }
}

/// A checksum of the content, its algorithm named. An ETag is never passed off as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// MD5 (RFC 1321).
    Md5([u8; 16]),
    /// CRC32 (ISO/IEC/IEEE 8802-3, that of zip and gzip), big-endian.
    Crc32([u8; 4]),
    /// CRC32C (RFC 3720, appendix B.4), big-endian.
    Crc32c([u8; 4]),
    /// CRC64-NVME, big-endian.
    Crc64Nvme([u8; 8]),
    /// SHA-1 (FIPS 180-4).
    Sha1([u8; 20]),
    /// SHA-224 (FIPS 180-4).
    Sha224([u8; 28]),
    /// SHA-256 (FIPS 180-4).
    Sha256([u8; 32]),
    /// SHA-384 (FIPS 180-4).
    Sha384([u8; 48]),
    /// SHA-512 (FIPS 180-4).
    Sha512([u8; 64]),
}

impl Checksum {
    /// The algorithm's usual name.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Md5(_) => "md5",
            Self::Crc32(_) => "crc32",
            Self::Crc32c(_) => "crc32c",
            Self::Crc64Nvme(_) => "crc64nvme",
            Self::Sha1(_) => "sha1",
            Self::Sha224(_) => "sha224",
            Self::Sha256(_) => "sha256",
            Self::Sha384(_) => "sha384",
            Self::Sha512(_) => "sha512",
        }
    }

    /// The digest's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) => bytes,
            Self::Crc32(bytes) => bytes,
            Self::Crc32c(bytes) => bytes,
            Self::Crc64Nvme(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
            Self::Sha224(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}

/// Lower-case hexadecimal digits of the digest.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is known about a file or directory. A field that the store did not tell is `None`, and
/// left out when it is serialised; times are those of RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// What it is.
    pub kind: EntryKind,
    /// Size of the content in bytes; 0 for directories.
    pub size: u64,
    /// When the content was stored; never "now".
    #[serde(with = "time", default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<SystemTime>,
    /// When the file last changed in any way, its name, owner and mode included (POSIX `st_ctime`). Nobody can set it
    /// back.
    #[serde(with = "time", default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<SystemTime>,
    /// The store's tag of this content, opaque, without quotes; for `if_match`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Identifier of this version, where versions are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Media type stored with the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Cache-Control` stored with the content (RFC 9111).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// How the stored bytes are packed, such as `gzip` (`Content-Encoding`, RFC 9110, 8.4). They are given as they are stored;
    /// who reads them unpacks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Disposition` stored with the content (RFC 6266).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Language` stored with the content (RFC 9110, 8.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// Checksum that the store holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// The permission bits of the mode (POSIX `st_mode & 07777`), on local mounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// The caller's own key-value pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
    /// What tells two names of one stored thing apart from two things, where the store can tell (POSIX `st_dev`,
    /// `st_ino`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<(u64, u64)>,
    /// How many names a file has (POSIX `st_nlink`): more than one where there are hard links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_count: Option<NonZeroU32>,
    /// Where the content can be read back, when that is not the path written to (a data URI mount's path *is*
    /// the data, so a write makes a new path).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<crate::StoragePath>,
}

impl Metadata {
    /// Metadata of a file of `size` bytes, all else unknown.
    #[must_use]
    pub fn file(size: u64) -> Self {
        Self::of(EntryKind::File, size)
    }

    /// Metadata of a directory.
    #[must_use]
    pub fn directory() -> Self {
        Self::of(EntryKind::Directory, 0)
    }

    /// Metadata of a thing of `kind`.
    #[must_use]
    pub fn of(kind: EntryKind, size: u64) -> Self {
        Self {
            kind,
            size,
            modified: None,
            changed: None,
            etag: None,
            version: None,
            content_type: None,
            cache_control: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            checksum: None,
            mode: None,
            user: BTreeMap::new(),
            file_id: None,
            link_count: None,
            location: None,
        }
    }

    /// Whether it is a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.kind == EntryKind::Directory
    }
}

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// The store's identifier of it.
    pub id: String,
    /// When it was stored.
    #[serde(with = "time", default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<SystemTime>,
    /// Size in bytes; 0 for a delete marker.
    pub size: u64,
    /// The store's tag of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether a plain read gives this version.
    pub is_latest: bool,
    /// Whether this version says "deleted from here on".
    pub is_delete_marker: bool,
}

impl Version {
    /// A version with an id and nothing else known.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), modified: None, size: 0, etag: None, is_latest: false, is_delete_marker: false }
    }
}
