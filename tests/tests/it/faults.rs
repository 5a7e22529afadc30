//! Thousands of operations on each cloud while requests are reset, cut, answered with errors and refused: nothing that
//! was reported as written is lost, nothing that is read is wrong, and every failure is an error of the library.
//!
//! The servers have to be running: `cargo xtask servers up`. With `STORAGE_TEST_FULL=1` there are more operations.

use std::time::Duration;

use bytes::Bytes;
use storage::types::ErrorKind;
use storage::{Error, StorageNode};
use storage_tests::asynchronous::proxied::{Proxied, run};
use storage_tests::asynchronous::rt;
use storage_tests::asynchronous::suite::clouds::Kind;
use storage_tests::support::content::{Random, version, whole_version};
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::process::quick;
use storage_tests::support::proxy::{Fault, Plan};

#[test]
fn s3_loses_and_corrupts_nothing() -> Outcome {
    survives(Kind::S3)
}

#[test]
fn azure_loses_and_corrupts_nothing() -> Outcome {
    survives(Kind::Azure)
}

#[test]
fn gcs_loses_and_corrupts_nothing() -> Outcome {
    survives(Kind::Gcs)
}

/// A test of its own for each cloud.
macro_rules! on_each_cloud {
    ($($test:ident as $s3:ident $azure:ident $gcs:ident)*) => {
        $(
            #[test]
            fn $s3() -> Outcome {
                $test(Kind::S3)
            }

            #[test]
            fn $azure() -> Outcome {
                $test(Kind::Azure)
            }

            #[test]
            fn $gcs() -> Outcome {
                $test(Kind::Gcs)
            }
        )*
    };
}

on_each_cloud! {
    a_cut_listing_is_asked_for_again as s3_lists_again azure_lists_again gcs_lists_again
    a_long_stream_outlives_many_breaks as s3_streams_on azure_streams_on gcs_streams_on
}

fn a_cut_listing_is_asked_for_again(kind: Kind) -> Outcome {
    run(kind, Some(Plan::script([Some(Fault::Truncate(60)), Some(Fault::Truncate(120))])), |on| async move {
        for name in ["a", "b", "c"] {
            on.direct.child(name)?.write(name).await?;
        }
        let names: Vec<String> =
            on.root.list().await?.iter().map(|entry| entry.node.name().to_owned()).collect();
        assert_eq!((names.concat().as_str(), on.proxy.requests().len()), ("abc", 3));
        Ok(())
    })
}

/// More often than one request may be tried: what counts is that each try brings something.
fn a_long_stream_outlives_many_breaks(kind: Kind) -> Outcome {
    const BREAKS: usize = 20;
    let cut = Fault::Truncate(LARGE as u64 / 30);
    run(kind, Some(Plan::script(vec![Some(cut); BREAKS])), |on| async move {
        on.direct.child("large")?.write(version(1, LARGE)).await?;
        let content = on.node("large")?.reader().await?.read_all().await?;
        assert_eq!(whole_version(&content, LARGE), Some(1));
        assert!(on.proxy.requests().len() > BREAKS, "{:?}", on.proxy.requests());
        Ok(())
    })
}

/// How many work at once, each on files of its own.
const WORKERS: usize = 8;

/// How many files each has.
const FILES: usize = 5;

/// How long the small files are.
const SMALL: usize = 3000;

/// How long the files are that are streamed: more than one part.
const LARGE: usize = 6 << 20;

fn operations() -> usize {
    if quick() { 500 } else { 10_000 }
}

fn faults() -> Vec<Fault> {
    let status = |code, retry_after, html| Fault::Status { code, retry_after, html };
    vec![
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Truncate(0),
        Fault::Truncate(700),
        Fault::TooLong(7),
        status(500, None, false),
        status(503, None, false),
        status(503, Some(0), false),
        status(429, Some(1), false),
        status(502, None, true),
        Fault::SlowFirstByte(Duration::from_millis(30)),
        Fault::Stall(100, Duration::from_millis(100)),
        Fault::Refuse(Duration::from_millis(50)),
    ]
}

fn survives(kind: Kind) -> Outcome {
    run(kind, Some(Plan::seeded(20, 100, faults())), |on| async move {
        let each = operations() / WORKERS;
        let ends = rt::together(WORKERS, |number| {
            let on = on.clone();
            async move { work(&on, number, each).await }
        })
        .await;
        on.proxy.calm();
        let mut failed = 0;
        for end in ends {
            let worker = end?;
            failed += worker.failed;
            worker.check(&on).await?;
        }
        // The plan was hard enough to be felt, and the retries good enough to get most work done.
        let met = on.proxy.requests().len();
        assert!(met >= operations(), "{met} requests");
        assert!(failed * 4 < operations(), "{failed} of {} operations failed", operations());
        Ok(())
    })
}

/// What one file may hold: one thing for certain, or one of several after a failure. `None` is no file.
type Possible = Vec<Option<u64>>;

struct Worker {
    number: usize,
    random: Random,
    files: Vec<Possible>,
    written: u64,
    failed: usize,
}

async fn work(on: &Proxied, number: usize, operations: usize) -> Result<Worker, Failure> {
    let random = Random::new(1000 + number as u64);
    let mut worker = Worker { number, random, files: vec![vec![None]; FILES], written: 0, failed: 0 };
    for _ in 0..operations {
        worker.step(on).await?;
    }
    Ok(worker)
}

fn length(file: usize) -> usize {
    if file == 0 { LARGE } else { SMALL }
}

