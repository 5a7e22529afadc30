//! Content type and user metadata, kept in extended attributes (`xattr(7)`).

use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, getxattr};
use rustix::io::Errno;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteOptions};

use super::beneath::explain;
use super::core::Core;
use super::root::LocalRoot;

/// The name that the freedesktop.org recommendation for extended attributes gives the media type.
const CONTENT_TYPE: &str = "user.mime_type";
const CACHE_CONTROL: &str = "user.storage.cache_control";
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

/// Stores what the options have; nothing to store costs nothing.
pub(super) fn store(file: &OwnedFd, options: &WriteOptions) -> Result<()> {
    if let Some(content_type) = &options.content_type {
        set(file, CONTENT_TYPE, content_type)?;
    }
    if let Some(cache_control) = &options.cache_control {
        set(file, CACHE_CONTROL, cache_control)?;
    }
    options.user.iter().try_for_each(|(key, value)| set(file, &format!("{USER}{key}"), value))
}

/// Replaces what is stored by what the options have.
pub(super) fn replace(file: &OwnedFd, options: &WriteOptions) -> Result<()> {
    for name in names(file)? {
        if name == CONTENT_TYPE || name == CACHE_CONTROL || name.starts_with(USER) {
            fremovexattr(file, &name).map_err(explain)?;
        }
    }
    store(file, options)
}

/// Reads what is stored into `metadata`.
pub(super) fn load(file: &OwnedFd, metadata: &mut Metadata) -> Result<()> {
    for name in names(file)? {
        if name == CONTENT_TYPE {
            metadata.content_type = get(file, &name)?;
        } else if name == CACHE_CONTROL {
            metadata.cache_control = get(file, &name)?;
        } else if let Some(key) = name.strip_prefix(USER)
            && let Some(value) = get(file, &name)?
        {
            metadata.user.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn set(file: &OwnedFd, name: &str, value: &str) -> Result<()> {
    fsetxattr(file, name, value.as_bytes(), XattrFlags::empty()).map_err(|errno| match errno {
        Errno::OPNOTSUPP => Error::unsupported(
            "store content types and user metadata: its file system has no extended attributes",
        ),
        Errno::NOSPC | Errno::TOOBIG | Errno::RANGE | Errno::DQUOT => Error::new(
            ErrorKind::InvalidInput,
            format!("the metadata is too large for the file system, at `{name}`"),
        )
        .with_hint("most file systems allow 255 bytes for a name and 4 KiB for all values of a file"),
        errno => explain(errno),
    })
}

fn get(file: &OwnedFd, name: &str) -> Result<Option<String>> {
    let mut value: Vec<u8> = Vec::with_capacity(256);
    loop {
        match fgetxattr(file, name, spare_capacity(&mut value)) {
            Ok(_) => return Ok(String::from_utf8(value).ok()),
            Err(Errno::RANGE) => value.reserve(64 << 10),
            Err(Errno::NODATA) => return Ok(None),
            Err(errno) => return Err(explain(errno)),
        }
    }
}

fn names(file: &OwnedFd) -> Result<Vec<String>> {
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
