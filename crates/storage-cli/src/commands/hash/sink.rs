//! Where a list goes: to standard output, or to a place.

use storage::blocking::{StorageNode, Writer};
use storage::types::{Operation, WriteOptions};

use super::super::put;
use crate::context::{Context, at};
use crate::exit::{Done, Stop};
use crate::output::{Output, human};

/// Lines are handed on in pieces of this many bytes.
const PIECE: usize = 64 << 10;

pub(super) enum Sink<'a> {
    Stdout(&'a mut Output),
    Place(Box<Place>),
}

pub(super) struct Place {
    node: StorageNode,
    writer: Writer,
    lines: Vec<u8>,
}

impl<'a> Sink<'a> {
    /// The list appears at `node` as a whole, when it is complete.
    pub(super) fn at(node: StorageNode, context: &Context) -> Done<Self> {
        context.interrupt.token();
        let writer = node.writer_with(&WriteOptions::new().content_type("text/plain"))?;
        Ok(Self::Place(Box::new(Place { node, writer, lines: Vec::new() })))
    }

    pub(super) fn write(&mut self, line: &str) -> Done {
        match self {
            // What ends with NUL is for programs.
            Self::Stdout(out) if line.ends_with('\0') => out.bytes(line.as_bytes()),
            Self::Stdout(out) => out.text(line),
            Self::Place(place) => {
                let Place { node, writer, lines } = &mut **place;
                lines.extend_from_slice(line.as_bytes());
                if lines.len() < PIECE {
                    return Ok(());
                }
                at(node, Operation::Write, writer.write(std::mem::take(lines)))
            }
        }
    }

    /// A name as it may be shown there.
    pub(super) fn name(&self, name: &str) -> String {
        match self {
            Self::Stdout(out) => out.name(name),
            Self::Place(_) => name.to_owned(),
        }
    }

    /// Whether the list goes to this place.
    pub(super) fn is_at(&self, other: &StorageNode) -> bool {
        matches!(self, Self::Place(place) if place.node == *other)
    }

    /// Publishes the list. That some files have no line there is no reason to throw the others away; an interruption is.
    pub(super) fn end(self, outcome: Done, context: &Context) -> Done {
        let Self::Place(place) = self else { return outcome };
        let Place { node, mut writer, lines } = *place;
        let told = match outcome {
            Ok(()) => Ok(()),
            Err(Stop::Told(exit)) => Err(Stop::Told(exit)),
            Err(stop) => {
                let stop = put::end(&node, writer, Err(stop), context).err();
                return Err(match stop {
                    Some(Stop::Interrupted) | None => put::interrupted(context),
                    Some(stop) => stop,
                });
            }
        };
        let last = at(&node, Operation::Write, writer.write(lines));
        let metadata = put::end(&node, writer, last, context)?;
        context.console.note(&format!("{} stored at `{}`", human(metadata.size), context.show(&node)));
        told
    }
}
