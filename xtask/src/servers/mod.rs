//! `cargo xtask servers`: the real servers that tests and examples talk to, on this machine and for it alone.
//!
//! They are installed once into `target/servers`, in fixed versions, listen on loopback, and run on after the task
//! has ended.
//!
//! # Layout
//!
//! - [`install`], [`python`], [`npm`]: getting the programs.
//! - [`seaweedfs`], [`ministack`], [`azurite`], [`fake_gcs`], [`nginx`], [`moto`], [`rclone`]: how each one is started.
//! - [`up`], [`down`], [`status`]: the commands; [`launch`]: starting one server and waiting until it answers.
//! - [`process`], [`ports`], [`probe`]: what the system says about a server; [`state`]: what we wrote down about it.
//! - [`seed`]: the first buckets and containers; [`connections`]: `servers.json`, what tests read.
//! - [`lease`]: servers for the time of a test run.

mod azurite;
mod connections;
mod down;
mod fake_gcs;
mod install;
mod launch;
mod lease;
mod ministack;
mod moto;
mod nginx;
mod npm;
mod place;
mod ports;
mod probe;
pub(crate) mod process;
mod python;
mod rclone;
mod seaweedfs;
mod seed;
mod state;
mod status;
mod up;

use std::process::Command;

use crate::Outcome;
use crate::cli::{ServersArgs, ServersTask};
pub(crate) use crate::servers::lease::Lease;
use crate::servers::place::Place;

/// A server: its name, and how it is started and recognised.
struct Server {
    name: &'static str,
    version: fn() -> String,
    /// What its command line contains, whatever the program makes of its title.
    mark: &'static str,
    /// The port that clients use, then those that only the server itself uses.
    ports: &'static [u16],
    /// Whether each port `p` is followed by its twin `p + 10000`.
    twins: bool,
    /// Writes its configuration and gives the command.
    command: fn(&Place, &[u16], Options) -> Result<Command, String>,
    /// The path that answers when the server is ready.
    health: &'static str,
    /// Whether this status on that path means ready.
    ready: fn(u16) -> bool,
}

/// What one may choose about the servers.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    /// Azurite keeps its blobs on disk rather than in memory.
    azure_on_disk: bool,
}

/// All servers, in the order in which they are started and shown.
static ALL: [Server; 7] = [
    seaweedfs::SERVER,
    ministack::SERVER,
    azurite::SERVER,
    fake_gcs::SERVER,
    nginx::SERVER,
    moto::SERVER,
    rclone::SERVER,
];

/// Whether the environment already names servers for the tests, which are then left as they are.
pub(crate) fn are_named(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|path| !path.is_empty())
}

/// Carries out one of the commands.
pub(crate) fn run(args: &ServersArgs) -> Outcome {
    let place = Place::new(args.dir.as_deref())?;
    match &args.task {
        ServersTask::Up(args) => up::run(&place, Options { azure_on_disk: args.azure_on_disk }),
        ServersTask::Down => down::run(&place),
        ServersTask::Status(args) => status::run(&place, args.json),
    }
}
