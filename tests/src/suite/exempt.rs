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
        Kind::Moto => MOTO,
        Kind::MotoVersioned => MOTO_VERSIONED,
        Kind::Rclone => RCLONE,
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
    no(
        "of_several_that_delete_a_file_one_hears_that_it_was_there",
        "SeaweedFS checks the condition of a delete without a lock where versions are kept",
    ),
    no("content_under_the_name_of_a_directory_is_reported", NO_CONTENT),
    no("content_under_the_name_of_a_directory_stays_in_a_move", NO_CONTENT),
    no("content_under_the_name_of_a_directory_stays_in_a_sync", NO_CONTENT),
];

const NO_CONTENT: &str = "SeaweedFS keeps no content under the name of a folder";

/// ministack 1.5.33.
const MINISTACK: &[Exemption] = &[
    no("metadata_is_replaced_and_the_content_stays", "ministack keeps the content type"),
    no("a_plain_overwrite_has_no_tags", "ministack keeps the tags of what is overwritten"),
    no("a_plain_read_accepts_the_id_of_a_version", "ministack ignores the range of an old version"),
];

const NO_LINE_BREAK: Exemption = no("every_name_comes_back_unchanged", "moto knows no key with a line break");

const NO_EMPTY_TAGS: Exemption =
    no("tags_are_replaced_and_the_rest_stays", "moto fails when all tags are taken away");

const UNSIGNED: Exemption = no("a_url_is_for_one_method_and_one_file", "moto checks no signature");

const GHOSTS: &str = "moto lists the directories of what was deleted";

const MARKERS_LAST: &str = "moto gives delete markers behind all versions";

const RACES: &str = "moto checks a condition and stores in two steps, so several writers may all win";

/// moto 5.2.5.
const MOTO: &[Exemption] = &[
    NO_LINE_BREAK,
    NO_EMPTY_TAGS,
    UNSIGNED,
    no("of_eight_that_create_exactly_one_wins", RACES),
    no("of_eight_that_create_by_streaming_exactly_one_wins", RACES),
    no("five_writers_and_ten_increments_end_at_fifty", RACES),
    no("five_streaming_writers_and_ten_increments_end_at_fifty", RACES),
    no("an_update_is_repeated_until_it_holds", RACES),
    no("of_several_that_delete_a_file_one_hears_that_it_was_there", RACES),
];

/// The same in a bucket with versions.
const MOTO_VERSIONED: &[Exemption] = &[
    NO_LINE_BREAK,
    NO_EMPTY_TAGS,
    UNSIGNED,
    no("of_eight_that_create_exactly_one_wins", RACES),
    no("of_eight_that_create_by_streaming_exactly_one_wins", RACES),
    no("five_writers_and_ten_increments_end_at_fifty", RACES),
    no("five_streaming_writers_and_ten_increments_end_at_fifty", RACES),
    no("an_update_is_repeated_until_it_holds", RACES),
    no("of_several_that_delete_a_file_one_hears_that_it_was_there", RACES),
    no("a_tree_is_deleted_to_the_last_entry", GHOSTS),
    no("a_thousand_files_are_deleted_with_their_directory", GHOSTS),
    no("a_dry_run_and_its_run_take_the_same_steps", GHOSTS),
    no("a_directory_goes_with_its_last_file", GHOSTS),
    no("deleting_leaves_a_marker_and_the_old_versions", MARKERS_LAST),
    no("a_deleted_file_is_restored", MARKERS_LAST),
];

const CONDITIONS: &str = "rclone ignores conditions";

const FOLDERS: &str = "rclone fails where a folder has the name of a file";

const MARKERS: &str = "rclone stores a marker as a file without the slash";

const TAGS: &str = "rclone knows no tags and answers with the content";

const ABSENT: &str = "rclone fails to delete many at once when one of them is not there";

