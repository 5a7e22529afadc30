//! The command line of the tasks: one place for every flag and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Tasks of the storage workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// The tasks.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Run the tests: unit and integration tests, doc tests, and the behaviour suite in both colours
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Start, stop and show the servers that the tests talk to
    #[command(after_help = SERVERS_EXAMPLES)]
    Servers(ServersArgs),
    /// Run a benchmark with the `bench` profile
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Check what the compiler does not: dependency arrows, forbidden names, the twin's link, file headers, packages
    Tidy(TidyArgs),
    /// Check every feature of the library crates alone, and each crate without features
    #[command(after_help = FEATURES_EXAMPLES)]
    Features(FeaturesArgs),
    /// Run everything that a change must pass: formatting, clippy, tidy, docs, features, tests
    #[command(after_help = CI_EXAMPLES)]
    Ci(CiArgs),
}

/// Options of `cargo xtask test`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TestArgs {
    /// Skip the doc tests
    #[arg(long)]
    pub(crate) quick: bool,
    /// Run the long tests (kills, faults, random trees) with their full counts, which takes twice as long
    ///
    /// Sets STORAGE_TEST_FULL=1, which the tests read.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) full: bool,
    /// Run only the behaviours of this backend, for example `memory` (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Vec<String>,
    /// Run only the behaviours of this colour
    #[arg(long, value_enum)]
    pub(crate) colour: Option<Colour>,
    /// Do not start the test servers
    ///
    /// Tests that need them fail, unless STORAGE_TEST_SERVERS names the servers.json of servers that are up.
    #[arg(long)]
    pub(crate) no_servers: bool,
    /// The servers.json that the tests read
    #[arg(skip)]
    pub(crate) servers: Option<PathBuf>,
    /// Run only the behaviours whose name contains one of these words
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
}

impl TestArgs {
    /// Whether a part of the behaviour suite was asked for, rather than everything.
    pub(crate) fn is_selection(&self) -> bool {
        !self.backend.is_empty() || self.colour.is_some() || !self.filters.is_empty()
    }
}

/// The two colours of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Colour {
    /// The async crate.
    Async,
    /// The blocking crate.
    Blocking,
}

impl Colour {
    pub(crate) const ALL: [Self; 2] = [Self::Async, Self::Blocking];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::Blocking => "blocking",
        }
    }
}

/// Options of `cargo xtask servers`.
#[derive(Debug, Args)]
pub(crate) struct ServersArgs {
    /// The folder of programs, data and logs, instead of `servers` in cargo's target folder
    #[arg(long, value_name = "FOLDER", global = true)]
    pub(crate) dir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) task: ServersTask,
}

/// What to do with the servers.
#[derive(Debug, Subcommand)]
pub(crate) enum ServersTask {
    /// Install what is missing, start what does not run, and write servers.json
    Up(ServersUpArgs),
    /// Stop the servers and remove their data
    Down,
    /// Show how each server is; exit code 1 unless all run
    Status(ServersStatusArgs),
}

/// Options of `cargo xtask servers up`.
#[derive(Debug, Args)]
pub(crate) struct ServersUpArgs {
    /// Let Azurite keep its blobs on disk rather than in memory
    #[arg(long)]
    pub(crate) azure_on_disk: bool,
}

/// Options of `cargo xtask servers status`.
#[derive(Debug, Args)]
pub(crate) struct ServersStatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The benchmark, for example `local`
    pub(crate) name: String,
    /// Arguments of the benchmark, passed on as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
}

/// Options of `cargo xtask tidy`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct TidyArgs {
    /// Build every crate from its package too, as a user of the registry would
    #[arg(long)]
    pub(crate) full: bool,
}

/// Options of `cargo xtask features`.
#[derive(Debug, Default, Args)]
pub(crate) struct FeaturesArgs {
    /// Check only this package (may be repeated)
    #[arg(long, short, value_name = "PACKAGE")]
    pub(crate) package: Vec<String>,
}

/// Options of `cargo xtask ci`.
#[derive(Debug, Default, Args)]
pub(crate) struct CiArgs {
    /// Lint the benchmarks too, which builds the libraries they compare with
    #[arg(long)]
    pub(crate) benches: bool,
    /// Leave out the check of every single feature
    #[arg(long)]
    pub(crate) skip_features: bool,
    /// Skip the doc tests
    #[arg(long)]
    pub(crate) quick: bool,
    /// Run the long tests (kills, faults, random trees) with their full counts, which takes twice as long
    #[arg(long, conflicts_with = "quick")]
    pub(crate) full: bool,
    /// Do not start the test servers, see `cargo xtask test --help`
    #[arg(long)]
    pub(crate) no_servers: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                     everything
  cargo xtask test --backend memory    one backend, both colours
  cargo xtask servers up               the servers that examples and tests talk to
  cargo xtask tidy                     before a commit, a few seconds
  cargo xtask ci                       what continuous integration runs";

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                                            everything, the long tests scaled down
  cargo xtask test --full                                     every kill, every fault, every random tree
  cargo xtask test --backend memory --colour blocking move    part of the behaviour suite

The test servers are started before, unless they are up, and stopped after; see `cargo xtask servers --help`.
The last line is `N passed, N failed`, the sum over all runners. The exit code is 0 when nothing failed.";

const SERVERS_EXAMPLES: &str = "\
Examples:
  cargo xtask servers up               SeaweedFS, ministack, moto, rclone (S3), Azurite, ...
  cargo xtask servers status --json
  cargo xtask servers down

They listen on 127.0.0.1 only, on ports 18333 to 18339 where these are free. `servers.json` in their folder says how
to reach them, and `examples/clouds.yaml` mounts them all. The first `up` installs them, about 900 MB on disk.";

const BENCH_EXAMPLES: &str = "\
Examples:
  cargo xtask bench local
  cargo xtask bench local --help         the options of the benchmark itself
  cargo xtask bench cloud                clouds on real servers and on a stub; takes an hour
  cargo xtask bench cloud --only azure   Azure alone; or `s3`, `gcs`
  cargo xtask bench cloud --only stub    what the client itself costs
  cargo xtask bench transfer             whole trees beside cp, rsync, rclone and s5cmd
  cargo xtask bench builds               clean builds of the library, cloud by cloud";

const FEATURES_EXAMPLES: &str = "\
Examples:
  cargo xtask features
  cargo xtask features -p storage-blocking";

const CI_EXAMPLES: &str = "\
Examples:
  cargo xtask ci
  cargo xtask ci --full                     before a release: every kill and every fault
  cargo xtask ci --skip-features --quick    a faster look

Every step runs, also after one has failed; each failed step is named with the command that repeats or repairs it.";
