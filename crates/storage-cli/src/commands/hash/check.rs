//! `storage hash --check`.

use std::ffi::{OsStr, OsString};

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{Error, ErrorKind, Result};

use super::engine::{Engine, File, Sum};
use super::files::{base, below};
use super::line::{self, Entry, Parser};
use super::lines::Lines;
use super::of_stream;
use crate::args::HashArgs;
use crate::context::{Context, Source};
use crate::exit::{Done, Exit, Stop};
use crate::output::{Output, count};

pub(super) fn run(args: &HashArgs, context: &Context, out: &mut Output) -> Done {
    let stdin = [OsString::from("-")];
    let lists = if args.places.is_empty() { &stdin[..] } else { &args.places[..] };
    let base = base(args, context)?;
    context.each(lists, |list| {
        let check = Check { args, context, out: &mut *out, base: base.as_ref(), found: Counts::default() };
        check.list(list)
    })
}

struct Check<'a> {
    args: &'a HashArgs,
    context: &'a Context,
    out: &'a mut Output,
    base: Option<&'a StorageNode>,
    found: Counts,
}

#[derive(Default)]
struct Counts {
    entries: u64,
    matching: u64,
    different: u64,
    unreadable: u64,
    malformed: u64,
}

/// What a line says about a file.
struct Expected {
    entry: Entry,
    name: String,
}

/// A checked file in JSON; documented in `help/hash.txt`.
#[derive(Serialize)]
struct CheckJson<'a> {
    path: &'a str,
    algorithm: &'a str,
    status: &'a str,
    expected: &'a str,
    checksum: Option<String>,
}

impl Check<'_> {
    fn list(mut self, place: &OsStr) -> Done {
        let source = self.context.source(place)?;
        let mut lines = Lines::open(&source)?;
        let mut parser = Parser::new(self.args.algorithm);
        let mut engine = Engine::new(self.args.jobs, self.args.download, &self.context.interrupt);
        let is_stdin = matches!(&source, Source::Stream(stream) if stream.is_stdin());
        let from_itself = |entry: &Entry| is_stdin && entry.name == b"-";
        let mut number = 0_u64;
        while let Some(text) = lines.next(self.context)? {
            number += 1;
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            match parser.entry(&text).filter(|entry| !from_itself(entry)) {
                Some(entry) => self.file(entry, &mut engine)?,
                None => self.malformed(number, place),
            }
            engine.pump(false, |expected, sum| self.one(&expected, sum))?;
        }
        engine.pump(true, |expected, sum| self.one(&expected, sum))?;
        self.end(place)
    }

    fn file(&mut self, entry: Entry, engine: &mut Engine<Expected>) -> Done {
        self.found.entries += 1;
        let algorithm = entry.algorithm;
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let source = self.source(&entry.name);
        let expected = Expected { entry, name };
        match source {
            Ok(Source::Place(place)) => {
                engine.add(expected, File { node: place.node, metadata: None, algorithm });
            }
            Ok(Source::Stream(stream)) => {
                let checksum = of_stream(&stream, algorithm, self.context)?;
                engine.add_known(expected, Ok(Sum { checksum, held: false }));
            }
            Err(Stop::Error(error) | Stop::Fatal(error)) => engine.add_known(expected, Err(error)),
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    fn source(&self, name: &[u8]) -> Done<Source> {
        let name = std::str::from_utf8(name).map_err(|_| {
            let shown = name.escape_ascii();
            Stop::Error(Error::invalid(format!("the name `{shown}` is not valid UTF-8")))
        })?;
        match self.base {
            Some(base) if name != "-" => {
                let node = below(base, name)?;
                Ok(Source::of(node, name))
            }
            _ => self.context.unremembered_source(name),
        }
    }

    fn malformed(&mut self, number: u64, list: &OsStr) {
        self.found.malformed += 1;
        if self.args.warn {
            let list = list.to_string_lossy();
            self.context.console.note(&format!("{list}: line {number} is no line of checksums"));
        }
    }

    fn one(&mut self, expected: &Expected, sum: Result<Sum>) -> Done {
        let sum = match sum {
            Ok(sum) => sum,
            Err(error) if self.args.ignore_missing && error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.found.unreadable += 1;
                self.context.console.error(&error);
                return self.tell(expected, "unreadable", "FAILED open or read", None);
            }
        };
        let checksum = sum.checksum.to_string();
        if checksum == expected.entry.digits {
            self.found.matching += 1;
            if self.context.console.is_quiet() {
                return Ok(());
            }
            return self.tell(expected, "ok", "OK", Some(checksum));
        }
        self.found.different += 1;
        self.tell(expected, "failed", "FAILED", Some(checksum))
    }

    fn tell(&mut self, expected: &Expected, status: &str, word: &str, checksum: Option<String>) -> Done {
        if self.args.status {
            return Ok(());
        }
        let Expected { entry, name } = expected;
        if self.args.json {
            let algorithm = entry.algorithm.name();
            return self.out.json(&CheckJson {
                path: name,
                algorithm,
                status,
                expected: &entry.digits,
                checksum,
            });
        }
        // coreutils escape here only what would be taken for another line.
        if name.contains('\n') {
            return self.out.line(format_args!("\\{}: {word}", line::escaped(name)));
        }
        let name = self.out.name(name);
        self.out.line(format_args!("{name}: {word}"))
    }

    /// What came of the whole list, in words and as an exit code.
    fn end(self, list: &OsStr) -> Done {
        let Counts { entries, matching, different, unreadable, malformed } = self.found;
        let list = list.to_string_lossy();
        let say = |text: String| self.context.console.error(&Error::invalid(format!("{list}: {text}")));
        if entries == 0 {
            say("there is no line of checksums in it".to_owned());
            return Err(Stop::Told(Exit::Failed));
        }
        let strict = self.args.strict && malformed > 0;
        if !self.args.status {
            let lines = count(malformed, "line is no line of checksums", "lines are no lines of checksums");
            match malformed {
                0 => {}
                _ if strict => say(lines),
                _ => self.context.console.note(&format!("{list}: {lines}")),
            }
            if unreadable > 0 {
                say(count(unreadable, "listed file could not be read", "listed files could not be read"));
            }
            if different > 0 {
                say(count(different, "checksum does not match", "checksums do not match"));
            }
            if matching + different + unreadable == 0 {
                say("no file was verified".to_owned());
            }
        }
        let right = matching > 0 && different == 0 && unreadable == 0 && !strict;
        if right { Ok(()) } else { Err(Stop::Told(Exit::Failed)) }
    }
}
