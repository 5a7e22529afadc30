//! Several processes on one folder, and processes that are killed.

use std::path::Path;
use std::time::Duration;

use storage::types::{Durability, WriteOptions};

use super::helpers::{REFUSED, WAYS, length};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, some, yes};
use crate::support::content::{Random, version, whole_version};
use crate::support::disk;
use crate::support::outcome::Outcome;
use crate::support::process::{Helper, quick};

behaviours! {
    five_processes_and_ten_increments_end_at_fifty if [local_path, compare_and_set];
    of_eight_processes_that_create_exactly_one_wins if [local_path, create_only];
    eight_processes_on_one_key_leave_one_whole_content if [local_path];
    a_process_killed_while_it_overwrites_leaves_a_whole_file if [local_path, list];
}

fn text(folder: &Path) -> String {
    folder.to_string_lossy().into_owned()
}

#[maybe_async]
async fn five_processes_and_ten_increments_end_at_fifty(stage: &Stage) -> Outcome {
    let file = stage.file("file", "0").await?;
    let folder = text(&stage.folder().await?);
    let helpers: Vec<Helper> =
        (0..5).map(|_| Helper::start(&["increment", &folder])).collect::<std::io::Result<_>>()?;
    for helper in helpers {
        equal(helper.exit_code()?, 0);
    }
    equal(file.read_text().await?, "50");
    Ok(())
}

#[maybe_async]
async fn of_eight_processes_that_create_exactly_one_wins(stage: &Stage) -> Outcome {
    let folder = text(&stage.folder().await?);
    let helpers: Vec<Helper> = (0..8)
        .map(|number| Helper::start(&["create", &folder, &number.to_string()]))
        .collect::<std::io::Result<_>>()?;
    let mut winners = Vec::new();
    for (number, helper) in helpers.into_iter().enumerate() {
        match helper.exit_code()? {
            0 => winners.push(number as u64),
            code => equal(code, REFUSED),
        }
    }
    equal(winners.len(), 1);
    let content = stage.node("file").read().await?;
    equal(whole_version(&content, 100_000), winners.first().copied());
    Ok(())
}

#[maybe_async]
async fn eight_processes_on_one_key_leave_one_whole_content(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    let helpers: Vec<Helper> = (0..8)
        .map(|number| Helper::start(&["write", &text(&folder), &number.to_string()]))
        .collect::<std::io::Result<_>>()?;
    for helper in helpers {
        equal(helper.exit_code()?, 0);
    }
    let content = stage.node("file").read().await?;
    yes(some(whole_version(&content, 100_000)) < 8);
    equal(disk::everything_below(&folder)?, ["file"]);
    Ok(())
}

/// Kills a process at a random moment, again and again, while it overwrites the file in one of several ways.
#[maybe_async]
async fn a_process_killed_while_it_overwrites_leaves_a_whole_file(stage: &Stage) -> Outcome {
    let rounds = if quick() { 50 } else { 500 };
    let folder = stage.folder().await?;
    let file = stage.node("file");
    let mut random = Random::new(1);
    // Nobody is killed while these are written, so nothing needs to be on the disk before the helper starts.
    let fast = WriteOptions::new().durability(Durability::None);
    stage.file("source", version(7, length("copied"))).await?;
    for round in 0..rounds {
        let way = WAYS[round % WAYS.len()];
        let length = length(way);
        file.write_with(version(round as u64, length), &fast).await?;

        let mut helper = Helper::start(&["overwrite", &text(&folder), way])?;
        helper.wait_until_begun()?;
        // The moment of the kill is what is random here; nothing waits for anything.
        std::thread::sleep(Duration::from_micros(random.below(3000)));
        helper.kill()?;

        some(whole_version(&file.read().await?, length));
        let listed = stage.root().list().await?;
        equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["file", "source"]);
        file.write_with(version(round as u64, length), &fast).await?;
        equal(disk::everything_below(&folder)?, ["file", "source"]);
    }
    Ok(())
}
