//! Readers beside `std::io::Cursor`: the same reads and seeks, in any order, give the same bytes in both colours.

use std::io::{BufRead, Cursor, Read, Seek, SeekFrom};
use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;
use storage::types::{MountConfig, ReadOptions};
use storage_tests::support::content::noise;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::runtime::Runtime;

/// Long enough for several chunks.
const LENGTH: u64 = 2_500_000;

static CONTENT: LazyLock<Bytes> = LazyLock::new(|| noise(11, 2_500_000));

/// One folder, one runtime, and in both colours a manager with the content on disk and in memory.
struct Setup {
    runtime: Runtime,
    asynchronous: storage::StorageManager,
    blocking: storage::blocking::StorageManager,
    _folder: TempDir,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| match setup() {
    Ok(setup) => setup,
    Err(error) => panic!("{error}"),
});

fn setup() -> Result<Setup, storage::Error> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asynchronous = storage::StorageManager::new();
    let blocking = storage::blocking::StorageManager::new();
    for mount in [MountConfig::local("local", folder.path()), MountConfig::memory("memory")] {
        asynchronous.add_mount(&mount)?;
        blocking.add_mount(&mount)?;
        let file = format!("{}:file", mount.name());
        runtime.block_on(async { asynchronous.node(&file)?.write(CONTENT.clone()).await })?;
        blocking.node(&file)?.write(CONTENT.clone())?;
    }
    Ok(Setup { runtime, asynchronous, blocking, _folder: folder })
}

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    Seek(SeekFrom),
    /// The next chunk, as the library or `BufRead` gives it, and how much of it to take.
    Chunk(usize),
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    let far = -2_600_000_i64..2_600_000;
    prop_oneof![
        4 => prop_oneof![0_usize..100, 0_usize..1_500_000].prop_map(Step::Read),
        2 => (0..LENGTH + 1000).prop_map(|to| Step::Seek(SeekFrom::Start(to))),
        2 => prop_oneof![-100_i64..100, far.clone()].prop_map(|by| Step::Seek(SeekFrom::Current(by))),
        2 => prop_oneof![-100_i64..100, far].prop_map(|by| Step::Seek(SeekFrom::End(by))),
        2 => (0_usize..100_000).prop_map(Step::Chunk),
        1 => Just(Step::Rest),
    ]
}

/// A part of the content, and steps through it.
fn journey() -> impl Strategy<Value = (u64, u64, Vec<Step>)> {
    let part = prop_oneof![Just((0, LENGTH)), (0..LENGTH, 0..LENGTH).prop_map(|(a, b)| (a.min(b), a.max(b)))];
    (part, prop::collection::vec(step(), 1..12)).prop_map(|((start, end), steps)| (start, end, steps))
}

fn part(start: u64, end: u64) -> Cursor<Bytes> {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    Cursor::new(CONTENT.slice(at(start)..at(end)))
}

/// What the reference gives for a step that both can take.
fn reads(cursor: &mut Cursor<Bytes>, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Read::take(cursor, most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn blocking_readers_are_like_a_cursor((start, end, steps) in journey(), mount in "local|memory") {
        let file = SETUP.blocking.node(format!("{mount}:file"))?;
        let mut reader = file.reader_with(&ReadOptions::new().range(start..end))?;
        let mut cursor = part(start, end);
        for step in steps {
            match step {
                Step::Read(most) => {
                    let mut bytes = Vec::new();
                    Read::take(&mut reader, most as u64).read_to_end(&mut bytes)?;
                    prop_assert!(bytes == reads(&mut cursor, most)?);
                }
                Step::Seek(to) => match Seek::seek(&mut cursor, to) {
                    Ok(position) => prop_assert_eq!(Seek::seek(&mut reader, to)?, position),
                    Err(_) => prop_assert!(Seek::seek(&mut reader, to).is_err()),
                },
                Step::Chunk(most) => {
                    let chunk = reader.fill_buf()?;
                    let taken = chunk.len().min(most);
                    prop_assert!(chunk[..taken] == reads(&mut cursor, taken)?);
                    reader.consume(taken);
                }
                Step::Rest => prop_assert!(reader.read_all()? == reads(&mut cursor, usize::MAX)?),
            }
            prop_assert_eq!(reader.position(), cursor.position());
        }
    }

    #[test]
    fn async_readers_are_like_a_cursor((start, end, steps) in journey(), mount in "local|memory") {
        let file = SETUP.asynchronous.node(format!("{mount}:file"))?;
        SETUP.runtime.block_on(async move {
            let mut reader = file.reader_with(&ReadOptions::new().range(start..end)).await?;
            let mut cursor = part(start, end);
            for step in steps {
                match step {
                    Step::Read(most) => {
                        let mut bytes = Vec::new();
                        AsyncReadExt::take(&mut reader, most as u64).read_to_end(&mut bytes).await?;
                        prop_assert!(bytes == reads(&mut cursor, most)?);
                    }
                    Step::Seek(to) => match Seek::seek(&mut cursor, to) {
                        Ok(position) => prop_assert_eq!(reader.seek(to).await?, position),
                        Err(_) => prop_assert!(reader.seek(to).await.is_err()),
                    },
                    Step::Chunk(_) => {
                        let chunk = reader.next().await?.unwrap_or_default();
                        prop_assert!(chunk == reads(&mut cursor, chunk.len())?);
                    }
                    Step::Rest => prop_assert!(reader.read_all().await? == reads(&mut cursor, usize::MAX)?),
                }
                prop_assert_eq!(reader.position(), cursor.position());
            }
            Ok(())
        })?;
    }
}
