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

/// `SeaweedFS` 4.48. It keeps objects in a tree of real folders.
const SEAWEEDFS: &[Exemption] = &[
    no("percent_signs_backslashes_and_look_alikes_are_ordinary", "SeaweedFS makes a slash of a backslash"),
    no("a_directory_goes_with_its_last_file", "SeaweedFS lists an emptied folder for minutes"),
    no("a_tree_is_deleted_to_the_last_entry", "SeaweedFS lists an emptied folder for minutes"),
    no("a_thousand_files_are_deleted_with_their_directory", "SeaweedFS lists an emptied folder for minutes"),
    no("a_dry_run_and_its_run_take_the_same_steps", "SeaweedFS lists an emptied folder for minutes"),
    no(
        "what_a_stopped_copy_left_is_found_and_removed",
        "SeaweedFS aborts an upload that is gone, and says so",
    ),
    no("create_only_creates_beside_a_directory_of_its_name", "SeaweedFS takes a folder for an object"),
    no("a_file_may_have_the_name_of_a_marker", "SeaweedFS has one entry for a marker and an object"),
    no("metadata_may_hold_any_text", "SeaweedFS drops an empty value"),
    no("a_plain_overwrite_stores_none", "SeaweedFS guesses a content type"),
    no("metadata_is_replaced_and_the_content_stays", "SeaweedFS guesses a content type"),
    no("the_content_is_given_as_a_data_uri", "SeaweedFS guesses a content type"),
];

/// ministack 1.5.33.
const MINISTACK: &[Exemption] = &[
    no("metadata_is_replaced_and_the_content_stays", "ministack keeps the content type"),
    no("a_plain_overwrite_has_no_tags", "ministack keeps the tags of what is overwritten"),
    no("a_plain_read_accepts_the_id_of_a_version", "ministack ignores the range of an old version"),
];

/// Azurite 3.37.
const AZURITE: &[Exemption] = &[
    no("percent_signs_backslashes_and_look_alikes_are_ordinary", "Azurite makes a slash of a backslash"),
    no("tags_may_hold_ordinary_signs_and_other_letters", "Azurite refuses a tag without a value"),
    no(
        "children_are_sorted_by_the_bytes_of_their_names",
        "Azurite cannot list a name with a control character",
    ),
];

const NO_LOCK: &str = "fake-gcs-server checks conditions without a lock";

/// fake-gcs-server 1.54, which honours no condition but that of a one-shot upload.
const FAKE_GCS: &[Exemption] = &[
    no(
        "metadata_is_replaced_and_the_content_stays",
        "fake-gcs-server keeps an empty value for a key that was taken away",
    ),
    no("of_eight_that_create_exactly_one_wins", NO_LOCK),
    no("of_eight_that_create_by_streaming_exactly_one_wins", NO_LOCK),
    no("five_writers_and_ten_increments_end_at_fifty", NO_LOCK),
    no("five_streaming_writers_and_ten_increments_end_at_fifty", NO_LOCK),
    no("an_update_is_repeated_until_it_holds", NO_LOCK),
];

const NO_GENERATION: &str = "fake-gcs-server deletes the live object when one generation is to go";

/// The same in a bucket with versions.
const FAKE_GCS_VERSIONED: &[Exemption] = &[
    no(
        "metadata_is_replaced_and_the_content_stays",
        "fake-gcs-server keeps an empty value for a key that was taken away",
    ),
    no("deleting_leaves_a_marker_and_the_old_versions", "Google Cloud Storage has no delete markers"),
    no("a_deleted_file_is_restored", "Google Cloud Storage has no delete markers"),
    no("of_eight_that_create_exactly_one_wins", NO_LOCK),
    no("of_eight_that_create_by_streaming_exactly_one_wins", NO_LOCK),
    no("five_writers_and_ten_increments_end_at_fifty", NO_LOCK),
    no("five_streaming_writers_and_ten_increments_end_at_fifty", NO_LOCK),
    no("an_update_is_repeated_until_it_holds", NO_LOCK),
    no("one_version_is_deleted_for_good", NO_GENERATION),
    no("equal_neighbours_are_compacted", NO_GENERATION),
    no("a_dry_compaction_deletes_nothing", NO_GENERATION),
    no(
        "deleting_the_newest_version_uncovers_the_one_before",
        "Google Cloud Storage never makes an old version live",
    ),
];

/// What the index of nginx leaves out.
const DOTS: &str = "the index of nginx leaves out names that begin with a dot";

/// What the ETag of nginx cannot see.
const SECONDS: &str = "nginx makes an ETag of the size and the whole seconds of the time";

/// nginx 1.22.
pub const NGINX: &[Exemption] = &[
    no("an_etag_changes_with_the_content", SECONDS),
    no("a_range_is_of_the_content_that_the_client_knows", SECONDS),
    no("percent_signs_backslashes_and_look_alikes_are_ordinary", DOTS),
    no("copying_twice_gives_the_same_tree", DOTS),
    no("a_whole_mount_is_copied", DOTS),
    no("a_tree_is_moved_to_another_store_and_back", DOTS),
    no("a_tree_is_moved", DOTS),
    no("a_tree_is_merged_into_a_tree_that_is_there", DOTS),
    no("a_tree_is_copied_to_memory_and_back", DOTS),
    no("a_tree_is_copied_to_disk_and_back", DOTS),
    no("a_tree_is_copied_to_another_mount_of_the_kind", DOTS),
    no("a_tree_is_copied_and_the_source_stays", DOTS),
    no("a_directory_onto_itself_is_kept", DOTS),
    no("a_directory_into_itself_is_refused_before_anything_is_written", DOTS),
];
