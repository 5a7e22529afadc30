//! Programs that do not start, and programs that fail.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};

use rustix::io::Errno;
use storage_types::program::ProgramFailure;
use storage_types::{Error, ErrorKind, Operation};

/// So much of standard error stands in the message; all that is kept is in the source.
const QUOTED: usize = 400;

/// Why a program did not start.
pub(crate) fn not_started(command: &Command, error: io::Error) -> Error {
    let program = shown(command.get_program());
    let directory = command.get_current_dir().filter(|directory| !directory.is_dir());
    let this = match (Errno::from_io_error(&error), directory) {
        (Some(Errno::NOENT | Errno::NOTDIR), Some(directory)) => Error::new(
            ErrorKind::NotFound,
            format!("there is no working directory `{}`", directory.display()),
        ),
        (Some(Errno::NOENT), None) if Path::new(&program).exists() && program.contains('/') => Error::new(
            ErrorKind::NotFound,
            format!("the interpreter or loader that `{program}` asks for is not there"),
        )
        .with_hint("look at the first line of the script"),
        (Some(Errno::NOENT | Errno::NOTDIR), None) => {
            let hint = if program.contains('/') {
                "check the path"
            } else {
                "install it, or name it by its path; programs are looked up in `PATH`"
            };
            Error::new(ErrorKind::NotFound, format!("there is no program `{program}`")).with_hint(hint)
        }
        (Some(Errno::ACCESS | Errno::PERM), _) => {
            Error::new(ErrorKind::PermissionDenied, format!("`{program}` cannot be run"))
                .with_hint("make it an executable file (`chmod +x`) on a file system that lets programs run")
        }
        (Some(Errno::NOEXEC), _) => Error::new(
            ErrorKind::PermissionDenied,
            format!("`{program}` is not a program that this machine can run"),
        )
        .with_hint("a script begins with `#!` and the path of its interpreter"),
        (Some(Errno::TOOBIG), _) => {
            Error::new(ErrorKind::InvalidInput, format!("the arguments of `{program}` are too long"))
                .with_hint("pass long content in a file or through standard input")
        }
        _ => {
            let below = Error::from_io(io::Error::from(error.kind()));
            Error::new(below.kind(), format!("`{program}` could not be started: {error}"))
        }
    };
    this.with_operation(Operation::Call).with_source(error)
}

/// How a program that was started failed.
pub(super) fn failed(program: &OsStr, status: ExitStatus, stderr: String) -> Error {
    let failure = ProgramFailure::new(shown(program), status.code(), status.signal(), stderr);
    let message = match tail(&failure.stderr) {
        "" => failure.to_string(),
        said => format!("{failure}: {said}"),
    };
    Error::new(ErrorKind::Unexpected, message).with_operation(Operation::Call).with_source(failure)
}

/// The end of what was said, beginning with a whole line where that is possible.
fn tail(stderr: &str) -> &str {
    let said = stderr.trim_end();
    if said.len() <= QUOTED {
        return said.trim_start();
    }
    let start = (said.len() - QUOTED..said.len()).find(|at| said.is_char_boundary(*at));
    let cut = &said[start.unwrap_or(said.len())..];
    cut.split_once('\n').map_or(cut, |(_, lines)| lines)
}

fn shown(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}
