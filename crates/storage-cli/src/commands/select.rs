//! Which files of a tree are meant, and how they go, for the commands that transfer and compare.

use std::ffi::OsStr;

use storage::types::{CopyOptions, Error, IgnoreRules, PatternList, UnmatchedPattern};

use super::resume;
use crate::args::{SelectArgs, WayArgs};
use crate::console::Console;
use crate::context::{Context, Source};
use crate::exit::{Done, usage};
use crate::input::Stream;

/// So many bytes of rules are taken from a file or a stream.
const LONGEST: u64 = 64 << 20;

pub(super) fn options(args: &SelectArgs, context: &Context) -> Done<CopyOptions> {
    let mut options =
        CopyOptions::new().concurrency(args.jobs.into()).cancel(context.interrupt.token().clone());
    options.include.clone_from(&args.patterns.include);
    options.exclude.clone_from(&args.patterns.exclude);
    for file in &args.ignore_from {
        options.ignore.extend(rules(file, context)?);
    }
    options.symlinks = args.symlinks;
    (options.min_size, options.max_size) = (args.min_size, args.max_size);
    (options.newer_than, options.older_than) = (args.newer_than, args.older_than);
    Ok(options)
}

/// Rules that come as a stream.
fn text(stream: &Stream, context: &Context) -> Done<String> {
    let bytes = stream.whole(LONGEST, &context.interrupt)?;
    check_size(&stream.name(), bytes.len() as u64)?;
    String::from_utf8(bytes)
        .map_err(|_| usage(format!("{} is not UTF-8 text", stream.name()), "write the rules in UTF-8"))
}

fn check_size(name: &str, bytes: u64) -> Done {
    if bytes > LONGEST {
        return Err(usage(format!("{name} has more than 64 MiB of rules"), "give fewer rules"));
    }
    Ok(())
}

/// The lines of a file of rules. One that is no rule is told with the name of the file.
fn rules(file: &OsStr, context: &Context) -> Done<Vec<String>> {
    let text = match context.source(file)? {
        Source::Place(place) => {
            check_size(&format!("`{}`", place.typed), place.node.size()?)?;
            place.node.read_text()?
        }
        Source::Stream(stream) => text(&stream, context)?,
    };
    let lines: Vec<String> = IgnoreRules::lines(&text).map(str::to_owned).collect();
    if let Err(error) = IgnoreRules::new(&lines) {
        let message = format!("`{}`, {}", file.to_string_lossy(), error.message());
        let hint = error.hint().unwrap_or_default().to_owned();
        return Err(Error::invalid(message).with_hint(hint).into());
    }
    Ok(lines)
}

/// Says which patterns did nothing: a slip of the keyboard protects nothing, and takes nothing.
pub(super) fn warn_of_unmatched(patterns: &[UnmatchedPattern], console: &Console) {
    for UnmatchedPattern { list, pattern, .. } in patterns {
        console.warning(&match list {
            PatternList::Include => format!("`--include {pattern}` took nothing"),
            _ => format!("`--exclude {pattern}` matched nothing"),
        });
    }
}

pub(super) fn way(args: &WayArgs, options: CopyOptions) -> CopyOptions {
    let options = resume::with(&args.resume, options)
        .hard_links(args.hard_links)
        .verify(args.verify)
        .fail_fast(args.fail_fast)
        .retries(args.retries);
    match args.bandwidth {
        Some(rate) => options.bandwidth(rate),
        None => options,
    }
}
