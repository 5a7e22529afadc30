//! Starting this program again for one measurement, and other programs.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::contenders::Who;
use crate::op::Op;

/// This program as a child with these arguments.
pub(crate) fn child<I, S>(args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: Into<OsString>,
{
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("child").args(args.into_iter().map(Into::into));
    command
}

/// The arguments of a repeated operation.
pub(crate) fn task(part: &str, op: Op, who: Who, dir: &Path, count: usize, quick: bool) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec![part.into(), op.name().into(), who.name().into()];
    args.extend(["--dir".into(), dir.into(), "--count".into(), count.to_string().into()]);
    if quick {
        args.push("--quick".into());
    }
    args
}

/// The numbers that a command prints, one per word.
pub(crate) fn numbers(mut command: Command) -> Vec<u64> {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

/// Whether a program can be started.
pub(crate) fn exists(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// cargo of the toolchain that started this program, without the variables that it sets for this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        if name.to_str().is_some_and(|name| own.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command.current_dir(crate::machine::workspace());
    command
}

/// Nanoseconds as they are passed between processes.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
