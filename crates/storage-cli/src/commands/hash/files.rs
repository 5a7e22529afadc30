//! The files of a list, one after the other, while directories are walked.

use std::ffi::{OsStr, OsString};

use storage::blocking::{NodeEntry, StorageNode, Walk};
use storage::types::{EntryKind, Error, ErrorKind, Metadata, WalkOptions};

use super::super::below::{Top, top};
use crate::address;
use crate::args::HashArgs;
use crate::context::{Context, Source};
use crate::exit::Done;
use crate::input::Stream;
use crate::output::count;

/// One file.
pub(super) struct Found {
    /// As it stands in the list.
    pub(super) name: String,
    /// It was found in a directory.
    pub(super) below: bool,
    pub(super) content: Content,
}

pub(super) enum Content {
    Stream(Stream),
    /// And what is known about it already.
    Node(StorageNode, Option<Box<Metadata>>),
}

impl Found {
    pub(super) fn node(&self) -> Option<&StorageNode> {
        match &self.content {
            Content::Node(node, _) => Some(node),
            Content::Stream(_) => None,
        }
    }
}

pub(super) struct Files<'a> {
    args: &'a HashArgs,
    context: &'a Context,
    base: Option<StorageNode>,
    places: std::vec::IntoIter<OsString>,
    walk: Option<Walk>,
    /// Links and devices, which have no content of their own.
    left_out: u64,
}

impl<'a> Files<'a> {
    pub(super) fn new(args: &'a HashArgs, context: &'a Context) -> Done<Self> {
        let base = base(args, context)?;
        let mut places = args.places.clone();
        if places.is_empty() {
            places.push(if base.is_some() { "." } else { "-" }.into());
        }
        Ok(Self { args, context, base, places: places.into_iter(), walk: None, left_out: 0 })
    }

    /// The next file. After an error the next call goes on behind it.
    pub(super) fn next(&mut self) -> Done<Option<Found>> {
        loop {
            if let Some(walk) = &mut self.walk {
                match walk.next()? {
                    Some(entry) if entry.metadata.is_file() => return Ok(Some(self.in_directory(entry))),
                    Some(entry) if entry.metadata.is_dir() => {}
                    Some(_) => self.left_out += 1,
                    None => self.walk = None,
                }
                continue;
            }
            let Some(place) = self.places.next() else { return Ok(None) };
            if let Some(found) = self.open(&place)? {
                return Ok(Some(found));
            }
        }
    }

    /// Whether what comes next is in a directory.
    pub(super) fn is_below(&self) -> bool {
        self.walk.is_some()
    }

    pub(super) fn tell_what_was_left_out(&self) {
        if self.left_out > 0 {
            let what =
                count(self.left_out, "symbolic link or special file", "symbolic links or special files");
            self.context.console.note(&format!("{what} left out"));
        }
    }

    /// A file that was named, or nothing, when it is a directory that is walked from now on.
    fn open(&mut self, place: &OsStr) -> Done<Option<Found>> {
        let (node, name) = match &self.base {
            Some(base) if place != "-" => {
                let name = address::text(place)?;
                (below(base, name)?, name.to_owned())
            }
            _ => match self.context.source(place)? {
                Source::Stream(stream) => {
                    let name = stream.typed.clone();
                    return Ok(Some(Found { name, below: false, content: Content::Stream(stream) }));
                }
                Source::Place(place) => (place.node, place.typed),
            },
        };
        // The whole of a directory can only be meant with everything in it.
        let whole = self.base.as_ref() == Some(&node);
        if !self.args.recursive && !whole {
            return Ok(Some(Found { name, below: false, content: Content::Node(node, None) }));
        }
        let mut options = WalkOptions::new();
        // Sizes tell what is fetched in parts, which files of this machine are not.
        options.kind_only = node.capabilities().local_path;
        match top(&node, &options)? {
            Top::Tree(walk) => {
                self.walk = Some(walk);
                Ok(None)
            }
            Top::Entry(metadata) => {
                let metadata = Some(metadata).filter(|metadata| metadata.kind != EntryKind::Symlink);
                Ok(Some(Found { name, below: false, content: Content::Node(node, metadata.map(Box::new)) }))
            }
        }
    }

    fn in_directory(&self, entry: NodeEntry) -> Found {
        let NodeEntry { node, metadata } = entry;
        let relative = self.base.as_ref().and_then(|base| node.path().strip_prefix(base.path()));
        let name = relative.map_or_else(|| self.context.show(&node), |relative| relative.to_string());
        Found { name, below: true, content: Content::Node(node, Some(Box::new(metadata))) }
    }
}

/// The directory that names in lists are below of, when one was given.
pub(super) fn base(args: &HashArgs, context: &Context) -> Done<Option<StorageNode>> {
    args.directory.as_deref().map(|place| Ok(context.place(place)?.node)).transpose()
}

/// The place that an argument names; none for standard input, and for what is told later to be no place.
pub(super) fn named(place: &OsStr, base: Option<&StorageNode>, context: &Context) -> Option<StorageNode> {
    match base {
        _ if place == "-" => None,
        Some(base) => below(base, address::text(place).ok()?).ok(),
        None => Some(context.place(place).ok()?.node),
    }
}

/// The place of a name in a list.
pub(super) fn below(base: &StorageNode, name: &str) -> storage::types::Result<StorageNode> {
    match name.trim_end_matches('/') {
        "" | "." => Ok(base.clone()),
        _ => base.child(name).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Error::invalid(format!("`{name}` does not lie below the directory"))
                .with_hint("write names relative to `--directory`, without `..`"),
            _ => error,
        }),
    }
}
