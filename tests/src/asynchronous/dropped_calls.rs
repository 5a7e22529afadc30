//! Calls of programs that are dropped half-way.

use std::fs;
use std::time::Duration;

use super::suite::call::{nothing_below, script};
use super::suite::programs::wait_for_the_end_of;
use super::suite::stage::Stage;
use crate::support::checks::{equal, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_dropped_call_ends_the_program_and_stores_nothing;
}

async fn a_dropped_call_ends_the_program_and_stores_nothing(stage: &Stage) -> Outcome {
    let out = stage.file("out", "old").await?;
    let place = tempfile::tempdir()?;
    let pids = place.path().join("pids");
    let (folder, call) =
        script("sleep 1000 & echo $$ $! > \"$1.part\"; mv \"$1.part\" \"$1\"; echo half > \"$2\"; wait")?;
    let call = call.arg(&pids).output(&out);
    let running = tokio::spawn(async move { call.run().await.map(drop) });
    while !pids.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.abort();
    yes(running.await.is_err_and(|error| error.is_cancelled()));
    let ended = tokio::task::spawn_blocking(move || wait_for_the_end_of(&pids).map(|()| place)).await?;
    yes(fs::exists(ended?.path())?);
    equal(out.read_text().await?, "old");
    nothing_below(&folder)
}
