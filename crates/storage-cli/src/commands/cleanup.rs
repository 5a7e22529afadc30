//! `storage cleanup`: what stopped runs left, listed first and removed on request.

use std::collections::HashSet;
use std::time::SystemTime;

use serde::Serialize;
use storage::blocking::{ResumeNote, StorageNode};
use storage::types::{Leftover, LeftoverKind, LeftoverOptions};

use super::copies;
use crate::args::CleanupArgs;
use crate::config;
use crate::context::Context;
use crate::exit::{Done, Tally};
use crate::output::{Output, count, human, size};
use crate::times;

pub(crate) fn run(args: &CleanupArgs, context: &Context, out: &mut Output) -> Done {
    let mut cleanup = Cleanup { args, context, out, tally: Tally::default(), totals: Totals::default() };
    let folder = args.state_dir.clone().or_else(|| Some(config::state_directory()?.join("transfers")));
    let notes = folder.map_or_else(|| Ok(Vec::new()), |folder| ResumeNote::all(&folder))?;
    if args.places.is_empty() {
        cleanup.machine(&notes)?;
    }
    for place in &args.places {
        let outcome = cleanup.place(&context.place(place)?.node, &notes);
        context.tally(&mut cleanup.tally, outcome)?;
    }
    cleanup.end()
}

struct Cleanup<'a> {
    args: &'a CleanupArgs,
    context: &'a Context,
    out: &'a mut Output,
    tally: Tally,
    totals: Totals,
}

#[derive(Default)]
struct Totals {
    listed: u64,
    bytes: u64,
    removed: u64,
    in_use: u64,
    young: u64,
    of_others: u64,
}

/// Something that may be removed.
struct Item {
    kind: &'static str,
    path: String,
    size: Option<u64>,
    modified: Option<SystemTime>,
    owner: Option<u32>,
    in_use: bool,
}

/// A leftover in JSON; documented in `help/cleanup.txt`.
#[derive(Serialize)]
struct ItemJson<'a> {
    kind: &'a str,
    path: &'a str,
    size: Option<u64>,
    modified: Option<String>,
    owner: Option<u32>,
    removed: bool,
}

