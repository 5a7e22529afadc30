//! `cargo xtask servers status`: how each server is.

use std::io::Write;

use serde_json::{Value, json};

use crate::Outcome;
use crate::servers::place::Place;
use crate::servers::state::{Run, State};
use crate::servers::{ALL, Server, connections, state};

const MIB: u64 = 1 << 20;

/// Prints a table or JSON; whether all servers run.
pub(super) fn run(place: &Place, as_json: bool) -> Outcome {
    let states: Vec<_> = ALL.iter().map(|server| (server, state::of(place, server))).collect();
    let text = if as_json {
        let rows: Vec<_> = states.iter().map(|(server, state)| json_of(server, state)).collect();
        format!("{:#}\n", Value::from(rows))
    } else {
        let rows: String = states.iter().map(|(server, state)| row(server, state)).collect();
        let (name, version, state, pid, memory) = ("server", "version", "state", "pid", "memory");
        format!("{name:<16} {version:<8} {state:<14} {pid:>8} {memory:>9}  endpoint\n{rows}")
    };
    // One who reads only the first lines has seen enough; the exit code counts all the same.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(states.iter().all(|(_, state)| matches!(state, State::Running(_))))
}

fn row(server: &Server, state: &State) -> String {
    let (name, version) = (server.name, (server.version)());
    let word = word(state);
    match run_of(state) {
        Some(run) => {
            let memory = format!("{} MiB", run.process.memory() / MIB);
            let (pid, endpoint) = (run.process.id, connections::endpoint(server, run));
            format!("{name:<16} {version:<8} {word:<14} {pid:>8} {memory:>9}  {endpoint}\n")
        }
        None => format!("{name:<16} {version:<8} {word}\n"),
    }
}

fn json_of(server: &Server, state: &State) -> Value {
    let run = run_of(state);
    json!({
        "name": server.name,
        "version": (server.version)(),
        "state": word(state),
        "pid": run.map(|run| run.process.id),
        "endpoint": run.map(|run| connections::endpoint(server, run)),
        "memory_bytes": run.map(|run| run.process.memory()),
    })
}

fn word(state: &State) -> &'static str {
    match state {
        State::Running(_) => "running",
        State::NotAnswering(_) => "not answering",
        State::Stopped => "stopped",
    }
}

fn run_of(state: &State) -> Option<&Run> {
    match state {
        State::Running(run) | State::NotAnswering(run) => Some(run),
        State::Stopped => None,
    }
}
