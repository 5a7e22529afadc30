//! `storage tree`.

use storage::blocking::{Children, NodeEntry, StorageNode};
use storage::types::{EntryKind, ListOptions};

use crate::args::TreeArgs;
use crate::context::{Context, link};
use crate::exit::{Done, Stop, Tally};
use crate::output::{Output, count};

pub(crate) fn run(args: &TreeArgs, context: &Context, out: &mut Output) -> Done {
    let depth = args.depth.map_or(usize::MAX, |depth| depth as usize);
    let mut tree = Tree { context, out, tally: Tally::default(), depth, directories: 0, files: 0 };
    let outcome = context.each(&args.places, |place| {
        let place = context.place(place)?;
        let shown = tree.out.name(&context.show(&place.node));
        let children = place.node.children_with(&ListOptions::kind_only())?;
        tree.out.line(format_args!("{shown}"))?;
        tree.draw(children)
    });
    if matches!(outcome, Err(Stop::Pipe)) {
        return outcome;
    }
    let (directories, files) =
        (count(tree.directories, "directory", "directories"), count(tree.files, "file", "files"));
    tree.out.line(format_args!("\n{directories}, {files}"))?;
    outcome.and(tree.tally.end())
}

struct Tree<'a> {
    context: &'a Context,
    out: &'a mut Output,
    tally: Tally,
    depth: usize,
    directories: u64,
    files: u64,
}

/// A directory that is being drawn. One entry is read ahead: the last one is drawn differently.
struct Level {
    children: Children,
    next: Option<NodeEntry>,
    /// What stands in front of the lines of this level.
    indent: String,
}

impl Tree<'_> {
    fn draw(&mut self, children: Children) -> Done {
        let mut levels = Vec::from_iter([self.level(children, String::new())?]);
        while let Some(level) = levels.last_mut() {
            let Some(entry) = level.next.take() else {
                levels.pop();
                continue;
            };
            level.next = self.read(&mut level.children)?;
            let last = level.next.is_none();
            let below = format!("{}{}", level.indent, if last { "    " } else { "│   " });
            self.line(&level.indent, if last { "└── " } else { "├── " }, &entry)?;
            if entry.metadata.is_dir() && levels.len() < self.depth {
                let entered = self.enter(&entry.node, below)?;
                levels.extend(entered);
            }
        }
        Ok(())
    }

    fn enter(&mut self, node: &StorageNode, indent: String) -> Done<Option<Level>> {
        match node.children_with(&ListOptions::kind_only()) {
            Ok(children) => self.level(children, indent).map(Some),
            Err(error) => {
                self.context.skip_entry(&mut self.tally, &error);
                Ok(None)
            }
        }
    }

    fn level(&mut self, mut children: Children, indent: String) -> Done<Level> {
        let next = self.read(&mut children)?;
        Ok(Level { children, next, indent })
    }

    fn read(&mut self, children: &mut Children) -> Result<Option<NodeEntry>, Stop> {
        loop {
            match children.next() {
                Ok(entry) => return Ok(entry),
                Err(error) => self.context.skip_entry(&mut self.tally, &error),
            }
        }
    }

    fn line(&mut self, indent: &str, branch: &str, entry: &NodeEntry) -> Done {
        let name = self.out.name(entry.node.name());
        match entry.metadata.kind {
            EntryKind::Directory => {
                self.directories += 1;
                return self.out.line(format_args!("{indent}{branch}{name}/"));
            }
            EntryKind::Symlink => {
                self.files += 1;
                let target = self.out.name(&link(&entry.node).unwrap_or_default());
                return self.out.line(format_args!("{indent}{branch}{name} -> {target}"));
            }
            _ => self.files += 1,
        }
        self.out.line(format_args!("{indent}{branch}{name}"))
    }
}
