//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cloud;
use crate::contenders::Who;
use crate::op::Op;

/// Benchmarks of the storage library.
#[derive(Debug, Parser)]
#[command(name = "storage-benches", bin_name = "cargo xtask bench", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) benchmark: Benchmark,
}

/// The benchmarks.
#[derive(Debug, Subcommand)]
pub(crate) enum Benchmark {
    /// Local files and memory: time, CPU, memory and hops of every operation, beside std, OpenDAL and object_store
    Local(Options),
    /// S3, Azure and Google: every operation's time, CPU, allocations and memory, beside object_store, OpenDAL, the SDKs, s5cmd and rclone
    Cloud(Options),
    /// Whole trees, local and on S3, beside cp, rsync, rclone, s5cmd and oli
    Transfer(Options),
    /// Clean builds of the library and the command line
    Builds(Options),
    /// One measurement in a process of its own
    #[command(subcommand, hide = true)]
    Child(Child),
}

/// Options of a benchmark.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Few samples and small trees: does it run, not how fast is it
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only operations and parts whose name contains this
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Option<String>,
    /// Work in a new folder below this one (default: beside the build's output)
    #[arg(long, value_name = "PATH")]
    pub(crate) dir: Option<PathBuf>,
}

impl Options {
    /// Whether the operation or part of this name was asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|pattern| name.contains(pattern))
    }

    /// Whether the results say how fast the library is, and are worth keeping.
    pub(crate) fn is_complete(&self) -> bool {
        !self.quick && self.only.is_none()
    }
}

/// What a process of its own measures.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// CPU time and peak memory of one operation of one contender
    Cost(Task),
    /// Tasks that the operation gave to the blocking pool
    Hops(Task),
    /// Peak memory of a walk
    Walk(Reach),
    /// Peak memory of a streamed read
    Stream(Reach),
    /// A server of all three that answers without doing anything
    Stub,
    /// Operations of one contender on a bucket, as many as the parent asks for
    Client(ClientTask),
    /// Threads of the process before, after and during calls of one contender
    Threads(ThreadsTask),
    /// One file to or from the bucket
    File(FileTask),
}

/// An operation that is repeated.
#[derive(Debug, Args)]
pub(crate) struct Task {
    /// The operation; `hop` is a bare trip to the blocking pool and back
    #[arg(value_parser = Op::parse)]
    pub(crate) op: Op,
    #[arg(value_enum)]
    pub(crate) who: Who,
    #[arg(long)]
    pub(crate) dir: PathBuf,
    #[arg(long)]
    pub(crate) count: usize,
    #[arg(long)]
    pub(crate) quick: bool,
    /// Prepare every run, but leave the operation out
    #[arg(long)]
    pub(crate) prepare_only: bool,
}

/// An operation on a bucket.
#[derive(Debug, Args)]
pub(crate) struct ClientTask {
    #[arg(value_parser = cloud::Op::parse)]
    pub(crate) op: cloud::Op,
    #[arg(value_enum)]
    pub(crate) who: cloud::Who,
    #[arg(long, value_enum, default_value = "s3")]
    pub(crate) service: cloud::Service,
    /// The address of the stub (default: the test server)
    #[arg(long)]
    pub(crate) stub: Option<String>,
    /// Operations at once
    #[arg(long, default_value_t = 1)]
    pub(crate) in_flight: usize,
}

/// Blocking calls whose threads are counted.
#[derive(Debug, Args)]
pub(crate) struct ThreadsTask {
    #[arg(value_enum)]
    pub(crate) who: cloud::Who,
    #[arg(long)]
    pub(crate) stub: String,
    #[arg(long)]
    pub(crate) calls: usize,
}

/// A file that is copied to or from the bucket.
#[derive(Debug, Args)]
pub(crate) struct FileTask {
    #[arg(value_enum)]
    pub(crate) direction: cloud::Direction,
    pub(crate) file: PathBuf,
    pub(crate) key: String,
    #[arg(long, value_enum, default_value = "blocking")]
    pub(crate) colour: Colour,
}

/// A folder or file that is gone through once.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    pub(crate) path: PathBuf,
    #[arg(long, value_enum, default_value = "blocking")]
    pub(crate) colour: Colour,
}

/// The colours of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Blocking,
    Async,
}

impl Colour {
    pub(crate) const ALL: [Self; 2] = [Self::Blocking, Self::Async];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Async => "async",
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench local                  everything, a few minutes
  cargo xtask bench local --quick          the same with few samples
  cargo xtask bench local --only read      only the reads
  cargo xtask bench cloud                  S3, Azure and Google, half an hour
  cargo xtask bench cloud --only azure     Azure alone; or `s3`, `gcs`
  cargo xtask bench cloud --only stub      the cost of the client alone, without a server
  cargo xtask bench transfer               whole trees by whole programs, half an hour
  cargo xtask bench transfer --only small  only the small files
  cargo xtask bench builds                 clean builds

A complete run replaces its section of benches/RESULTS.md; --quick and --only print only.";
