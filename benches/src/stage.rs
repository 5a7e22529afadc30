//! The files that the operations work on, and what is done untimed before each run.

use std::cell::{Cell, OnceCell};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::contenders::{Contender, Who};
use crate::measure::Timed;
use crate::op::{Level, Op, RANGE, Size};
use crate::scale::Scale;

const STREAM: &str = "files/stream";

/// Where contenders work: below a folder, or in their own memory.
pub(crate) struct Stage {
    root: Option<PathBuf>,
    pub(crate) scale: Scale,
    /// Made when first needed: a child that only reads holds none.
    contents: [OnceCell<Bytes>; Size::ALL.len()],
    /// Files written so far: each gets a name of its own.
    written: Cell<u64>,
    /// Part of those names: children share the folder with their parent.
    process: u32,
}

impl Stage {
    /// Files below `root`, which have been or will be made.
    pub(crate) fn local(root: &Path, scale: Scale) -> Self {
        Self {
            root: Some(root.to_owned()),
            scale,
            contents: Default::default(),
            written: Cell::new(0),
            process: std::process::id(),
        }
    }

    /// Nothing on the disk.
    pub(crate) fn memory(scale: Scale) -> Self {
        Self {
            root: None,
            scale,
            contents: Default::default(),
            written: Cell::new(0),
            process: std::process::id(),
        }
    }

    /// Makes what these operations read below the root.
    pub(crate) fn build(&self, ops: &[Op]) -> io::Result<()> {
        let Some(root) = &self.root else { return Ok(()) };
        for size in Size::ALL {
            put(&root.join(size.key()), self.content(size))?;
        }
        for who in Who::ALL {
            for op in ops {
                fs::create_dir_all(root.join(out(*op, who)))?;
            }
        }
        if ops.contains(&Op::Stream) {
            fill(&root.join(STREAM), self.scale.stream_bytes, self.content(Size::M1))?;
        }
        if ops.contains(&Op::ListSmall) {
            flat(&root.join("small"), self.scale.small_listing)?;
        }
        if ops.contains(&Op::List) {
            flat(&root.join("large"), self.scale.listing)?;
        }
        if ops.contains(&Op::Walk) {
            self.build_walk(&root.join("walk"))?;
        }
        if ops.contains(&Op::Delete) {
            self.build_trees(root)?;
        }
        Ok(())
    }

    /// Fills a contender's memory with what the operations read.
    pub(crate) fn build_in(&self, contender: &dyn Contender) {
        for size in Size::ALL {
            contender.write(size.key(), self.content(size), Level::None);
        }
        for (dir, files) in [("small", self.scale.small_listing), ("large", self.scale.listing)] {
            for index in 0..files {
                contender.write(&format!("{dir}/{}", file_name(index)), &Bytes::new(), Level::None);
            }
        }
    }

    /// Runs an operation once: prepares, times, and checks that the work was done.
    pub(crate) fn perform(&self, op: Op, who: Who, contender: &dyn Contender) -> Duration {
        self.prepare(op, who);
        let Timed { elapsed, amount } = self.run(op, who, contender);
        assert_eq!(amount, self.expected(op, who), "{} of {}", op.name(), who.title());
        elapsed
    }

    /// Makes or removes what the next run needs made or removed.
    pub(crate) fn prepare(&self, op: Op, who: Who) {
        let Some(root) = &self.root else { return };
        if !op.needs_preparation() {
            return;
        }
        let one = root.join(fixed(op, who));
        match op {
            // What a copy left there may be a hard link to the source: it must go, not be written to.
            Op::Write(..) | Op::Copy(..) => remove(&one),
            Op::DeleteFile => put(&one, b"x").unwrap(),
            Op::Delete => self.put_tree(&root.join(ready(who)), &one).unwrap(),
            _ => {}
        }
    }

    /// Times an operation.
    pub(crate) fn run(&self, op: Op, who: Who, contender: &dyn Contender) -> Timed {
        match op {
            Op::Hop => unreachable!("a bare hop has no contender"),
            Op::Stat => contender.stat(Size::K4.key()),
            Op::Read(size) => contender.read(size.key()),
            Op::Stream => contender.stream(STREAM),
            Op::Range => contender.range(Size::M16.key(), range()),
            Op::Write(size, level) => contender.write(&self.next_name(op, who), self.content(size), level),
            Op::Overwrite => contender.write(&fixed(op, who), self.content(Size::K4), Level::None),
            Op::Copy(size, level) => contender.copy(size.key(), &self.next_name(op, who), level),
            Op::ListSmall => contender.list("small"),
            Op::List => contender.list("large"),
            Op::Walk => contender.walk("walk"),
            Op::DeleteFile => contender.delete_file(&fixed(op, who)),
            Op::Delete => contender.delete(&fixed(op, who)),
        }
    }

