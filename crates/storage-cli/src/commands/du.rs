//! `storage du`.

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::WalkOptions;

use super::cleanup;
use crate::args::DuArgs;
use crate::context::Context;
use crate::exit::{Done, Tally};
use crate::output::{Output, count, size};

pub(crate) fn run(args: &DuArgs, context: &Context, out: &mut Output) -> Done {
    let mut usage = Usage { args, context, out };
    context.each(&args.places, |place| {
        let node = context.place(place)?.node;
        let metadata = node.stat()?;
        if metadata.is_dir() {
            return usage.tree(node);
        }
        usage.print(&Sum { bytes: metadata.size, files: 1, ..Sum::new(node) })
    })
}

struct Usage<'a> {
    args: &'a DuArgs,
    context: &'a Context,
    out: &'a mut Output,
}

/// What has been found in a directory so far.
struct Sum {
    directory: StorageNode,
    bytes: u64,
    files: u64,
    directories: u64,
    /// Hidden parts of files that are not finished, and their bytes.
    hidden: (u64, u64),
}

/// A sum in JSON; documented in `help/du.txt`.
#[derive(Serialize)]
struct SumJson {
    path: String,
    bytes: u64,
    files: u64,
    directories: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_parts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_bytes: Option<u64>,
}

impl Sum {
    fn new(directory: StorageNode) -> Self {
        Self { directory, bytes: 0, files: 0, directories: 0, hidden: (0, 0) }
    }
}

impl Usage<'_> {
    /// Walks once; a directory is printed when the walk has left it.
    fn tree(&mut self, top: StorageNode) -> Done {
        let mut tally = Tally::default();
        let hidden = cleanup::hidden(&top);
        let root = top.clone();
        let mut walk = top.walk(&WalkOptions::new())?;
        let mut open = vec![Sum::new(top)];
        loop {
            let entry = match walk.next() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    self.context.skip_entry(&mut tally, &error);
                    continue;
                }
            };
            while open.len() > 1
                && open.last().is_some_and(|sum| !entry.node.path().starts_with(sum.directory.path()))
            {
                self.close(&mut open)?;
            }
            let Some(sum) = open.last_mut() else { break };
            if entry.metadata.is_dir() {
                sum.directories += 1;
                open.push(Sum::new(entry.node));
            } else if entry.metadata.is_file() {
                sum.files += 1;
                sum.bytes += entry.metadata.size;
            }
        }
        while open.len() > 1 {
            self.close(&mut open)?;
        }
        if let Some(sum) = open.last_mut() {
            sum.hidden = hidden;
        }
        self.close(&mut open)?;
        self.tell_hidden(&root, hidden);
        tally.end()
    }

    fn close(&mut self, open: &mut Vec<Sum>) -> Done {
        let Some(done) = open.pop() else { return Ok(()) };
        if let Some(above) = open.last_mut() {
            above.bytes += done.bytes;
            above.files += done.files;
            above.directories += done.directories;
        }
        if self.args.summarize && !open.is_empty() { Ok(()) } else { self.print(&done) }
    }

    /// What is hidden is not counted with the rest, and takes room all the same.
    fn tell_hidden(&self, root: &StorageNode, (parts, bytes): (u64, u64)) {
        if parts > 0 {
            let (parts, bytes) = (count(parts, "hidden part", "hidden parts"), size(bytes, self.args.bytes));
            let root = self.context.show(root);
            self.context
                .console
                .note(&format!("`{root}`: {parts} beside, {bytes}; see `storage cleanup {root}`"));
        }
    }

    fn print(&mut self, sum: &Sum) -> Done {
        let path = self.context.show(&sum.directory);
        if self.args.json {
            let Sum { bytes, files, directories, hidden: (parts, hidden), .. } = *sum;
            let (hidden_parts, hidden_bytes) = Some((parts, hidden)).filter(|_| parts > 0).unzip();
            return self.out.json(&SumJson { path, bytes, files, directories, hidden_parts, hidden_bytes });
        }
        let size = size(sum.bytes, self.args.bytes);
        self.out.line(format_args!("{size:>11}  {}", self.out.name(&path)))
    }
}
