//! Two real folders, one of which is to become like the other, and what a killed program may have left in it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::content::{Random, noise};
use super::disk;
use super::outcome::{Failure, Outcome};

/// Every file of a folder with its content, by its path below it.
pub type Snapshot = BTreeMap<String, Vec<u8>>;

/// The one name that a killed program may leave in a directory, until the next write there.
const STALE: &str = ".storage-tmp~";

/// What the names of kept parts begin with.
const PART: &str = ".storage-tmp~part-";

/// Names of directories: several levels, spaces, other alphabets, a face, a letter that is made of two characters.
const DIRECTORIES: [&str; 6] =
    ["plain", "plain/deep/er", "with space", "\u{fc}n\u{ef}", "\u{1f600}/e\u{301}", ""];

/// A folder that changes all the time and one that follows it.
#[derive(Debug)]
pub struct Mirror {
    folder: TempDir,
    files: u64,
    /// Bytes of each of the first two.
    large: u64,
    /// Whether parts of files may be there that somebody has notes about.
    parts: bool,
    /// Whether a new content always has another length, for stores that keep whole seconds.
    resizes: bool,
    seed: u64,
    random: Random,
    generation: u64,
}

impl Mirror {
    /// A source of so many files, two of them of `large` bytes, and an empty destination; in memory where the machine has
    /// a folder there.
    ///
    /// The seed is taken from `STORAGE_TEST_SEED`, else from the clock; failures name it.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn new(files: u64, large: u64, resizes: bool) -> io::Result<Self> {
        let seed = seed();
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        let random = Random::new(seed);
        let mirror = Self { folder, files, large, parts: false, resizes, seed, random, generation: 0 };
        fs::create_dir(mirror.destination())?;
        for number in 0..files {
            mirror.write(number)?;
        }
        Ok(mirror)
    }

    /// The same where killed programs leave parts of files, for those who go on with them.
    #[must_use]
    pub fn keeping_parts(self) -> Self {
        Self { parts: true, ..self }
    }

    /// The folder that is copied.
    #[must_use]
    pub fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    /// The folder that follows.
    #[must_use]
    pub fn destination(&self) -> PathBuf {
        self.folder.path().join("destination")
    }

    /// A random number below this.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.random.below(limit)
    }

    /// A failure that tells how to see it again.
    #[track_caller]
    #[must_use]
    pub fn failure(&self, what: impl std::fmt::Display) -> Failure {
        let (seed, round) = (self.seed, self.generation);
        Failure::new(format!("{what} (round {round}; again with STORAGE_TEST_SEED={seed})"))
    }

    fn write(&self, number: u64) -> io::Result<()> {
        let path = self.source().join(name(number));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let grown = if self.resizes { self.generation } else { self.generation % 2 };
        let length = base_length(number, self.large) + grown;
        let content = noise(number ^ (self.generation << 32), usize::try_from(length).unwrap_or(0));
        fs::write(path, content)
    }

    /// Changes the source (a fifth of its files), and with `both` the destination a little, behind everybody's back:
    /// files go, come back, grow, and come from nowhere.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn change(&mut self, both: bool) -> io::Result<()> {
        self.generation += 1;
        for number in 0..self.files {
            let there = self.destination().join(name(number));
            match self.random.below(100) {
                0..20 => self.write(number)?,
                20..23 => gone(fs::remove_file(self.source().join(name(number))))?,
                23..26 if both => gone(fs::remove_file(there))?,
                26..28 if both => gone(append(&there))?,
                28 if both => gone(File::create(there.with_extension("extra")).map(drop))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What the source has now.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn source_now(&self) -> io::Result<Snapshot> {
        snapshot(&self.source())
    }

    /// What the destination has now.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn destination_now(&self) -> io::Result<Snapshot> {
        snapshot(&self.destination())
    }

    /// Whether what a killed program left is whole: each file as it was before or as it is in the source, none lost that
    /// the source has, and nothing else.
    ///
    /// # Errors
    ///
    /// The first file that is not.
    pub fn is_whole(&self, source: &Snapshot, before: &Snapshot, after: &Snapshot) -> Outcome {
        for (path, content) in after {
            let known = source.get(path) == Some(content) || before.get(path) == Some(content);
            let name = path.rsplit('/').next().unwrap_or(path);
            if !known && name != STALE && !(self.parts && name.starts_with(PART)) {
                return Err(self.failure(format!("`{path}` is torn: {} bytes", content.len())));
            }
        }
        let lost = before.keys().find(|path| source.contains_key(*path) && !after.contains_key(*path));
        match lost {
            Some(path) => Err(self.failure(format!("`{path}` is lost"))),
            None => Ok(()),
        }
    }

    /// Whether both folders are equal, to the last byte and the last directory, and nothing else is left.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn is_equal(&self) -> Outcome {
        self.are_equal(&self.source_now()?, &self.destination_now()?)?;
        let (one, other) =
            (disk::everything_below(&self.source())?, disk::everything_below(&self.destination())?);
        // Directories that were emptied go from the destination or stay in both; files were compared above.
        match other.iter().find(|path| !one.contains(path)) {
            Some(path) => Err(self.failure(format!("`{path}` is left over"))),
            None => Ok(()),
        }
    }

    /// Whether both are equal, to the last byte.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn are_equal(&self, one: &Snapshot, other: &Snapshot) -> Outcome {
        let missing = one.keys().find(|path| !other.contains_key(*path));
        let extra = other.keys().find(|path| !one.contains_key(*path));
        let differs = one.iter().find(|(path, content)| other.get(*path) != Some(content));
        match (missing, extra, differs) {
            (Some(path), ..) => Err(self.failure(format!("`{path}` is missing"))),
            (_, Some(path), _) => Err(self.failure(format!("`{path}` is left over"))),
            (.., Some((path, _))) => Err(self.failure(format!("`{path}` differs"))),
            _ => Ok(()),
        }
    }
}

