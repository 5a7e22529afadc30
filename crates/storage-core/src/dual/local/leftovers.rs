//! Files that killed writers left in directories, and how they differ from those that living writers use.

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, statat, unlinkat};
use rustix::io::Errno;
use storage_types::{
    EntryKind, Error, Leftover, LeftoverKind, LeftoverOptions, Operation, Result, StoragePath,
};

use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::list::{Names, is_directory};
use super::temp::{self, NAME};
use crate::dual::content::is_absence;

/// What the names of parts have behind the reserved name.
const PART: &str = "part-";

impl Core {
    pub(super) fn leftovers(
        &self,
        path: &StoragePath,
        options: LeftoverOptions,
    ) -> Result<Vec<Result<Leftover>>> {
        if path.is_root() && (self.root.is_switched() || self.root_is_missing(path)) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut open = vec![path.clone()];
        while let Some(next) = open.pop() {
            match self.search(&next, &mut found) {
                Ok(below) if options.recursive => open.extend(below),
                Ok(_) => {}
                Err(error) if next == *path => return Err(error),
                // It vanished, or became something else.
                Err(error) if is_absence(&error) => {}
                Err(error) => found.push(Err(error.with_operation(Operation::List).with_path(next.as_str()))),
            }
        }
        Ok(found)
    }

    /// Searches one directory; gives those in it.
    fn search(&self, path: &StoragePath, found: &mut Vec<Result<Leftover>>) -> Result<Vec<StoragePath>> {
        let dir = self.at(path, |root, rest| beneath::open_dir(root, rest))?;
        let mut names = Names::read(&dir)?;
        names.sort();
        let (mut below, mut scratch) = (Vec::new(), String::new());
        for at in 0..names.len() {
            let (name, file_type) = names.get(at);
            // Names of ours are text.
            let Ok(text) = name.to_str() else { continue };
            if temp::is_reserved(text) {
                let inner = path.child_segment(text, &mut scratch)?;
                found.extend(leftover(&dir, name, inner).transpose());
            } else if is_directory(&dir, name, file_type) {
                below.push(path.child_segment(text, &mut scratch)?);
            }
        }
        below.reverse();
        Ok(below)
    }

    pub(super) fn remove_leftover(&self, path: &StoragePath) -> Result<bool> {
        let name = path.name();
        if !temp::is_reserved(name) {
            return Err(Error::invalid(format!("the names of unfinished files begin with `{NAME}`")));
        }
        let Ok(entry) = self.entry(path) else { return Ok(false) };
        // Locked until it is gone, so nobody begins to write to it meanwhile.
        let Some(_locked) = temp::left_over(&entry.dir, name) else { return Ok(false) };
        match unlinkat(&entry.dir, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(explain(errno)),
        }
    }
}

fn leftover(dir: &OwnedFd, name: &CStr, path: StoragePath) -> Result<Option<Leftover>> {
    let stat = match statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(explain(errno)),
    };
    if describe::kind(&stat) == EntryKind::Directory {
        return Ok(None);
    }
    let part = path.name().strip_prefix(NAME).and_then(|rest| rest.strip_prefix(PART)).map(str::to_owned);
    let kind = if part.is_some() { LeftoverKind::Part } else { LeftoverKind::Temporary };
    let id = part.unwrap_or_else(|| path.name().to_owned());
    let mut leftover = Leftover::new(kind, path, id);
    leftover.size = Some(stat.st_size.cast_unsigned());
    leftover.modified = Some(describe::modified(&stat));
    leftover.owner = Some(stat.st_uid);
    leftover.in_use = !temp::is_left_over(dir, name);
    Ok(Some(leftover))
}
