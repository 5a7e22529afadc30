//! Which files of a tree are meant, and how they go, for the commands that transfer and compare.

use storage::types::CopyOptions;

use super::resume;
use crate::args::{SelectArgs, WayArgs};
use crate::context::{Context, Source};
use crate::exit::{Done, usage};
use crate::input::Stream;

/// So many bytes of rules are taken from a stream.
const LONGEST: u64 = 64 << 20;

pub(super) fn options(args: &SelectArgs, context: &Context) -> Done<CopyOptions> {
    let mut options = CopyOptions::new()
        .symlinks(args.symlinks)
        .concurrency(args.jobs.into())
        .cancel(context.interrupt.token().clone());
    options.include.clone_from(&args.patterns.include);
    options.exclude.clone_from(&args.patterns.exclude);
    for file in &args.ignore_from {
        let text = match context.source(file)? {
            Source::Place(place) => place.node.read_text()?,
            Source::Stream(stream) => text(&stream, context)?,
        };
        options.ignore.extend(text.lines().map(str::to_owned));
    }
    (options.min_size, options.max_size) = (args.min_size, args.max_size);
    (options.newer_than, options.older_than) = (args.newer_than, args.older_than);
    Ok(options)
}

/// Rules that come as a stream.
fn text(stream: &Stream, context: &Context) -> Done<String> {
    let bytes = stream.whole(LONGEST, &context.interrupt)?;
    if bytes.len() as u64 > LONGEST {
        return Err(usage(format!("{} has more than 64 MiB of rules", stream.name()), "give fewer rules"));
    }
    String::from_utf8(bytes)
        .map_err(|_| usage(format!("{} is not UTF-8 text", stream.name()), "write the rules in UTF-8"))
}

pub(super) fn way(args: &WayArgs, options: CopyOptions) -> CopyOptions {
    let options = resume::with(&args.resume, options)
        .verify(args.verify)
        .fail_fast(args.fail_fast)
        .retries(args.retries);
    match args.bandwidth {
        Some(rate) => options.bandwidth(rate),
        None => options,
    }
}
