//! `storage find`.

use std::cell::Cell;

use storage::blocking::{StorageNode, Walk};
use storage::types::{EntryKind, ListOptions, Metadata, Pattern, WalkOptions};

use super::below::{Top, top};
use super::ls;
use super::stat::EntryJson;
use crate::args::FindArgs;
use crate::context::{Context, Place};
use crate::exit::{Done, Tally};
use crate::output::Output;

pub(crate) fn run(args: &FindArgs, context: &Context, out: &mut Output) -> Done {
    let (names, paths) = (OneOf::new(&args.name), OneOf::new(&args.path));
    let mut search = Search { args, names, paths, context, out };
    let outcome = context.each(&args.places, |place| search.place(&context.place(place)?));
    search.warn_of_unmatched();
    outcome
}

struct Search<'a> {
    args: &'a FindArgs,
    names: OneOf<'a>,
    paths: OneOf<'a>,
    context: &'a Context,
    out: &'a mut Output,
}

/// Patterns of which one has to match; none of them are no condition.
struct OneOf<'a>(Vec<(&'a Pattern, Cell<bool>)>);

impl<'a> OneOf<'a> {
    fn new(patterns: &'a [Pattern]) -> Self {
        Self(patterns.iter().map(|pattern| (pattern, Cell::new(false))).collect())
    }

    /// Asks each that has not matched before, so that those which never do are known.
    fn holds(&self, matches: impl Fn(&Pattern) -> bool) -> bool {
        let mut holds = self.0.is_empty();
        for (pattern, matched) in &self.0 {
            if (!holds || !matched.get()) && matches(pattern) {
                holds = true;
                matched.set(true);
            }
        }
        holds
    }

    fn unmatched(&self) -> impl Iterator<Item = &Pattern> {
        self.0.iter().filter(|(_, matched)| !matched.get()).map(|(pattern, _)| *pattern)
    }
}

/// A directory that is printed if nothing is in it, which the next entry tells.
type Held = Option<(StorageNode, Metadata)>;

impl Search<'_> {
    fn place(&mut self, place: &Place) -> Done {
        let mut options = WalkOptions::new();
        options.kind_only = !self.needs_more();
        options.max_depth = self.args.max_depth.map(|depth| depth as usize);
        match top(&place.node, &options)? {
            Top::Tree(walk) => self.tree(&place.node, walk),
            Top::Entry(metadata) => {
                let name = place.node.name();
                let empty = !self.args.empty || (metadata.is_file() && metadata.size == 0);
                let found = empty && self.matches(name, &metadata);
                if found { self.print(&place.node, &metadata, &place.typed) } else { Ok(()) }
            }
        }
    }

    /// Whether it takes more than names and kinds.
    fn needs_more(&self) -> bool {
        let FindArgs { size, newer_than, older_than, empty, long, json, .. } = self.args;
        !size.is_empty() || newer_than.is_some() || older_than.is_some() || *empty || *long || *json
    }

    fn tree(&mut self, root: &StorageNode, mut walk: Walk) -> Done {
        let mut tally = Tally::default();
        let mut held: Held = None;
        loop {
            let entry = match walk.next() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    // Nobody knows what is in a directory that cannot be listed.
                    held = held.filter(|(node, _)| error.path() != Some(node.path().as_str()));
                    self.context.skip_entry(&mut tally, &error);
                    continue;
                }
            };
            self.release(&mut held, Some(&entry.node))?;
            let Some(relative) = entry.node.path().strip_prefix(root.path()) else { continue };
            if !self.matches(relative.as_str(), &entry.metadata) {
                continue;
            }
            let is_empty_file = entry.metadata.is_file() && entry.metadata.size == 0;
            if !self.args.empty || is_empty_file {
                self.show(&entry.node, &entry.metadata)?;
            } else if entry.metadata.is_dir() {
                held = self.look(&entry.node, entry.metadata, relative.depth(), &mut tally);
            }
        }
        self.release(&mut held, None)?;
        tally.end()
    }

    /// Prints the directory that is held, unless what comes `next` is in it.
    fn release(&mut self, held: &mut Held, next: Option<&StorageNode>) -> Done {
        match held.take() {
            Some((node, metadata)) if !next.is_some_and(|next| next.path().starts_with(node.path())) => {
                self.show(&node, &metadata)
            }
            _ => Ok(()),
        }
    }

    /// Holds a directory until the walk has been there. Where it does not go, this looks by itself.
    fn look(&self, node: &StorageNode, metadata: Metadata, depth: usize, tally: &mut Tally) -> Held {
        let held = Some((node.clone(), metadata));
        if self.args.max_depth.is_none_or(|most| depth < most as usize) {
            return held;
        }
        let first = node.children_with(&ListOptions::kind_only()).and_then(|mut children| children.next());
        match first {
            Ok(None) => held,
            Ok(Some(_)) => None,
            Err(error) => {
                self.context.skip_entry(tally, &error);
                None
            }
        }
    }

    /// Whether everything but `--empty` holds; `path` is the one below the place.
    fn matches(&self, path: &str, metadata: &Metadata) -> bool {
        let FindArgs { kinds, size, newer_than, older_than, .. } = self.args;
        let name = path.rsplit('/').next().unwrap_or(path);
        let (is_file, is_directory) = (metadata.kind == EntryKind::File, metadata.is_dir());
        let named = self.names.holds(|pattern| pattern.matches(name, is_directory));
        let placed = self.paths.holds(|pattern| pattern.covers(path, is_directory));
        named
            && placed
            && (kinds.is_empty() || kinds.iter().any(|kind| kind.is(metadata.kind)))
            && (size.is_empty() || is_file && size.iter().all(|test| test.holds(metadata.size)))
            && newer_than.is_none_or(|time| metadata.modified.is_some_and(|modified| modified > time))
            && older_than.is_none_or(|time| metadata.modified.is_some_and(|modified| modified < time))
    }

    /// A name that is mistyped finds nothing without a word otherwise.
    fn warn_of_unmatched(&self) {
        for (flag, patterns) in [("--name", &self.names), ("--path", &self.paths)] {
            for pattern in patterns.unmatched() {
                self.context.console.warning(&format!("`{flag} {pattern}` matched nothing"));
            }
        }
    }

    fn show(&mut self, node: &StorageNode, metadata: &Metadata) -> Done {
        let name = self.context.show(node);
        self.print(node, metadata, &name)
    }

    fn print(&mut self, node: &StorageNode, metadata: &Metadata, name: &str) -> Done {
        if self.args.json {
            let mut json = EntryJson::new(self.context.show(node), node.name(), metadata);
            json.link = ls::target(node, metadata);
            return self.out.json(&json);
        }
        if self.args.long {
            return ls::long(node, metadata, name, self.args.bytes, self.out);
        }
        if self.args.print0 {
            self.out.bytes(name.as_bytes())?;
            return self.out.bytes(b"\0");
        }
        let name = self.out.name(name);
        self.out.line(format_args!("{name}"))
    }
}
