//! What is transferred: trees of files, always the same.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::rows::Job;
use crate::units;

/// A tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Small,
    Medium,
    Large,
    Deep,
    /// For buckets: small objects.
    Objects,
    /// For buckets: objects that go in parts.
    Parts,
    /// Many small files in one directory.
    Wide,
    /// Empty files in a hundred directories, in memory.
    Empty,
    /// Empty files, in memory, for the peak of a million.
    Many,
}

/// Levels of [`Load::Deep`], each directory with a file and two directories.
const LEVELS: u32 = 12;
/// Directories of [`Load::Empty`].
const DIRECTORIES: u64 = 100;
/// Files are written in pieces.
const PIECE: usize = 1 << 20;

impl Load {
    pub(crate) const LOCAL: [Self; 5] = [Self::Small, Self::Deep, Self::Medium, Self::Wide, Self::Large];
    pub(crate) const CLOUD: [Self; 2] = [Self::Objects, Self::Parts];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Deep => "deep",
            Self::Objects => "objects",
            Self::Parts => "parts",
            Self::Wide => "wide",
            Self::Empty => "empty",
            Self::Many => "many",
        }
    }

    pub(crate) fn title(self, quick: bool) -> String {
        let (files, bytes) = (units::count(self.files(quick)), self.bytes(quick));
        match self {
            Self::Deep => format!("{files} x {}, {} levels deep", units::size(bytes), levels(quick)),
            Self::Wide => format!("{files} x {} in one directory", units::size(bytes)),
            Self::Empty => format!("{files} empty files, {DIRECTORIES} directories"),
            Self::Many => format!("{files} empty files"),
            _ => format!("{files} x {}", units::size(bytes)),
        }
    }

    pub(crate) fn files(self, quick: bool) -> u64 {
        match (self, quick) {
            (Self::Small, false) => 10_000,
            (Self::Small, true) => 500,
            (Self::Medium, false) => 1_000,
            (Self::Medium, true) => 50,
            (Self::Large, _) => 2,
            (Self::Deep, _) => (1 << (levels(quick) + 1)) - 1,
            (Self::Objects, false) => 2_000,
            (Self::Objects, true) => 200,
            (Self::Parts, false) => 4,
            (Self::Parts, true) => 2,
            (Self::Wide, false) => 200_000,
            (Self::Wide, true) => 2_000,
            (Self::Empty, false) => 500_000,
            (Self::Empty, true) => 10_000,
            (Self::Many, false) => 1_000_000,
            (Self::Many, true) => 20_000,
        }
    }

    /// Bytes of each file.
    pub(crate) fn bytes(self, quick: bool) -> u64 {
        match (self, quick) {
            (Self::Small | Self::Deep | Self::Objects, _) => 4 << 10,
            (Self::Medium, _) => 1 << 20,
            (Self::Large, false) => 1 << 30,
            (Self::Large, true) => 64 << 20,
            (Self::Parts, false) => 256 << 20,
            (Self::Parts, true) => 32 << 20,
            (Self::Wide, _) => 16,
            (Self::Empty | Self::Many, _) => 0,
        }
    }

    /// How often each job is run.
    pub(crate) fn rounds(self, quick: bool) -> usize {
        match self {
            _ if quick => 1,
            Self::Small | Self::Deep | Self::Objects => 7,
            Self::Medium => 5,
            Self::Large | Self::Parts | Self::Wide | Self::Empty => 3,
            Self::Many => 1,
        }
    }

    /// Whether copies stay until the benchmark ends: ext4 does not use freed inodes again for minutes, and steps over each
    /// of them meanwhile, which would slow down whoever comes next.
    pub(crate) fn stays(self) -> bool {
        matches!(self, Self::Small | Self::Deep | Self::Objects | Self::Wide)
    }

    /// What is done with it from directory to directory.
    pub(crate) fn jobs(self) -> &'static [Job] {
        match self {
            Self::Wide => &[Job::Fresh, Job::Replaced],
            Self::Empty => &[Job::Fresh, Job::Nothing],
            _ => &[Job::Fresh, Job::Nothing, Job::NothingByHash, Job::Changed],
        }
    }

    /// The files below the tree's root.
    fn paths(self, quick: bool) -> impl Iterator<Item = PathBuf> {
        (0..self.files(quick)).map(move |index| self.path(index, quick))
    }

    fn path(self, index: u64, quick: bool) -> PathBuf {
        let per_directory = match self {
            Self::Large | Self::Parts => return format!("file-{index}").into(),
            Self::Deep => return deep(index + 1),
            Self::Wide => self.files(quick),
            Self::Empty => self.files(quick) / DIRECTORIES,
            Self::Many => self.files(quick) / 10,
            _ => 100,
        };
        format!("{:03}/file-{index:07}.dat", index / per_directory).into()
    }

    /// Makes the tree below `root`.
    pub(crate) fn build(self, root: &Path, quick: bool) -> io::Result<()> {
        let piece = noise();
        let mut made = PathBuf::new();
        for (number, path) in self.paths(quick).enumerate() {
            let path = root.join(path);
            let parent = path.parent().unwrap_or(root);
            if parent != made {
                fs::create_dir_all(parent)?;
                made = parent.to_owned();
            }
            let file = File::create(&path)?;
            fill(&file, self.bytes(quick), &piece)?;
            mark(&file, number as u64, self.bytes(quick))?;
        }
        Ok(())
    }

    /// Gives each file, or one in so many and at least one, other content of the same size; `round` is never the same.
    pub(crate) fn change(self, root: &Path, quick: bool, round: usize, one_in: usize) -> io::Result<()> {
        for path in self.paths(quick).step_by(one_in) {
            let file = File::options().write(true).open(root.join(path))?;
            mark(&file, u64::MAX - round as u64, self.bytes(quick))?;
        }
        Ok(())
    }

    /// Checks that `root` holds a whole tree.
    pub(crate) fn check(self, root: &Path, quick: bool) -> Result<(), String> {
        let (files, bytes) = below(root).map_err(|error| format!("{}: {error}", root.display()))?;
        let wanted = (self.files(quick), self.files(quick) * self.bytes(quick));
        if (files, bytes) == wanted {
            return Ok(());
        }
        Err(format!("{}: {files} files of {bytes} bytes in all, not {wanted:?}", root.display()))
    }
}