    /// Where the next file of this operation goes: to where nothing is.
    fn next_name(&self, op: Op, who: Who) -> String {
        if self.root.is_none() || op.needs_preparation() {
            return fixed(op, who);
        }
        self.written.set(self.written.get() + 1);
        self.last_name(op, who)
    }

    fn last_name(&self, op: Op, who: Who) -> String {
        if op.needs_preparation() {
            return fixed(op, who);
        }
        format!("{}/{}-{}", out(op, who), self.process, self.written.get())
    }

    fn expected(&self, op: Op, who: Who) -> u64 {
        match op {
            Op::Stat => Size::K4.bytes(),
            Op::Read(size) | Op::Write(size, _) => size.bytes(),
            // The peers do not tell how much they copied.
            Op::Copy(size, _) if matches!(who, Who::Std | Who::OursBlocking | Who::OursAsync) => size.bytes(),
            Op::Overwrite => Size::K4.bytes(),
            Op::Copy(..) | Op::Hop => 0,
            Op::Stream => self.scale.stream_bytes,
            Op::Range => RANGE,
            Op::ListSmall => self.scale.small_listing,
            Op::List => self.scale.listing,
            Op::Walk => self.scale.walk(),
            Op::DeleteFile | Op::Delete => 1,
        }
    }

    /// Copies once more and gives the number of names that the copy has: more than one is a hard link.
    pub(crate) fn names_of_copy(&self, op: Op, size: Size, who: Who, contender: &dyn Contender) -> u64 {
        self.perform(op, who, contender);
        let Some(root) = &self.root else { return 1 };
        let metadata = fs::metadata(root.join(self.last_name(op, who))).unwrap();
        assert_eq!(metadata.len(), size.bytes(), "copy of {}", who.title());
        metadata.nlink()
    }

    /// Whether no file is left of the tree that the contender deleted.
    pub(crate) fn is_deleted(&self, who: Who) -> bool {
        self.root.as_ref().is_none_or(|root| files_below(&root.join(fixed(Op::Delete, who))) == 0)
    }

    fn content(&self, size: Size) -> &Bytes {
        let cell = Size::ALL.iter().zip(&self.contents).find(|(other, _)| **other == size);
        cell.unwrap().1.get_or_init(|| noise(size.bytes()))
    }

    fn build_walk(&self, root: &Path) -> io::Result<()> {
        let [outer, inner, files] = self.scale.walk;
        for first in 0..outer {
            for second in 0..inner {
                flat(&root.join(format!("{first:03}/{second:03}")), files)?;
            }
        }
        Ok(())
    }

    /// Makes the trees to be deleted before anything is deleted: see [`Op::frees_inodes`].
    fn build_trees(&self, root: &Path) -> io::Result<()> {
        for index in 0..self.scale.warm_up(Op::Delete) + self.scale.samples(Op::Delete) {
            for who in Op::Delete.contenders() {
                self.build_tree(&root.join(ready(*who)).join(index.to_string()))?;
            }
        }
        Ok(())
    }

    fn build_tree(&self, root: &Path) -> io::Result<()> {
        let [dirs, files] = self.scale.delete;
        (0..dirs).try_for_each(|dir| flat(&root.join(format!("{dir:03}")), files))
    }

    /// Puts a tree where it will be deleted: one that is ready, or else a new one.
    fn put_tree(&self, ready: &Path, to: &Path) -> io::Result<()> {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        match fs::read_dir(ready).ok().and_then(|mut trees| trees.next()) {
            Some(tree) => fs::rename(tree?.path(), to),
            None => self.build_tree(to),
        }
    }
}

/// Where the trees lie that a contender will delete.
fn ready(who: Who) -> String {
    format!("ready/{}", who.name())
}

fn range() -> std::ops::Range<u64> {
    let middle = Size::M16.bytes() / 2;
    middle..middle + RANGE
}

fn out(op: Op, who: Who) -> String {
    format!("out/{}/{}", op.name(), who.name())
}

fn fixed(op: Op, who: Who) -> String {
    format!("{}/one", out(op, who))
}

/// Bytes that no file system stores as a hole.
fn noise(length: u64) -> Bytes {
    let mut state = 0x9E37_79B9_u32;
    let bytes = (0..length).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    bytes.collect()
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{}: {error}", path.display()),
        _ => {}
    }
}

fn fill(path: &Path, length: u64, piece: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    for _ in 0..length / piece.len() as u64 {
        io::Write::write_all(&mut file, piece)?;
    }
    Ok(())
}

/// A directory of empty files.
pub(crate) fn flat(dir: &Path, files: u64) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    (0..files).try_for_each(|index| fs::File::create(dir.join(file_name(index))).map(drop))
}

fn file_name(index: u64) -> String {
    format!("file-{index:06}.dat")
}

fn files_below(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let count = |entry: fs::DirEntry| {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) { files_below(&entry.path()) } else { 1 }
    };
    entries.flatten().map(count).sum()
}
