//! How the program ends: every exit code, and what a command ends with when it does not succeed.

use std::process::ExitCode;

use storage::types::report::is_cancelled;
use storage::types::{Error, ErrorKind};

/// The exit codes. `help/storage.txt` tells users about them; a test compares the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done,
    /// Something failed, or several things failed for different reasons.
    Failed,
    /// The command line was wrong; clap uses the same code.
    Usage,
    /// Nothing is stored there, or there is no such mount.
    NotFound,
    /// Permission denied, or credentials missing or refused.
    Denied,
    /// The configuration is wrong.
    Config,
    /// Ended by this signal, as a shell reports it: 128 and the signal's number.
    Signal(u8),
    /// As the program that was run; `help/exec.txt` tells users about it.
    Program(u8),
}

impl Exit {
    /// What `exec` ends with when it fails itself, as `env`, `timeout` and `docker run` do.
    pub(crate) const OWN_FAILURE: u8 = 125;

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Config => 5,
            Self::Signal(number) => 128 + number,
            Self::Program(code) => code,
        }
    }

    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::PermissionDenied | ErrorKind::Unauthenticated => Self::Denied,
            ErrorKind::InvalidInput => Self::Usage,
            ErrorKind::Config => Self::Config,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command does not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// To be told to the user; the next place can still be tried.
    Error(Error),
    /// To be told to the user; nothing else can be done.
    Fatal(Error),
    /// The user has been told.
    Told(Exit),
    /// Nobody reads any more what a command prints that does nothing else.
    Pipe,
    /// A signal asked to stop.
    Interrupted,
}

/// What commands give.
pub(crate) type Done<T = ()> = Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        if is_cancelled(&error) { Self::Interrupted } else { Self::Error(error) }
    }
}

/// A wrong command line that clap cannot see.
pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Stop {
    Stop::Fatal(Error::invalid(message.into()).with_hint(hint.into()))
}

/// The outcome of several places: the code of their failures when they agree, else 1.
#[derive(Debug, Default)]
pub(crate) struct Tally(Option<Exit>);

impl Tally {
    pub(crate) fn add(&mut self, exit: Exit) {
        self.0 = match self.0 {
            Some(before) if before != exit => Some(Exit::Failed),
            _ => Some(exit),
        };
    }

    pub(crate) fn exit(&self) -> Option<Exit> {
        self.0
    }

    pub(crate) fn end(self) -> Done {
        self.0.map_or(Ok(()), |exit| Err(Stop::Told(exit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        let help = include_str!("help/storage.txt");
        for exit in [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::Denied,
            Exit::Config,
            Exit::Signal(2),
        ] {
            assert!(help.contains(&format!("\n  {:<5}", exit.code())), "{exit:?}");
        }
    }

    #[test]
    fn failures_of_one_kind_keep_their_code() {
        let code = |exits: &[Exit]| {
            let mut tally = Tally::default();
            exits.iter().for_each(|exit| tally.add(*exit));
            match tally.end() {
                Ok(()) => 0,
                Err(Stop::Told(exit)) => exit.code(),
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[Exit::NotFound, Exit::NotFound]), 3);
        assert_eq!(code(&[Exit::NotFound, Exit::Denied, Exit::NotFound]), 1);
    }
}
