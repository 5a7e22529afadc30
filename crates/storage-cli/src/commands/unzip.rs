//! `storage unzip`.

use std::sync::Arc;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{ArchiveOptions, CopyOptions, CopyReport, EntryKind, ExtractOptions, WalkOptions};

use super::report::ReportJson;
use super::zip::tell_left_out;
use super::{select, summary};
use crate::args::UnzipArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::output::{Output, count, human};
use crate::progress::Meter;
use crate::times;

pub(crate) fn run(args: &UnzipArgs, context: &Context, out: &mut Output) -> Done {
    let archive = context.file(&args.archive)?;
    let limits = limits(args);
    if args.list {
        list(&archive, &limits, args, context, out)
    } else {
        unpack(&archive, limits, args, context, out)
    }
}

fn limits(args: &UnzipArgs) -> ArchiveOptions {
    ArchiveOptions::new()
        .max_bytes(args.max_bytes)
        .max_entries(args.max_entries)
        .max_ratio(args.max_ratio)
        .skip_unsafe_names(args.skip_unsafe)
}

fn unpack(
    archive: &StorageNode,
    limits: ArchiveOptions,
    args: &UnzipArgs,
    context: &Context,
    out: &mut Output,
) -> Done {
    let destination = context.place(&args.destination)?.node;
    let meter = Arc::new(Meter::new(&context.console, context.progress));
    let options = ExtractOptions::new().archive(limits).copy(copy_options(args, context, &meter));
    let outcome = archive.extract_to_with(&destination, &options);
    // The bar goes before the last lines come.
    drop((meter, options));
    let report = match outcome.map_err(Stop::from) {
        Err(Stop::Interrupted) => {
            context.console.note("interrupted; files that were unpacked before are whole");
            return Err(Stop::Told(context.interrupt.exit()));
        }
        outcome => outcome?,
    };
    tell(&report, args, context, out)
}

fn copy_options(args: &UnzipArgs, context: &Context, meter: &Arc<Meter>) -> CopyOptions {
    let mut options = CopyOptions::new()
        .skip(args.skip.0.clone())
        .preserve(true)
        .concurrency(args.jobs.into())
        .cancel(context.interrupt.token().clone());
    options.include.clone_from(&args.patterns.include);
    options.exclude.clone_from(&args.patterns.exclude);
    let (console, names, verbose) = (context.console.clone(), context.names.clone(), args.verbose);
    let options = options.on_skip(move |file| tell_left_out(file, verbose, &console, &names));
    let console = context.console.clone();
    let options = options.on_error(move |file| console.error(&file.error));
    let (console, names) = (context.console.clone(), context.names.clone());
    let options = options.on_file(move |file| {
        if verbose {
            console.note(&names.show_text(&file.destination));
        }
    });
    let shown = meter.clone();
    meter.follow(options.progress(move |progress| shown.set(progress.files, progress.bytes)))
}

fn tell(report: &CopyReport, args: &UnzipArgs, context: &Context, out: &mut Output) -> Done {
    if args.json {
        out.json_pretty(&ReportJson::new(report, context))?;
    }
    context.console.note(&summary::archived(report, "unpacked"));
    select::warn_of_unmatched(&report.unmatched_patterns, &context.console);
    if report.failed_count > 0 { Err(Stop::Told(Exit::Failed)) } else { Ok(()) }
}

/// An entry in JSON; documented in `help/unzip.txt`.
#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    r#type: EntryKind,
    size: u64,
    modified: Option<String>,
}

fn list(
    archive: &StorageNode,
    limits: &ArchiveOptions,
    args: &UnzipArgs,
    context: &Context,
    out: &mut Output,
) -> Done {
    let mut walk = archive.open_zip_with(limits)?.walk(&WalkOptions::new())?;
    let (mut files, mut bytes) = (0, 0);
    while let Some(entry) = walk.next()? {
        let (name, metadata) = (entry.node.path().as_str(), &entry.metadata);
        if !metadata.is_dir() {
            files += 1;
            bytes += metadata.size;
        }
        if args.json {
            let modified = metadata.modified.and_then(times::exact);
            out.json(&EntryJson { name, r#type: metadata.kind, size: metadata.size, modified })?;
            continue;
        }
        let time = metadata.modified.map_or_else(|| "-".to_owned(), times::short);
        let size = if metadata.is_dir() { "-".to_owned() } else { human(metadata.size) };
        let slash = if metadata.is_dir() { "/" } else { "" };
        out.line(format_args!("{size:>10}  {time:<16}  {}{slash}", out_name(name)))?;
    }
    out.flush()?;
    context.console.note(&format!("{}, {}", count(files, "file", "files"), human(bytes)));
    Ok(())
}

/// Whoever made the archive chose its names: none steers a terminal, wherever the list goes.
fn out_name(name: &str) -> String {
    crate::output::harmless(name)
}
