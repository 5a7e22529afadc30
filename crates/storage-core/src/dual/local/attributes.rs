//! Content type and user metadata, kept in extended attributes (`xattr(7)`).

use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, getxattr};
use rustix::io::{Errno, retry_on_intr};
use storage_types::{Error, ErrorKind, FileAttribute, Metadata, Result, WriteOptions};

use super::beneath::explain;
use super::core::Core;
use super::root::LocalRoot;

/// The name that the freedesktop.org recommendation for extended attributes gives the media type.
const CONTENT_TYPE: &str = "user.mime_type";
const CACHE_CONTROL: &str = "user.storage.cache_control";
const ENCODING: &str = "user.storage.content_encoding";
const DISPOSITION: &str = "user.storage.content_disposition";
const LANGUAGE: &str = "user.storage.content_language";
const USER: &str = "user.storage.meta.";

impl Core {
    /// Whether the file system of the mount keeps attributes; asked once.
    pub(super) fn keeps_attributes(&self) -> bool {
        let LocalRoot::Fixed(folder) = self.root.place() else { return true };
        if let Some(known) = self.attributes.get() {
            return *known;
        }
        match getxattr(folder, CONTENT_TYPE, &mut [0_u8; 1]) {
            Err(Errno::OPNOTSUPP) => *self.attributes.get_or_init(|| false),
            // A folder that is still to be made can be asked later.
            Err(Errno::NOENT) => true,
            _ => *self.attributes.get_or_init(|| true),
        }
    }
}

/// Stores what the options have; nothing to store costs nothing. False where the file system cannot keep it and it only
/// came along.
pub(super) fn store(file: &OwnedFd, options: &WriteOptions) -> Result<bool> {
    let named = [
        (CONTENT_TYPE, &options.content_type),
        (CACHE_CONTROL, &options.cache_control),
        (ENCODING, &options.content_encoding),
        (DISPOSITION, &options.content_disposition),
        (LANGUAGE, &options.content_language),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.as_ref()?)));
    let user = options.user.iter().map(|(key, value)| (format!("{USER}{key}"), value));
    for (name, value) in named.chain(user) {
        match set(file, &name, value.as_bytes()) {
            Err(Errno::OPNOTSUPP) if options.metadata_optional => return Ok(false),
            result => result.map_err(|errno| cannot_keep(errno, &name))?,
        }
    }
    Ok(true)
}

/// Whether the options have anything to store.
pub(super) fn is_asked_for(options: &WriteOptions) -> bool {
    options.has_headers() || !options.user.is_empty()
}

/// Replaces what is stored by what the options have. How the content is packed stays, and what goes with it.
pub(super) fn replace(file: &OwnedFd, options: &WriteOptions) -> Result<()> {
    for name in names(file)? {
        if is_ours(&name) && !matches!(name.as_str(), ENCODING | DISPOSITION | LANGUAGE) {
            fremovexattr(file, &name).map_err(explain)?;
        }
    }
    store(file, options).map(drop)
}

/// Reads what is stored into `metadata`.
pub(super) fn load(file: &OwnedFd, names: &[String], metadata: &mut Metadata) -> Result<()> {
    for name in names {
        let header = match name.as_str() {
            CONTENT_TYPE => &mut metadata.content_type,
            CACHE_CONTROL => &mut metadata.cache_control,
            ENCODING => &mut metadata.content_encoding,
            DISPOSITION => &mut metadata.content_disposition,
            LANGUAGE => &mut metadata.content_language,
            name => {
                if let Some(key) = name.strip_prefix(USER)
                    && let Some(value) = get(file, name)?
                {
                    metadata.user.insert(key.to_owned(), value);
                }
                continue;
            }
        };
        *header = get(file, name)?;
    }
    Ok(())
}

fn cannot_keep(errno: Errno, name: &str) -> Error {
    match errno {
        Errno::OPNOTSUPP => Error::unsupported(
            "store content types and user metadata: its file system has no extended attributes",
        ),
        Errno::NOSPC | Errno::TOOBIG | Errno::RANGE | Errno::DQUOT => Error::new(
            ErrorKind::InvalidInput,
            format!("the metadata is too large for the file system, at `{name}`"),
        )
        .with_hint("most file systems allow 255 bytes for a name and 4 KiB for all values of a file"),
        errno => explain(errno),
    }
}

fn set(file: &OwnedFd, name: &str, value: &[u8]) -> Result<(), Errno> {
    retry_on_intr(|| fsetxattr(file, name, value, XattrFlags::empty()))
}

/// Whether an attribute is one of those that the options have, rather than of somebody else.
fn is_ours(name: &str) -> bool {
    matches!(name, CONTENT_TYPE | CACHE_CONTROL | ENCODING | DISPOSITION | LANGUAGE) || name.starts_with(USER)
}

/// Gives a copy what else its source has: what users set, and with `all` everything that may be set. Tells what has to be
/// left behind.
pub(super) fn copy_others(
    from: &OwnedFd,
    names: &[String],
    to: &OwnedFd,
    all: bool,
    mut left_behind: impl FnMut(FileAttribute),
) -> Result<()> {
    for name in names.iter().filter(|name| !is_ours(name)) {
        let copied = (all || name.starts_with("user."))
            && match value(from, name)? {
                Some(value) => set(to, name, &value).is_ok(),
                None => true,
            };
        if !copied && let Some(attribute) = kind(name) {
            left_behind(attribute);
        }
    }
    Ok(())
}

/// What an attribute stands for; `None` for labels that the system gives each file by itself.
fn kind(name: &str) -> Option<FileAttribute> {
    match name {
        "system.posix_acl_access" | "system.posix_acl_default" | "system.nfs4_acl" | "system.richacl" => {
            Some(FileAttribute::Acl)
        }
        "security.capability" => Some(FileAttribute::Capabilities),
        _ if name.starts_with("user.") || name.starts_with("trusted.") => Some(FileAttribute::Xattrs),
        _ => None,
    }
}

fn get(file: &OwnedFd, name: &str) -> Result<Option<String>> {
    Ok(value(file, name)?.and_then(|value| String::from_utf8(value).ok()))
}

fn value(file: &OwnedFd, name: &str) -> Result<Option<Vec<u8>>> {
    let mut value: Vec<u8> = Vec::with_capacity(256);
    loop {
        match fgetxattr(file, name, spare_capacity(&mut value)) {
            Ok(_) => return Ok(Some(value)),
            Err(Errno::RANGE) => value.reserve(64 << 10),
            Err(Errno::INTR) => {}
            Err(Errno::NODATA) => return Ok(None),
            Err(errno) => return Err(explain(errno)),
        }
    }
}

pub(super) fn names(file: &OwnedFd) -> Result<Vec<String>> {
    let mut list: Vec<u8> = Vec::with_capacity(256);
    loop {
        match flistxattr(file, spare_capacity(&mut list)) {
            Ok(_) => break,
            Err(Errno::RANGE) => list.reserve(64 << 10),
            Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
            Err(errno) => return Err(explain(errno)),
        }
    }
    Ok(list
        .split(|byte| *byte == 0)
        .filter_map(|name| String::from_utf8(name.to_vec()).ok())
        .filter(|n| !n.is_empty())
        .collect())
}
