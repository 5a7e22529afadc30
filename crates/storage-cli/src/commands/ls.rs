//! `storage ls`.

use std::cmp::Ordering;
use std::ffi::OsStr;

use storage::blocking::{Children, NodeEntry, StorageNode};
use storage::types::{EntryKind, ErrorKind, ListOptions, Metadata};

use super::stat::{EntryJson, letter, permissions};
use crate::args::{LsArgs, SortBy};
use crate::context::{Context, link};
use crate::exit::{Done, Stop, Tally};
use crate::output::{Output, size};
use crate::times;

pub(crate) fn run(args: &LsArgs, context: &Context, out: &mut Output) -> Done {
    let mut listing =
        Listing { args, context, out, headers: args.recursive || args.places.len() > 1, blocks: 0 };
    context.each(&args.places, |place| listing.place(place))
}

struct Listing<'a> {
    args: &'a LsArgs,
    context: &'a Context,
    out: &'a mut Output,
    /// Whether each directory is announced by its name.
    headers: bool,
    blocks: usize,
}

impl Listing<'_> {
    fn place(&mut self, argument: &OsStr) -> Done {
        let place = self.context.place(argument)?;
        // Where directories are no more than the files below them, listing one is the only way to find out about it.
        if !place.node.capabilities().directories {
            match place.node.children_with(&self.list_options()) {
                Ok(children) => return self.tree(place.node, Some(children)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(error.into()),
                // It is a file, or cannot be listed for a reason that is told below.
                Err(_) => {}
            }
        }
        let metadata = match place.node.stat() {
            Err(error) if error.kind() == ErrorKind::NotFound && link(&place.node).is_some() => {
                Metadata::of(EntryKind::Symlink, 0)
            }
            metadata => metadata?,
        };
        if !metadata.is_dir() {
            return self.entry(&place.node, &metadata, &place.typed);
        }
        self.tree(place.node, None)
    }

    /// A directory, and with `-R` all below it: each directory in full before the next.
    fn tree(&mut self, top: StorageNode, mut opened: Option<Children>) -> Done {
        let mut tally = Tally::default();
        let mut waiting = vec![top];
        while let Some(directory) = waiting.pop() {
            let mut below = Vec::new();
            let outcome = self.directory(&directory, opened.take(), &mut below, &mut tally);
            match outcome {
                Err(Stop::Error(error)) => self.context.skip_entry(&mut tally, &error),
                other => other?,
            }
            if self.args.recursive {
                waiting.extend(below.into_iter().rev());
            }
        }
        tally.end()
    }

    /// One directory, opened already or not; its sub-directories, in the order shown, go to `below`.
    fn directory(
        &mut self,
        directory: &StorageNode,
        opened: Option<Children>,
        below: &mut Vec<StorageNode>,
        tally: &mut Tally,
    ) -> Done {
        let mut children = match opened {
            Some(children) => children,
            None => directory.children_with(&self.list_options())?,
        };
        self.header(directory)?;
        let mut held = Vec::new();
        loop {
            let entry = match children.next() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    self.context.skip_entry(tally, &error);
                    continue;
                }
            };
            // Listings come sorted by name; in any other order they have to be held first.
            if self.args.sort == SortBy::Name && !self.args.reverse {
                self.child(entry, below)?;
            } else {
                held.push(entry);
            }
        }
        self.sort(&mut held);
        held.into_iter().try_for_each(|entry| self.child(entry, below))
    }

    fn child(&mut self, entry: NodeEntry, below: &mut Vec<StorageNode>) -> Done {
        self.entry(&entry.node, &entry.metadata, entry.node.name())?;
        if self.args.recursive && entry.metadata.is_dir() {
            below.push(entry.node);
        }
        Ok(())
    }

    fn list_options(&self) -> ListOptions {
        let needs_more = self.args.long || self.args.json || self.args.sort != SortBy::Name;
        if needs_more { ListOptions::new() } else { ListOptions::kind_only() }
    }

    fn sort(&self, entries: &mut [NodeEntry]) {
        let by = |a: &NodeEntry, b: &NodeEntry| match self.args.sort {
            SortBy::Name => Ordering::Equal,
            SortBy::Size => a.metadata.size.cmp(&b.metadata.size),
            SortBy::Time => a.metadata.modified.cmp(&b.metadata.modified),
        };
        entries.sort_by(|a, b| by(a, b).then_with(|| a.node.name().cmp(b.node.name())));
        if self.args.reverse {
            entries.reverse();
        }
    }

    fn header(&mut self, directory: &StorageNode) -> Done {
        if !self.headers || self.args.json {
            return Ok(());
        }
        if self.blocks > 0 {
            self.out.line(format_args!(""))?;
        }
        self.blocks += 1;
        let name = self.out.name(&self.context.show(directory));
        // `data:` needs no second colon.
        let colon = if name.ends_with(':') { "" } else { ":" };
        self.out.line(format_args!("{name}{colon}"))
    }

    fn entry(&mut self, node: &StorageNode, metadata: &Metadata, name: &str) -> Done {
        if self.args.json {
            return self.json(node, metadata);
        }
        if self.args.long {
            return long(node, metadata, name, self.args.bytes, self.out);
        }
        let slash = slash(metadata, name);
        let name = self.out.name(name);
        self.out.line(format_args!("{name}{slash}"))
    }

    fn json(&mut self, node: &StorageNode, metadata: &Metadata) -> Result<(), Stop> {
        let mut json = EntryJson::new(self.context.show(node), node.name(), metadata);
        json.link = target(node, metadata);
        self.out.json(&json)
    }
}

/// A line with mode, size, time, `name` and the target of a link.
pub(super) fn long(
    node: &StorageNode,
    metadata: &Metadata,
    name: &str,
    bytes: bool,
    out: &mut Output,
) -> Done {
    let mode = match metadata.mode {
        Some(mode) => permissions(metadata.kind, mode),
        None => letter(metadata.kind).to_string(),
    };
    let size = if metadata.is_file() { size(metadata.size, bytes) } else { "-".to_owned() };
    let time = metadata.modified.map_or_else(|| "-".to_owned(), times::short);
    let target =
        target(node, metadata).map_or_else(String::new, |target| format!(" -> {}", out.name(&target)));
    let (slash, name) = (slash(metadata, name), out.name(name));
    out.line(format_args!("{mode:<10}  {size:>11}  {time:<16}  {name}{slash}{target}"))
}

fn slash(metadata: &Metadata, name: &str) -> &'static str {
    if metadata.is_dir() && !name.ends_with('/') { "/" } else { "" }
}

/// Where an entry that is a link leads.
pub(super) fn target(node: &StorageNode, metadata: &Metadata) -> Option<String> {
    (metadata.kind == EntryKind::Symlink).then(|| link(node)).flatten()
}