fn seed() -> u64 {
    let given = std::env::var("STORAGE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.subsec_nanos().into());
    given.unwrap_or_else(clock)
}

fn name(number: u64) -> String {
    let directory = DIRECTORIES[usize::try_from(number % 6).unwrap_or(0)];
    Path::new(directory).join(format!("file {number}")).to_string_lossy().into_owned()
}

/// Two are large, some empty, most small, a quarter up to 64 KiB.
fn base_length(number: u64, large: u64) -> u64 {
    let mut random = Random::new(number + 1);
    match random.below(20) {
        _ if number < 2 => large,
        0 => 0,
        1..15 => random.below(2_000),
        _ => random.below(64 << 10),
    }
}

/// What is not there needs no change.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn append(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(b"behind the back")
}

fn snapshot(folder: &Path) -> io::Result<Snapshot> {
    let mut files = Snapshot::new();
    for path in disk::everything_below(folder)? {
        let real = folder.join(&path);
        if real.is_file() {
            files.insert(path, fs::read(real)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: u64 = 100_000;

    fn copied() -> Result<(Mirror, Snapshot), Failure> {
        let mirror = Mirror::new(30, LARGE, false)?;
        let source = mirror.source_now()?;
        for (path, content) in &source {
            let path = mirror.destination().join(path);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(path, content)?;
        }
        mirror.is_equal()?;
        Ok((mirror, source))
    }

    #[test]
    fn what_is_torn_lost_or_left_over_is_found_out() -> Outcome {
        let (mirror, source) = copied()?;
        let whole = |after: &Snapshot| mirror.is_whole(&source, &source, after).is_ok();
        let (path, content) = source.iter().max_by_key(|(_, content)| content.len()).ok_or_else(none)?;
        let with = |path: &str, content: &[u8]| {
            let mut after = source.clone();
            after.insert(path.to_owned(), content.to_vec());
            after
        };
        assert!(whole(&source) && !whole(&with(path, &content[1..])) && !whole(&with("left", b"")));
        assert!(whole(&with(&format!("plain/{STALE}"), b"x")), "one stale name may be there");
        assert!(!whole(&with(&format!("plain/{STALE}1-2"), b"x")), "no other may");
        let mut lost = source.clone();
        lost.remove(path);
        assert!(!whole(&lost) && mirror.is_whole(&lost, &source, &lost).is_ok());
        assert!(mirror.are_equal(&source, &lost).is_err() && mirror.are_equal(&lost, &source).is_err());
        fs::create_dir(mirror.destination().join("left"))?;
        assert!(mirror.is_equal().is_err());
        Ok(())
    }

    fn none() -> Failure {
        Failure::new("there is no file")
    }

    #[test]
    fn every_change_is_one() -> Outcome {
        let (mut mirror, before) = copied()?;
        mirror.change(true)?;
        let now = mirror.source_now()?;
        assert!(mirror.are_equal(&before, &now).is_err());
        assert!(mirror.is_equal().is_err());
        Ok(())
    }
}
