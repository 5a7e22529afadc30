//! Starting one server and waiting until it answers.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::interrupt;
use crate::servers::place::{self, Place};
use crate::servers::process::Process;
use crate::servers::state::{self, Run};
use crate::servers::{Options, Server, down, ports};

/// How long a server may take on a loaded machine; idle, the slowest takes two seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another program may take a port between the choice and the start.
const ATTEMPTS: usize = 3;

/// How much of a log an error shows.
const LOG_LINES: usize = 15;

/// A server that was started and may not answer yet.
pub(super) struct Launched {
    server: &'static Server,
    child: Child,
    run: Run,
}

/// Starts the server with empty data.
pub(super) fn start(place: &Place, server: &'static Server, options: Options) -> Result<Launched, String> {
    let ports = ports::pick(&preferred(place, server), server.twins)
        .map_err(|reason| format!("{} cannot start: {reason}", server.name))?;
    place::make_empty(&place.data(server.name))?;
    let mut command = (server.command)(place, &ports, options)?;
    detach(place, server, &mut command)?;
    let mut child = command.spawn().map_err(|error| {
        format!("{} cannot start: {}: {error}", server.name, place::text(command.get_program().as_ref()))
    })?;
    let Some(process) = i32::try_from(child.id()).ok().and_then(Process::of) else {
        let _ = child.kill();
        return Err(format!("{} cannot be found in /proc after its start", server.name));
    };
    let run = Run { process, ports };
    state::write(place, server, &run)?;
    Ok(Launched { server, child, run })
}

/// Waits until the server answers; one that lost its port to another program is started again on other ports.
pub(super) fn wait(place: &Place, mut launched: Launched, options: Options) -> Result<(), String> {
    let mut attempt = 1;
    loop {
        let Err(reason) = ready(&mut launched) else { return Ok(()) };
        let server = launched.server;
        let log = log_end(place, server);
        down::stop(place, &[server])?;
        interrupt::check()?;
        if attempt == ATTEMPTS || ports::are_free(&launched.run.ports, server.twins) {
            return Err(format!("{} {reason}; the end of its log:\n{log}", server.name));
        }
        attempt += 1;
        launched = start(place, server, options)?;
    }
}

fn ready(launched: &mut Launched) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if state::answers(launched.server, &launched.run) {
            return Ok(());
        }
        match launched.child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Err(format!("died ({status})")),
            Err(error) => return Err(format!("cannot be watched: {error}")),
        }
        interrupt::check()?;
        if Instant::now() > deadline {
            let port = launched.run.port();
            return Err(format!("does not answer on port {port} after {} s", PATIENCE.as_secs()));
        }
        sleep(Duration::from_millis(50));
    }
}

/// A server that is started again keeps its ports if it can, for the sake of clients that know them.
fn preferred(place: &Place, server: &Server) -> Vec<u16> {
    let last = state::read(place, server).map(|run| run.ports);
    last.filter(|ports| ports.len() == server.ports.len()).unwrap_or_else(|| server.ports.to_vec())
}

/// In a process group of its own, Ctrl-C in our terminal does not reach it; its output goes to the log.
fn detach(place: &Place, server: &Server, command: &mut Command) -> Result<(), String> {
    let path = place.log(server.name);
    place::write(&path, "")?;
    let cannot = |error| format!("cannot open `{}`: {error}", path.display());
    let log = File::options().append(true).open(&path).map_err(cannot)?;
    let again = log.try_clone().map_err(cannot)?;
    command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(again);
    Ok(())
}

fn log_end(place: &Place, server: &Server) -> String {
    let log = fs::read(place.log(server.name)).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&log))
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let cut = lines.len().saturating_sub(LOG_LINES);
    let shown: Vec<_> = lines[cut..].iter().map(|line| format!("  | {line}")).collect();
    if shown.is_empty() { "  | (empty)".to_owned() } else { shown.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_shown() {
        let log: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let end = last_lines(&log);
        assert_eq!(end.lines().count(), LOG_LINES);
        assert!(end.ends_with("  | line 99"));
        assert_eq!(last_lines(""), "  | (empty)");
    }
}
