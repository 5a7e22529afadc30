//! `storage hash`: lists of checksums, written and checked.

mod check;
mod engine;
mod files;
mod line;
mod lines;
mod sink;

use serde::Serialize;
use storage::blocking::{Hasher, StorageNode};
use storage::types::{Checksum, Error, ErrorKind, HashAlgorithm, Result};

use self::engine::{Engine, File, Sum};
use self::files::{Content, Files, Found};
pub(super) use self::line::{Style, is_special};
use self::sink::Sink;
use super::collisions;
use crate::args::HashArgs;
use crate::context::{Context, Target};
use crate::exit::{Done, Stop, Tally};
use crate::input::Stream;
use crate::output::Output;

pub(crate) fn run(args: &HashArgs, context: &Context, out: &mut Output) -> Done {
    if args.check {
        return check::run(args, context, out);
    }
    let sink = match &args.output {
        None => Sink::Stdout(out),
        Some(place) => match context.target(place)? {
            Target::Stdio => Sink::Stdout(out),
            Target::Place(place) => {
                refuse_named(&place.node, args, context)?;
                Sink::at(place.node, context)?
            }
        },
    };
    let mut list = List { args, context, sink, tally: Tally::default() };
    let outcome = list.everything();
    let List { sink, tally, .. } = list;
    sink.end(outcome.and_then(|()| tally.end()), context)
}

/// A file that was named is to be hashed, not replaced by the list.
fn refuse_named(output: &StorageNode, args: &HashArgs, context: &Context) -> Done {
    let base = files::base(args, context)?;
    let named = args.places.iter().filter_map(|place| files::named(place, base.as_ref(), context));
    collisions::refuse_input(output, named.collect::<Vec<_>>().iter(), context)
}

/// A list that is being written.
struct List<'a> {
    args: &'a HashArgs,
    context: &'a Context,
    sink: Sink<'a>,
    tally: Tally,
}

/// A file whose checksum is awaited.
struct Tag {
    name: String,
    /// It was found in a directory.
    below: bool,
}

/// A checksum in JSON; documented in `help/hash.txt`.
#[derive(Serialize)]
struct SumJson<'a> {
    path: &'a str,
    algorithm: &'a str,
    checksum: String,
    held: bool,
}

impl List<'_> {
    fn everything(&mut self) -> Done {
        let context = self.context;
        let mut engine = Engine::new(self.args.jobs, self.args.download, &context.interrupt);
        let algorithm = self.args.algorithm.unwrap_or_default();
        let mut files = Files::new(self.args, context)?;
        loop {
            let below = files.is_below();
            match files.next() {
                // The list itself is about to be replaced.
                Ok(Some(found)) if found.node().is_some_and(|node| self.sink.is_at(node)) => {}
                Ok(Some(found)) => give(found, &mut engine, algorithm, context)?,
                Ok(None) => break,
                // In its turn: what was found before has to be shown before.
                Err(Stop::Error(error)) => engine.add_known(Tag { name: String::new(), below }, Err(error)),
                Err(stop) => return Err(stop),
            }
            engine.pump(false, |tag, sum| self.one(&tag, sum))?;
        }
        engine.pump(true, |tag, sum| self.one(&tag, sum))?;
        files.tell_what_was_left_out();
        Ok(())
    }

    fn one(&mut self, tag: &Tag, sum: Result<Sum>) -> Done {
        let sum = match sum {
            Ok(sum) => sum,
            Err(error) if tag.below => {
                self.context.skip_entry(&mut self.tally, &error);
                return Ok(());
            }
            Err(error) => return self.context.tally(&mut self.tally, Err(error.into())),
        };
        let name = &*tag.name;
        if self.args.json {
            let checksum = sum.checksum.to_string();
            let algorithm = sum.checksum.algorithm();
            let json = SumJson { path: name, algorithm, checksum, held: sum.held };
            let mut text = serde_json::to_string(&json).map_err(|error| Stop::Fatal(unwritable(&error)))?;
            text.push('\n');
            return self.sink.write(&text);
        }
        let style = Style { tag: self.args.tag, zero: self.args.zero };
        let shown = if is_special(name) || style.zero { name.to_owned() } else { self.sink.name(name) };
        let line = style.line(sum.checksum.algorithm(), &sum.checksum.to_string(), &shown);
        self.sink.write(&line)
    }
}

fn give(found: Found, engine: &mut Engine<Tag>, algorithm: HashAlgorithm, context: &Context) -> Done {
    let Found { name, below, content } = found;
    let tag = Tag { name, below };
    match content {
        Content::Node(node, metadata) => {
            let metadata = metadata.map(|metadata| *metadata);
            engine.add(tag, File { node, metadata, algorithm });
        }
        Content::Stream(stream) => {
            let checksum = of_stream(&stream, algorithm, context)?;
            engine.add_known(tag, Ok(Sum { checksum, held: false }));
        }
    }
    Ok(())
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the line cannot be written: {error}"))
}

/// Hashes what comes as a stream.
pub(super) fn of_stream(stream: &Stream, algorithm: HashAlgorithm, context: &Context) -> Done<Checksum> {
    let input = stream.open();
    let mut hasher = Hasher::new(algorithm);
    while let Some(chunk) = input.next(&context.interrupt)? {
        hasher.update(&chunk);
    }
    Ok(hasher.finish())
}
