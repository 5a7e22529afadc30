//! `storage unzip`.

use std::sync::Arc;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{
    ArchiveEntry, ArchiveOptions, CopyOptions, CopyReport, EntryKind, Error, ExtractOptions, SkipReason,
};

use super::report::ReportJson;
use super::zip::tell_left_out;
use super::{select, summary};
use crate::args::UnzipArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop};
use crate::output::{Output, count, harmless, human};
use crate::progress::Meter;
use crate::times;

pub(crate) fn run(args: &UnzipArgs, context: &Context, out: &mut Output) -> Done {
    let archive = context.file(&args.archive)?;
    if args.list { list(&archive, args, context, out) } else { unpack(&archive, args, context, out) }
}

fn options(args: &UnzipArgs) -> ArchiveOptions {
    let mut options = ArchiveOptions::new()
        .max_bytes(args.max_bytes.unwrap_or(u64::MAX))
        .max_entries(args.max_entries)
        .max_ratio(args.max_ratio)
        .skip_unsafe_names(args.skip_unsafe)
        .clock(times::wall_clock());
    options.encoding.clone_from(&args.encoding);
    options
}

fn unpack(archive: &StorageNode, args: &UnzipArgs, context: &Context, out: &mut Output) -> Done {
    let destination = context.place(&args.destination)?.node;
    let meter = Arc::new(Meter::new(&context.console, context.progress));
    let options = ExtractOptions::new().archive(options(args)).copy(copy_options(args, context, &meter));
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
        .symlinks(args.symlinks)
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
            console.note(&names.show_address(&file.destination));
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
    let skipped = |reason| report.skipped_by_reason.get(&reason).copied().unwrap_or_default();
    if skipped(SkipReason::Symlink) > 0 {
        context.console.hint("`--symlinks preserve` restores the links that stay inside the destination");
    }
    if report.failed_count > 0 {
        return Err(Stop::Told(Exit::Failed));
    }
    // Nothing at all, and not because the user wanted so: that is no success.
    let unsafe_names = skipped(SkipReason::UnsafeName);
    if unsafe_names > 0 && report.copied_count == 0 && unsafe_names == report.skipped_count {
        let names = count(unsafe_names, "name in it leads", "names in it lead");
        return Err(Stop::Error(Error::invalid(format!(
            "nothing was unpacked: {names} out of the destination"
        ))));
    }
    Ok(())
}

/// An entry in JSON; documented in `help/unzip.txt`.
#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    r#type: EntryKind,
    size: u64,
    packed: u64,
    modified: Option<String>,
    problem: Option<&'a str>,
}

/// Entry by entry, in the order of the archive. No limit is needed for that, and nothing is left out.
fn list(archive: &StorageNode, args: &UnzipArgs, context: &Context, out: &mut Output) -> Done {
    let mut entries = archive.zip_entries(&options(args))?;
    let (mut files, mut bytes) = (0, 0_u64);
    while let Some(entry) = entries.next()? {
        if entry.kind != EntryKind::Directory {
            files += 1;
            bytes = bytes.saturating_add(entry.size);
        }
        if args.json { out.json(&json(&entry))? } else { line(&entry, out)? }
    }
    out.flush()?;
    context.console.note(&format!("{}, {}", count(files, "file", "files"), human(bytes)));
    Ok(())
}

fn json(entry: &ArchiveEntry) -> EntryJson<'_> {
    EntryJson {
        name: entry.name.trim_end_matches('/'),
        r#type: entry.kind,
        size: entry.size,
        packed: entry.packed,
        modified: entry.modified.and_then(times::exact),
        problem: entry.problem.as_deref(),
    }
}

/// Whoever made the archive chose its names: none steers a terminal, wherever the list goes.
fn line(entry: &ArchiveEntry, out: &mut Output) -> Done {
    let time = entry.modified.map_or_else(|| "-".to_owned(), times::short);
    let directory = entry.kind == EntryKind::Directory;
    let size = if directory { "-".to_owned() } else { human(entry.size) };
    let name = entry.name.trim_end_matches('/');
    let slash = if directory { "/" } else { "" };
    let problem = entry.problem.as_ref().map(|problem| format!("  ({problem})")).unwrap_or_default();
    out.line(format_args!("{size:>10}  {time:<16}  {}{slash}{}", harmless(name), harmless(&problem)))
}
