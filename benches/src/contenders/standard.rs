//! The standard library, written as one would by hand.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::Contender;
use crate::measure::{Timed, timed};
use crate::op::Level;

/// Streams ask for this much at once, as ours do.
const CHUNK: usize = 1 << 20;

pub(crate) struct Standard {
    root: PathBuf,
}

impl Standard {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }
}

impl Contender for Standard {
    fn stat(&self, key: &str) -> Timed {
        let path = self.path(key);
        timed(|| fs::metadata(&path).unwrap(), fs::Metadata::len)
    }

    fn read(&self, key: &str) -> Timed {
        let path = self.path(key);
        timed(|| fs::read(&path).unwrap(), |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        let path = self.path(key);
        timed(|| stream(&path).unwrap(), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        let path = self.path(key);
        timed(|| read_range(&path, range).unwrap(), |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, level: Level) -> Timed {
        let path = self.path(key);
        timed(|| write(&path, content, level).unwrap(), |()| content.len() as u64)
    }

    fn copy(&self, from: &str, to: &str, level: Level) -> Timed {
        let (from, to) = (self.path(from), self.path(to));
        timed(|| copy(&from, &to, level).unwrap(), |bytes| *bytes)
    }

    fn list(&self, dir: &str) -> Timed {
        let dir = self.path(dir);
        timed(|| list(&dir).unwrap(), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        let dir = self.path(dir);
        timed(|| walk(&dir).unwrap(), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        let path = self.path(key);
        timed(|| fs::remove_file(&path).unwrap(), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        let dir = self.path(dir);
        timed(|| fs::remove_dir_all(&dir).unwrap(), |()| 1)
    }
}

fn stream(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    let mut sum = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum),
            length => sum += length as u64,
        }
    }
}

fn read_range(path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut content = vec![0; usize::try_from(range.end - range.start).unwrap()];
    file.read_exact_at(&mut content, range.start)?;
    Ok(content)
}

fn write(path: &Path, content: &[u8], level: Level) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    if level != Level::None {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&temporary, path)?;
    if level == Level::Full {
        sync_parent(path)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, level: Level) -> io::Result<u64> {
    let bytes = fs::copy(from, to)?;
    if level != Level::None {
        File::open(to)?.sync_all()?;
    }
    if level == Level::Full {
        sync_parent(to)?;
    }
    Ok(bytes)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn list(dir: &Path) -> io::Result<Vec<(OsString, fs::Metadata)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        entries.push((entry.file_name(), entry.metadata()?));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

fn walk(dir: &Path) -> io::Result<u64> {
    let mut files = 0;
    for (name, metadata) in list(dir)? {
        if metadata.is_dir() {
            files += walk(&dir.join(name))?;
        } else {
            files += 1;
        }
    }
    Ok(files)
}
