//! The `storage` command line: files on disk and in every mounted store, with one set of commands.
//!
//! # Layout
//!
//! - `args` and `help/`: every flag, help text and example; `exit`: the exit codes.
//! - `commands/`: one file per command.
//! - `address`, `names`, `context`: from an argument to a node, and back to what the user typed.
//! - `urls`: which mount somebody means who writes the URL of another program.
//! - `words`: what hints of the library call by the names of its API, in the words of the command line.
//! - `config`: which configuration is used. `trust`: whether the one of a folder is.
//! - `changes`: when a place that is watched has changed.
//! - `output` is standard output, `console` standard error, `input` standard input and other streams, which `spool` holds
//!   where they are read more than once; nothing else touches them.
//! - `progress/`, `interrupt`: the bar with a line for each file under way, and Ctrl-C.
//! - `session/`: tests of several commands in one process, where mounts in memory keep their content.

#![forbid(unsafe_code)]

mod address;
mod args;
mod changes;
mod commands;
mod config;
mod console;
mod context;
mod exit;
mod input;
mod interrupt;
mod names;
mod output;
mod progress;
#[cfg(test)]
mod session;
mod spool;
mod times;
mod trust;
mod urls;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::console::Console;
use crate::exit::{Done, Exit, Stop};
use crate::interrupt::Interrupt;
use crate::names::Names;
use crate::words::Words;

fn main() -> ExitCode {
    // Wrong arguments, `--help` and `--version` end here, with the codes 2 and 0.
    let command = Cli::command();
    let matches = command.clone().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let names = Arc::new(Names::default());
    let console = Arc::new(Console::new(names.clone(), cli.quiet));
    console.speak(Words::of(&command, &matches));
    let interrupt = Interrupt::install();
    let shown = console.clone();
    interrupt.at_exit(move || shown.clear());
    let outcome = commands::run(&cli, &console, &names, &interrupt);
    end(outcome, &console, &interrupt).into()
}

/// The exit code; what has not been told yet is told.
fn end(outcome: Done, console: &Console, interrupt: &Interrupt) -> Exit {
    match outcome {
        Ok(()) => Exit::Done,
        // A reader that has enough is fine; what had failed before it went is not.
        Err(Stop::Pipe) => console.failure().unwrap_or(Exit::Done),
        Err(Stop::Told(exit)) => exit,
        Err(Stop::Interrupted) => {
            console.note("interrupted");
            interrupt.exit()
        }
        Err(Stop::Error(error) | Stop::Fatal(error)) => {
            console.error(&error);
            Exit::of(&error)
        }
    }
}
