//! The command line of the tasks: one place for every flag and its help.

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
    /// Run a benchmark with the `bench` profile
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Check what the compiler does not: dependency arrows, forbidden names, the twin's link, file headers
    Tidy,
    /// Check every feature of the library crates alone, and each crate without features
    #[command(after_help = FEATURES_EXAMPLES)]
    Features(FeaturesArgs),
    /// Run everything that a change must pass: formatting, clippy, tidy, docs, features, tests
    #[command(after_help = CI_EXAMPLES)]
    Ci(CiArgs),
}

/// Options of `cargo xtask test`.
#[derive(Debug, Default, Args)]
pub(crate) struct TestArgs {
    /// Scale the long tests down and skip the doc tests
    ///
    /// Sets STORAGE_TEST_QUICK=1, which the tests read.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Run only the behaviours of this backend, for example `memory` (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Vec<String>,
    /// Run only the behaviours of this colour
    #[arg(long, value_enum)]
    pub(crate) colour: Option<Colour>,
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

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The benchmark, for example `local`
    pub(crate) name: String,
    /// Arguments of the benchmark, passed on as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
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
    /// Scale the long tests down and skip the doc tests
    #[arg(long)]
    pub(crate) quick: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                     everything
  cargo xtask test --backend memory    one backend, both colours
  cargo xtask tidy                     before a commit, a few seconds
  cargo xtask ci                       what continuous integration runs";

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                                            everything
  cargo xtask test --quick                                    the fast half
  cargo xtask test --backend memory --colour blocking move    part of the behaviour suite

The last line is `N passed, N failed`, the sum over all runners. The exit code is 0 when nothing failed.";

const BENCH_EXAMPLES: &str = "\
Examples:
  cargo xtask bench local
  cargo xtask bench local --help    the options of the benchmark itself";

const FEATURES_EXAMPLES: &str = "\
Examples:
  cargo xtask features
  cargo xtask features -p storage-blocking";

const CI_EXAMPLES: &str = "\
Examples:
  cargo xtask ci
  cargo xtask ci --skip-features --quick    a faster look

Every step runs, also after one has failed; each failed step is named with the command that repeats or repairs it.";
