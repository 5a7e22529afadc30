//! Files to and from the bucket, beside programs: whole processes from their start to their end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use storage::{MountConfig, blocking};

use super::op;
use super::target::{Service, Target, tool};
use crate::args::{Colour, FileTask};
use crate::contenders;
use crate::measure::{Samples, children_cpu_time, peak_kib_of};
use crate::order;
use crate::process;
use crate::table::Table;
use crate::units;

/// To the bucket or from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// Who copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copier {
    Ours(Colour),
    S5cmd,
    Rclone,
}

/// One direction of one copier.
pub(crate) struct Row {
    pub(crate) direction: Direction,
    pub(crate) copier: Copier,
    bytes: u64,
    samples: Samples,
    /// The lowest of the runs.
    cpu: Duration,
    pub(crate) peak_kib: u64,
}

impl Row {
    pub(crate) fn p50(&self) -> Duration {
        self.samples.percentile(50)
    }
}

impl Copier {
    pub(crate) const ALL: [Self; 4] =
        [Self::Ours(Colour::Async), Self::Ours(Colour::Blocking), Self::S5cmd, Self::Rclone];

    fn title(self) -> &'static str {
        match self {
            Self::Ours(Colour::Async) => "storage, async",
            Self::Ours(Colour::Blocking) => "storage, blocking",
            Self::S5cmd => "s5cmd",
            Self::Rclone => "rclone",
        }
    }

    fn command(self, direction: Direction, file: &Path, key: &str, target: &Target) -> Option<Command> {
        let mut command = match self {
            Self::Ours(colour) => {
                let direction = if direction == Direction::Up { "up" } else { "down" };
                let mut command = process::child(["file", direction]);
                command.arg(file).args([key, "--colour", colour.name()]);
                command
            }
            Self::S5cmd => s5cmd(direction, file, key, target)?,
            Self::Rclone => rclone(direction, file, key, target)?,
        };
        command.stdout(Stdio::null()).stdin(Stdio::null());
        Some(command)
    }
}

/// Parts of the same size and as many at once as ours.
fn s5cmd(direction: Direction, file: &Path, key: &str, target: &Target) -> Option<Command> {
    let mut command = Command::new(tool("s5cmd")?);
    command.args(["--endpoint-url", &target.endpoint, "cp", "--concurrency", "8", "--part-size", "8"]);
    let object = format!("s3://{}/{key}", target.bucket);
    match direction {
        Direction::Up => command.arg(file).arg(object),
        Direction::Down => command.arg(object).arg(file),
    };
    let keys =
        [("AWS_ACCESS_KEY_ID", &target.access_key_id), ("AWS_SECRET_ACCESS_KEY", &target.secret_access_key)];
    command.envs(keys).env("AWS_REGION", &target.region);
    Some(command)
}

fn rclone(direction: Direction, file: &Path, key: &str, target: &Target) -> Option<Command> {
    let mut command = Command::new(tool("rclone")?);
    command.arg("copyto").args(["--config", "/dev/null", "--ignore-times", "--no-traverse"]);
    command.args(["--s3-no-check-bucket", "--s3-disable-checksum", "--s3-upload-cutoff", "16M"]);
    command.args(["--s3-chunk-size", "8M", "--s3-upload-concurrency", "8"]);
    command.args(["--multi-thread-cutoff", "16M", "--multi-thread-chunk-size", "8M"]);
    command.args(["--multi-thread-streams", "8"]);
    let remote = format!(":s3,provider=SeaweedFS:{}/{key}", target.bucket);
    match direction {
        Direction::Up => command.arg(file).arg(remote),
        Direction::Down => command.arg(remote).arg(file),
    };
    command
        .env("RCLONE_S3_ENDPOINT", &target.endpoint)
        .env("RCLONE_S3_REGION", &target.region)
        .env("RCLONE_S3_ACCESS_KEY_ID", &target.access_key_id)
        .env("RCLONE_S3_SECRET_ACCESS_KEY", &target.secret_access_key);
    Some(command)
}

