//! Versions as rows for people, or as JSON.

use serde::Serialize;
use storage::types::Version;

use crate::exit::Done;
use crate::output::{Output, size};
use crate::times;

/// A version in JSON; documented in `help/versions-list.txt`.
#[derive(Serialize)]
struct VersionJson<'a> {
    path: &'a str,
    index: usize,
    id: &'a str,
    modified: Option<String>,
    size: u64,
    etag: Option<&'a str>,
    is_latest: bool,
    is_delete_marker: bool,
}

/// Rows whose columns stand below one another.
pub(super) struct Table<'a> {
    path: String,
    versions: &'a [Version],
    json: bool,
    bytes: bool,
    /// Widths of index, time, id and ETag.
    widths: [usize; 4],
}

impl<'a> Table<'a> {
    /// A table of the `chosen` ones of all `versions` of `path`.
    pub(super) fn new(
        path: String,
        versions: &'a [Version],
        chosen: &[usize],
        json: bool,
        bytes: bool,
    ) -> Self {
        let mut widths = [0; 4];
        for index in chosen {
            let cells = cells(*index, &versions[*index]);
            for (width, cell) in widths.iter_mut().zip(&cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        Self { path, versions, json, bytes, widths }
    }

    pub(super) fn row(&self, index: usize, out: &mut Output) -> Done {
        let version = &self.versions[index];
        if self.json {
            return out.json(&self.object(index));
        }
        let [at, time, id, etag] = cells(index, version).map(|cell| out.name(&cell));
        let [at_width, time_width, id_width, etag_width] = self.widths;
        let size = if version.is_delete_marker { "-".to_owned() } else { size(version.size, self.bytes) };
        let row =
            format!("{at:>at_width$}  {time:<time_width$}  {size:>11}  {id:<id_width$}  {etag:<etag_width$}");
        let words = match (version.is_latest, version.is_delete_marker) {
            (true, true) => "  latest, delete marker",
            (true, false) => "  latest",
            (false, true) => "  delete marker",
            (false, false) => "",
        };
        out.line(format_args!("{}{words}", if words.is_empty() { row.trim_end() } else { &row }))
    }

    fn object(&self, index: usize) -> VersionJson<'_> {
        let version = &self.versions[index];
        VersionJson {
            path: &self.path,
            index,
            id: &version.id,
            modified: version.modified.and_then(times::exact),
            size: version.size,
            etag: version.etag.as_deref(),
            is_latest: version.is_latest,
            is_delete_marker: version.is_delete_marker,
        }
    }
}

/// Index, time, id and ETag. The time stands there as a selector takes it.
fn cells(index: usize, version: &Version) -> [String; 4] {
    let dash = || "-".to_owned();
    [
        index.to_string(),
        version.modified.and_then(times::exact).unwrap_or_else(dash),
        version.id.clone(),
        version.etag.clone().unwrap_or_else(dash),
    ]
}
