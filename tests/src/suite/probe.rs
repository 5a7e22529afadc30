//! Asking a mount what it can really do.

use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_probe_tells_what_the_mount_can_do;
    a_probe_changes_nothing if [list] else a_probe_leaves_the_content;
    a_probe_through_a_relative_mount_tells_what_is_left;
}

#[maybe_async]
async fn a_probe_tells_what_the_mount_can_do(stage: &Stage) -> Outcome {
    let can = stage.root().probe().await?;
    equal(can, stage.capabilities());
    equal(stage.node("any/where").probe().await?, can);
    yes(can.read && can.write);
    Ok(())
}

#[maybe_async]
async fn a_probe_changes_nothing(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    stage.root().probe().await?;
    equal(stage.root().list().await?.len(), 1);
    equal(stage.node("folder").list().await?.len(), 1);
    equal(stage.node("folder/file").read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn a_probe_leaves_the_content(stage: &Stage) -> Outcome {
    let node = stage.sample().await?;
    node.probe().await?;
    equal(node.read_text().await?, SAMPLE);
    Ok(())
}

#[maybe_async]
async fn a_probe_through_a_relative_mount_tells_what_is_left(stage: &Stage) -> Outcome {
    stage.file("sub/file", "x").await?;
    let readonly = stage.relative("part", "sub", "readonly")?;
    let can = readonly.probe().await?;
    equal(can, readonly.capabilities());
    yes(can.read && !can.write && !can.delete);
    Ok(())
}
