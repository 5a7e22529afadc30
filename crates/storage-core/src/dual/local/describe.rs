//! From `struct stat` to metadata.

use std::num::NonZeroU32;
use std::os::fd::AsFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat, fstatfs};
use storage_types::{EntryKind, Metadata};

use crate::dual::hex::push_hex;

pub(super) fn kind(stat: &Stat) -> EntryKind {
    kind_of(FileType::from_raw_mode(stat.st_mode))
}

pub(super) fn kind_of(file_type: FileType) -> EntryKind {
    match file_type {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Directory,
        FileType::Symlink => EntryKind::Symlink,
        _ => EntryKind::Other,
    }
}

/// The magic number of the file system that something open lies on (statfs(2)).
pub(super) fn file_system(fd: impl AsFd) -> Option<u64> {
    let kind = u64::try_from(fstatfs(fd).ok()?.f_type).ok()?;
    Some(kind & 0xffff_ffff)
}

/// Whether both are one file, by device and inode.
pub(super) fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

pub(super) fn metadata(stat: &Stat) -> Metadata {
    let kind = kind(stat);
    let size = if kind == EntryKind::Directory { 0 } else { u64::try_from(stat.st_size).unwrap_or(0) };
    let mut metadata = Metadata::of(kind, size);
    metadata.modified = Some(modified(stat));
    metadata.changed = Some(changed(stat));
    metadata.mode = Some(stat.st_mode & 0o7777);
    metadata.file_id = Some((stat.st_dev, stat.st_ino));
    metadata.link_count = NonZeroU32::new(u32::try_from(stat.st_nlink).unwrap_or(u32::MAX));
    if kind == EntryKind::File {
        metadata.etag = Some(etag(stat));
    }
    metadata
}

pub(super) fn modified(stat: &Stat) -> SystemTime {
    time(stat.st_mtime, nanoseconds(stat))
}

pub(super) fn changed(stat: &Stat) -> SystemTime {
    #[cfg_attr(
        target_arch = "x86_64",
        expect(clippy::useless_conversion, reason = "a `u32` on other architectures")
    )]
    time(stat.st_ctime, u64::try_from(stat.st_ctime_nsec).unwrap_or(0))
}

fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
    let nanoseconds = Duration::from_nanos(nanoseconds);
    match u64::try_from(seconds) {
        Ok(seconds) => UNIX_EPOCH + Duration::from_secs(seconds) + nanoseconds,
        Err(_) => UNIX_EPOCH - Duration::from_secs(seconds.unsigned_abs()) + nanoseconds,
    }
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(clippy::useless_conversion, reason = "a `u32` on other architectures")
)]
fn nanoseconds(stat: &Stat) -> u64 {
    u64::try_from(stat.st_mtime_nsec).unwrap_or(0)
}

/// Inode, modification time and size: every write of this library makes a new inode with a later time.
pub(super) fn etag(stat: &Stat) -> String {
    let mut text = String::with_capacity(48);
    push_hex(&mut text, stat.st_ino);
    text.push('-');
    push_hex(&mut text, stat.st_mtime.cast_unsigned());
    text.push('.');
    push_hex(&mut text, nanoseconds(stat));
    text.push('-');
    push_hex(&mut text, stat.st_size.cast_unsigned());
    text
}
