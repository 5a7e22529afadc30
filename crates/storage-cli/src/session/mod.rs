//! Several commands in one process, on one set of mounts: what is in memory stays between them. What the program prints
//! as a whole, and everything about files on disk, is tested from outside, in `tests/cli`.

mod cloud;
#[cfg(feature = "http")]
mod fills;
mod hashes;
mod interrupted;
mod meta;
mod probes;
mod trees;
mod urls;
mod versions;
mod watches;

use std::io::{self, Write};
use std::mem::take;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use clap::{CommandFactory, FromArgMatches};
use storage::blocking::{Backend, StorageNode};
use storage::types::WriteOptions;
use tempfile::TempDir;

use crate::args::{Cli, When};
use crate::commands::dispatch;
use crate::console::Console;
use crate::context::Context;
use crate::interrupt::Interrupt;
use crate::names::Names;
use crate::output::Output;
use crate::words::Words;

/// Compares with a snapshot, to the letter.
macro_rules! assert_shown {
    ($shown:expr, $expected:expr $(,)?) => {
        snapbox::Assert::new()
            .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
            .normalize_paths(false)
            .eq($shown, $expected)
    };
}
use assert_shown;

/// When the first content of tests was stored: 2026-03-01 12:00 UTC.
const STORED: u64 = 1_772_366_400;

struct Session {
    context: Context,
    messages: Arc<Mutex<String>>,
    /// For files that commands work with.
    directory: TempDir,
}

impl Session {
    /// Mounts of this configuration.
    fn new(config: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("storage-session-").tempdir().unwrap();
        let file = directory.path().join("storage.yaml");
        std::fs::write(&file, config).unwrap();
        let names = Arc::new(Names::default());
        let messages = Arc::new(Mutex::new(String::new()));
        let console = Arc::new(Console::keeping(names.clone(), messages.clone()));
        let context = Context::new(console, names, Interrupt::new(), Some(&file), When::Never, None).unwrap();
        Self { context, messages, directory }
    }

    /// One more mount.
    fn with(self, name: &str, backend: Arc<dyn Backend>) -> Self {
        self.context.manager().add_backend(name, backend).unwrap();
        self
    }

    /// Runs a command whose arguments are separated by spaces; gives everything that came out of it.
    fn run(&self, line: &str) -> String {
        let directory = self.directory.path().to_str().unwrap();
        let line = line.replace("[DIR]", directory);
        let command = Cli::command();
        let words = ["storage"].into_iter().chain(line.split_whitespace());
        let matches = command.clone().try_get_matches_from(words).unwrap();
        let cli = Cli::from_arg_matches(&matches).unwrap();
        self.context.console.speak(Words::of(&command, &matches));
        let printed = Sink::default();
        let mut out = Output::to(printed.clone());
        let outcome = dispatch(&cli.command, &self.context, &mut out).and(out.flush());
        let exit = crate::end(outcome, &self.context.console, &self.context.interrupt);
        let mut shown = format!("exit: {}\n", exit.code());
        let stdout = String::from_utf8(take(&mut printed.0.lock().unwrap())).unwrap();
        let stderr = take(&mut *self.messages.lock().unwrap());
        for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
            if !text.is_empty() {
                shown += &format!("--- {name}\n{text}");
                if !text.ends_with('\n') {
                    shown += "[no newline]\n";
                }
            }
        }
        mask_seconds(&shown.replace(directory, "[DIR]"))
    }

    /// Runs a command that has to succeed.
    #[track_caller]
    fn ok(&self, line: &str) {
        let shown = self.run(line);
        assert!(shown.starts_with("exit: 0\n"), "storage {line}\n{shown}");
    }

    fn node(&self, address: &str) -> StorageNode {
        self.context.manager().node(address).unwrap()
    }

    /// Stores content `minutes` after the first.
    fn store(&self, address: &str, content: &str, minutes: u64) {
        let mut options = WriteOptions::new();
        options.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(STORED + 60 * minutes));
        self.node(address).write_with(content.to_owned(), &options).unwrap();
    }
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `in 1.25s` and `in 1.25s, 3.2 KiB/s` are never the same twice.
fn mask_seconds(text: &str) -> String {
    let mut parts = text.split(" in ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(part.len());
        match part[number..].strip_prefix('s').filter(|_| number > 0) {
            Some(rest) => shown += &format!(" in [TIME]{}", without_rate(rest)),
            None => shown += &format!(" in {part}"),
        }
    }
    shown
}

fn without_rate(text: &str) -> &str {
    let rate = text.strip_prefix(", ").and_then(|rest| rest.split_once("/s\n"));
    rate.filter(|(rate, _)| !rate.contains('\n')).map_or(text, |(rate, _)| &text[rate.len() + 4..])
}