/// A failure is one that a caller can act on: the way there failed, and nothing else is said.
#[track_caller]
fn is_honest(error: &Error) {
    let honest = match error.kind() {
        ErrorKind::Interrupted | ErrorKind::Timeout | ErrorKind::RateLimited | ErrorKind::Corrupted => true,
        // A server that failed, to the last try.
        kind => kind == ErrorKind::Unexpected && error.is_retryable(),
    };
    assert!(honest, "{:?}: {error}", error.kind());
    assert!(error.mount().is_some() && error.operation().is_some(), "{error:?}");
}

impl Worker {
    fn path(&self, file: usize) -> String {
        format!("w{}/f{file}", self.number)
    }

    async fn step(&mut self, on: &Proxied) -> Outcome {
        // The large file is rare.
        let file = if self.random.below(60) == 0 { 0 } else { 1 + self.index(FILES - 1) };
        let node = on.node(&self.path(file))?;
        match self.random.below(11) {
            0..4 => self.write(&node, file).await,
            4..7 => {
                let read = node.read().await;
                self.has_read(file, read)?;
            }
            7 => {
                let streamed = async { node.reader().await?.read_all().await }.await;
                self.has_read(file, streamed)?;
            }
            8 => self.delete(&node, file).await,
            9 => self.list(on).await?,
            _ => self.copy(on, file).await?,
        }
        Ok(())
    }

    fn index(&mut self, below: usize) -> usize {
        usize::try_from(self.random.below(below as u64)).unwrap_or_default()
    }

    async fn write(&mut self, node: &StorageNode, file: usize) {
        self.written += 1;
        let content = version(self.written, length(file));
        let result =
            if file == 0 { stream(node, content).await } else { node.write(content).await.map(drop) };
        self.has_changed(file, Some(self.written), result);
    }

    async fn delete(&mut self, node: &StorageNode, file: usize) {
        let result = node.delete().await;
        self.has_changed(file, None, result);
    }

    /// A listing has what is there for certain, and nothing that is not.
    async fn list(&mut self, on: &Proxied) -> Outcome {
        let listed = match on.node(&format!("w{}", self.number))?.list().await {
            Ok(listed) => listed,
            // A folder is there as long as something is in it.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                is_honest(&error);
                self.failed += 1;
                return Ok(());
            }
        };
        for (file, possible) in self.files.iter().enumerate() {
            let there = listed.iter().any(|entry| entry.node.name() == format!("f{file}"));
            if !possible.iter().any(|content| content.is_some() == there) {
                let path = self.path(file);
                return Err(Failure::new(format!("{path} is listed: {there}; {possible:?} is possible")));
            }
        }
        Ok(())
    }

    /// Copies one small file onto another.
    async fn copy(&mut self, on: &Proxied, file: usize) -> Outcome {
        let from = 1 + self.index(FILES - 1);
        let file = file.max(1);
        if from == file {
            return Ok(());
        }
        let (source, destination) = (on.node(&self.path(from))?, on.node(&self.path(file))?);
        match source.copy_to(&destination).await {
            Ok(_) => {
                let mut there: Possible = self.files[from].clone();
                there.retain(Option::is_some);
                if there.is_empty() {
                    return Err(Failure::new("a file was copied that was not there"));
                }
                self.files[file] = there;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => self.is_missing(from)?,
            Err(error) => {
                is_honest(&error);
                self.failed += 1;
                let maybe = self.files[from].clone();
                self.files[file].extend(maybe.into_iter().flatten().map(Some));
            }
        }
        Ok(())
    }

    /// The file holds `now`, or after a failure perhaps.
    fn has_changed(&mut self, file: usize, now: Option<u64>, result: storage::Result<()>) {
        match result {
            Ok(()) => self.files[file] = vec![now],
            Err(error) => {
                is_honest(&error);
                self.failed += 1;
                self.files[file].push(now);
            }
        }
    }

    /// What was read is what was stored, and now it is known which of the possible things that is.
    fn has_read(&mut self, file: usize, read: storage::Result<Bytes>) -> Outcome {
        match read {
            Ok(content) => self.is(file, &content),
            Err(error) if error.kind() == ErrorKind::NotFound => self.is_missing(file),
            Err(error) => {
                is_honest(&error);
                self.failed += 1;
                Ok(())
            }
        }
    }

    fn is(&mut self, file: usize, content: &Bytes) -> Outcome {
        let number = whole_version(content, length(file));
        if number.is_none() || !self.files[file].contains(&number) {
            let (path, possible) = (self.path(file), &self.files[file]);
            return Err(Failure::new(format!(
                "{path} holds {number:?} in {} bytes, and {possible:?} is possible",
                content.len()
            )));
        }
        self.files[file] = vec![number];
        Ok(())
    }

    fn is_missing(&mut self, file: usize) -> Outcome {
        if !self.files[file].contains(&None) {
            let (path, possible) = (self.path(file), &self.files[file]);
            return Err(Failure::new(format!("{path} is lost; {possible:?} is possible")));
        }
        self.files[file] = vec![None];
        Ok(())
    }

    /// Past the proxy, everything is as it was reported.
    async fn check(mut self, on: &Proxied) -> Outcome {
        for file in 0..FILES {
            match on.direct.child(self.path(file))?.read().await {
                Ok(content) => self.is(file, &content)?,
                Err(error) if error.kind() == ErrorKind::NotFound => self.is_missing(file)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

async fn stream(node: &StorageNode, content: Bytes) -> storage::Result<()> {
    let mut writer = node.writer().await?;
    for start in (0..content.len()).step_by(1 << 20) {
        writer.write(content.slice(start..(start + (1 << 20)).min(content.len()))).await?;
    }
    writer.finish().await?;
    Ok(())
}
