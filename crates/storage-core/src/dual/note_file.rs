//! Files that hold notes, in a folder that others may write to: nobody's link is followed, and nobody else's note counts.

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Larger ones are no notes, in bytes.
const LARGEST: u64 = 1 << 20;

/// The content of a file and what is known about it. Links, pipes and devices are refused without waiting for them.
pub(crate) fn read(path: &Path) -> io::Result<(Vec<u8>, Metadata)> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut content = Vec::new();
    file.take(LARGEST).read_to_end(&mut content)?;
    Ok((content, metadata))
}

/// As `read`, of what nobody else can have written but the super-user.
pub(crate) fn read_own(path: &Path) -> Option<Vec<u8>> {
    let (content, metadata) = read(path).ok()?;
    let owner = metadata.uid();
    let own = owner == 0 || owner == rustix::process::geteuid().as_raw();
    (own && metadata.mode() & 0o022 == 0).then_some(content)
}

/// Replaces the file as a whole, the folder made if it is missing. It is for the user's eyes only.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // A name that nobody knows beforehand, and that is not there yet.
    let random = RandomState::new().hash_one(std::process::id());
    let fresh = path.with_extension(format!("{random:016x}.new"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let outcome = file.write_all(content).and_then(|()| fs::rename(&fresh, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn nobody_elses_link_or_note_counts() {
        let folder =
            std::env::temp_dir().join(format!("storage-notes-{}-{}", std::process::id(), module_path!()));
        let (note, other) = (folder.join("a.json"), folder.join("other"));
        write(&note, b"one").unwrap();
        fs::write(&other, "untouched").unwrap();
        assert_eq!(read_own(&note).unwrap(), b"one");
        fs::remove_file(&note).unwrap();
        symlink(&other, &note).unwrap();
        symlink(&other, folder.join("a.new")).unwrap();
        assert!(read_own(&note).is_none() && read(&note).is_err());
        write(&note, b"two").unwrap();
        assert_eq!(read_own(&note).unwrap(), b"two");
        assert_eq!(fs::read(&other).unwrap(), b"untouched");
        assert_eq!(note.metadata().unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&note, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(read_own(&note).is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
