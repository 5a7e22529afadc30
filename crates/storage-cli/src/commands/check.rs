//! `storage check`.

mod bytes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{
    Address, Change, CopyOptions, CopyReport, EntryKind, Error, ErrorKind, FailedFile, Skip, StoragePath,
    SyncOptions, TransferEvent,
};

use super::{beside, select, summary};
use crate::args::CheckArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::output::{Output, count};

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Only the source has it.
    Missing,
    /// Only the destination has it.
    Extra,
    /// One is a file and the other is none.
    Type,
    Size,
    Time,
    Content,
    /// Nobody knows.
    Unreadable,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Type => "type",
            Self::Size => "size",
            Self::Time => "time",
            Self::Content => "content",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A difference in JSON; documented in `help/check.txt`.
#[derive(Debug, Serialize)]
struct Difference {
    difference: Kind,
    /// Where the file is; where both are, at the destination.
    place: String,
}

/// A check is what a sync would do, told and not done.
pub(crate) fn run(args: &CheckArgs, context: &Context, out: &mut Output) -> Done {
    let (source, destination) = (context.place(&args.source)?.node, context.place(&args.destination)?.node);
    if differ_in_kind(&source, &destination)? {
        let difference = Difference { difference: Kind::Type, place: destination.to_string() };
        print(&difference, args.json, context, out)?;
        context.console.note("1 difference (1 type)");
        return Err(Stop::Told(Exit::Failed));
    }
    let (found, differences) = channel();
    let options = options(args, (&source, &destination), context, &found)?;
    drop(found);
    // Whole files are compared without a look at the token.
    context.interrupt.end_at_once();
    let mut counts = BTreeMap::new();
    let work = move || source.sync_to_with(&destination, &options);
    let outcome =
        beside::run("comparison", work, &differences, context, out, |difference: Difference, out| {
            *counts.entry(difference.difference).or_default() += 1;
            print(&difference, args.json, context, out)
        });
    let report = match outcome {
        Err(Stop::Interrupted) => return Err(Stop::Told(context.interrupt.exit())),
        outcome => outcome?,
    };
    context.console.note(&told(&report, &counts));
    select::warn_of_unmatched(&report.unmatched_patterns, &context.console);
    if counts.is_empty() { Ok(()) } else { Err(Stop::Told(Exit::Failed)) }
}

/// Whether one is a directory and the other is none. Nothing below them can be compared then.
fn differ_in_kind(source: &StorageNode, destination: &StorageNode) -> Done<bool> {
    let ours = source.stat()?;
    Ok(destination.stat().is_ok_and(|theirs| theirs.is_dir() != ours.is_dir()))
}

fn options(
    args: &CheckArgs,
    (source, destination): (&StorageNode, &StorageNode),
    context: &Context,
    found: &Sender<Difference>,
) -> Done<SyncOptions> {
    // Nobody reads any more when the program is ending.
    let (console, failed, top) = (context.console.clone(), found.clone(), destination.address());
    let unreadable = Arc::new(move |file: &FailedFile| {
        let difference = if is_of_another_kind(&file.error, &top) { Kind::Type } else { Kind::Unreadable };
        if difference == Kind::Unreadable {
            console.error(&file.error);
        }
        let _ = failed.send(Difference { difference, place: blamed(file) });
    });
    let by = if args.download {
        bytes::rule(source, destination, context.interrupt.token(), unreadable.clone())
    } else {
        args.by.0.clone()
    };
    let (times, destination, found) =
        (matches!(by, Skip::SizeTime | Skip::Newer), destination.clone(), found.clone());
    let copy: CopyOptions = select::options(&args.select, context)?
        .skip(by)
        .preserve(true)
        .on_error(move |file| unreadable(file))
        .on_event(move |event| {
            let _ = difference(event, &destination, times).map(|difference| found.send(difference));
        });
    Ok(SyncOptions::new().copy(copy).delete_extra(!args.one_way).force(true).dry_run(true))
}

/// Whether something could not be copied because a thing of another kind stands in its place.
fn is_of_another_kind(error: &Error, destination: &Address) -> bool {
    let path = error.path().and_then(|path| StoragePath::parse(path).ok());
    matches!(error.kind(), ErrorKind::IsADirectory | ErrorKind::NotADirectory)
        && error.mount() == Some(destination.mount())
        && path.is_some_and(|path| path.starts_with(destination.path()))
}

/// Which of the two could not be read.
fn blamed(file: &FailedFile) -> String {
    match (file.error.mount(), file.error.path()) {
        (Some(mount), Some(path)) => format!("{mount}:{path}"),
        _ => file.source.to_string(),
    }
}

fn difference(event: &TransferEvent, destination: &StorageNode, times: bool) -> Option<Difference> {
    let (difference, place) = match event {
        // Modes are not compared.
        TransferEvent::Planned { change: Change::Attributes, .. } => return None,
        TransferEvent::Planned { destination, kind, there: Some(there), .. } if kind != there => {
            (Kind::Type, destination)
        }
        TransferEvent::Planned { destination, change: Change::New, .. } => (Kind::Missing, destination),
        TransferEvent::Planned { destination, kind: EntryKind::Symlink, .. } => (Kind::Content, destination),
        TransferEvent::Planned { destination: place, bytes, .. } => {
            (of_both(*bytes, place, destination, times), place)
        }
        // What replaces it is the difference.
        TransferEvent::Deleted(file) if file.replaced => return None,
        TransferEvent::Deleted(file) => (Kind::Extra, &file.destination),
        _ => return None,
    };
    Some(Difference { difference, place: place.to_string() })
}

/// In what a file differs that both have.
fn of_both(bytes: u64, place: &Address, destination: &StorageNode, times: bool) -> Kind {
    let there = at(destination, place.path()).map(|node| node.stat());
    match there {
        Some(Ok(there)) if !there.is_file() => Kind::Type,
        Some(Ok(there)) if there.size != bytes => Kind::Size,
        _ if times => Kind::Time,
        _ => Kind::Content,
    }
}

/// The node of a path below a node.
fn at(top: &StorageNode, path: &StoragePath) -> Option<StorageNode> {
    if path == top.path() {
        return Some(top.clone());
    }
    let below = path.strip_prefix(top.path())?;
    top.join(below.segments().collect::<Vec<_>>()).ok()
}

fn print(difference: &Difference, json: bool, context: &Context, out: &mut Output) -> Done {
    let place = context.names.show_text(&difference.place);
    if json {
        return out.json(&Difference { difference: difference.difference, place });
    }
    out.line(format_args!("{} {}", difference.difference.name(), out.name(&place)))
}

/// `3 differences (1 missing, 2 size); 65 files are equal, seen in 0.05s`.
fn told(report: &CopyReport, counts: &BTreeMap<Kind, u64>) -> String {
    // What could not be read byte by byte has been left alone all the same.
    let unread = counts.get(&Kind::Unreadable).copied().unwrap_or(0).saturating_sub(report.failed_count);
    let equal = summary::up_to_date(report).saturating_sub(unread);
    let equal = count(equal, "file is equal", "files are equal");
    let seen = format!("{equal}{}, seen in {}", summary::left_out(report), summary::lasted(report.elapsed));
    let all: u64 = counts.values().sum();
    if all == 0 {
        return format!("no difference: {seen}");
    }
    let each: Vec<String> = counts.iter().map(|(kind, files)| format!("{files} {}", kind.name())).collect();
    format!("{} ({}); {seen}", count(all, "difference", "differences"), each.join(", "))
}
