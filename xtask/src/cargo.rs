//! How the tasks call cargo.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::interrupt;

/// Variables that `cargo run` sets for this program. Passed on, they would look to build scripts like a change of
/// the package and cause needless builds.
const OWN_VARIABLES: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];

/// More arguments than this are not shown: a selection of tests may skip hundreds of names.
const SHOWN_ARGUMENTS: usize = 20;

/// A cargo command of the toolchain that runs this task.
pub(crate) fn cargo<I, S>(args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: Into<OsString>,
{
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args.into_iter().map(Into::into));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OWN_VARIABLES.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// Prints the command and runs it; whether it succeeded.
pub(crate) fn run(mut command: Command) -> Result<bool, String> {
    interrupt::check()?;
    println!("$ {}", shown(&command));
    let status = command.status().map_err(|error| cannot_start(&command, &error))?;
    interrupt::check()?;
    Ok(status.success())
}

/// Runs the command silently and gives what it printed.
pub(crate) fn capture(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(&command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    interrupt::check()?;
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` failed: {}", shown(&command), said.trim()))
}

/// What the command printed on either stream, whatever it ended with; none when it cannot be started.
pub(crate) fn capture_any(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Whether the command exists and succeeds, for tools that a machine may lack.
pub(crate) fn works(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as one would type it; a long tail of arguments is cut.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let args = command.get_args().take(SHOWN_ARGUMENTS).map(|arg| quoted(&arg.to_string_lossy()));
    let cut = command.get_args().len().saturating_sub(SHOWN_ARGUMENTS);
    let rest = (cut > 0).then(|| format!("... ({cut} more)"));
    let words = std::iter::once(program.to_string_lossy().into_owned()).chain(args).chain(rest);
    words.collect::<Vec<_>>().join(" ")
}

pub(crate) fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", shown(command))
}

fn quoted(arg: &str) -> String {
    if arg.is_empty() || arg.contains([' ', '(', ')', '*', '\'']) {
        format!("'{}'", arg.replace('\'', r"'\''"))
    } else {
        arg.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let command = cargo(["nextest", "run", "-E", "not binary(x)"]);
        assert_eq!(shown(&command), "cargo nextest run -E 'not binary(x)'");
    }
}