fn levels(quick: bool) -> u32 {
    if quick { 7 } else { LEVELS }
}

/// The file in the directory with this number, when the root is 1 and below `n` are `2 n` and `2 n + 1`.
fn deep(number: u64) -> PathBuf {
    let mut path = PathBuf::new();
    for bit in (0..number.ilog2()).rev() {
        path.push(if number >> bit & 1 == 0 { "left" } else { "right" });
    }
    path.join("file.dat")
}

/// A piece that no file system stores as a hole.
fn noise() -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let bytes = (0..PIECE).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    bytes.collect()
}

fn fill(mut file: &File, bytes: u64, piece: &[u8]) -> io::Result<()> {
    let mut left = bytes;
    while left > 0 {
        let length = left.min(piece.len() as u64);
        file.write_all(&piece[..length as usize])?;
        left -= length;
    }
    Ok(())
}

/// Makes the content differ from that of every other file.
fn mark(file: &File, number: u64, bytes: u64) -> io::Result<()> {
    if bytes < 8 { Ok(()) } else { file.write_all_at(&number.to_le_bytes(), 0) }
}

/// Files below a directory, and their bytes.
fn below(dir: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                open.push(entry.path());
            } else {
                (files, bytes) = (files + 1, bytes + metadata.len());
            }
        }
    }
    Ok((files, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_what_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        for load in [Load::Small, Load::Deep, Load::Objects, Load::Wide] {
            let root = folder.path().join(load.name());
            load.build(&root, true).unwrap();
            load.check(&root, true).unwrap();
            load.change(&root, true, 1, 100).unwrap();
            load.check(&root, true).unwrap();
        }
        assert!(Load::Small.check(&folder.path().join("deep"), true).is_err());
        assert_eq!(deep(1), Path::new("file.dat"));
        assert_eq!(deep(6), Path::new("right/left/file.dat"));
        assert_eq!(deep(1 << 12).components().count(), 13);
    }
}
