//! What a mount can really do.

use serde::{Deserialize, Serialize};

/// The colour that a backend was written in. Callers never need to know; a bridge adds the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Compiled from one source in both colours.
    Both,
    /// Born async; blocking callers reach it over the background runtime.
    Async,
    /// Born blocking; async callers reach it with one hop to the blocking pool per operation.
    Blocking,
}

/// How much a relative mount allows; each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permissions {
    /// Reading and listing.
    #[serde(alias = "read_only", alias = "read-only")]
    Readonly,
    /// Writing too, but nothing goes away.
    #[serde(alias = "read_write", alias = "read-write")]
    Readwrite,
    /// Everything.
    #[default]
    Delete,
}

/// What *this mount* can do, not what its kind could do elsewhere: a read-only mount says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// Content can be read.
    pub read: bool,
    /// Content can be written.
    pub write: bool,
    /// Things can be deleted.
    pub delete: bool,
    /// Directories can be listed.
    pub list: bool,
    /// Content can be added at the end.
    pub append: bool,
    /// Directories exist by themselves, empty ones too. Where they do not (object stores), a directory is no more than
    /// the files below it, it goes with the last of them, and a file may have its name.
    pub directories: bool,
    /// Directories that do not exist by themselves can be made and are kept by a marker, an empty object.
    pub folder_markers: bool,
    /// `create_only` holds under concurrency.
    pub create_only: bool,
    /// `if_match` of a write holds under concurrency.
    pub compare_and_set: bool,
    /// `if_match` of a delete is checked.
    pub conditional_delete: bool,
    /// Content type and user metadata are stored.
    pub user_metadata: bool,
    /// Files have tags beside their user metadata.
    pub tags: bool,
    /// A write that was stopped goes on where it stopped ([`WriteOptions::checkpoint`](crate::WriteOptions::checkpoint)).
    pub resume: bool,
    /// Old versions are kept.
    pub versions: bool,
    /// The store copies by itself.
    pub server_side_copy: bool,
    /// The store renames by itself, atomically.
    pub rename: bool,
    /// `url` gives something.
    pub url: bool,
    /// Files have a path on this machine. Mounts with `permissions: readonly` do not hand it out.
    pub local_path: bool,
    /// Symbolic links can be read and made.
    pub symlinks: bool,
    /// One file can have several names (hard links).
    pub hard_links: bool,
    /// Permission bits are kept.
    pub unix_mode: bool,
    /// Modification times can be set (`preserve`).
    pub set_modified: bool,
    /// Times and permission bits of what is there already can be set, directories included.
    pub set_attributes: bool,
    /// Metadata carries an MD5 of the content without reading it, unless the content was written in parts.
    pub checksum_md5: bool,
    /// Paths are opaque text, not a hierarchy: no children, no normalisation.
    pub opaque_paths: bool,
}

impl Capabilities {
    /// Nothing at all; backends switch on what they have.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            read: false,
            write: false,
            delete: false,
            list: false,
            append: false,
            directories: false,
            folder_markers: false,
            create_only: false,
            compare_and_set: false,
            conditional_delete: false,
            user_metadata: false,
            tags: false,
            resume: false,
            versions: false,
            server_side_copy: false,
            rename: false,
            url: false,
            local_path: false,
            symlinks: false,
            hard_links: false,
            unix_mode: false,
            set_modified: false,
            set_attributes: false,
            checksum_md5: false,
            opaque_paths: false,
        }
    }

    /// What is left of these under `permissions`.
    #[must_use]
    pub fn restricted(mut self, permissions: Permissions) -> Self {
        if permissions < Permissions::Delete {
            self.delete = false;
            self.conditional_delete = false;
            self.rename = false;
        }
        if permissions < Permissions::Readwrite {
            self.write = false;
            self.append = false;
            self.resume = false;
            self.create_only = false;
            self.compare_and_set = false;
            self.server_side_copy = false;
            self.set_modified = false;
            self.set_attributes = false;
        }
        self
    }

    /// Names and values of all capabilities, for people and for JSON.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, bool)> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => {
                map.into_iter().map(|(name, value)| (name, value.as_bool().unwrap_or(false))).collect()
            }
            _ => Vec::new(),
        }
    }
}
