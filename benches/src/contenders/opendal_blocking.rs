//! OpenDAL, blocking: its own wrapper around the async operator.

use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use opendal::blocking::Operator;
use opendal::options::{DeleteOptions, ListOptions, ReadOptions};
use tokio::runtime::Runtime;

use super::Contender;
use super::opendal_async::{local_operator, memory_operator};
use crate::measure::{Timed, timed};
use crate::op::Level;

/// Streams ask for this much at once, as ours do.
const CHUNK: usize = 1 << 20;

pub(crate) struct OpendalBlocking {
    operator: Operator,
    // The operator needs it alive.
    _runtime: Arc<Runtime>,
}

impl OpendalBlocking {
    pub(crate) fn local(root: &Path, runtime: &Arc<Runtime>) -> Self {
        Self::new(local_operator(root), runtime)
    }

    pub(crate) fn memory(runtime: &Arc<Runtime>) -> Self {
        Self::new(memory_operator(), runtime)
    }

    fn new(operator: opendal::Operator, runtime: &Arc<Runtime>) -> Self {
        let _entered = runtime.enter();
        Self { operator: Operator::new(operator).unwrap(), _runtime: runtime.clone() }
    }
}

impl Contender for OpendalBlocking {
    fn stat(&self, key: &str) -> Timed {
        timed(|| self.operator.stat(key).unwrap(), opendal::Metadata::content_length)
    }

    fn read(&self, key: &str) -> Timed {
        timed(|| self.operator.read(key).unwrap(), |content| content.len() as u64)
    }

    fn stream(&self, key: &str) -> Timed {
        timed(|| stream(&self.operator, key), |sum| *sum)
    }

    fn range(&self, key: &str, range: Range<u64>) -> Timed {
        let options = ReadOptions { range: range.into(), ..ReadOptions::default() };
        timed(|| self.operator.read_options(key, options).unwrap(), |content| content.len() as u64)
    }

    fn write(&self, key: &str, content: &Bytes, _: Level) -> Timed {
        timed(|| self.operator.write(key, content.clone()).unwrap(), |_| content.len() as u64)
    }

    fn copy(&self, from: &str, to: &str, _: Level) -> Timed {
        timed(|| self.operator.copy(from, to).unwrap(), |_| 0)
    }

    fn list(&self, dir: &str) -> Timed {
        let dir = format!("{dir}/");
        timed(|| list(&self.operator, &dir), |entries| entries.len() as u64)
    }

    fn walk(&self, dir: &str) -> Timed {
        let dir = format!("{dir}/");
        timed(|| walk(&self.operator, &dir), |files| *files)
    }

    fn delete_file(&self, key: &str) -> Timed {
        timed(|| self.operator.delete(key).unwrap(), |()| 1)
    }

    fn delete(&self, dir: &str) -> Timed {
        let dir = format!("{dir}/");
        let options = DeleteOptions { recursive: true, ..DeleteOptions::default() };
        timed(|| self.operator.delete_options(&dir, options).unwrap(), |()| 1)
    }
}

fn stream(operator: &Operator, key: &str) -> u64 {
    let mut reader = operator.reader(key).unwrap().into_std_read(..).unwrap();
    let mut buffer = vec![0; CHUNK];
    let mut sum = 0;
    loop {
        match reader.read(&mut buffer).unwrap() {
            0 => return sum,
            length => sum += length as u64,
        }
    }
}

fn list(operator: &Operator, dir: &str) -> Vec<opendal::Entry> {
    let mut entries = operator.list(dir).unwrap();
    // The directory itself is the first entry.
    entries.retain(|entry| entry.path() != dir);
    entries.sort_unstable_by(|a, b| a.path().cmp(b.path()));
    entries
}

fn walk(operator: &Operator, dir: &str) -> u64 {
    let options = ListOptions { recursive: true, ..ListOptions::default() };
    let lister = operator.lister_options(dir, options).unwrap();
    lister.map(|entry| u64::from(entry.unwrap().metadata().is_file())).sum()
}