impl Cleanup<'_> {
    fn place(&mut self, root: &StorageNode, notes: &[ResumeNote]) -> Done {
        let mut seen = HashSet::new();
        for found in root.leftovers()? {
            match found {
                Ok(leftover) => {
                    let note = notes.iter().find(|note| note.names(&leftover));
                    seen.extend(note.map(|note| note.path.clone()));
                    self.leftover(root, &leftover, note)?;
                }
                Err(error) => self.context.skip_entry(&mut self.tally, &error),
            }
        }
        for note in notes.iter().filter(|note| !seen.contains(&note.path)) {
            if let Some(file) = root.noted(note) {
                self.note(note, Some(&file), note.modified)?;
            }
        }
        Ok(())
    }

    /// What is on this machine: notes of all mounts, and copies for programs.
    fn machine(&mut self, notes: &[ResumeNote]) -> Done {
        let roots = self.roots()?;
        for note in notes {
            match roots.iter().find_map(|root| root.noted(note)) {
                Some(file) => self.noted(note, &file)?,
                None => self.note(note, None, note.modified)?,
            }
        }
        for copy in copies::all() {
            let item = Item {
                kind: "copy",
                path: copy.path.display().to_string(),
                size: Some(copy.bytes()),
                modified: copy.modified,
                owner: Some(copy.owner),
                in_use: copy.is_in_use(),
            };
            self.offer(&item, || copy.remove())?;
        }
        Ok(())
    }

    /// The roots of all mounts, that of plain paths included.
    fn roots(&self) -> Done<Vec<StorageNode>> {
        // Without its mount a note would be taken for one that nobody can go on with.
        self.context.found.check()?;
        let mut roots = vec![self.context.place("/".as_ref())?.node];
        for name in self.context.manager().mount_names() {
            roots.push(self.context.manager().node(format!("{name}:"))?);
        }
        Ok(roots)
    }

    /// A note whose file can be reached, with what it tells of.
    fn noted(&mut self, note: &ResumeNote, file: &StorageNode) -> Done {
        let parent = file.parent();
        // A store that is not there now says nothing of the note.
        let found = parent.leftovers_with(&LeftoverOptions::new().recursive(false)).unwrap_or_default();
        match found.into_iter().flatten().find(|leftover| note.names(leftover)) {
            Some(leftover) => self.leftover(&parent, &leftover, Some(note)),
            None => self.note(note, Some(file), note.modified),
        }
    }

    /// The note goes after what it tells of.
    fn leftover(&mut self, root: &StorageNode, leftover: &Leftover, note: Option<&ResumeNote>) -> Done {
        let below = leftover.path.strip_prefix(root.path());
        let node = below.filter(|path| !path.is_root()).and_then(|path| root.child(path.as_str()).ok());
        let item = Item {
            kind: kind(leftover.kind),
            path: self.context.show(&node.unwrap_or_else(|| root.clone())),
            size: leftover.size,
            modified: leftover.modified,
            owner: leftover.owner,
            in_use: leftover.in_use,
        };
        if self.offer(&item, || Ok(root.remove_leftover(leftover)?))?
            && let Some(note) = note
        {
            self.note(note, None, note.modified.min(leftover.modified))?;
        }
        Ok(())
    }

    fn note(&mut self, note: &ResumeNote, file: Option<&StorageNode>, modified: Option<SystemTime>) -> Done {
        let item = Item {
            kind: "note",
            path: note.path.display().to_string(),
            size: Some(note.size),
            modified,
            owner: Some(note.owner),
            in_use: false,
        };
        self.offer(&item, || {
            if let Some(file) = file {
                file.discard(note)?;
            }
            Ok(note.remove()?)
        })?;
        Ok(())
    }

    /// Lists it, and removes it on request. Tells whether it was listed, and, on request, removed.
    fn offer(&mut self, item: &Item, remove: impl FnOnce() -> Done<bool>) -> Done<bool> {
        if !self.is_wanted(item) {
            return Ok(false);
        }
        let mut removed = false;
        if self.args.delete {
            match remove() {
                Ok(done) => removed = done,
                Err(stop) => {
                    self.context.tally(&mut self.tally, Err(stop))?;
                    return Ok(false);
                }
            }
            if !removed {
                // Somebody began to write to it, or removed it, since it was found.
                self.totals.in_use += 1;
                return Ok(false);
            }
            self.totals.removed += 1;
        }
        self.totals.listed += 1;
        self.totals.bytes += item.size.unwrap_or(0);
        self.print(item, removed)?;
        Ok(true)
    }

    fn is_wanted(&mut self, item: &Item) -> bool {
        let me = rustix::process::geteuid();
        let theirs = item.owner.is_some_and(|owner| owner != me.as_raw());
        // Who may not read a file cannot tell whether it is in use, so whose it is comes first.
        let left_out = if theirs && !me.is_root() && !self.args.all_users {
            &mut self.totals.of_others
        } else if item.in_use {
            &mut self.totals.in_use
        } else if item.modified.is_none_or(|time| time > self.args.older_than) {
            &mut self.totals.young
        } else {
            return true;
        };
        *left_out += 1;
        false
    }

    fn print(&mut self, item: &Item, removed: bool) -> Done {
        let Item { kind, path, owner, modified, .. } = item;
        if self.args.json {
            let modified = modified.and_then(times::exact);
            let json = ItemJson { kind, path, size: item.size, modified, owner: *owner, removed };
            return self.out.json(&json);
        }
        let bytes = item.size.map_or_else(|| "?".to_owned(), |bytes| size(bytes, self.args.bytes));
        let time = modified.map_or_else(|| "-".to_owned(), times::short);
        let owner = owner.map_or_else(|| "-".to_owned(), |owner| owner.to_string());
        let name = self.out.name(path);
        self.out.line(format_args!("{kind:<9}  {bytes:>11}  {time:<16}  {owner:>5}  {name}"))
    }

    fn end(self) -> Done {
        let Totals { listed, bytes, removed, in_use, young, of_others } = self.totals;
        let leftovers = format!("{}, {}", count(listed, "leftover", "leftovers"), human(bytes));
        let note = |text: &str| self.context.console.note(text);
        match (listed, self.args.delete) {
            (0, _) => note("nothing to remove"),
            (_, true) => note(&format!("{leftovers}: {removed} removed")),
            (_, false) => note(&format!("{leftovers}; nothing was removed, `--delete` does that")),
        }
        let left_out = [
            (in_use, "in use"),
            (young, "younger than `--older-than`"),
            (of_others, "of other users (`--all-users`)"),
        ];
        let left_out: Vec<String> = left_out
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, why)| format!("{number} {why}"))
            .collect();
        if !left_out.is_empty() {
            note(&format!("left alone: {}", left_out.join(", ")));
        }
        self.tally.end()
    }
}

fn kind(kind: LeftoverKind) -> &'static str {
    match kind {
        LeftoverKind::Part => "part",
        LeftoverKind::Upload => "upload",
        _ => "temporary",
    }
}

/// Hidden files and open uploads in a directory and below, for those who add up what is there: how many, and bytes.
pub(super) fn hidden(node: &StorageNode) -> (u64, u64) {
    // Who may read a directory may not be allowed to list uploads; then nothing is known of them.
    let found = node.leftovers().unwrap_or_default();
    found
        .iter()
        .flatten()
        .fold((0, 0), |(parts, bytes), leftover| (parts + 1, bytes + leftover.size.unwrap_or(0)))
}
