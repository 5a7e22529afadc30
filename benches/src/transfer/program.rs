//! Whole programs, from their start to their end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::measure::{children_cpu_time, peak_kib_of};

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Of the largest of the processes.
    pub(crate) peak_kib: u64,
}

/// Runs programs one after the other, as one job.
pub(crate) fn run(commands: Vec<Command>) -> Result<Cost, String> {
    let (start, cpu) = (Instant::now(), children_cpu_time());
    let mut peak_kib = 0;
    for command in commands {
        peak_kib = peak_kib.max(one(command)?);
    }
    Ok(Cost { elapsed: start.elapsed(), cpu: children_cpu_time().saturating_sub(cpu), peak_kib })
}

/// Runs one; gives its peak, which is looked at every few milliseconds.
fn one(mut command: Command) -> Result<u64, String> {
    const LOOK: Duration = Duration::from_millis(2);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let shown = || command.get_program().to_string_lossy().into_owned();
    let name = shown();
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let mut peak_kib = 0;
    loop {
        peak_kib = peak_kib.max(peak_kib_of(child.id()).unwrap_or(0));
        match child.try_wait().map_err(|error| format!("{name}: {error}"))? {
            Some(status) if status.success() => return Ok(peak_kib),
            Some(status) => return Err(format!("{command:?}: {status}")),
            None => std::thread::sleep(LOOK),
        }
    }
}

/// Has everything written below `dir` put on the disk, so that nobody pays for somebody else's writes.
pub(crate) fn settle(dir: &Path) {
    let _ = run(vec![flush(dir)]);
}

/// `sync -f`: the file system of `dir` goes to the disk.
pub(crate) fn flush(dir: &Path) -> Command {
    let mut command = Command::new("sync");
    command.arg("-f").arg(dir);
    command
}
