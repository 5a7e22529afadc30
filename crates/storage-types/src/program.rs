//! How programs fail.

/// A program that did not end with success: the source of the error of a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{program}` {}", ending(*code, *signal))]
#[non_exhaustive]
pub struct ProgramFailure {
    /// The program, as it was named.
    pub program: String,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The last that it wrote to standard error, at most 16 KiB; empty when that went elsewhere.
    pub stderr: String,
}

impl ProgramFailure {
    /// A program that ended with an exit code or by a signal.
    #[must_use]
    pub fn new(program: String, code: Option<i32>, signal: Option<i32>, stderr: String) -> Self {
        Self { program, code, signal, stderr }
    }
}

/// How it ended, in words.
fn ending(code: Option<i32>, signal: Option<i32>) -> String {
    match (code, signal) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => {
            let name = signal_name(signal).map_or_else(String::new, |name| format!(" ({name})"));
            format!("was ended by signal {signal}{name}")
        }
        (None, None) => "ended without success".to_owned(),
    }
}

/// What Linux calls the signals that end programs.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return None,
    })
}