/// Measures everyone in both directions; `between` is called before each run.
pub(crate) fn measure(dir: &Path, bytes: u64, runs: usize, mut between: impl FnMut(Direction)) -> Vec<Row> {
    let (target, source, sink) = (Target::server(Service::S3), dir.join("source"), dir.join("sink"));
    make(&source, bytes);
    let mut rows = Vec::new();
    for direction in [Direction::Up, Direction::Down] {
        eprintln!("files {direction:?} ...");
        let present = Copier::ALL.into_iter().filter(|copier| {
            let there = copier.command(direction, &source, "any", &target).is_some();
            if !there {
                eprintln!("warning: {} is not installed, so it is not measured", copier.title());
            }
            there
        });
        let mut part: Vec<Row> = present.map(|copier| Row::new(direction, copier, bytes)).collect();
        for round in 0..runs {
            for index in order::of_round(round, part.len()) {
                between(direction);
                let (file, key) = match direction {
                    Direction::Up => (&source, format!("{}/out/file", op::ROOT)),
                    Direction::Down => (&sink, op::content(bytes)),
                };
                let _ = std::fs::remove_file(&sink);
                part[index].run(file, &key, &target);
                if direction == Direction::Down {
                    assert_eq!(std::fs::metadata(&sink).unwrap().len(), bytes);
                }
            }
        }
        rows.extend(part);
    }
    rows.iter_mut().for_each(|row| row.samples.sort());
    rows
}

/// A file without holes.
fn make(path: &Path, bytes: u64) {
    const PIECE: usize = 1 << 20;
    let mut file = std::fs::File::create(path).unwrap();
    for _ in 0..bytes / PIECE as u64 {
        std::io::Write::write_all(&mut file, &[0x77; PIECE]).unwrap();
    }
}

impl Row {
    fn new(direction: Direction, copier: Copier, bytes: u64) -> Self {
        Self { direction, copier, bytes, samples: Samples::default(), cpu: Duration::MAX, peak_kib: 0 }
    }

    fn run(&mut self, file: &Path, key: &str, target: &Target) {
        const LOOK: Duration = Duration::from_millis(5);
        let mut command = self.copier.command(self.direction, file, key, target).unwrap();
        let (start, cpu) = (Instant::now(), children_cpu_time());
        let mut child = command.spawn().unwrap();
        let status = loop {
            self.peak_kib = self.peak_kib.max(peak_kib_of(child.id()).unwrap_or(0));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(LOOK);
        };
        self.samples.add(start.elapsed());
        assert!(status.success(), "{}: {status}", self.copier.title());
        self.cpu = self.cpu.min(children_cpu_time().saturating_sub(cpu));
    }
}

/// Copies a file, in the process of its own.
pub(crate) fn copy(task: &FileTask) {
    let folder = task.file.parent().unwrap();
    let name = task.file.file_name().unwrap().to_string_lossy();
    // The programs do not ask the disk to keep what they write either.
    let local = MountConfig::local("here", folder).option("durability", "none");
    let config = [local, Target::server(Service::S3).mount("bucket")].into_iter().collect();
    let (here, there) = (format!("here:{name}"), format!("bucket:{}", task.key));
    let (from, to) = if task.direction == Direction::Up { (here, there) } else { (there, here) };
    match task.colour {
        Colour::Blocking => {
            let manager = blocking::StorageManager::with_config(&config).unwrap();
            manager.node(&from).unwrap().copy_to(&manager.node(&to).unwrap()).unwrap();
        }
        Colour::Async => {
            let manager = storage::StorageManager::with_config(&config).unwrap();
            let (from, to) = (manager.node(&from).unwrap(), manager.node(&to).unwrap());
            contenders::runtime().block_on(from.copy_to(&to)).unwrap();
        }
    }
}

/// The table.
pub(crate) fn table(rows: &[Row]) -> String {
    let headings = ["job", "program", "runs", "p50", "longest", "throughput", "CPU", "peak"];
    let mut table = Table::new(&headings, &[false, false, true, true, true, true, true, true]);
    for row in rows {
        let direction = if row.direction == Direction::Up { "up" } else { "down" };
        table.row([
            format!("file of {} {direction}", units::size(row.bytes)),
            row.copier.title().to_owned(),
            row.samples.len().to_string(),
            units::time(row.p50()),
            units::time(row.samples.percentile(100)),
            units::rate(row.bytes as f64 / row.p50().as_secs_f64()),
            units::time(row.cpu),
            units::mebibytes(row.peak_kib),
        ]);
    }
    format!(
        "### Files, beside programs\n\nWhole processes, from start to end, with parts of 8 MiB and eight at once. CPU is that of \
         the process (the server's is not in it) and the lowest of the runs; peak is looked at every 5 ms.\n\n{}",
        table.render()
    )
}
