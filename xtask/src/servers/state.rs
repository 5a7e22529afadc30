//! What is written down about a running server: the pid file, with what tells the process from a later one.

use std::fs;

use serde_json::{Value, json};

use crate::servers::place::{self, Place};
use crate::servers::process::Process;
use crate::servers::{Server, ports, probe};

/// A server that was started and not stopped by us; it may have died since.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) process: Process,
    pub(super) ports: Vec<u16>,
}

/// How a server is.
#[derive(Debug)]
pub(super) enum State {
    Running(Run),
    NotAnswering(Run),
    Stopped,
}

/// Looks at the process and asks the server.
pub(super) fn of(place: &Place, server: &Server) -> State {
    match read(place, server).filter(|run| run.process.is_alive(server.mark)) {
        Some(run) if answers(server, &run) => State::Running(run),
        Some(run) => State::NotAnswering(run),
        None => State::Stopped,
    }
}

/// Whether the server itself, and not another program on its port, says that it is ready.
pub(super) fn answers(server: &Server, run: &Run) -> bool {
    let port = run.port();
    run.process.group().any(|process| ports::is_listener(process, port))
        && probe::status_of(port, server.health).is_ok_and(|status| (server.ready)(status))
}

/// What was written down, if anything.
pub(super) fn read(place: &Place, server: &Server) -> Option<Run> {
    Run::from_json(&serde_json::from_str(&fs::read_to_string(place.run_file(server.name)).ok()?).ok()?)
}

/// Writes it down.
pub(super) fn write(place: &Place, server: &Server, run: &Run) -> Result<(), String> {
    place::write(&place.run_file(server.name), &format!("{}\n", run.to_json()))
}

impl Run {
    /// The port for clients.
    pub(super) fn port(&self) -> u16 {
        self.ports.first().copied().unwrap_or_default()
    }

    fn from_json(json: &Value) -> Option<Self> {
        let process =
            Process { id: i32::try_from(json["pid"].as_i64()?).ok()?, started: json["started"].as_u64()? };
        let port = |port: &Value| u16::try_from(port.as_u64()?).ok();
        let ports: Vec<_> = json["ports"].as_array()?.iter().map(port).collect::<Option<_>>()?;
        (!ports.is_empty()).then_some(Self { process, ports })
    }

    fn to_json(&self) -> Value {
        json!({ "pid": self.process.id, "started": self.process.started, "ports": self.ports })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let run = Run { process: Process { id: 7, started: 123 }, ports: vec![18333, 18334] };
        let again = Run::from_json(&run.to_json()).unwrap();
        assert_eq!((again.process.id, again.process.started), (7, 123));
        assert_eq!(again.ports, [18333, 18334]);
    }

    #[test]
    fn a_damaged_file_means_stopped() {
        assert!(Run::from_json(&json!({ "pid": 7 })).is_none());
        assert!(Run::from_json(&json!({ "pid": 7, "started": 1, "ports": [] })).is_none());
        assert!(Run::from_json(&json!({ "pid": 7, "started": 1, "ports": [70000] })).is_none());
    }
}
