//! Zip archives past the limits of the classic format.

use super::maybe_async;
use super::stage::Stage;
use super::zip::archive_of;
use crate::support::outcome::Outcome;

behaviours! {
    an_archive_of_more_files_than_16_bits_count;
}

#[maybe_async]
async fn an_archive_of_more_files_than_16_bits_count(stage: &Stage) -> Outcome {
    archive_of(stage, 65_600).await
}
