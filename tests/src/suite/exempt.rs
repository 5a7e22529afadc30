//! What the servers of the tests cannot do, whoever asks them. The clouds that they stand for can.

use super::clouds::Kind;
use super::fixture::Exemption;

const fn no(behaviour: &'static str, reason: &'static str) -> Exemption {
    Exemption { behaviour, reason }
}

/// The behaviours that a server is exempt from.
#[must_use]
pub fn of(kind: Kind) -> &'static [Exemption] {
    match kind {
        Kind::S3 | Kind::S3Versioned => SEAWEEDFS,
        Kind::Ministack | Kind::MinistackVersioned => MINISTACK,
        Kind::Azure => AZURITE,
        Kind::Gcs => FAKE_GCS,
        Kind::GcsVersioned => FAKE_GCS_VERSIONED,
    }
}

/// SeaweedFS 4.48.
const SEAWEEDFS: &[Exemption] = &[
    no("percent_signs_backslashes_and_look_alikes_are_ordinary", "SeaweedFS turns a backslash into a slash"),
    no("a_directory_goes_with_its_last_file", "SeaweedFS keeps an emptied folder for minutes"),
];

/// ministack 1.5.33.
const MINISTACK: &[Exemption] = &[];

/// Azurite 3.37.
const AZURITE: &[Exemption] =
    &[no("percent_signs_backslashes_and_look_alikes_are_ordinary", "Azurite turns a backslash into a slash")];

/// fake-gcs-server 1.54, which honours no condition but that of a one-shot upload.
const FAKE_GCS: &[Exemption] = &[
    no("of_eight_that_create_exactly_one_wins", "fake-gcs-server checks conditions without a lock"),
    no(
        "of_eight_that_create_by_streaming_exactly_one_wins",
        "fake-gcs-server checks conditions without a lock",
    ),
    no("five_writers_and_ten_increments_end_at_fifty", "fake-gcs-server checks conditions without a lock"),
    no(
        "five_streaming_writers_and_ten_increments_end_at_fifty",
        "fake-gcs-server checks conditions without a lock",
    ),
    no("an_update_is_repeated_until_it_holds", "fake-gcs-server checks conditions without a lock"),
];

/// The same in a bucket with versions.
const FAKE_GCS_VERSIONED: &[Exemption] = &[
    no("of_eight_that_create_exactly_one_wins", "fake-gcs-server checks conditions without a lock"),
    no(
        "of_eight_that_create_by_streaming_exactly_one_wins",
        "fake-gcs-server checks conditions without a lock",
    ),
    no("five_writers_and_ten_increments_end_at_fifty", "fake-gcs-server checks conditions without a lock"),
    no(
        "five_streaming_writers_and_ten_increments_end_at_fifty",
        "fake-gcs-server checks conditions without a lock",
    ),
    no("an_update_is_repeated_until_it_holds", "fake-gcs-server checks conditions without a lock"),
    no("one_version_is_deleted_for_good", "fake-gcs-server answers 404 to the delete of one generation"),
    no("equal_neighbours_are_compacted", "fake-gcs-server answers 404 to the delete of one generation"),
    no("a_dry_compaction_deletes_nothing", "fake-gcs-server answers 404 to the delete of one generation"),
    no(
        "deleting_the_newest_version_uncovers_the_one_before",
        "Google Cloud Storage does not make an old version the live one by itself",
    ),
];
