//! Tasks of this workspace, run as `cargo xtask TASK`.
//!
//! One program holds what a shell script would otherwise repeat in three places: a developer, `.ci/run` and the
//! hosted workflow all call the same tasks.
//!
//! # Layout
//!
//! - `cli`: the tasks, their options and their help.
//! - `cargo`: how cargo is called; `stream`: output shown live and read at the same time.
//! - `workspace`: packages, targets and features, from `cargo metadata`; `files`: what lies in its folders.
//! - `interrupt`: Ctrl-C while tests run.
//! - `test`, `servers`, `bench`, `tidy`, `features`, `ci`: one module per task.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a task talks to the person who started it")]
#![expect(clippy::print_stderr, reason = "a task talks to the person who started it")]

mod bench;
mod cargo;
mod ci;
mod cli;
mod features;
mod files;
mod interrupt;
mod servers;
mod stream;
mod test;
mod tidy;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Task};

/// What a task ends with: whether everything held, or why the task could not be carried out.
type Outcome = Result<bool, String>;

fn main() -> ExitCode {
    let task = Cli::parse().task;
    match enter_root().and_then(|()| carry_out(task)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Tasks speak of files as seen from the root, wherever in the workspace they were started.
fn enter_root() -> Result<(), String> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    match own.as_deref().and_then(Path::parent) {
        Some(root) => {
            std::env::set_current_dir(root).map_err(|error| format!("cannot enter the workspace: {error}"))
        }
        None => Ok(()),
    }
}

fn carry_out(task: Task) -> Outcome {
    match task {
        Task::Test(args) => test::run(&args),
        Task::Servers(args) => servers::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Tidy(args) => tidy::run(&args),
        Task::Features(args) => features::run(&args),
        Task::Ci(args) => ci::run(&args),
    }
}
