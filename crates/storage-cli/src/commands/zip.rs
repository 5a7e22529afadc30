//! `storage zip`.

use std::sync::Arc;

use storage::blocking::{StorageNode, Zip};
use storage::types::{CopyReport, SkipReason, SkippedFile, ZipOptions};

use super::report::ReportJson;
use super::{collisions, put, select, summary};
use crate::args::ZipArgs;
use crate::console::Console;
use crate::context::{Context, Place, Target};
use crate::exit::{Done, Stop, usage};
use crate::names::Names;
use crate::output::Output;
use crate::progress::Meter;
use crate::times;

pub(crate) fn run(args: &ZipArgs, context: &Context, out: &mut Output) -> Done {
    let sources: Vec<StorageNode> =
        args.sources.iter().map(|source| Ok(context.place(source)?.node)).collect::<Done<_>>()?;
    let destination = context.target(&args.destination)?;
    if let Target::Place(place) = &destination {
        collisions::refuse_input(&place.node, sources.iter(), context)?;
    }
    let meter = Arc::new(Meter::new(&context.console, context.progress));
    let zip = Zip::new(sources).with_options(options(args, context, &meter));
    let outcome = match &destination {
        Target::Stdio if args.json => {
            Err(usage("`--json` cannot be used with standard output", "leave `--json` out"))
        }
        Target::Stdio => to_stdout(&zip, out),
        Target::Place(place) => to_place(&zip, place),
    };
    // The bar goes before the last lines come.
    drop((meter, zip));
    match outcome {
        Err(Stop::Interrupted) => Err(put::interrupted(context)),
        Ok(report) => tell(&report, &destination, args, context, out),
        Err(stop) => Err(stop),
    }
}

fn options(args: &ZipArgs, context: &Context, meter: &Arc<Meter>) -> ZipOptions {
    let mut options =
        ZipOptions::new().level(args.level).symlinks(args.symlinks).cancel(context.interrupt.token().clone());
    options.clock = times::wall_clock();
    options.include.clone_from(&args.patterns.include);
    options.exclude.clone_from(&args.patterns.exclude);
    let (console, names, verbose) = (context.console.clone(), context.names.clone(), args.verbose);
    let options = options.on_skip(move |file| tell_left_out(file, verbose, &console, &names));
    let (console, names) = (context.console.clone(), context.names.clone());
    let options = options.on_file(move |file| {
        if verbose {
            console.note(&format!("{} -> {}", names.show_address(&file.source), file.destination));
        }
    });
    let meter = meter.clone();
    options.progress(move |progress| meter.set(progress.files, progress.bytes))
}

fn to_stdout(zip: &Zip, out: &mut Output) -> Done<CopyReport> {
    let (mut reader, report) = zip.reader_with_report()?;
    while let Some(chunk) = reader.next()? {
        out.bytes(&chunk)?;
    }
    out.flush()?;
    Ok(report.take())
}

fn to_place(zip: &Zip, place: &Place) -> Done<CopyReport> {
    if place.into && !place.node.capabilities().opaque_paths {
        let message = format!("`{}` is a directory, and the archive needs a name", place.typed);
        return Err(usage(message, "add a name such as `archive.zip`"));
    }
    Ok(zip.write_to(&place.node)?)
}

fn tell(
    report: &CopyReport,
    destination: &Target,
    args: &ZipArgs,
    context: &Context,
    out: &mut Output,
) -> Done {
    if args.json {
        out.json_pretty(&ReportJson::new(report, context))?;
    } else if let (Some(location), Target::Place(place)) = (&report.location, destination) {
        // On a data URI mount the content is a place of its own, and nobody could find it without its address.
        out.line(format_args!("{}:{location}", place.node.mount_name()))?;
    }
    context.console.note(&summary::archived(report, "zipped"));
    select::warn_of_unmatched(&report.unmatched_patterns, &context.console);
    Ok(())
}

/// What was asked for is left out silently; what is left out otherwise is named.
pub(super) fn tell_left_out(file: &SkippedFile, verbose: bool, console: &Console, names: &Names) {
    let asked = matches!(file.reason, SkipReason::Excluded | SkipReason::Exists | SkipReason::SameSize)
        || matches!(file.reason, SkipReason::NotOlder | SkipReason::SameContent);
    if verbose || !asked {
        console.note(&format!("skipped `{}`: {}", names.show_address(&file.source), file.reason));
    }
}
