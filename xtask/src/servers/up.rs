//! `cargo xtask servers up`: installs what is missing, starts what does not run, fills what was started.

use crate::Outcome;
use crate::interrupt;
use crate::servers::place::{self, Place};
use crate::servers::state::State;
use crate::servers::{ALL, Options, Server, connections, down, install, launch, seed, state, status};

/// Brings all servers up, and shows them.
pub(super) fn run(place: &Place, options: Options) -> Outcome {
    let started = bring_up(place, options)?;
    if started.is_empty() {
        println!("the servers are up already");
    }
    let held = status::run(place, false)?;
    println!("\n{}", place::text(&place.connections()));
    Ok(held)
}

/// Starts what does not run and gives what was started. Tasks that do so at the same time wait for each other.
pub(super) fn bring_up(place: &Place, options: Options) -> Result<Vec<&'static Server>, String> {
    let _lock = place.lock()?;
    let missing: Vec<_> =
        ALL.iter().filter(|server| !matches!(state::of(place, server), State::Running(_))).collect();
    if missing.is_empty() && place.connections().exists() {
        return Ok(missing);
    }
    place::remove(&place.connections())?;
    install::run_all(place)?;
    interrupt::check()?;
    start(place, &missing, options).inspect_err(|_| {
        // What was started for nothing is not left behind; why it was for nothing matters more than a failure here.
        let _ = down::stop(place, &missing);
    })?;
    Ok(missing)
}

/// All at once, because each takes its time.
fn start(place: &Place, missing: &[&'static Server], options: Options) -> Result<(), String> {
    down::end(place, missing);
    let launched: Vec<_> =
        missing.iter().map(|server| launch::start(place, server, options)).collect::<Result<_, _>>()?;
    for launched in launched {
        launch::wait(place, launched, options)?;
    }
    let connections = connections::describe(place)?;
    seed::run(place, &connections)?;
    place::write(&place.connections(), &format!("{connections:#}\n"))
}
