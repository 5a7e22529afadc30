//! Where a path of a local mount really leads: the file system that holds it, and the path in that file system.

use std::os::fd::{AsFd, AsRawFd as _};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags, openat, statx};
use rustix::io::Errno;
use storage_types::{Result, StoragePath};

use super::beneath;
use super::core::Core;
use super::root::RootDir;

impl Core {
    /// What is mounted below a directory: where, and device and path of what is seen there.
    pub(super) fn mounted_below(&self, path: &StoragePath) -> Vec<(String, String)> {
        let open = |root: &RootDir, rest: &str| beneath::open(root, rest, OFlags::PATH, Mode::empty());
        let opened = self.at(path, |root, rest| match rest {
            "" => root.fd.try_clone().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)),
            rest => open(root, rest),
        });
        // Nothing is mounted below a directory that is missing.
        let Ok(fd) = opened else { return Vec::new() };
        let Ok(folder) = real_path(&fd) else { return Vec::new() };
        let Ok(mounts) = std::fs::read("/proc/self/mountinfo") else { return Vec::new() };
        let mounts = mounts.split(|byte| *byte == b'\n').filter_map(|line| Some(Mount::parse(line)?.1));
        mounts.filter_map(|mount| mount.below(&folder)).collect()
    }

    /// Device and path in its file system, equal for all names of one directory (links, bind mounts, second mounts).
    /// `None` where `/proc` does not show it.
    pub(super) fn location(&self, path: &StoragePath) -> Result<Option<String>> {
        let (folder, rest) = self.root.folder(path)?;
        let mut existing = path.clone();
        for _ in 0..=rest.split('/').filter(|name| !name.is_empty()).count() {
            let opened = self.at(&existing, |root, rest| match rest {
                "" => root.fd.try_clone().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)),
                rest => beneath::open(root, rest, OFlags::PATH, Mode::empty()),
            });
            if let Ok(fd) = opened {
                let missing = path.strip_prefix(&existing).unwrap_or_else(StoragePath::root);
                return Ok(locate(&fd).map(|found| with_rest(found, missing.as_str())));
            }
            existing = existing.parent();
        }
        Ok(locate_missing(&folder).map(|found| with_rest(found, rest)))
    }
}

fn with_rest(location: String, rest: &str) -> String {
    match rest {
        "" => location,
        rest if location.ends_with('/') => location + rest,
        rest => location + "/" + rest,
    }
}

/// The location of a folder that is still to be made, by the nearest one around it that exists.
fn locate_missing(folder: &Path) -> Option<String> {
    for around in folder.ancestors() {
        let Ok(fd) = openat(CWD, around, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) else { continue };
        let rest = folder.strip_prefix(around).ok()?.to_str()?;
        return locate(&fd).map(|found| with_rest(found, rest));
    }
    None
}

/// The device and the path in it of what is open.
fn locate(fd: &impl AsFd) -> Option<String> {
    let found = statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    let path = real_path(fd).ok()?;
    let mounts = std::fs::read("/proc/self/mountinfo").ok()?;
    let mount = Mount::find(&mounts, found.stx_mnt_id)?;
    mount.locate(&path)
}

/// The path of what is open, without links.
fn real_path(fd: &impl AsFd) -> std::result::Result<Vec<u8>, Errno> {
    let link = format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    rustix::fs::readlink(link, Vec::new()).map(std::ffi::CString::into_bytes)
}

/// One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount {
    device: String,
    /// The part of the file system that is mounted.
    root: Vec<u8>,
    /// Where it is mounted.
    point: Vec<u8>,
}

impl Mount {
    fn find(mounts: &[u8], id: u64) -> Option<Self> {
        let mut mounts = mounts.split(|byte| *byte == b'\n').filter_map(Self::parse);
        mounts.find_map(|(found, mount)| (found == id).then_some(mount))
    }

    /// The id of a mount, and the mount.
    fn parse(line: &[u8]) -> Option<(u64, Self)> {
        let mut fields = line.split(|byte| *byte == b' ');
        let id = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let (_parent, device) = (fields.next()?, fields.next()?);
        let (root, point) = (unescape(fields.next()?), unescape(fields.next()?));
        Some((id, Self { device: String::from_utf8_lossy(device).into_owned(), root, point }))
    }

    /// Where it is mounted below a directory, and what is seen there.
    fn below(&self, folder: &[u8]) -> Option<(String, String)> {
        let rest = self.point.strip_prefix(trim_slash(folder))?.strip_prefix(b"/")?;
        let path = std::str::from_utf8(rest).ok().filter(|rest| !rest.is_empty())?;
        Some((path.to_owned(), self.locate(&self.point)?))
    }

    fn locate(&self, path: &[u8]) -> Option<String> {
        let below = path.strip_prefix(trim_slash(&self.point))?;
        let mut inside = trim_slash(&self.root).to_vec();
        inside.extend_from_slice(below);
        if inside.is_empty() {
            inside.push(b'/');
        }
        Some(format!("{}:{}", self.device, String::from_utf8_lossy(&inside)))
    }
}

fn trim_slash(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

/// Spaces, tabs, line ends and backslashes are three octal digits behind a backslash.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.filter(|_| *first == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(code);
                rest = &behind[3..];
            }
            None => {
                plain.push(*first);
                rest = behind;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_device_and_path_in_it() {
        let mounts =
            b"22 1 8:1 / / rw - ext4 /dev/vda rw\n30 22 8:1 /srv/a\\040b /mnt/x rw - ext4 /dev/vda rw\n";
        let whole = Mount::find(mounts, 22).unwrap();
        assert_eq!(whole.locate(b"/srv/a b/c").unwrap(), "8:1:/srv/a b/c");
        assert_eq!(whole.locate(b"/").unwrap(), "8:1:/");
        let bound = Mount::find(mounts, 30).unwrap();
        assert_eq!(bound.locate(b"/mnt/x/c").unwrap(), "8:1:/srv/a b/c");
        assert_eq!(bound.locate(b"/mnt/x").unwrap(), "8:1:/srv/a b");
        assert!(Mount::find(mounts, 7).is_none());
        assert_eq!(bound.below(b"/mnt").unwrap(), ("x".to_owned(), "8:1:/srv/a b".to_owned()));
        assert_eq!(bound.below(b"/").unwrap().0, "mnt/x");
        assert!(bound.below(b"/mnt/x").is_none() && bound.below(b"/mn").is_none());
    }

    #[test]
    fn a_folder_that_is_still_to_be_made_lies_in_the_one_around_it() {
        let around = locate_missing(Path::new("/tmp")).unwrap();
        assert_eq!(locate_missing(Path::new("/tmp/no-such-folder/x")).unwrap(), around + "/no-such-folder/x");
    }
}
