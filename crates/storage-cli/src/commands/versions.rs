//! `storage versions`.

mod table;

use std::time::SystemTime;

use storage::blocking::StorageNode;
use storage::types::{Error, ErrorKind, Operation, ReadOptions, Version, VersionSelector};

use self::table::Table;
use super::{cat, diff, stat};
use crate::args::{
    Selector, VersionsArgs, VersionsCatArgs, VersionsCommand, VersionsCompactArgs, VersionsDeleteArgs,
    VersionsListArgs, VersionsRestoreArgs,
};
use crate::context::{Context, at};
use crate::exit::{Done, Tally};
use crate::output::{Output, count};
use crate::times;

pub(crate) fn run(args: &VersionsArgs, context: &Context, out: &mut Output) -> Done {
    match &args.command {
        VersionsCommand::List(args) => list(args, context, out),
        VersionsCommand::Cat(args) => content(args, context, out),
        VersionsCommand::Diff(args) => diff::of_versions(args, context, out),
        VersionsCommand::Restore(args) => restore(args, context, out),
        VersionsCommand::Delete(args) => delete(args, context, out),
        VersionsCommand::Compact(args) => compact(args, context, out),
    }
}

fn list(args: &VersionsListArgs, context: &Context, out: &mut Output) -> Done {
    let mut blocks = 0;
    context.each(&args.places, |place| {
        let node = context.place(place)?.node;
        let history = History::of(node, context)?;
        if args.places.len() > 1 && !args.json {
            let gap = if blocks > 0 { "\n" } else { "" };
            blocks += 1;
            out.line(format_args!("{gap}{}:", out.name(&context.show(&history.node))))?;
        }
        let all: Vec<usize> = (0..history.versions.len()).collect();
        let table = history.table(&all, args.json, args.bytes, context);
        all.iter().try_for_each(|index| table.row(*index, out))
    })
}

fn content(args: &VersionsCatArgs, context: &Context, out: &mut Output) -> Done {
    let history = History::of(context.place(&args.place)?.node, context)?;
    let version = history.stored(&args.selector, context)?;
    cat::from_node(&history.node, &ReadOptions::new().version(&version.id), out)
}

fn restore(args: &VersionsRestoreArgs, context: &Context, out: &mut Output) -> Done {
    let history = History::of(context.place(&args.place)?.node, context)?;
    make_current(&history, &args.selector, args.json, context, out)
}

/// Makes a version current again, and says so.
pub(super) fn make_current(
    history: &History,
    selector: &Selector,
    json: bool,
    context: &Context,
    out: &mut Output,
) -> Done {
    let version = history.stored(selector, context)?;
    let node = &history.node;
    let metadata = node.restore_version(&VersionSelector::Id(version.id.clone()))?;
    if json {
        stat::json(node, &metadata, context, out)?;
    }
    context.console.note(&format!("`{}` is as in version {} again", context.show(node), version.id));
    Ok(())
}

fn delete(args: &VersionsDeleteArgs, context: &Context, out: &mut Output) -> Done {
    let history = History::of(context.place(&args.place)?.node, context)?;
    let mut chosen = Vec::new();
    for selector in &args.selectors {
        let index = history.index(selector, context)?;
        if !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    let table = history.table(&chosen, args.json, false, context);
    let (mut tally, mut done) = (Tally::default(), 0);
    for index in chosen {
        let node = &history.node;
        let id = &history.versions[index].id;
        let deleted = match args.dry_run {
            true => Ok(()),
            false => at(node, Operation::Versions, node.backend().delete_version(node.path(), id)),
        };
        let succeeded = deleted.is_ok();
        context.tally(&mut tally, deleted)?;
        if succeeded {
            done += 1;
            table.row(index, out)?;
        }
    }
    tell(&history.node, done, args.dry_run, context);
    tally.end()
}

fn compact(args: &VersionsCompactArgs, context: &Context, out: &mut Output) -> Done {
    context.each(&args.places, |place| {
        let history = History::of(context.place(place)?.node, context)?;
        let gone = history.node.compact_versions(args.dry_run)?;
        let index = |version: &Version| history.versions.iter().position(|known| known.id == version.id);
        let chosen: Vec<usize> = gone.iter().filter_map(index).collect();
        let table = history.table(&chosen, args.json, false, context);
        chosen.iter().try_for_each(|index| table.row(*index, out))?;
        tell(&history.node, gone.len() as u64, args.dry_run, context);
        Ok(())
    })
}

fn tell(node: &StorageNode, number: u64, dry_run: bool, context: &Context) {
    let versions = count(number, "version", "versions");
    let what = if dry_run { "would be deleted" } else { "deleted" };
    context.console.note(&format!("{versions} of `{}` {what}", context.show(node)));
}

/// All versions of a file, newest first, listed once.
pub(super) struct History {
    pub(super) node: StorageNode,
    versions: Vec<Version>,
}

impl History {
    pub(super) fn of(node: StorageNode, context: &Context) -> Done<Self> {
        let versions = node.versions().map_err(|error| context.teach(error, |can| can.versions))?;
        Ok(Self { node, versions })
    }

    fn table(&self, chosen: &[usize], json: bool, bytes: bool, context: &Context) -> Table<'_> {
        let path = context.show(&self.node);
        Table::new(path, &self.versions, chosen, json, bytes)
    }

    /// Where the version stands that `selector` means.
    fn index(&self, selector: &Selector, context: &Context) -> Done<usize> {
        let found = match selector {
            Selector::Plain(VersionSelector::Index(index)) => {
                Some(*index).filter(|at| *at < self.versions.len())
            }
            Selector::Plain(VersionSelector::Id(id)) => self.by_id(id),
            Selector::Plain(VersionSelector::AsOf(time)) => self.as_of(*time),
            Selector::Plain(_) => None,
            Selector::TimeOrId(time, text) => self.by_id(text).or_else(|| self.as_of(*time)),
        };
        Ok(found.ok_or_else(|| {
            let all = count(self.versions.len() as u64, "version", "versions");
            let all = format!("there {} {all}", be(self.versions.len()));
            let message = match (selector, self.since()) {
                (Selector::Plain(VersionSelector::AsOf(_)) | Selector::TimeOrId(..), Some(since)) => {
                    format!("nothing was stored there at that time; {all}, the first one of {since}")
                }
                _ => format!("there is no such version; {all}"),
            };
            let hint = format!("`storage versions list {}` shows them", context.show(&self.node));
            self.error(&message).with_hint(hint)
        })?)
    }

    /// As [`index`](Self::index), for a version that has content.
    pub(super) fn stored(&self, selector: &Selector, context: &Context) -> Done<&Version> {
        let version = &self.versions[self.index(selector, context)?];
        if version.is_delete_marker {
            let error = self.error("this version says that the file was deleted then, and has no content");
            return Err(error.with_hint("take an older one").into());
        }
        Ok(version)
    }

    fn by_id(&self, id: &str) -> Option<usize> {
        self.versions.iter().position(|version| version.id == id)
    }

    fn as_of(&self, time: SystemTime) -> Option<usize> {
        self.versions.iter().position(|version| version.modified.is_some_and(|modified| modified <= time))
    }

    /// When the oldest version was stored.
    fn since(&self) -> Option<String> {
        self.versions.iter().filter_map(|version| version.modified).min().and_then(times::exact)
    }

    fn error(&self, message: &str) -> Error {
        let error = Error::new(ErrorKind::NotFound, message.to_owned()).with_operation(Operation::Versions);
        error.with_mount(self.node.mount_name()).with_path(self.node.path().as_str())
    }
}

fn be(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
