//! Which configuration of the folder where the user stands is used: one that the user allowed, as it was then. Whoever
//! writes a configuration can have contents and credentials sent anywhere, so one that came with a folder is not used
//! by itself.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use storage::types::{Error, Result};

use crate::config;

/// Bits of a file's mode: everybody may write to it, and its group.
const WRITABLE_BY_ALL: u32 = 0o002;
const WRITABLE_BY_GROUP: u32 = 0o020;

/// What the user decided about a file. It is kept in a file of its own, named by the digest of the path: a line with the
/// decision, and the path behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// To be used as long as its content has this digest.
    Allowed(String),
    /// Not to be used, whatever it holds.
    Denied,
}

/// A file about which something was decided.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) file: PathBuf,
    pub(crate) decision: Decision,
}

/// The text of a configuration that nobody named; `None` when it is to be left out.
///
/// # Errors
///
/// `Config` when the user did not allow it as it is.
pub(crate) fn read(file: &Path) -> Result<Option<String>> {
    let shown = shown(file);
    let decision = decision(&whole(file)?);
    if decision == Some(Decision::Denied) {
        return Ok(None);
    }
    let text = checked(file)?;
    match decision {
        Some(Decision::Allowed(digest)) if digest == hex(text.as_bytes()) => Ok(Some(text)),
        Some(_) => {
            Err(not_allowed(file, format!("{shown} has changed since you allowed it, and is not used")))
        }
        None => Err(not_allowed(file, format!("{shown} is not used before you allow it"))),
    }
}

/// Remembers that a configuration may be used as it is now; gives its path.
pub(crate) fn allow(file: &Path) -> Result<PathBuf> {
    let digest = hex(checked(file)?.as_bytes());
    let whole = whole(file)?;
    remember(&whole, &format!("allowed {digest}"))?;
    Ok(whole)
}

/// Remembers that a configuration is to be left out; gives its path.
pub(crate) fn deny(file: &Path) -> Result<PathBuf> {
    let whole = whole(file)?;
    remember(&whole, "denied")?;
    Ok(whole)
}

/// Everything that was decided, by path.
pub(crate) fn all() -> Result<Vec<Decided>> {
    let folder = folder()?;
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unusable(&folder, error))?,
    };
    let records = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_none());
    let mut found: Vec<Decided> = records.filter_map(|path| record(&path)).collect();
    found.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(found)
}

/// Whether a file still holds what was allowed.
pub(crate) fn is_unchanged(file: &Path, digest: &str) -> bool {
    checked(file).is_ok_and(|text| hex(text.as_bytes()) == digest)
}

/// The text of a file that nobody else can have written.
fn checked(file: &Path) -> Result<String> {
    let unreadable = |error| config::unreadable(file, error);
    // The link and what it leads to: either decides what is read.
    check_owner(file, &fs::symlink_metadata(file).map_err(unreadable)?)?;
    let mut options = OpenOptions::new();
    // A pipe in place of the file would keep the program waiting.
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let opened = options.open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    check_owner(file, &metadata)?;
    if !metadata.is_file() {
        return Err(Error::config(format!("{} is no file, and not used", shown(file))));
    }
    if is_open_to_others(&metadata) {
        let mode = metadata.mode() & 0o7777;
        let message =
            format!("{} can be changed by other users (mode {mode:04o}), and is not used", shown(file));
        return Err(Error::config(message).with_hint(format!(
            "run `chmod go-w {0}`, look at it, then run `storage config allow {0}`",
            file.display()
        )));
    }
    config::bounded(file, opened)
}

fn check_owner(file: &Path, metadata: &Metadata) -> Result<()> {
    let owner = metadata.uid();
    if is_trusted(owner) {
        return Ok(());
    }
    let message = format!("{} belongs to another user (uid {owner}), and is not used", shown(file));
    Err(Error::config(message).with_hint(format!(
        "if you trust it, name it: `--config {0}`; `storage config deny {0}` leaves it out from now on",
        file.display()
    )))
}

/// The user, and the super-user, who can do everything in the user's name anyway.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == rustix::process::geteuid().as_raw()
}

/// The group of the user is the user alone on most systems.
fn is_open_to_others(metadata: &Metadata) -> bool {
    let mode = metadata.mode();
    let own_group = rustix::process::getegid().as_raw() == metadata.gid();
    mode & WRITABLE_BY_ALL != 0 || (mode & WRITABLE_BY_GROUP != 0 && !own_group)
}

fn not_allowed(file: &Path, message: String) -> Error {
    Error::config(message).with_hint(format!(
        "look at it, then run `storage config allow {0}`, or name it: `--config {0}`; `storage config deny {0}` leaves \
         it out from now on",
        file.display()
    ))
}

/// A file of the folder where the user stands with that said.
fn shown(file: &Path) -> String {
    match file.parent() {
        Some(parent) if parent.as_os_str().is_empty() => format!("`{}` in this folder", file.display()),
        _ => format!("`{}`", file.display()),
    }
}

/// The path by which a file is remembered. The folder is the real one, the name is as given: what a link leads to is
/// part of the content.
fn whole(file: &Path) -> Result<PathBuf> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = parent.canonicalize().map_err(|error| config::unreadable(file, error))?;
    Ok(folder.join(file.file_name().unwrap_or_default()))
}

fn decision(file: &Path) -> Option<Decision> {
    let record = record(&folder().ok()?.join(hex(file.as_os_str().as_bytes())))?;
    (record.file == file).then_some(record.decision)
}

/// What a record says; `None` for what somebody else may have written.
fn record(path: &Path) -> Option<Decided> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    let opened = options.open(path).ok()?;
    let metadata = opened.metadata().ok()?;
    if !metadata.is_file() || !is_trusted(metadata.uid()) || is_open_to_others(&metadata) {
        return None;
    }
    let mut bytes = Vec::new();
    opened.take(64 << 10).read_to_end(&mut bytes).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let decision = match std::str::from_utf8(&bytes[..end]).ok()?.split_once(' ') {
        Some(("allowed", digest)) => Decision::Allowed(digest.to_owned()),
        _ if &bytes[..end] == b"denied" => Decision::Denied,
        _ => return None,
    };
    let file = PathBuf::from(OsString::from_vec(bytes.split_off(end + 1)));
    Some(Decided { file, decision })
}

fn remember(file: &Path, decision: &str) -> Result<()> {
    let folder = folder()?;
    let record = folder.join(hex(file.as_os_str().as_bytes()));
    let mut content = format!("{decision}\n").into_bytes();
    content.extend_from_slice(file.as_os_str().as_bytes());
    write(&folder, &record, &content).map_err(|error| unusable(&record, error))
}

/// Replaces the record as a whole, and never through a link.
fn write(folder: &Path, record: &Path, content: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let part = record.with_extension(std::process::id().to_string());
    // Left by a killed process that had the same number.
    let _ = fs::remove_file(&part);
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let outcome = written.and_then(|()| fs::rename(&part, record));
    if outcome.is_err() {
        let _ = fs::remove_file(&part);
    }
    outcome
}

fn folder() -> Result<PathBuf> {
    config::state_directory().map(|folder| folder.join("allowed")).ok_or_else(|| {
        Error::config("neither `$HOME` nor `$XDG_STATE_HOME` says where to remember what is allowed")
            .with_hint("set `HOME`, or name the configuration with `--config`")
    })
}

fn unusable(path: &Path, error: io::Error) -> Error {
    let error = Error::from_io(error);
    let message = format!("cannot remember it in `{}`: {}", path.display(), error.message());
    Error::new(error.kind(), message).with_hint_of(&error)
}

/// The digest (SHA-256) in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
