//! Helper processes: the test program starts itself again with an order in the environment.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// Where a helper finds its order.
const ORDER: &str = "STORAGE_TEST_ORDER";

/// Parts of an order are separated by a character that stands in no path of ours.
const SEPARATOR: char = '\u{1f}';

/// What this process was started for as a helper, if it is one.
#[must_use]
pub fn order() -> Option<Vec<String>> {
    let order = env::var(ORDER).ok()?;
    Some(order.split(SEPARATOR).map(str::to_owned).collect())
}

/// Tells whoever started this helper that the work has begun.
///
/// # Errors
///
/// When nobody listens any more.
pub fn tell_begun() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "begun")?;
    out.flush()
}

/// Whether the long tests are scaled down: unless `STORAGE_TEST_FULL=1` stands in the environment.
#[must_use]
pub fn quick() -> bool {
    env::var_os("STORAGE_TEST_FULL").is_none_or(|value| value == "0")
}

/// A running helper. One that is dropped is killed.
#[derive(Debug)]
pub struct Helper {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts this very program with an order.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn start(order: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.env(ORDER, order.join(&SEPARATOR.to_string())).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("a helper has no output"))?;
        Ok(Self { child, output: BufReader::new(output) })
    }

    /// Waits until the helper tells that its work has begun.
    ///
    /// # Errors
    ///
    /// When it ends before.
    pub fn wait_until_begun(&mut self) -> io::Result<()> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line == "begun\n" { Ok(()) } else { Err(io::Error::other(format!("the helper said {line:?}"))) }
    }

    /// Kills the helper at once (`SIGKILL`) and waits until it is gone.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Whether the helper has come to its own end.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn has_ended(&mut self) -> io::Result<bool> {
        self.child.try_wait().map(|status| status.is_some())
    }

    /// Waits for the helper's own end and gives its exit code.
    ///
    /// # Errors
    ///
    /// When it was ended by a signal.
    pub fn exit_code(mut self) -> io::Result<i32> {
        let status = self.child.wait()?;
        status.code().ok_or_else(|| io::Error::other(format!("the helper ended by {status}")))
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
