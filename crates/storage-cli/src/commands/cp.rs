//! `storage cp`.

use storage::types::{ReadOptions, Skip, WriteOptions};

use super::transfer::{self, Action};
use super::{cat, put};
use crate::args::{CpArgs, TransferArgs};
use crate::context::{Context, Place, Source, Target};
use crate::exit::{Done, usage};
use crate::output::Output;

pub(crate) fn run(args: &CpArgs, context: &Context, out: &mut Output) -> Done {
    let destination = context.target(&args.destination)?;
    if let [source] = &args.sources[..] {
        let source = context.source(source)?;
        match (&source, &destination) {
            (Source::Place(_), Target::Place(_)) => {}
            (Source::Stream(stream), Target::Place(place)) => {
                plain_only(&args.transfer, &stream.name())?;
                return from_stream(&source, place, &args.headers.write(), context, out);
            }
            (_, Target::Stdio) => {
                plain_only(&args.transfer, "standard output")?;
                no_flag(args.headers.given(), "standard output")?;
                return to_stdout(&source, context, out);
            }
        }
    }
    let Target::Place(destination) = destination else {
        return Err(usage("several sources cannot be copied to standard output", "use `storage cat`"));
    };
    let action = Action::Copy { recursive: args.recursive };
    let given = transfer::Given { transfer: &args.transfer, headers: Some(&args.headers) };
    transfer::run(action, &args.sources, &destination, given, context, out)
}

fn from_stream(
    source: &Source,
    place: &Place,
    options: &WriteOptions,
    context: &Context,
    out: &mut Output,
) -> Done {
    let opaque = place.node.capabilities().opaque_paths;
    if !opaque && (place.into || place.node.is_dir()?) {
        let message = format!("`{}` is a directory, and what comes as a stream has no name", place.typed);
        return Err(usage(message, "add a name"));
    }
    let metadata = put::store(source, &place.node, options, context)?;
    put::report(&place.node, &metadata, false, context, out)
}

fn to_stdout(source: &Source, context: &Context, out: &mut Output) -> Done {
    match source {
        Source::Place(place) => cat::from_node(&place.node, &ReadOptions::new(), out),
        Source::Stream(stream) => cat::from_stream(stream, context, out),
    }
}

/// Refuses what a stream cannot have; leaving it out silently would be worse.
fn plain_only(args: &TransferArgs, stream: &str) -> Done {
    let select = &args.select;
    let flags = [
        ("--skip", !matches!(args.skip.0, Skip::Never)),
        ("--include", !select.patterns.include.is_empty()),
        ("--exclude", !select.patterns.exclude.is_empty()),
        ("--ignore-from", !select.ignore_from.is_empty()),
        ("--min-size", select.min_size.is_some()),
        ("--max-size", select.max_size.is_some()),
        ("--newer-than", select.newer_than.is_some()),
        ("--older-than", select.older_than.is_some()),
        ("--symlinks", select.symlinks.is_some()),
        ("--preserve", args.preserve.is_some()),
        ("--hard-links", args.way.hard_links),
        ("--verify", args.way.verify),
        ("--no-resume", args.way.resume.no_resume),
        ("--bandwidth", args.way.bandwidth.is_some()),
        ("--json", args.json),
    ];
    no_flag(flags.iter().find(|(_, given)| *given).map(|(flag, _)| *flag), stream)
}

fn no_flag(given: Option<&str>, stream: &str) -> Done {
    match given {
        Some(flag) => {
            Err(usage(format!("`{flag}` cannot be used with {stream}"), format!("leave `{flag}` out")))
        }
        None => Ok(()),
    }
}
