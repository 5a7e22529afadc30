//! Standard error: errors, hints, notes and the progress bar, which must not run into one another.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::ProgressBar;
use storage::types::{Error, ErrorKind, Operation};

use crate::exit::{Exit, Tally};
use crate::names::Names;
use crate::output::harmless;
use crate::words::Words;

pub(crate) struct Console {
    names: Arc<Names>,
    words: RwLock<Words>,
    quiet: bool,
    color: bool,
    bar: Mutex<Option<ProgressBar>>,
    /// What the errors stand for that were shown.
    failures: Mutex<Tally>,
    /// Where messages go instead of standard error.
    #[cfg(test)]
    kept: Option<Arc<Mutex<String>>>,
}

impl Console {
    pub(crate) fn new(names: Arc<Names>, quiet: bool) -> Self {
        Self {
            names,
            words: RwLock::default(),
            quiet,
            color: wants_color(),
            bar: Mutex::new(None),
            failures: Mutex::default(),
            #[cfg(test)]
            kept: None,
        }
    }

    /// One that keeps its messages.
    #[cfg(test)]
    pub(crate) fn keeping(names: Arc<Names>, kept: Arc<Mutex<String>>) -> Self {
        Self { color: false, kept: Some(kept), ..Self::new(names, false) }
    }

    /// Whether somebody reads messages as they come.
    pub(crate) fn is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The words of the command that runs.
    pub(crate) fn speak(&self, words: Words) {
        *self.words.write().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// What places are called.
    pub(crate) fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// The bar that messages have to make room for.
    pub(crate) fn set_bar(&self, bar: Option<ProgressBar>) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    /// Takes the bar off the terminal.
    pub(crate) fn clear(&self) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take();
        bar.inspect(ProgressBar::finish_and_clear);
    }

    /// What went wrong on one line, and what to do about it on the next.
    pub(crate) fn error(&self, error: &Error) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).add(Exit::of(error));
        let (what, hint) = self.describe(error);
        let mut text = format!("{}: {what}\n", self.paint("error", AnsiColor::Red));
        if let Some(hint) = hint {
            text.push_str(&self.hint_line(&hint));
        }
        self.write(&text);
    }

    /// The exit code of the errors that were shown, if there were any.
    pub(crate) fn failure(&self) -> Option<Exit> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).exit()
    }

    /// Something worth knowing that is no error; not with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.write(&format!("{}\n", harmless(text)));
        }
    }

    /// Something that was perhaps not meant; not with `--quiet`.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.write(&format!("{}: {}\n", self.paint("warning", AnsiColor::Yellow), harmless(text)));
        }
    }

    /// What to do next; not with `--quiet`.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet {
            self.write(&self.hint_line(text));
        }
    }

    /// An error as text, and its hint, with the places as the user typed them.
    pub(crate) fn describe(&self, error: &Error) -> (String, Option<String>) {
        let what = match error.message() {
            "" => error.kind().describe(),
            message => message,
        };
        // `the path has a ..: bad input` helps nobody, but with some kinds the message alone is too little.
        let what = match error.kind() {
            ErrorKind::Corrupted | ErrorKind::Unexpected | ErrorKind::Timeout => {
                format!("{}: {what}", error.kind().describe())
            }
            _ => what.to_owned(),
        };
        let text = match (error.operation(), self.place(error)) {
            (Some(operation), Some(place)) => format!("cannot {} {place}: {what}", operation.describe()),
            // What a configuration error is about stands in its message.
            (Some(Operation::Configure), None) => what,
            (Some(operation), None) => format!("cannot {}: {what}", operation.describe()),
            (None, Some(place)) => format!("{place}: {what}"),
            (None, None) => what,
        };
        let clean = |text: &str| harmless(&self.names.translate(text));
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        (clean(&text), words.hint(error).map(|hint| clean(&hint)))
    }

    fn place(&self, error: &Error) -> Option<String> {
        match (error.mount(), error.path()) {
            (Some(mount), Some(path)) => {
                Some(format!("`{}`", shortened(self.names.show_text(&format!("{mount}:{path}")))))
            }
            (Some(mount), None) if mount == crate::names::PLAIN => None,
            (Some(mount), None) => Some(format!("mount `{mount}`")),
            (None, Some(path)) => Some(format!("`{path}`")),
            (None, None) => None,
        }
    }

    fn hint_line(&self, hint: &str) -> String {
        format!("{}: {}\n", self.paint("hint", AnsiColor::Cyan), harmless(hint))
    }

    fn paint(&self, word: &str, color: AnsiColor) -> String {
        if !self.color {
            return word.to_owned();
        }
        let style = Style::new().bold().fg_color(Some(color.into()));
        format!("{style}{word}{style:#}")
    }

    fn write(&self, text: &str) {
        #[cfg(test)]
        if let Some(kept) = &self.kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
            return;
        }
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        // There is nowhere left to complain when standard error is closed.
        let print = || drop(io::stderr().lock().write_all(text.as_bytes()));
        match &*bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

/// Paths that no screen has room for lose their middle.
fn shortened(path: String) -> String {
    const SHOWN: usize = 400;
    let letters = path.chars().count();
    if letters <= SHOWN {
        return path;
    }
    let begin: String = path.chars().take(SHOWN / 2).collect();
    let end: String = path.chars().skip(letters - SHOWN / 2).collect();
    format!("{begin}…{end}")
}

/// Colour on a terminal that can, unless the user asked for none (<https://no-color.org>).
fn wants_color() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    io::stderr().is_terminal() && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}
