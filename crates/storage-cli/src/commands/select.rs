//! Which files of a tree are meant, and how they go, for the commands that transfer and compare.

use storage::types::CopyOptions;

use super::resume;
use crate::args::{SelectArgs, WayArgs};
use crate::context::Context;
use crate::exit::Done;

pub(super) fn options(args: &SelectArgs, context: &Context) -> Done<CopyOptions> {
    let mut options = CopyOptions::new()
        .symlinks(args.symlinks)
        .concurrency(args.jobs.into())
        .cancel(context.interrupt.token().clone());
    options.include.clone_from(&args.patterns.include);
    options.exclude.clone_from(&args.patterns.exclude);
    for file in &args.ignore_from {
        let text = context.place(file)?.node.read_text()?;
        options.ignore.extend(text.lines().map(str::to_owned));
    }
    (options.min_size, options.max_size) = (args.min_size, args.max_size);
    (options.newer_than, options.older_than) = (args.newer_than, args.older_than);
    Ok(options)
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