/// `rclone serve s3` 1.75.2. It keeps objects in a tree of real folders.
const RCLONE: &[Exemption] = &[
    no("metadata_is_replaced_and_the_content_stays", "rclone gives no ETag when it replaces metadata"),
    no("they_stay_when_other_metadata_is_replaced", "rclone gives no ETag when it replaces metadata"),
    no(
        "a_tree_is_moved_to_another_store_and_back",
        "rclone lists times that differ from those of its objects",
    ),
    no("what_is_left_out_stays_where_it_was", "rclone lists times that differ from those of its objects"),
    no(
        "what_was_left_of_a_file_that_is_gone_goes",
        "an upload that was stopped is not found again; not understood yet",
    ),
    no("composed_and_decomposed_letters_are_two_names", "rclone takes both forms of a letter for one"),
    no("a_read_may_demand_an_etag", CONDITIONS),
    no("several_ranges_may_be_of_one_content_only", CONDITIONS),
    no("a_read_may_demand_a_change_since", CONDITIONS),
    no("create_only_leaves_what_is_there", CONDITIONS),
    no("of_eight_that_create_exactly_one_wins", CONDITIONS),
    no("of_eight_that_create_by_streaming_exactly_one_wins", CONDITIONS),
    no("compare_and_set_refuses_what_others_changed", CONDITIONS),
    no("compare_and_set_refuses_what_is_missing", CONDITIONS),
    no("compare_and_set_by_streaming_is_checked_at_the_end", CONDITIONS),
    no("the_same_content_written_again_has_an_etag_that_still_matches_its_own", CONDITIONS),
    no("five_writers_and_ten_increments_end_at_fifty", CONDITIONS),
    no("five_streaming_writers_and_ten_increments_end_at_fifty", CONDITIONS),
    no("an_update_is_repeated_until_it_holds", CONDITIONS),
    no("a_commit_under_a_condition_that_does_not_hold_is_refused", CONDITIONS),
    no("a_file_and_a_directory_may_share_a_name", FOLDERS),
    no("a_file_may_lie_below_a_file", FOLDERS),
    no("deleting_a_file_leaves_its_namesakes", FOLDERS),
    no("a_file_and_a_directory_of_one_name_are_both_listed", FOLDERS),
    no("a_file_may_be_copied_beside_a_directory_of_its_name", FOLDERS),
    no("deleting_below_a_file_is_fine_and_keeps_the_file", "rclone deletes the file itself"),
    no("an_empty_directory_is_deleted_when_asked_for", MARKERS),
    no("a_made_directory_is_there_and_empty", MARKERS),
    no("a_missing_parent_is_not_found_unless_parents_are_made_too", MARKERS),
    no("eight_make_the_same_directory_and_all_find_it", MARKERS),
    no("a_marker_is_no_file", MARKERS),
    no("a_made_directory_outlives_its_files", MARKERS),
    no("a_directory_does_not_list_itself", MARKERS),
    no("readwrite_allows_to_write", MARKERS),
    no("exclude_leaves_out_what_matches", MARKERS),
    no("a_filter_leaves_out_what_it_does_not_want", MARKERS),
    no("an_empty_directory_arrives_at_a_store_without_directories", MARKERS),
    no("tags_are_stored_with_the_content", TAGS),
    no("a_streamed_write_stores_tags_too", TAGS),
    no("tags_are_replaced_and_the_rest_stays", TAGS),
    no("a_plain_overwrite_has_no_tags", TAGS),
    no("tags_of_what_is_missing_are_not_found", TAGS),
    no("tags_may_hold_ordinary_signs_and_other_letters", TAGS),
    no("replaced_metadata_leaves_the_tags", TAGS),
    no("thousands_of_children_are_all_listed_in_order", ABSENT),
    no("many_files_are_paired", ABSENT),
    no("a_thousand_files_are_deleted_with_their_directory", ABSENT),
    no("eight_writers_on_one_key_leave_one_whole_content", "rclone fails where eight write one object"),
    no("create_only_creates_beside_a_directory_of_its_name", FOLDERS),
    no("a_file_may_have_the_name_of_a_marker", MARKERS),
    no("content_under_the_name_of_a_directory_is_reported", MARKERS),
    no("content_under_the_name_of_a_directory_stays_in_a_move", MARKERS),
    no("content_under_the_name_of_a_directory_stays_in_a_sync", MARKERS),
    no("an_empty_marker_is_no_content", MARKERS),
    no(
        "several_ranges_are_of_one_content_while_it_is_replaced",
        "rclone mixes two contents in its answers while one replaces the other; its cause was not looked for",
    ),
    no("the_content_is_given_as_a_data_uri", "rclone guesses a content type"),
    no("a_url_gives_the_content_to_anyone", "rclone answers a range with status 200"),
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
    no("a_file_is_deleted_only_if_it_is_the_same", NO_CONDITION),
    no("of_several_that_delete_a_file_one_hears_that_it_was_there", NO_CONDITION),
];

const NO_CONDITION: &str = "fake-gcs-server deletes whatever the condition";

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
    no("a_file_is_deleted_only_if_it_is_the_same", NO_CONDITION),
    no("of_several_that_delete_a_file_one_hears_that_it_was_there", NO_CONDITION),
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
