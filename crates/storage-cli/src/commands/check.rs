//! `storage check`.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde::Serialize;
use storage::types::{Change, CopyReport, Error, ErrorKind, SyncOptions, TransferEvent};

use super::select;
use crate::args::CheckArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::output::{Output, count};

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Missing,
    Differs,
    Extra,
}

#[derive(Debug, Serialize)]
struct Difference {
    difference: Kind,
    /// Where the file is, or where both are.
    place: String,
}

/// A check is what a sync would do, told and not done.
pub(crate) fn run(args: &CheckArgs, context: &Context, out: &mut Output) -> Done {
    let (source, destination) = (context.place(&args.source)?.node, context.place(&args.destination)?.node);
    source.stat()?;
    let (found, differences) = channel();
    let options = options(args, context, found)?;
    let outcome = thread::scope(|scope| {
        let working = scope.spawn(move || source.sync_to_with(&destination, &options));
        let mut number = 0_u64;
        let written = differences.iter().try_for_each(|difference| {
            number += 1;
            print(&difference, args.json, context, out)
        });
        if written.is_err() {
            context.interrupt.token().cancel();
        }
        let report = working.join().unwrap_or_else(|_| Err(lost()));
        written.and(report.map_err(Stop::from)).map(|report| (report, number))
    });
    let (report, number) = match outcome {
        Err(Stop::Interrupted) => return Err(Stop::Told(context.interrupt.exit())),
        outcome => outcome?,
    };
    context.console.note(&summary(&report, number));
    if number + report.failed_count > 0 { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the comparison panicked")
}

fn options(args: &CheckArgs, context: &Context, found: Sender<Difference>) -> Done<SyncOptions> {
    let console = context.console.clone();
    let copy = select::options(&args.select, context)?
        .skip(args.by.0.clone())
        .preserve(true)
        .on_error(move |file| console.error(&file.error))
        .on_event(move |event| {
            // Nobody reads any more when the program is ending.
            let _ = difference(event).map(|difference| found.send(difference));
        });
    Ok(SyncOptions::new().copy(copy).delete_extra(!args.one_way).force(true).dry_run(true))
}

fn difference(event: &TransferEvent) -> Option<Difference> {
    let (difference, place) = match event {
        TransferEvent::Planned { destination, change: Change::New, .. } => (Kind::Missing, destination),
        TransferEvent::Planned { destination, .. } => (Kind::Differs, destination),
        TransferEvent::Deleted(file) => (Kind::Extra, &file.destination),
        _ => return None,
    };
    Some(Difference { difference, place: place.clone() })
}

fn print(difference: &Difference, json: bool, context: &Context, out: &mut Output) -> Done {
    let place = context.names.show_text(&difference.place);
    if json {
        return out.json(&Difference { difference: difference.difference, place });
    }
    let what = match difference.difference {
        Kind::Missing => "missing",
        Kind::Differs => "differs",
        Kind::Extra => "extra",
    };
    out.line(format_args!("{what} {}", out.name(&place)))
}

fn summary(report: &CopyReport, differences: u64) -> String {
    let time = format!("{:.2}s", report.elapsed.as_secs_f64());
    let equal = count(report.skipped_count, "file is equal", "files are equal");
    if differences + report.failed_count == 0 {
        return format!("no difference: {equal}, seen in {time}");
    }
    let mut text = count(differences, "difference", "differences");
    if report.failed_count > 0 {
        text += &format!(", {} could not be compared", report.failed_count);
    }
    format!("{text}; {equal}, seen in {time}")
}
