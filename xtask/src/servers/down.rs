//! `cargo xtask servers down`: stops the servers and removes their data. What is installed stays.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::servers::place::{self, Place};
use crate::servers::process::Process;
use crate::servers::{ALL, Server, seaweedfs, state};

/// How long a server may take to end in order; SeaweedFS takes up to ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Stops all that run.
pub(super) fn run(place: &Place) -> Outcome {
    let _lock = place.lock()?;
    let stopped = stop(place, &ALL.each_ref())?;
    match stopped.as_slice() {
        [] => println!("no server is up"),
        names => println!("stopped {}", names.join(", ")),
    }
    Ok(true)
}

/// Stops these servers, removes their data and what was written down about them; gives the names of those that ran.
pub(super) fn stop(place: &Place, servers: &[&Server]) -> Result<Vec<&'static str>, String> {
    place::remove(&place.connections())?;
    let stopped = end(place, servers);
    for server in servers {
        place::remove(&place.data(server.name))?;
        place::remove(&place.run_file(server.name))?;
    }
    Ok(stopped)
}

/// Ends the processes: all are asked first, so that the slow ones end at the same time.
pub(super) fn end(place: &Place, servers: &[&Server]) -> Vec<&'static str> {
    let alive: Vec<_> = servers
        .iter()
        .filter_map(|server| Some((*server, state::read(place, server)?)))
        .filter(|(server, run)| run.process.remains(server.mark))
        .collect();
    alive.iter().for_each(|(_, run)| run.process.terminate());
    let deadline = Instant::now() + PATIENCE;
    for (_, run) in &alive {
        if !ended(run.process, deadline) {
            run.process.kill();
            // Not even the kernel ends a process at once.
            ended(run.process, Instant::now() + PATIENCE);
        }
    }
    let seaweedfs = alive.iter().filter(|(server, _)| server.name == seaweedfs::SERVER.name);
    seaweedfs.for_each(|(_, run)| seaweedfs::remove_sockets(&run.ports));
    ALL.iter().map(|server| server.name).filter(|name| alive.iter().any(|(it, _)| it.name == *name)).collect()
}

fn ended(process: Process, deadline: Instant) -> bool {
    while process.group().next().is_some() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(50));
    }
    true
}
